"""The dataset as it was at one moment, taken while the server goes on; for an RDB file or the base of an AOF.

Redis forks: the child sees the memory as it was, and the system copies each page that the parent writes to.
We have no fork (threads do not survive it, and Windows has none), but we can do the same by values:

    photograph      copies the dicts of keys, not the values; all the lock is held for at the beginning
    take            a slice of the keys with their values; the lock is held for a millisecond, again and again
    edit            whoever changes a value in place first puts a copy of it into the photograph
                    (storage/keyspace.py); a value that is replaced or deleted lives on there by itself

What `take` hands out belongs to the taker: strings, which never change, and still pictures of everything else
(storage/types.still).  So the slow part, making bytes of them and writing those, needs no lock.

The caller of all of this holds the lock.  One snapshot at a time.  May import: storage.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from redis_clone.storage.database import Database
from redis_clone.storage.photograph import Photograph
from redis_clone.storage.types import still

SLICE_NS = 1_000_000  # how long one slice may hold the lock; a single large value takes longer
BURST = 32  # keys between two looks at the time

Sizes = dict[int, tuple[int, int]]  # of each database: its keys, and those of them that expire


class Entry(NamedTuple):
    """One key; `value` is a still picture, `due_ms` the Unix time at which it expires or None."""

    db: int
    key: bytes
    value: Any
    due_ms: int | None


class Snapshot:
    """Begins with its making; ask for slices until one is empty, and then end it.

    >>> from redis_clone.clock import Clock
    >>> database = Database(0, Clock(), [])
    >>> database.store(b"answer", b"42", "set")
    >>> snapshot = Snapshot([database])
    >>> database.delete(b"answer"), snapshot.take(), snapshot.take(), snapshot.end()
    (True, [Entry(db=0, key=b'answer', value=b'42', due_ms=None)], [], None)
    """

    def __init__(self, databases: Sequence[Database], libraries: Sequence[bytes] = ()) -> None:
        """O(keys), 50 ms for a million.

        `libraries`: the code of functions, which belongs to the moment too.
        """
        self._databases = databases
        self.libraries = tuple(libraries)
        self._photographs = [database.photograph() for database in databases if len(database)]
        self.sizes: Sizes = {one.db: (len(one.values), len(one.due_ms)) for one in self._photographs}
        self.total = sum(keys for keys, _ in self.sizes.values())
        self.taken = 0

    def take(self, slice_ns: int = SLICE_NS, burst: int = BURST) -> list[Entry]:
        """Some keys, one at least; none when all were taken."""
        entries: list[Entry] = []
        end_ns = time.perf_counter_ns() + slice_ns
        while self._photographs:
            _develop(self._photographs[0], burst, entries)
            if not self._photographs[0].values:
                del self._photographs[0]
            if time.perf_counter_ns() >= end_ns:
                break
        self.taken += len(entries)
        return entries

    def end(self) -> None:
        """Let go of what was not taken; editing costs nothing any more."""
        self._photographs.clear()
        for database in self._databases:
            database.forget_photograph()


def _develop(photograph: Photograph, burst: int, entries: list[Entry]) -> None:
    """Move a few keys from the photograph to the entries."""
    db, values, due_ms = photograph.db, photograph.values, photograph.due_ms
    for _ in range(min(burst, len(values))):
        key, value = values.popitem()
        entries.append(Entry(db, key, value if type(value) is bytes else still(value), due_ms.get(key)))


def walk(databases: Sequence[Database]) -> Iterator[Entry]:
    """Every key as it stands, for who holds the lock to the end, as SAVE does; nothing is copied."""
    for database in databases:
        for key, value, due_ms in database.entries():
            yield Entry(database.index, key, value, due_ms)


def sizes_of(databases: Sequence[Database]) -> Sizes:
    return {db.index: (len(db), len(db.deadlines)) for db in databases if len(db)}
