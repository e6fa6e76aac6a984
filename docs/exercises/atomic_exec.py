"""EXEC runs all that was queued, or nothing.

EXEC runs the queued commands, one after the other, and the replies come back as one array. Before that
three things may stop it, each with its own answer: there was no MULTI (an error); a command could not be
queued (the error EXECABORT); a watched key has changed (NULL_ARRAY, no error). In each of the last two
cases, too, the transaction is over afterwards, and nothing is watched any more.

`client.transaction` knows all of it: `queuing`, `dirty_exec` (a command could not be queued),
`watched_keys_changed()`, and `end()`, which leaves MULTI, forgets every WATCH and answers the queue,
pairs of a command of the command table and an argv. `_run_queued(client, spec, argv)` runs one pair.
While they run, `transaction.is_running` must be True, and it must be False afterwards *whatever happens*.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.proxies import StudentPeer

CHAPTER = 6
LEVEL = 2
CONCEPT = "all in one go, or not at all"
HOLE = "redis_clone/commands/transactions.py:exec_"
HINTS = (
    "The texts: 'ERR EXEC without MULTI', and 'EXECABORT Transaction discarded because of previous "
    "errors.' They are raised as RedisError.",
    "Mind the order: end() forgets what was watched, so look at dirty_exec and watched_keys_changed() "
    "before you call it; but call it before you raise or return, for the transaction is over in any "
    "case.",
    "try: return [_run_queued(client, spec, argv) for spec, argv in queued]; finally: "
    "transaction.is_running = False.",
)


def test_the_replies_come_as_one_array(server: LiveServer) -> None:
    client = server.client()
    client("MULTI")
    client("SET a 1")
    client("INCR a")
    client("GET a")
    client.expect("EXEC", ["OK", 2, b"2"])


def test_an_empty_transaction(server: LiveServer) -> None:
    client = server.client()
    client("MULTI")
    client.expect("EXEC", [])


def test_it_needs_a_multi(server: LiveServer) -> None:
    server.client().expect_error("EXEC", "ERR EXEC without MULTI")


def test_a_command_that_could_not_be_queued_stops_all(server: LiveServer) -> None:
    client = server.client()
    client("MULTI")
    client("SET a 1")
    client.expect_error("GET", "ERR wrong number")
    client.expect_error("EXEC", "EXECABORT Transaction discarded because of previous errors.")
    client.expect("GET a", None)


def test_a_command_that_fails_when_it_runs_stops_nothing(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client("MULTI")
    client("INCR word")
    client("SET a 1")
    client.expect_that(
        "EXEC", lambda replies: len(replies) == 2 and replies[1] == "OK", "an error, and then OK"
    )
    client.expect("GET a", b"1")


def test_a_watched_key_that_changed_stops_all(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH a")
    second("SET a 5")
    first("MULTI")
    first("SET b 1")
    first.expect("EXEC", None)
    first.expect("GET b", None)


def test_afterwards_it_is_over(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH a")
    second("SET a 5")
    first("MULTI")
    first.expect("EXEC", None)
    first.expect("PING", "PONG")
    first("MULTI")  # and a is not watched any more
    first("PING")
    first.expect("EXEC", ["PONG"])


def test_it_is_over_after_an_abort_too(server: LiveServer) -> None:
    client = server.client()
    client("MULTI")
    client.expect_error("GET", "ERR wrong number")
    client.expect_error("EXEC", "EXECABORT")
    client.expect("PING", "PONG")
    client.expect("MULTI", "OK")


def test_a_command_that_would_block_does_not(server: LiveServer) -> None:
    client = server.client()
    client("MULTI")
    client("BLPOP nothing 0")
    client("RPUSH list a")
    client.expect("EXEC", [None, 1])


def test_it_runs_once_more_after_that(server: LiveServer) -> None:
    client = server.client()
    for number in (1, 2):
        client("MULTI")
        client("INCR a")
        client.expect("EXEC", [number])
    client("MULTI")
    client("LPUSH list x")
    client.expect("EXEC", [1])
    client.expect("BLPOP list 1", [b"list", b"x"])


def test_while_it_runs_is_running_is_true(server: LiveServer) -> None:
    admin, ada = server.client("admin"), server.client("ada")
    admin("ACL SETUSER ada on nopass +@all ~cart:*")
    ada("AUTH ada any")
    ada("MULTI")
    ada("SET cart:1 apple")
    admin("ACL SETUSER ada resetkeys")
    ada.expect_that("EXEC", lambda replies: "NOPERM" in str(replies), "an error NOPERM in the array")
    admin.expect_that(
        "ACL LOG", lambda entries: b"multi" in entries[0], "the context multi, for is_running is True"
    )
    ada.expect_error("GET other", "NOPERM")
    admin.expect_that(
        "ACL LOG", lambda entries: b"toplevel" in entries[0], "the context toplevel, for EXEC is over"
    )


CUT_SHORT = """
from redis_clone.commands import transactions
from redis_clone.features.interception import Intercepted

def run(*arguments):
    raise Intercepted("cut short")

transactions._run_queued = run
"""


def test_after_an_exception_in_a_command_it_is_not_running_any_more(
    server: LiveServer, process: StudentPeer
) -> None:
    admin, ada = server.client("admin"), server.client("ada")
    admin("ACL SETUSER ada on nopass +@all ~cart:*")
    ada("AUTH ada any")
    ada("MULTI")
    ada("SET cart:1 apple")
    process.module("builtins").exec(CUT_SHORT, process.moved({}))
    ada("EXEC")  # a command in it raises an exception that is no RedisError
    ada.expect_error("GET other", "NOPERM")
    admin.expect_that(
        "ACL LOG",
        lambda entries: b"toplevel" in entries[0],
        "the context toplevel, for EXEC is over, even if a command in it has raised an exception",
    )
