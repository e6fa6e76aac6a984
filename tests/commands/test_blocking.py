"""Blocked clients: which client is served, when, in which order, and what ends a wait."""

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import SYNTAX, WRONG_TYPE, RedisError
from redis_clone.protocol.replies import NULL_ARRAY

NOT_A_FLOAT = "ERR timeout is not a float or out of range"
NEGATIVE = "ERR timeout is negative"


def blocked_clients(client):
    return int(client("INFO clients").partition(b"blocked_clients:")[2].split()[0])


@pytest.fixture
def wait(connect):
    """Sends a blocking command on a new connection; returns the connection once it is blocked."""
    observer = connect()

    def start(line, protocol=2):
        waiting = blocked_clients(observer)
        client = connect(protocol)
        client.send(line)
        wait_until(lambda: blocked_clients(observer) == waiting + 1)
        return client

    yield start


@pytest.mark.parametrize(
    "line, feeding, reply",
    [
        ("BLPOP missing l 0", "RPUSH l a b", [b"l", b"a"]),
        ("BRPOP missing l 0", "RPUSH l a b", [b"l", b"b"]),
        ("BLMPOP 0 2 missing l LEFT COUNT 5", "RPUSH l a b", [b"l", [b"a", b"b"]]),
        ("BLMOVE l d LEFT RIGHT 0", "RPUSH l a", b"a"),
        ("BRPOPLPUSH l d 0", "RPUSH l a", b"a"),
        ("BZPOPMIN missing z 0", "ZADD z 1 a 2 b", [b"z", b"a", b"1"]),
        ("BZPOPMAX missing z 0", "ZADD z 1 a 2 b", [b"z", b"b", b"2"]),
        ("BZMPOP 0 1 z MIN COUNT 5", "ZADD z 1 a 2 b", [b"z", [[b"a", b"1"], [b"b", b"2"]]]),
        ("XREAD BLOCK 0 STREAMS x 0", "XADD x 1-1 f v", [[b"x", [[b"1-1", [b"f", b"v"]]]]]),
        ("BLPOP l 0", "RENAME other l", [b"l", b"o"]),
        ("BLPOP l 0", "COPY other l", [b"l", b"o"]),
        ("BLPOP l 0", "LMOVE other l LEFT LEFT", [b"l", b"o"]),
        ("BLPOP l 0", "SORT other ALPHA STORE l", [b"l", b"o"]),
        ("BZPOPMIN z 0", "GEOADD z 0 0 here", [b"z", b"here", b"3377699720527872"]),
    ],
)
def test_a_blocked_client_is_served_when_its_key_is_written(redis, wait, line, feeding, reply):
    redis("RPUSH other o")
    blocked_client = wait(line)
    redis(feeding)
    assert blocked_client.read() == reply
    assert blocked_clients(redis) == 0


def test_a_wait_that_times_out_replies_the_null_array(connect):
    lines = (
        "BLPOP l 0.01",
        "BRPOP l 0.01",
        "BLMPOP 0.01 1 l LEFT",
        "BLMOVE l d LEFT LEFT 0.01",
        "BRPOPLPUSH l d 0.01",
        "BZPOPMIN l 0.01",
        "BZPOPMAX l 0.0001",
        "BZMPOP 0.01 1 l MAX",
        "XREAD BLOCK 10 STREAMS l 0",
    )
    blocked = [(line, connect()) for line in lines]
    for line, client in blocked:
        client.send(line)
    for line, client in blocked:
        assert client.read() is NULL_ARRAY, line
        assert client("PING") == "PONG", line


@pytest.mark.parametrize("timeout", ["99999999", "9223372036854"])
def test_a_wait_may_be_longer_than_the_system_can_count(redis, wait, timeout):
    blocked_client = wait(f"BLPOP l {timeout}")
    redis("RPUSH l a")
    assert blocked_client.read() == [b"l", b"a"]


def test_in_resp3_there_is_one_null(redis3):
    assert redis3("BLPOP l 0.01") is None


@pytest.mark.parametrize(
    "line, reply",
    [("BLPOP l 0", NULL_ARRAY), ("BLMOVE l d LEFT LEFT 0", None), ("XREAD BLOCK 0 STREAMS x $", NULL_ARRAY)],
)
def test_inside_a_transaction_no_client_is_blocked(redis, line, reply):
    redis("MULTI")
    redis(line)
    assert redis("EXEC") == [reply]


def test_an_element_that_is_there_is_taken_at_once(redis):
    redis("RPUSH l a b")
    redis("ZADD z 1 m")
    assert redis("BLPOP missing l 0") == [b"l", b"a"]
    assert redis("BLMOVE l d LEFT LEFT 0") == b"b"
    assert redis("BZPOPMAX z 0") == [b"z", b"m", b"1"]


def test_clients_blocked_on_a_key_are_served_first_come_first_served(redis, wait):
    blocked_clients = [wait("BLPOP l 0") for _ in range(5)]
    redis("RPUSH l a b c")
    assert [blocked_client.read()[1] for blocked_client in blocked_clients[:3]] == [b"a", b"b", b"c"]
    redis("RPUSH l d")
    redis("RPUSH l e")
    assert [blocked_client.read()[1] for blocked_client in blocked_clients[3:]] == [b"d", b"e"]


