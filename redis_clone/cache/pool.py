"""The best that were seen so far, of very many that are looked at a few at a time.

To find the very first of a million keys at each command would need an order that each GET changes.  A look
at five keys picked at random costs nothing, but the best of five is a poor choice.  So the best of all the
looks are kept, in order; who takes the very best out takes one of the best of hundreds.

Always true (`check` asserts it): the pool is in order, it is not larger than SIZE, and no key is in it twice.
"""

from bisect import insort
from itertools import pairwise
from typing import NamedTuple

SIZE = 16


class Candidate(NamedTuple):
    """They compare by their rank first."""

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
        """Take it in if there is room, or a worse one to make room.  O(SIZE)"""
        candidates = self._candidates
        if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank) or candidate in candidates:
            return
        insort(candidates, candidate)
        if len(candidates) > SIZE:
            del candidates[0]

    def take_best(self) -> Candidate:
        """IndexError when there is none.  O(1)"""
        return self._candidates.pop()

    def clear(self) -> None:
        """O(SIZE)"""
        self._candidates.clear()

    def check(self) -> None:
        """Asserts what is always true.  O(SIZE)"""
        assert len(self) <= SIZE, "the worst one makes room"
        assert all(one < next_one for one, next_one in pairwise(self._candidates)), (
            "in order, each of them once"
        )
