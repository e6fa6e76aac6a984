"""Big values that nobody needs any more, taken apart piece by piece.

CPython frees a dict of a million fields in one go, and for a tenth of a second no other thread runs, whoever
does it and whether a lock is held or not.  So what is large is not let go of at once.  It is put here, and
the cron takes a few thousand pieces out of it at a time.  Redis hands such values to a thread of its own
(lazyfree.c), and so needs options to choose; here it is always done.

Nothing is taken apart that somebody else still holds, a snapshot for one: it is only let go of.
"""

import sys
from typing import Any

ATOMS = {bytes, bytearray, str, int, float, bool, type(None)}  # these go as a whole, and so do tuples
CONTAINERS = (dict, list, set)


class LazyFree:
    """
    >>> lazyfree = LazyFree()
    >>> lazyfree.add({number: [number] for number in range(100)})
    >>> lazyfree.free_some(60), lazyfree.pending, lazyfree.free_some(500), lazyfree.done
    (True, 1, False, 1)
    """

    def __init__(self) -> None:
        self.done = 0  # how many values are gone, INFO's lazyfreed_objects
        self._values: list[Any] = []
        self._parts: list[Any] = []  # of the value that is being taken apart; the last one first

    @property
    def pending(self) -> int:
        """How many values wait, the one at hand included."""
        return len(self._values) + bool(self._parts)

    def add(self, value: Any) -> None:
        """The caller lets go of it."""
        self._values.append(value)

    def free_some(self, pieces: int) -> bool:
        """Take up to about so many pieces out; True when there is more to do.

        Needs no lock: nobody else can reach what lies here.
        """
        while self._parts or self._values:
            if pieces <= 0:
                return True
            if not self._parts:
                self._parts.append(self._values.pop())
            pieces -= self._take_from_last(pieces)
            self.done += not self._parts
        return False

    def _take_from_last(self, at_most: int) -> int:
        """Of the last part; returns how many pieces that were."""
        parts = self._parts
        if _holders_of_last(parts) > HOLDERS_WHEN_ALONE:
            parts.pop()
            return 1
        part = parts.pop()
        pieces = _pieces_of(part, at_most)
        if isinstance(part, CONTAINERS) and part:
            parts.append(part)  # below its pieces
        parts += [piece for piece in pieces if type(piece) not in ATOMS and not isinstance(piece, tuple)]
        return len(pieces) or 1


def _pieces_of(part: Any, at_most: int) -> list[Any]:
    """Out of a container some of its items, of any other object all its fields."""
    if isinstance(part, dict):
        return [part.popitem()[1] for _ in range(min(len(part), at_most))]
    if isinstance(part, list | set):
        return [part.pop() for _ in range(min(len(part), at_most))]
    return [getattr(part, name) for name in getattr(part, "__slots__", ())]


def _holders_of_last(parts: list[Any]) -> int:
    """How many references there are to the last part: ours, some that Python makes for the asking, others."""
    return sys.getrefcount(parts[-1])


HOLDERS_WHEN_ALONE = _holders_of_last([object()])
