"""How many bytes are used, known before each command: only written databases are measured.

Always true: a database that was not written since its last measurement still has the remembered size.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Sized(Protocol):
    """The part of a database that is used here."""

    def size(self) -> int: ...


class Used:
    """The sum of the databases' sizes in bytes, and of the buffers beside them."""

    def __init__(self) -> None:
        # Bytes that no eviction frees and that count too.  The owner of buffers keeps it right.
        self.buffers = 0
        self._total = 0  # of the databases
        self._sizes: list[int] = []  # of each database, as last measured; empty: none is known
        self._written: set[int] = set()

    def record(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Take changes of the keyspace: event, key, database.  O(changes)"""
        for _, key, index in changes:
            self._written.add(index)
            if not key:  # the change is about whole databases, and perhaps about two (SWAPDB)
                self.forget()

    def record_one(self, index: int) -> None:
        """This database was written to."""
        self._written.add(index)

    def forget(self) -> None:
        """Measure all databases the next time."""
        self._sizes.clear()

    def by(self, databases: Sequence[Sized]) -> int:
        """The bytes that these databases and the buffers take.  O(databases written to)"""
        if not self._sizes:
            self._sizes = [database.size() for database in databases]
            self._total = sum(self._sizes)
        for index in self._written:
            before, self._sizes[index] = self._sizes[index], databases[index].size()
            self._total += self._sizes[index] - before
        self._written.clear()
        return self._total + self.buffers
