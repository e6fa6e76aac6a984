"""Transactions: what MULTI and WATCH keep for one client.

WATCH is compare-and-set without a lock: it remembers the version of a key, and EXEC runs only if every
version is still the same.  A version is a number that the keyspace raises at each write to the key
(storage/versions.py); here it is only remembered and compared.  The caller holds the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone.command_table.registry import Command

if TYPE_CHECKING:
    from redis_clone.storage.database import Database

Queued = tuple[Command, list[bytes]]


class Transaction:
    """Idle, or queuing commands after MULTI; keys may be watched in both states."""

    __slots__ = ("_queue", "_watched", "dirty_exec", "is_running", "queued_bytes", "queuing")

    def __init__(self) -> None:
        self.queuing = False  # between MULTI and EXEC
        self._queue: list[Queued] = []
        self.queued_bytes = 0
        self._watched: dict[tuple[Database, bytes], int] = {}  # -> the version that WATCH saw
        self.is_running = False  # EXEC is running the queued commands
        self.dirty_exec = False  # a command was rejected inside MULTI, so EXEC will fail

    @property
    def length(self) -> int:
        """How many commands are queued; -1 outside MULTI, as CLIENT LIST shows it."""
        return len(self._queue) if self.queuing else -1

    def has_flag(self, flag: str) -> bool:
        """Whether a queued command has this flag."""
        return any(flag in command.flags for command, _ in self._queue)

    @property
    def queued(self) -> Sequence[Queued]:
        """The queued commands, each with its arguments."""
        return self._queue

    @property
    def specs(self) -> list[Command]:
        """The specs of the queued commands."""
        return [spec for spec, _ in self._queue]

    @property
    def watching(self) -> int:
        return len(self._watched)

    def begin(self) -> None:
        self.queuing = True

    def queue(self, command: Command, argv: list[bytes]) -> None:
        assert self.queuing, "only between MULTI and EXEC"
        if self.dirty_exec or self.watched_keys_changed():
            return  # EXEC will run nothing
        self._queue.append((command, argv))
        self.queued_bytes += sum(map(len, argv))

    def flag_dirty(self) -> None:
        """A command was rejected: if it was meant for this transaction, EXEC will fail."""
        self.dirty_exec = self.queuing

    def watch(self, database: Database, key: bytes) -> None:
        """Remember a key's version; of two WATCHes of a key the first one counts."""
        if (database, key) not in self._watched:
            self._watched[database, key] = database.watch(key)

    @property
    def watched(self) -> Sequence[tuple[Database, bytes, int]]:
        """The watched keys, each with its database and the version that WATCH saw."""
        return [(database, key, seen) for (database, key), seen in self._watched.items()]

    def watched_keys_changed(self) -> bool:
        return any(database.version(key) != seen for (database, key), seen in self._watched.items())

    def unwatch(self) -> None:
        for database, key in self._watched:
            database.versions.unwatch(key)
        self._watched.clear()

    def end(self) -> list[Queued]:
        """Leave MULTI and forget every watched key; returns the queued commands."""
        queued, self._queue, self.queued_bytes = self._queue, [], 0
        self.queuing = self.dirty_exec = False
        self.unwatch()
        return queued
