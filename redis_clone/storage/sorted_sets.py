"""The value of a sorted set key: members, each with a score, in the order of their scores.

Two structures side by side, as in Redis: the dict `scores` answers what a member's score is in O(1), and a
tree of (score, member) holds the order, where members of one score stand in the order of their bytes.
`scores` is a plain dict: look at it freely, and change it through the methods only.

**Ranges are ranks.**  A range of ranks, scores or members becomes a Python `range` of ranks first, and that
can be sliced (LIMIT), reversed (REV) and counted (ZCOUNT) before a single member is looked at:

    >>> stages = SortedSet({b"seed": 0, b"leaf": 1, b"bud": 1, b"bloom": 2})
    >>> at_least_1 = stages.ranks_by_score(ScoreCut(1, after=False), ScoreCut(math.inf, after=True))
    >>> at_least_1, stages.items_at(at_least_1[::-1][:2])
    (range(1, 4), [(b'bloom', 2.0), (b'leaf', 1.0)])

A range by score or by member lies between two cuts, and a cut is either before or after all members that are
equal to it.  So the exclusive ends of Redis need no comparison of their own: `(1` as a minimum cuts after the
1s.

Always true (`check` asserts it): the dict, the tree and the index hold the same members with the same
scores, and no score is NaN.  In the costs n is the number of members, m that of members asked for.

**A score of -0** loses its sign in a small sorted set, for Redis packs that into a listpack, where a whole
number is an integer; a large one keeps it.  So does a small one that comes from a file with its sign.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import islice
from random import Random
from typing import NamedTuple

from redis_clone.structures.avl_tree import AvlTree, Subtree
from redis_clone.structures.indexed_set import IndexedSet

Item = tuple[bytes, float]  # a member and its score

# Up to so many members Redis keeps a sorted set in one listpack (zset-max-listpack-entries), and a scan
# returns all of it in order.
SCANNED_WHOLE = 128
UNPACKED = 2**63  # members; more than any configuration allows in a listpack
PACKED_MEMBER = 64  # bytes; a longer member is in no listpack (zset-max-listpack-value)


class ScoreCut(NamedTuple):
    """A place in the order: before, or after, all members of that score."""

    score: float
    after: bool


class LexCut(NamedTuple):
    """A place in the order of members, where all scores are equal: before, or after, that member."""

    member: bytes
    after: bool


BEFORE_ALL = LexCut(b"", after=False)
AFTER_ALL = None  # no byte string is the greatest


class SortedSet:
    """
    >>> board = SortedSet({b"ada": 3})
    >>> board.set(b"bob", 1), board.set(b"bob", 1), board.rank(b"ada"), board.items_at(board.ranks())
    (True, False, 1, [(b'bob', 1.0), (b'ada', 3.0)])
    """

    __slots__ = ("_index", "_order", "longest", "most", "scores")

    def __init__(
        self, scores: Mapping[bytes, float] | Iterable[Item] = (), keeps_minus_zero: bool = False
    ) -> None:
        """O(n log n), or O(n) when they come in order."""
        self.scores: dict[bytes, float] = {}
        self._order: AvlTree[tuple[float, bytes]] = AvlTree()
        self._index: IndexedSet[bytes] | None = None  # made by the first scan
        # High-water marks: from these storage/encodings.py derives the encoding.
        self.most = self.longest = 0
        if scores:
            given = dict(scores)
            self.most, self.longest = len(given), max(map(len, given))
            to_add = -0.0 if keeps_minus_zero or not self._is_packed() else 0.0  # -0.0 + 0.0 is 0.0
            self.scores = {member: score + to_add for member, score in given.items()}
            self._order = AvlTree.from_sorted(
                sorted((score, member) for member, score in self.scores.items())
            )

    def __len__(self) -> int:
        return len(self.scores)

    def copy(self) -> "SortedSet":
        """O(n)"""
        twin = SortedSet(self.items_at(self.ranks()), keeps_minus_zero=True)
        twin.most, twin.longest = self.most, self.longest
        return twin

    def set(self, member: bytes, score: float) -> bool:
        """True when the member is new or has a new score.  O(log n), but O(1) when nothing changes."""
        current = self.scores.get(member)
        if current == score:
            return False
        if current is not None:
            self._order.remove((current, member))
        else:
            self.most = max(self.most, len(self.scores) + 1)
            self.longest = max(self.longest, len(member))
            if self._index is not None:
                self._index.add(member)
        score += 0.0 if self._is_packed() else -0.0  # -0.0 + 0.0 is 0.0
        self.scores[member] = score
        self._order.add((score, member))
        return True

    def unpack(self) -> None:
        """Count as large from now on, as Redis does with a sorted set that it has sorted by SORT."""
        self.most = UNPACKED

    def _is_packed(self) -> bool:
        """Whether Redis keeps it in a listpack, with the limits that it has by default."""
        return self.most <= SCANNED_WHOLE and self.longest <= PACKED_MEMBER

    def remove(self, member: bytes) -> bool:
        """True when the member was there.  O(log n)"""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        self._order.remove((score, member))
        if self._index is not None:
            self._index.remove(member)
        return True

    # Ranks.

    def rank(self, member: bytes, reverse: bool = False) -> int | None:
        """How many members stand before it, or with `reverse` behind it; None if it is missing.  O(log n)"""
        score = self.scores.get(member)
        if score is None:
            return None
        rank = self._order.rank((score, member))
        return len(self) - 1 - rank if reverse else rank

    def ranks(self, reverse: bool = False) -> range:
        """All ranks, from the lowest or the highest score on.  O(1)"""
        return range(len(self))[::-1] if reverse else range(len(self))

    def ranks_by_score(self, start: ScoreCut, stop: ScoreCut) -> range:
        """The ranks between two cuts.  O(log n)"""
        return range(self._rank_of_score(start), self._rank_of_score(stop))

    def ranks_by_lex(self, start: LexCut | None, stop: LexCut | None) -> range:
        """The ranks between two cuts; Redis does not define them where scores differ.  O(log n)"""
        return range(self._rank_of_member(start), self._rank_of_member(stop))

    def _rank_of_score(self, cut: ScoreCut) -> int:
        if not cut.after:
            return self._order.rank((cut.score, b""))
        if cut.score == math.inf:
            return len(self)  # there is no next score
        return self._order.rank((math.nextafter(cut.score, math.inf), b""))

    def _rank_of_member(self, cut: LexCut | None) -> int:
        if cut is None:
            return len(self)
        next_bytes = cut.member + b"\0" if cut.after else cut.member  # nothing stands between m and m\0
        return self._order.rank(_AnyScore((0.0, next_bytes)))

    # Members.

    def items_at(self, ranks: range) -> list[Item]:
        """The members of these ranks, in the direction of `ranks`.  O(log n + m)"""
        if not ranks:
            return []
        reverse = ranks.step < 0
        walk = self._order.iterate(len(self) - 1 - ranks[0] if reverse else ranks[0], reverse)
        return [(member, score) for score, member in islice(walk, len(ranks))]

    def remove_at(self, ranks: range) -> list[Item]:
        """Remove the members of these ranks, and return them.  O(m log n), but O(n) when m is most of n."""
        items = self.items_at(ranks)
        if 2 * len(items) > len(self):
            # A tree of what stays is sooner built than one cleared key by key.
            gone = {member for member, _ in items}
            self._order = AvlTree.from_sorted([key for key in self._order if key[1] not in gone])
        else:
            for member, score in items:
                self._order.remove((score, member))
        for member, _ in items:
            del self.scores[member]
            if self._index is not None:
                self._index.remove(member)
        return items

    def sample(self, random: Random) -> Item:
        """Any member, all equally likely: the one of a random rank.  O(log n)"""
        score, member = self._order.select(random.randrange(len(self)))
        return member, score

    def sample_many(self, count: int, random: Random) -> list[Item]:
        """`count` different members, or all if there are fewer.  O(m log n), but O(n) when m is much of n."""
        if count * 3 > len(self):
            return random.sample(self.items_at(self.ranks()), min(count, len(self)))
        keys = [self._order.select(rank) for rank in random.sample(self.ranks(), count)]
        return [(member, score) for score, member in keys]

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor, and about `count` members; all at once when there are few."""
        if len(self) <= SCANNED_WHOLE:
            return 0, [member for member, _ in self.items_at(self.ranks())]
        if self._index is None:
            self._index = IndexedSet(self.scores)
        return self._index.scan(cursor, count)

    def look(self, levels: int) -> Subtree | None:
        """The highest levels of the tree, whose keys are (score, member).  O(2 ** levels)"""
        return self._order.look(levels)

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        self._order.check()
        assert len(self._order) == len(self.scores), "each member stands in the tree once"
        for score, member in self._order:
            assert self.scores[member] == score, "the dict has the score that the tree orders by"
            assert str(self.scores[member]) == str(score), "and 0 has the same sign in both"
            assert score == score, "NaN has no place in an order"
        if self._index is not None:
            self._index.check()
            assert set(self._index) == self.scores.keys(), "a scan meets every member"


class _AnyScore(tuple[float, bytes]):
    """A key that the tree compares by its member alone: Python asks the subclass first."""

    __slots__ = ()

    def __gt__(self, other: tuple[object, ...]) -> bool:
        return self[1] > other[1]  # type: ignore[operator]
