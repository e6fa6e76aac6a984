"""What if the other client had come first?  Each order of the held commands, in a server of its own."""

import pytest

from redis_clone import commands
from redis_clone.server.inspection.what_if import MOST_BYTES, Command, TooMuch, outcomes
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

commands.load()


@pytest.fixture
def server():
    return Server()


def client(server, number, *lines):
    made = Client(server, number, f"127.0.0.1:{number}")
    made.name = b"ada" if number == 1 else b"bob"
    for line in lines:
        execute(made, line.encode().split())
    return made


def tried(server, *commands):
    """For each order the replies by the names of the clients, and what is propagated."""
    found = outcomes(server, [Command(each, line.encode().split()) for each, line in commands])
    return [
        ([(row["name"], row["reply"]) for row in outcome["replies"]], outcome["changes"]) for outcome in found
    ]


def test_of_two_writes_the_last_one_stays(server):
    ada, bob = client(server, 1), client(server, 2)
    assert tried(server, (ada, "SET a 1"), (bob, "GET a")) == [
        ([("ada", "+OK\\r\\n"), ("bob", "$1\\r\\n1\\r\\n")], ["SET a 1"]),
        ([("bob", "$-1\\r\\n"), ("ada", "+OK\\r\\n")], ["SET a 1"]),
    ]
    assert b"a" not in server.databases[0], "the server itself has not changed"


def test_of_two_transactions_that_watch_the_same_key_the_first_one_runs(server):
    race = ("WATCH balance", "MULTI", "INCRBY balance 10")
    ada, bob = client(server, 1, "SET balance 100", *race), client(server, 2, *race)
    assert tried(server, (ada, "EXEC"), (bob, "EXEC")) == [
        ([("ada", "*1\\r\\n:110\\r\\n"), ("bob", "*-1\\r\\n")], ["INCRBY balance 10"]),
        ([("bob", "*1\\r\\n:110\\r\\n"), ("ada", "*-1\\r\\n")], ["INCRBY balance 10"]),
    ]
    assert ada.transaction.queuing and bob.transaction.queuing


def test_a_watched_key_that_has_changed_already_has_changed_in_each_order(server):
    ada = client(server, 1, "WATCH a", "MULTI", "INCR a")
    bob = client(server, 2, "SET a 5")
    for replies, _ in tried(server, (ada, "EXEC"), (bob, "GET a")):
        assert ("ada", "*-1\\r\\n") in replies and ("bob", "$1\\r\\n5\\r\\n") in replies


def test_a_command_that_would_wait_is_shown_to_wait(server):
    ada, bob = client(server, 1), client(server, 2)
    first, second = tried(server, (ada, "BLPOP jobs 0"), (bob, "RPUSH jobs x"))
    assert first[0][0] == ("ada", "waits")
    assert second[0] == [("bob", ":1\\r\\n"), ("ada", "*2\\r\\n$4\\r\\njobs\\r\\n$1\\r\\nx\\r\\n")]


def test_keys_of_every_type_and_their_ends_are_there(server):
    lines = "RPUSH list a;SADD set a;HSET hash a 1;ZADD zset 1 a;XADD stream 1-1 a 1"
    ada = client(server, 1, *lines.split(";"), "SELECT 3", "SET far b EX 99", "SELECT 0")
    bob = client(server, 2, "SELECT 3")
    ((replies, _), *_) = tried(server, (ada, "DBSIZE"), (bob, "TTL far"))
    assert replies == [("ada", ":5\\r\\n"), ("bob", ":99\\r\\n")]


def test_one_command_has_one_order_and_too_much_is_not_copied(server):
    ada, bob = client(server, 1), client(server, 2)
    with pytest.raises(TooMuch, match="Two to 4 commands"):
        tried(server, (ada, "PING"))
    execute(ada, [b"SET", b"large", b"x" * MOST_BYTES])
    with pytest.raises(TooMuch, match="more than 4 MB"):
        tried(server, (ada, "PING"), (bob, "PING"))