@ours_alone  # 7.0 serves by the key that was written first; 7.2 runs the command anew
def test_a_client_blocked_on_two_keys_is_served_once(redis, wait):
    blocked_client = wait("BLPOP one two 0")
    redis("MULTI")
    redis("RPUSH two b")
    redis("RPUSH one a")
    redis("EXEC")
    assert blocked_client.read() == [b"one", b"a"]  # in the order in which it named them
    assert redis("LRANGE two 0 -1") == [b"b"]


def test_a_blocked_client_is_served_after_the_transaction_that_wrote_its_key(redis, wait):
    blocked_client = wait("BLPOP l 0")
    redis("MULTI")
    redis("RPUSH l a")
    redis("LPOP l")
    redis("RPUSH l b")
    assert redis("EXEC") == [1, b"a", 1]
    assert blocked_client.read() == [b"l", b"b"]


def test_a_push_that_is_undone_in_its_transaction_wakes_no_client(redis, wait):
    blocked_client = wait("BLPOP l 0")
    redis("MULTI")
    redis("RPUSH l a")
    redis("DEL l")
    redis("EXEC")
    assert blocked_clients(redis) == 1
    redis("RPUSH l b")
    assert blocked_client.read() == [b"l", b"b"]


def test_a_chain_of_moves_serves_the_last_in_the_chain(redis, wait):
    last = wait("BLPOP c 0")
    second = wait("BLMOVE b c LEFT RIGHT 0")
    first = wait("BLMOVE a b LEFT RIGHT 0")
    assert redis("RPUSH a x") == 1
    assert (first.read(), second.read(), last.read()) == (b"x", b"x", [b"c", b"x"])
    assert redis("EXISTS a b c") == 0


def test_a_move_in_a_circle_ends(redis, wait):
    one = wait("BLMOVE a b LEFT RIGHT 0")
    other = wait("BLMOVE b a LEFT RIGHT 0")
    redis("RPUSH a x")
    assert (one.read(), other.read()) == (b"x", b"x")
    assert redis("LRANGE a 0 -1") == [b"x"]


def test_a_move_onto_another_type_fails_when_its_time_comes(redis, wait):
    redis("SET d text")
    blocked_client = wait("BLMOVE a d LEFT RIGHT 0")
    redis("RPUSH a x")
    assert blocked_client.read() == RedisError(WRONG_TYPE)
    assert redis("LRANGE a 0 -1") == [b"x"]


def test_a_key_of_another_type_does_not_end_the_wait(redis, wait):
    blocked_client = wait("BLPOP l 0")
    redis("SET l text")
    redis("DEL l")
    redis("ZADD l 1 m")
    assert blocked_clients(redis) == 1
    redis("DEL l")
    redis("RPUSH l a")
    assert blocked_client.read() == [b"l", b"a"]


def test_swapdb_may_bring_the_key_of_a_blocked_client(redis, wait, other):
    blocked_client = wait("BLPOP l 0")
    other("SELECT 1")
    other("RPUSH l a")
    redis("SWAPDB 0 1")
    assert blocked_client.read() == [b"l", b"a"]


def test_a_client_is_blocked_on_a_key_of_its_own_database(redis, wait, other):
    blocked_client = wait("BLPOP l 0")
    other("SELECT 1")
    other("RPUSH l a")
    assert blocked_clients(redis) == 1
    redis("RPUSH l b")
    assert blocked_client.read() == [b"l", b"b"]


def test_a_client_that_hangs_up_takes_no_element_with_it(redis, wait):
    wait("BLPOP l 0").close()
    wait_until(lambda: blocked_clients(redis) == 0)
    redis("RPUSH l a")
    assert redis("LRANGE l 0 -1") == [b"a"]


def test_commands_that_a_blocked_client_sends_meanwhile_run_after_its_wait(redis, wait):
    blocked_client = wait("BLPOP l 0")
    blocked_client.send("ECHO later")
    redis("RPUSH l a")
    assert [blocked_client.read(), blocked_client.read()] == [[b"l", b"a"], b"later"]


def test_commands_before_and_after_a_blocking_one_in_a_pipeline(redis):
    redis.send_bytes(b"PING\r\nBLPOP l 0.02\r\nECHO after\r\n")
    assert [redis.read(), redis.read(), redis.read()] == ["PONG", NULL_ARRAY, b"after"]


