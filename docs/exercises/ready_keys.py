"""Which clients wait for this key?

BLPOP does not sleep under the lock. It enters the waiting room, and whoever writes a key that somebody
waits for has BLPOP run once more. For that the server must learn of each write, and quickly, for nearly
always nobody waits for the key that was written.

After each command `signal_keys_as_ready` gets its changes, triples of (event, key, number of the database).
It records in `self._ready`, a dict that serves as an ordered set, the places (database, key) that somebody
waits for; those are the keys of `self._by_key`. Two events concern a whole database: "flushdb" and "swapdb";
for these `self._places_in(db, event)` answers the places.
"""

from exercises.machinery.conversation import LiveServer, wait_until
from exercises.machinery.trial import calling
from redis_clone.features.blocking import Blocked, BlockedClient, BlockedClients

CHAPTER = 11
LEVEL = 2
CONCEPT = "waking only those concerned"
HOLE = "redis_clone/features/blocking.py:BlockedClients.signal_keys_as_ready"
HINTS = (
    "One loop over the changes. For most of them: is (db, key) in self._waiters? Mind the order: the "
    "database first.",
    "self._ready[db, key] = None adds to an ordered set, and adds nothing when it is there already.",
    "For the two great events: self._ready.update(dict.fromkeys(self._places_in(db, event))).",
)


def room(*db_keys: tuple[int, bytes]) -> BlockedClients:
    """Somebody waits for each of these."""
    waiting = BlockedClients()
    for place in db_keys:
        waiting.add(BlockedClient("ada", None, [], Blocked((place[1],), list, 0), [place], None))
    return waiting


def ready(waiting: BlockedClients, *changes: tuple[str, bytes, int]) -> list[tuple[int, bytes]]:
    waiting.signal_keys_as_ready(changes)
    return waiting.take_ready_keys()


def asking(waiting: BlockedClients, *changes: tuple[str, bytes, int], given: str) -> calling:
    return calling(
        ready, waiting, *changes, given=given, shown=f"note_written({list(changes)}), take_ready()"
    )


def test_a_key_that_somebody_waits_for() -> None:
    asking(room((0, b"jobs")), ("lpush", b"jobs", 0), given="ada waits for jobs in database 0").gives(
        [(0, b"jobs")]
    )


def test_a_key_that_nobody_waits_for() -> None:
    asking(room((0, b"jobs")), ("lpush", b"other", 0), given="ada waits for jobs in database 0").gives([])


def test_the_same_name_in_another_database() -> None:
    asking(room((0, b"jobs")), ("lpush", b"jobs", 1), given="ada waits for jobs in database 0").gives([])


def test_each_once_and_in_the_order_of_the_writes() -> None:
    asking(
        room((0, b"a"), (0, b"b")),
        ("lpush", b"b", 0),
        ("lpush", b"a", 0),
        ("lpush", b"b", 0),
        given="somebody waits for a, somebody for b",
    ).gives([(0, b"b"), (0, b"a")])


def test_a_whole_database_is_emptied() -> None:
    asking(room((0, b"a"), (1, b"b")), ("flushdb", b"", 0), given="waited for: a in 0, b in 1").gives(
        [(0, b"a")]
    )


def test_two_databases_are_swapped() -> None:
    asking(room((0, b"a"), (1, b"b")), ("swapdb", b"", 0), given="waited for: a in 0, b in 1").gives(
        [(0, b"a"), (1, b"b")]
    )


def test_a_client_that_waits_is_served(server: LiveServer) -> None:
    waiting, writer = server.client("waiting"), server.client("writer")
    waiting.send("BLPOP jobs 3")
    wait_until(lambda: b"cmd=blpop" in writer("CLIENT LIST"), "the first client waits in BLPOP")
    writer("RPUSH jobs sweep")
    waiting.expect_message([b"jobs", b"sweep"])
    writer.expect("LLEN jobs", 0)


def test_after_a_swap_too(server: LiveServer) -> None:
    waiting, writer = server.client("waiting"), server.client("writer")
    writer("SELECT 1")
    writer("RPUSH jobs sweep")
    waiting.send("BLPOP jobs 3")
    wait_until(lambda: b"cmd=blpop" in writer("CLIENT LIST"), "the first client waits in BLPOP")
    writer("SWAPDB 0 1")
    waiting.expect_message([b"jobs", b"sweep"])
