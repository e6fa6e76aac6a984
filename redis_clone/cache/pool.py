"""The best candidates for eviction so far, among keys that are sampled a few at a time.

To find the best of a million keys at each command, the keys would need an order that each GET changes.  Five
random keys cost nothing to look at, but the best of five is a poor choice.  So the best of all samples are
kept in a pool, in order, and take_best() gives one of the best of hundreds.

Always true (`check` asserts it): the pool is in order, it is not larger than SIZE, and no key is in it twice.
"""

from bisect import insort
from itertools import pairwise
from typing import NamedTuple

SIZE = 16


class Candidate(NamedTuple):
    """One key; candidates compare by their rank first."""

    rank: int
    db: int
    key: bytes


class Pool:
    """
    >>> pool = Pool()
    >>> for rank in range(100):
    ...     pool.offer(Candidate(rank, 0, b"key"))
    >>> len(pool), pool.take_best().rank, pool.take_best().rank
    (16, 99, 98)
    """

    __slots__ = ("_candidates",)

    def __init__(self) -> None:
        self._candidates: list[Candidate] = []  # the worst one first

    def __len__(self) -> int:
        return len(self._candidates)

    def offer(self, candidate: Candidate) -> None:
        """Keep a candidate if there is room, or in place of a worse one.  O(SIZE)"""
        candidates = self._candidates
        if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank) or candidate in candidates:
            return
        insort(candidates, candidate)
        if len(candidates) > SIZE:
            del candidates[0]

    def take_best(self) -> Candidate:
        """Remove and return the best candidate; IndexError when there is none.  O(1)"""
        return self._candidates.pop()

    def candidates(self) -> list[Candidate]:
        """All of them, the best one first, for looking at.  O(SIZE)"""
        return self._candidates[::-1]

    def clear(self) -> None:
        """O(SIZE)"""
        self._candidates.clear()

    def check(self) -> None:
        """Asserts what is always true.  O(SIZE)"""
        assert len(self) <= SIZE, "the worst one makes room"
        assert all(one < next_one for one, next_one in pairwise(self._candidates)), (
            "in order, each of them once"
        )