def test_client_unblock_ends_a_wait_as_a_time_out_or_with_an_error(redis, wait, connect):
    for words, reply in [
        ("", NULL_ARRAY),
        ("TIMEOUT", NULL_ARRAY),
        ("ERROR", RedisError("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
    ]:
        client = connect()
        number = client("CLIENT ID")
        client.send("BLPOP l 0")
        wait_until(lambda: blocked_clients(redis) == 1)
        assert redis(f"CLIENT UNBLOCK {number} {words}") == 1
        assert client.read() == reply
        assert redis(f"CLIENT UNBLOCK {number}") == 0


def test_client_list_shows_a_blocked_client(redis, wait):
    wait("BLPOP l 0")
    [line] = [line for line in redis("CLIENT LIST").splitlines() if b"cmd=blpop" in line]
    assert b"flags=b" in line.replace(b"flags=Ub", b"flags=b").replace(b"flags=bU", b"flags=b")


def test_a_blocked_client_can_be_killed(redis, wait):
    blocked_client = wait("BLPOP l 0")
    [line] = [line for line in redis("CLIENT LIST").splitlines() if b"cmd=blpop" in line]
    number = line.split()[0].removeprefix(b"id=").decode()
    assert redis(f"CLIENT KILL ID {number}") == 1
    assert blocked_client.is_closed()
    redis("RPUSH l a")
    assert redis("LLEN l") == 1


# Streams.


def test_all_readers_of_a_stream_get_the_entry(redis, wait):
    redis("XADD x 1-1 f old")
    readers = [wait("XREAD BLOCK 0 STREAMS x $"), wait("XREAD COUNT 1 BLOCK 0 STREAMS missing x 0 1-1")]
    redis("XADD x 2-1 f new")
    for reader in readers:
        assert reader.read() == [[b"x", [[b"2-1", [b"f", b"new"]]]]]


def test_in_a_group_one_of_the_blocked_clients_gets_the_entry(redis, wait):
    redis("XGROUP CREATE x g $ MKSTREAM")
    first = wait("XREADGROUP GROUP g ada BLOCK 0 STREAMS x >")
    second = wait("XREADGROUP GROUP g bob BLOCK 0 STREAMS x >")
    redis("XADD x 1-1 f v")
    assert first.read() == [[b"x", [[b"1-1", [b"f", b"v"]]]]]
    redis("XADD x 2-1 f v")
    assert second.read() == [[b"x", [[b"2-1", [b"f", b"v"]]]]]
    assert redis("XPENDING x g")[0] == 2


@pytest.mark.parametrize("ending", ["XGROUP DESTROY x g", "DEL x", "FLUSHDB", "SET x text"])
def test_a_client_blocked_in_a_group_gets_an_error_when_the_group_is_gone(redis, wait, ending):
    redis("XGROUP CREATE x g $ MKSTREAM")
    blocked_client = wait("XREADGROUP GROUP g ada BLOCK 0 STREAMS x >")
    redis(ending)
    assert isinstance(blocked_client.read(), RedisError)


@ours_alone  # 7.0 has other words for it
def test_the_reason_is_the_error_of_the_command_itself(redis, wait):
    redis("XGROUP CREATE x g $ MKSTREAM")
    gone, replaced = (wait("XREADGROUP GROUP g ada BLOCK 0 STREAMS x >") for _ in range(2))
    redis("MULTI")
    redis("DEL x")
    redis("SET x text")
    redis("EXEC")
    assert gone.read() == replaced.read() == RedisError(WRONG_TYPE)


# What is wrong with a command.


@for_each(
    "line, error",
    [
        ("BLPOP l x", NOT_A_FLOAT),
        ("BLPOP l nan", NOT_A_FLOAT),
        ("BLPOP l -1", NEGATIVE),
        ("BLPOP text 0", WRONG_TYPE),
        ("BLPOP missing text 0", WRONG_TYPE),
        ("BLMOVE a b LEFT x 0", SYNTAX),
        ("BLMOVE a b LEFT LEFT x", NOT_A_FLOAT),
        ("BLMOVE text b LEFT LEFT 0", WRONG_TYPE),
        ("BRPOPLPUSH a b -1", NEGATIVE),
        ("BLMPOP x 1 l LEFT", NOT_A_FLOAT),
        ("BLMPOP x 1 text LEFT", NOT_A_FLOAT),
        ("BLMPOP x 0 l LEFT", "ERR numkeys should be greater than 0"),
        ("BLMPOP x 1 l x", SYNTAX),
        ("BZMPOP x 1 z MIN COUNT 0", "ERR count should be greater than 0"),
        ("BLMPOP 0 0 l LEFT", "ERR numkeys should be greater than 0"),
        ("BLMPOP 0 1 l x", SYNTAX),
        ("BLMPOP 0 1 l LEFT COUNT 0", "ERR count should be greater than 0"),
        ("BZPOPMIN z x", NOT_A_FLOAT),
        ("BZPOPMIN text 0", WRONG_TYPE),
        ("BZMPOP 0 1 z x", SYNTAX),
        ("XREAD BLOCK -1 STREAMS x 0", NEGATIVE),
        ("XREAD BLOCK x STREAMS x 0", "ERR timeout is not an integer or out of range"),
        ("CLIENT UNBLOCK x", "ERR value is not an integer or out of range"),
        ("CLIENT UNBLOCK 1 x", "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
    ],
)
def test_each_says_what_is_wrong(redis, line, error):
    redis("SET text x")
    assert redis(line) == RedisError(error)
