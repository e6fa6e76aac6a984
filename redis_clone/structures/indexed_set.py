"""A set with random picks and walks in pieces, both by position.

The keys stand in a list, and a dict knows the position of each.  A removed key leaves a hole, and the last
key of the list moves into it, so everything is O(1) and the list has no gaps.

Always true: the list holds each key once, and the dict leads each key to its place in the list.

**Why a scan misses nothing.**  SCAN promises: a key that is there during the whole scan is returned at least
once, whatever comes and goes between the steps.  Many scans may run at once and any of them may be given up,
so the set remembers nothing about them; the cursor is all there is, a plain position in the list.
The scan walks *backwards*, and the cursor says where the part already visited begins:

    [ a  b  c  d  e | f  g  h ]      cursor 5: f, g and h were returned, a to e are still to come

A new key is appended, so it moves no other.  A removal moves only the last key, and only *towards the front*,
into the hole.  So no key ever moves from the part to come into the part visited: the keys to come stay there
until the walk, which goes towards the front too, has reached them.  A key may move the other way (remove b: h
takes its place) and is then returned twice, which SCAN allows.  In a walk forwards the same move would lose
h: it would go from the part to come into the part visited.

**Why it cannot promise "once".**  Whichever key fills a hole comes from behind it, and some scan's cursor may
stand between the two places; that scan returns the key again.  Only a hole that stays empty moves no key.
But then the list keeps the size it once had, a random pick must try until it hits a key, and a step of a scan
may find nothing: each removal would be paid for long afterwards.  We keep the list without gaps.

Imports nothing of ours.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import count
from random import Random
from sys import getsizeof
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

POSITION_SIZE = 32  # bytes of an integer


class IndexedSet(Generic[Key]):
    """
    >>> letters = IndexedSet("abcde")
    >>> letters.remove("b"); list(letters)  # the last one took its place
    ['a', 'e', 'c', 'd']
    >>> letters.scan(0, 3), letters.scan(1, 3)
    ((1, ['d', 'c', 'e']), (0, ['a']))
    """

    __slots__ = ("_keys", "_positions")

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """O(n), about a quarter of a second for a million."""
        self._positions: dict[Key, int] = dict.fromkeys(keys, 0)
        self._keys = list(self._positions)
        self._positions.update(zip(self._keys, count()))

    def __len__(self) -> int:
        """How many keys there are.  O(1)"""
        return len(self._keys)

    def __contains__(self, key: Key) -> bool:
        """Whether the key is there.  O(1)"""
        return key in self._positions

    def __iter__(self) -> Iterator[Key]:
        """All keys in no particular order; the set must not change meanwhile.  O(n)"""
        return iter(self._keys)

    def add(self, key: Key) -> None:
        """Adds a key, if it is not there already.  O(1)"""
        if key not in self._positions:
            self._positions[key] = len(self._keys)
            self._keys.append(key)

    def remove(self, key: Key) -> None:
        """Removes a key; KeyError when it is not there.  O(1)"""
        hole = self._positions.pop(key)
        last = self._keys.pop()
        if hole < len(self._keys):  # else the last key is the one to remove
            self._keys[hole] = last
            self._positions[last] = hole

    def sample(self, random: Random) -> Key:
        """One key, each with the same chance; IndexError when there is none.  O(1)"""
        return random.choice(self._keys)

    def sample_many(self, count: int, random: Random) -> list[Key]:
        """`count` different keys, or all of them when there are fewer.  O(count)"""
        return random.sample(self._keys, min(count, len(self._keys)))

    def scan(self, cursor: int, count: int) -> tuple[int, list[Key]]:
        """The next cursor, and the next `count` (at least 1) keys of the walk.  O(count)

        Cursor 0 begins a scan, and the cursor 0 returned ends it.  A cursor beyond the end, because the set
        has shrunk or the client made it up, begins at the end: nothing beyond it is still to come.
        """
        stop = min(cursor or len(self._keys), len(self._keys))
        start = max(stop - count, 0)
        return start, self._keys[start:stop][::-1]

    def __sizeof__(self) -> int:
        """The two tables and the positions, without the keys.  O(1)"""
        positions = POSITION_SIZE * len(self._keys)
        return object.__sizeof__(self) + getsizeof(self._keys) + getsizeof(self._positions) + positions

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        assert len(self._keys) == len(self._positions), "each key stands in the list once"
        for position, key in enumerate(self._keys):
            assert self._positions[key] == position, "the dict leads to the key's place in the list"
