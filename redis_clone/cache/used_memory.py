"""How much is used, known before each command although it is asked for sixteen databases.

Always true: a database that is not among those written to has the size that we remember.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Sized(Protocol):
    """One database, as far as we look at it."""

    def size(self) -> int: ...


class Used:
    """How many bytes all databases take together."""

    def __init__(self) -> None:
        self._total = 0
        self._sizes: list[int] = []  # of each database; empty: none is known
        self._written: set[int] = set()

    def record(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """These were written: event, key, database.  O(changes)"""
        for _, key, index in changes:
            self._written.add(index)
            if not key:  # the change is about whole databases, and perhaps about two (SWAPDB)
                self.forget()

    def record_one(self, index: int) -> None:
        """This database was written to."""
        self._written.add(index)

    def forget(self) -> None:
        """All is to be measured again."""
        self._sizes.clear()

    def by(self, databases: Sequence[Sized]) -> int:
        """O(databases written to)"""
        if not self._sizes:
            self._sizes = [database.size() for database in databases]
            self._total = sum(self._sizes)
        for index in self._written:
            before, self._sizes[index] = self._sizes[index], databases[index].size()
            self._total += self._sizes[index] - before
        self._written.clear()
        return self._total
