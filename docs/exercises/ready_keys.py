"""Which clients wait for this key?

BLPOP does not sleep under the lock. Its client is *blocked*, and when another client writes a key that a
blocked client waits for, the server runs BLPOP once more. For that the server must learn of each write, and
quickly: for nearly every key that is written no client waits.

After each command `signal_keys_as_ready` gets the changes that the command made, triples of (event, key,
number of the database). It adds to `self._ready`, a dict that serves as an ordered set, each (database,
key) that a client waits for: those are the keys of `self._by_key`. Two events concern a whole database,
"flushdb" and "swapdb"; for these `self._db_keys_in(db, event)` answers all that are waited for there.
"""

from exercises.machinery.conversation import LiveServer, wait_until
from exercises.machinery.trial import calling
from redis_clone.features.blocking import Blocked, BlockedClient, BlockedClients

CHAPTER = 11
LEVEL = 2
CONCEPT = "waking only the clients concerned"
HOLE = "redis_clone/features/blocking.py:BlockedClients.signal_keys_as_ready"
HINTS = (
    "One loop over the changes. For most of them: is (db, key) in self._by_key? Mind the order: the "
    "database first.",
    "self._ready[db, key] = None adds to an ordered set, and adds nothing when it is there already.",
    "For those two events: self._ready.update(dict.fromkeys(self._db_keys_in(db, event))).",
)


def blocked_on(*db_keys: tuple[int, bytes]) -> BlockedClients:
    """A client waits for each of these."""
    blocked_clients = BlockedClients()
    for db_key in db_keys:
        blocked_clients.add(BlockedClient("ada", None, [], Blocked((db_key[1],), list, 0), [db_key], None))
    return blocked_clients


def ready(blocked_clients: BlockedClients, *changes: tuple[str, bytes, int]) -> list[tuple[int, bytes]]:
    blocked_clients.signal_keys_as_ready(changes)
    return blocked_clients.take_ready_keys()


def asking(blocked_clients: BlockedClients, *changes: tuple[str, bytes, int], given: str) -> calling:
    shown = f"signal_keys_as_ready({list(changes)}), take_ready_keys()"
    return calling(ready, blocked_clients, *changes, given=given, shown=shown)


def test_a_key_that_a_client_waits_for() -> None:
    asking(blocked_on((0, b"jobs")), ("lpush", b"jobs", 0), given="ada waits for jobs in db 0").gives(
        [(0, b"jobs")]
    )


def test_a_key_that_no_client_waits_for() -> None:
    asking(blocked_on((0, b"jobs")), ("lpush", b"other", 0), given="ada waits for jobs in db 0").gives([])


def test_the_same_name_in_another_database() -> None:
    asking(blocked_on((0, b"jobs")), ("lpush", b"jobs", 1), given="ada waits for jobs in db 0").gives([])


def test_each_key_once_and_in_the_order_of_the_writes() -> None:
    asking(
        blocked_on((0, b"a"), (0, b"b")),
        ("lpush", b"b", 0),
        ("lpush", b"a", 0),
        ("lpush", b"b", 0),
        given="one client waits for a, another one for b",
    ).gives([(0, b"b"), (0, b"a")])


def test_a_whole_database_is_emptied() -> None:
    asking(blocked_on((0, b"a"), (1, b"b")), ("flushdb", b"", 0), given="waited for: a in 0, b in 1").gives(
        [(0, b"a")]
    )


def test_two_databases_are_swapped() -> None:
    asking(blocked_on((0, b"a"), (1, b"b")), ("swapdb", b"", 0), given="waited for: a in 0, b in 1").gives(
        [(0, b"a"), (1, b"b")]
    )


def test_a_blocked_client_is_served(server: LiveServer) -> None:
    blocked, writer = server.client("blocked"), server.client("writer")
    blocked.send("BLPOP jobs 3")
    wait_until(lambda: b"cmd=blpop" in writer("CLIENT LIST"), "the first client waits in BLPOP")
    writer("RPUSH jobs sweep")
    blocked.expect_message([b"jobs", b"sweep"])
    writer.expect("LLEN jobs", 0)


def test_a_blocked_client_is_served_after_a_swap(server: LiveServer) -> None:
    blocked, writer = server.client("blocked"), server.client("writer")
    writer("SELECT 1")
    writer("RPUSH jobs sweep")
    blocked.send("BLPOP jobs 3")
    wait_until(lambda: b"cmd=blpop" in writer("CLIENT LIST"), "the first client waits in BLPOP")
    writer("SWAPDB 0 1")
    blocked.expect_message([b"jobs", b"sweep"])
