"""Lazyfree: large values that were deleted are freed in slices.

CPython frees a dict of a million fields in one go, and no other thread runs for a tenth of a second, in
whichever thread that happens and whether a lock is held or not.  So the keyspace hands a large value over to
lazyfree, and the cron removes a few thousand of its items at a time.  Redis has a thread for such values
(lazyfree.c), and options for when to use it; here lazyfree is always on.

An object that is referenced elsewhere, by a running snapshot for example, keeps its items: only our reference
is dropped.  Imports nothing of ours.
"""

import sys
from collections import deque
from typing import Any

ATOMS = {bytes, bytearray, str, int, float, bool, type(None)}  # freed as a whole, and so are tuples
CONTAINERS = (dict, list, set)


class LazyFree:
    """
    >>> lazyfree = LazyFree()
    >>> lazyfree.add({number: [number] for number in range(100)})
    >>> lazyfree.free_some(60), lazyfree.pending, lazyfree.free_some(500), lazyfree.done
    (True, 1, False, 1)
    """

    def __init__(self) -> None:
        self._done = 0  # values; only ever counted up, by the cron's thread
        self._done_before = 0  # the last reset
        self._values: deque[Any] = deque()  # added to under the server's lock, taken from without it
        self._parts: list[Any] = []  # of the value that is freed now; the last one is next

    @property
    def done(self) -> int:
        """How many values were freed since the last reset, INFO's lazyfreed_objects."""
        return self._done - self._done_before

    def reset(self) -> None:
        self._done_before = self._done

    @property
    def pending(self) -> int:
        """How many values are not freed yet, INFO's lazyfree_pending_objects."""
        return len(self._values) + bool(self._parts)

    def add(self, value: Any) -> None:
        """Free a value little by little; the caller must drop its own reference."""
        self._values.append(value)

    def free_some(self, pieces: int) -> bool:
        """Free about `pieces` items; True when there is more to do.

        Needs no lock: the cron's thread alone calls this, no other thread can reach these values, and a deque
        may be added to at one end meanwhile.
        """
        while self._parts or self._values:
            if pieces <= 0:
                return True
            if not self._parts:
                self._parts.append(self._values.popleft())
            pieces -= self._free_from_last(pieces)
            self._done += not self._parts
        return False

    def _free_from_last(self, at_most: int) -> int:
        """Take items out of the last part; returns how many."""
        parts = self._parts
        if _references_to_last(parts) > REFERENCES_OF_OURS:
            parts.pop()
            return 1
        part = parts.pop()
        pieces = _pieces_of(part, at_most)
        if isinstance(part, CONTAINERS) and part:
            parts.append(part)  # its items come first
        parts += [piece for piece in pieces if type(piece) not in ATOMS and not isinstance(piece, tuple)]
        return len(pieces) or 1


def _pieces_of(part: Any, at_most: int) -> list[Any]:
    """Some items, removed from a container; of any other object all its fields."""
    if isinstance(part, dict):
        return [part.popitem()[1] for _ in range(min(len(part), at_most))]
    if isinstance(part, list | set):
        return [part.pop() for _ in range(min(len(part), at_most))]
    return [getattr(part, name) for name in getattr(part, "__slots__", ())]


def _references_to_last(parts: list[Any]) -> int:
    """How many references there are to the last part, ours and those of this very call included."""
    return sys.getrefcount(parts[-1])


REFERENCES_OF_OURS = _references_to_last([object()])
