"""The data that a file holds, and the AUX fields that describe them; used to save, load and rewrite.

The caller holds the lock.  May import: storage.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from redis_clone import REDIS_VERSION
from redis_clone.features.persistence.progress import Progress
from redis_clone.features.persistence.snapshot import Snapshot
from redis_clone.storage.database import Database
from redis_clone.storage.keyspace import Change
from redis_clone.structures.clock import Clock

Locked = Callable[[], AbstractContextManager[None]]  # `with locked():` holds the server's lock


class Settings(Protocol):
    """The configuration parameters, by name."""

    def __getitem__(self, name: str) -> Any: ...


class CannotLoad(Exception):
    """The files exist and were not loaded; the text, for the log, says why and what to do."""


class CannotReadRdb(CannotLoad):
    """An RDB file is damaged, or of a form that this server cannot read."""


class Dataset:
    """The keys of all databases, and the functions."""

    def __init__(
        self,
        databases: Sequence[Database],
        changes: list[Change],
        clock: Clock,
        memory_used: Callable[[], int],
    ) -> None:
        """`changes`: the list to which the databases add; `memory_used`: bytes, for the field used-mem."""
        self.databases = databases
        self.libraries: list[bytes] = []  # code of functions, written back as it was read
        self.progress = Progress()  # of loading
        self.clock = clock
        self._changes = changes
        self._saved = 0  # of all that was ever dirty, what the last file has
        self._memory_used = memory_used

    @property
    def now_s(self) -> int:
        """Unix time in seconds."""
        return self.clock.now_ms // 1000

    @property
    def dirty(self) -> int:
        """How many elements have changed since the last save: INFO's rdb_changes_since_last_save."""
        return sum(database.dirty for database in self.databases) - self._saved

    def record_saved(self, count: int) -> None:
        """So many of the changes are in a file now, or need not be in any."""
        self._saved += count

    def snapshot(self) -> Snapshot:
        """A snapshot of all data as they are now.  O(keys)"""
        return Snapshot(self.databases, self.libraries)

    def aux_fields(self, aof_base: bool = False) -> dict[str, str | int]:
        """The AUX fields of an RDB file; `aof_base`: it is the base of an append-only file."""
        return {
            "redis-ver": REDIS_VERSION,
            "redis-bits": 64,
            "ctime": self.now_s,
            "used-mem": self._memory_used(),
            "aof-base": int(aof_base),
        }

    def clear(self) -> None:
        """Empty the databases and propagate nothing; before loading, and after loading has failed."""
        for database in self.databases:
            database.clear()
        self.forget_changes()

    def forget_changes(self) -> None:
        """Drop the recorded changes: the data are those of the file, so there is nothing to propagate."""
        self._changes.clear()
        self.record_saved(self.dirty)
