"""A database is selected only when it changes.

The append-only file does not say of each command which database it belongs to; it has a SELECT where that
changes, just as a client sends it, and so has the stream to a replica. `self.db` is the database that was
selected last. It is NO_DB where a file begins, so that the first command always has a SELECT before it, even
for database 0: a server that reads the file may have selected another one. An op whose own database is NO_DB,
such as EXEC, belongs to none and needs no SELECT.

`encode(ops)` gets what was done, in order: ops, triples (db, argv, targets); the targets do not matter here.
It makes bytes of each command with `encode_command(argv)`, and returns all of them together."""

import tempfile
from collections.abc import Callable

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.features.persistence.aof_log import Log
from redis_clone.protocol.ops import BOTH
from redis_clone.structures.clock import Clock

CHAPTER = 13
LEVEL = 1
CONCEPT = "state that is written only when it changes"
HOLE = "redis_clone/protocol/ops.py:OpEncoder.encode"
HINTS = (
    "A loop over the ops in order. For each perhaps a SELECT, and then the command.",
    "A SELECT is needed when db is neither self.db nor NO_DB: encode_command([b'SELECT', b'%d' % db]); and "
    "remember it in self.db.",
    "Collect the bytes in a list; at the end b''.join() makes one of them.",
)


def log() -> Log:
    return Log(Clock(source=lambda: 7_000_000_000), lambda error: None, lambda reason: None)


def encoded(line: str) -> bytes:
    words = line.encode().split()
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def fed(own: Log, *ops: tuple[int, str]) -> list[bytes]:
    """What these have added to the queue."""
    own._queue.clear()
    own.feed([(db, line.encode().split(), BOTH) for db, line in ops])
    return [chunk for chunk in own._queue if isinstance(chunk, bytes)]


def asking(own: Log, *ops: tuple[int, str], given: str = "") -> calling:
    return calling(fed, own, *ops, given=given, shown=f"the queue after feed({list(ops)})")


def test_the_database_is_selected_first() -> None:
    asking(log(), (0, "SET a 1"), given="a new log").gives([encoded("SELECT 0") + encoded("SET a 1")])


def test_it_is_not_selected_again() -> None:
    own = log()
    fed(own, (3, "SET a 1"))
    asking(own, (3, "SET b 2"), given="database 3 was selected before").gives([encoded("SET b 2")])


def test_a_change_from_one_op_to_the_next() -> None:
    own = log()
    fed(own, (0, "SET a 1"))
    asking(own, (0, "SET a 1"), (2, "SET b 2"), (0, "DEL a"), given="database 0 was selected before").gives(
        [
            encoded("SET a 1")
            + encoded("SELECT 2")
            + encoded("SET b 2")
            + encoded("SELECT 0")
            + encoded("DEL a")
        ]
    )


def test_an_op_that_belongs_to_no_database() -> None:
    asking(log(), (-1, "MULTI"), (5, "SET a 1"), (-1, "EXEC"), given="a new log").gives(
        [encoded("MULTI") + encoded("SELECT 5") + encoded("SET a 1") + encoded("EXEC")]
    )


def test_after_an_exec_the_same_database_is_still_selected() -> None:
    asking(log(), (5, "SET a 1"), (-1, "EXEC"), (5, "SET b 2"), given="a new log").gives(
        [encoded("SELECT 5") + encoded("SET a 1") + encoded("EXEC") + encoded("SET b 2")]
    )


def test_the_position_moves_on() -> None:
    own = log()
    fed(own, (0, "SET a 1"))
    calling(lambda: own.logged, shown="logged, after SELECT 0 and SET a 1").gives(
        len(encoded("SELECT 0") + encoded("SET a 1"))
    )


def test_a_stamp_comes_first() -> None:
    own = log()
    own.stamps = True
    asking(own, (0, "SET a 1"), given="aof-timestamp-enabled, at second 7").gives(
        [b"#TS:7\r\n" + encoded("SELECT 0") + encoded("SET a 1")]
    )


def test_the_log_of_a_server_is_loaded_again(serve: Callable[..., LiveServer]) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = serve(appendonly="yes", appendfsync="always", dir=folder)
        client = server.client()
        client("SET a 1")
        client("SELECT 2")
        client("SET a 2")
        client.expect("DEBUG LOADAOF", "OK")
        client.expect("GET a", b"2")
        client("SELECT 0")
        client.expect("GET a", b"1")
