"""What MULTI and WATCH keep for one connection.

WATCH is compare-and-set without holding a lock: remember the version of a key, and let EXEC run only if
every version is still the same.  A version is a number that the keyspace raises at each write to the key
(storage/keyspace.py); here they are only remembered and compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import Command

if TYPE_CHECKING:
    from redis_clone.storage.database import Database

Queued = tuple[Command, list[bytes]]


class Transaction:
    """Either idle, or queuing after MULTI; the watched keys belong to both."""

    __slots__ = ("_queue", "_watched", "dirty_exec", "is_running", "queued_bytes", "queuing")

    def __init__(self) -> None:
        self.queuing = False  # between MULTI and EXEC
        self._queue: list[Queued] = []
        self.queued_bytes = 0
        self._watched: dict[tuple[Database, bytes], int] = {}  # -> the version that WATCH saw
        self.is_running = False  # EXEC is at work
        self.dirty_exec = False  # a command could not be queued, so EXEC will refuse

    @property
    def length(self) -> int:
        """Commands queued; -1 outside MULTI, as CLIENT LIST shows it."""
        return len(self._queue) if self.queuing else -1

    def has_flag(self, flag: str) -> bool:
        """Whether a queued command has it."""
        return any(flag in command.flags for command, _ in self._queue)

    @property
    def specs(self) -> list[Command]:
        """The commands queued."""
        return [spec for spec, _ in self._queue]

    @property
    def watching(self) -> int:
        return len(self._watched)

    def begin(self) -> None:
        self.queuing = True

    def queue(self, command: Command, argv: list[bytes]) -> None:
        assert self.queuing, "only between MULTI and EXEC"
        self._queue.append((command, argv))
        self.queued_bytes += sum(map(len, argv))

    def flag_dirty(self) -> None:
        """A command was refused: outside MULTI that is all, inside it EXEC will refuse the rest too."""
        self.dirty_exec = self.queuing

    def watch(self, database: Database, key: bytes) -> None:
        """Watching twice counts from the first time."""
        if (database, key) not in self._watched:
            self._watched[database, key] = database.watch(key)

    def watched_keys_changed(self) -> bool:
        return any(database.version(key) != seen for (database, key), seen in self._watched.items())

    def unwatch(self) -> None:
        for database, key in self._watched:
            database.versions.unwatch(key)
        self._watched.clear()

    def end(self) -> list[Queued]:
        """Leave MULTI, forget every WATCH, and hand over what was queued."""
        queued, self._queue, self.queued_bytes = self._queue, [], 0
        self.queuing = self.dirty_exec = False
        self.unwatch()
        return queued
