"""The dataset as it was at one moment, taken while the server goes on; for an RDB file or the base of an AOF.

Redis forks: the child sees the memory as it was, and the system copies each page that the parent writes to.
We have no fork (threads do not survive it, and Windows has none), but we can do the same by values:

    view            at the beginning the dicts of keys are copied, not the values; so long the lock is held
    take            drains a slice of the keys with their values; the lock is held for a millisecond each time
    copy-on-write   a command that changes a value in place first puts a copy of it into the view
                    (storage/keyspace.py); a value that is replaced or deleted stays in the view by itself

What `take` returns belongs to the caller: strings, which never change, and frozen copies of everything else
(storage/types.py).  So the slow part, making bytes of them and writing those, needs no lock.

The caller holds the lock.  There is one snapshot at a time.  May import: storage.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from redis_clone.storage.database import Database
from redis_clone.storage.snapshot_view import SnapshotView
from redis_clone.storage.types import frozen_copy

SLICE_NS = 1_000_000  # how long one slice may hold the lock; a single large value takes longer
KEYS_AT_ONCE = 32  # keys between two reads of the clock

Sizes = dict[int, tuple[int, int]]  # by database: its keys, and how many of them expire


class Entry(NamedTuple):
    """One key; `value` is a frozen copy, `expire_at_ms` the Unix time in ms at which it expires or None."""

    db: int
    key: bytes
    value: Any
    expire_at_ms: int | None


class Snapshot:
    """The instant is that of the constructor.  Call take() until a slice is empty, and then end().

    >>> from redis_clone.structures.clock import Clock
    >>> database = Database(0, Clock(), [])
    >>> database.update(b"answer", b"42", "set")
    >>> snapshot = Snapshot([database])
    >>> database.delete(b"answer"), snapshot.take(), snapshot.take(), snapshot.end()
    (True, [Entry(db=0, key=b'answer', value=b'42', expire_at_ms=None)], [], None)
    """

    def __init__(self, databases: Sequence[Database], libraries: Sequence[bytes] = ()) -> None:
        """O(keys), 50 ms for a million.

        `libraries`: the code of function libraries, which belong to the instant too.
        """
        self._databases = databases
        self.libraries = tuple(libraries)
        self._views = [database.take_snapshot_view() for database in databases if len(database)]
        self.sizes: Sizes = {one.db: (len(one.values), len(one.expire_at_ms)) for one in self._views}
        self.total = sum(keys for keys, _ in self.sizes.values())
        self.taken = 0
        self._copied = 0  # by the views that are drained

    def take(self, slice_ns: int = SLICE_NS, keys_at_once: int = KEYS_AT_ONCE) -> list[Entry]:
        """A slice of the keys, one at least; an empty list when all were taken."""
        entries: list[Entry] = []
        end_ns = time.perf_counter_ns() + slice_ns
        while self._views:
            _drain(self._views[0], keys_at_once, entries)
            if not self._views[0].values:
                self._copied += self._views[0].copied
                del self._views[0]
            if time.perf_counter_ns() >= end_ns:
                break
        self.taken += len(entries)
        return entries

    @property
    def copied(self) -> int:
        """How many values were copied so far because a command was about to change them in place."""
        return self._copied + sum(view.copied for view in self._views)

    def end(self) -> None:
        """Drop what was not taken; from now on changing a value in place costs no copy."""
        self._views.clear()
        for database in self._databases:
            database.drop_snapshot_view()


def _drain(view: SnapshotView, count: int, entries: list[Entry]) -> None:
    """Move a few keys from the view to the entries."""
    db, values, expire_at_ms = view.db, view.values, view.expire_at_ms
    for _ in range(min(count, len(values))):
        key, value = values.popitem()
        entries.append(
            Entry(db, key, value if type(value) is bytes else frozen_copy(value), expire_at_ms.get(key))
        )


def walk(databases: Sequence[Database]) -> Iterator[Entry]:
    """Yields every key without a copy; the caller holds the lock to the end, as SAVE does."""
    for database in databases:
        for key, value, expire_at_ms in database.entries():
            yield Entry(database.index, key, value, expire_at_ms)


def sizes_of(databases: Sequence[Database]) -> Sizes:
    return {db.index: (len(db), len(db.expires)) for db in databases if len(db)}
