"""The value of a set key.

`members` is a plain Python set: look at it freely, for `in`, `len` and the set algebra are fastest there.
Change it through the methods only, so that the index for SPOP, SRANDMEMBER and SSCAN holds the same members.
The index costs about as much memory as the set, so it is built by the first of these commands.
"""

from collections.abc import Collection, Iterable
from random import Random

from redis_clone.structures.indexed_set import IndexedSet
from redis_clone.structures.numbers import is_integer

# As long as a set was never larger, Redis keeps it in one piece: integers in an intset, in ascending order,
# others in a listpack (the defaults of set-max-intset-entries and of set-max-listpack-entries and -value).
MOST_IN_INTSET = 512
MOST_IN_LISTPACK, LONGEST_IN_LISTPACK = 128, 64


def in_order(members: set[bytes]) -> Collection[bytes]:
    """The members as Redis would list them: ascending if they fit into an intset, else in no order."""
    if len(members) > MOST_IN_INTSET or not all(map(is_integer, members)):
        return members
    return sorted(members, key=int)


class Set:
    """
    >>> basket = Set([b"apple"])
    >>> basket.add(b"pear"), basket.add(b"apple"), len(basket)
    (True, False, 2)
    """

    __slots__ = ("_index", "integers_only", "longest", "members", "most")

    def __init__(self, members: Iterable[bytes] = ()) -> None:
        self.members = set(members)
        self._index: IndexedSet[bytes] | None = None
        # High-water marks: from these storage/encodings.py derives the encoding.
        self.integers_only = all(map(is_integer, self.members))
        self.most = len(self.members)
        self.longest = max(map(len, self.members), default=0)

    def __len__(self) -> int:
        return len(self.members)

    def copy(self) -> "Set":
        twin = Set(self.members)
        twin.integers_only, twin.most, twin.longest = self.integers_only, self.most, self.longest
        return twin

    def add(self, member: bytes) -> bool:
        """True when it is new.  O(1)."""
        if member in self.members:
            return False
        self.members.add(member)
        if self._index is not None:
            self._index.add(member)
        self._mark(member)
        return True

    def _mark(self, member: bytes) -> None:
        if self.integers_only and not is_integer(member):
            self.integers_only = False
            self.most = len(self.members)  # Redis converts the set now, whatever size it had before
        if len(self.members) > self.most:
            self.most = len(self.members)
        if len(member) > self.longest:
            self.longest = len(member)

    def discard(self, member: bytes) -> bool:
        """True when it was there.  O(1)."""
        if member not in self.members:
            return False
        self.members.discard(member)
        if self._index is not None:
            self._index.remove(member)
        return True

    def sample(self, random: Random) -> bytes:
        """Any member, all equally likely.  O(1), but O(n) the first time."""
        return self._sampled().sample(random)

    @property
    def is_intset(self) -> bool:
        return self.integers_only and self.most <= MOST_IN_INTSET

    def in_order(self) -> Collection[bytes]:
        """All members: ascending in an intset, else in no order.  O(n), O(n log n) for an intset"""
        return sorted(self.members, key=int) if self.is_intset else self.members

    def sample_many(self, count: int, random: Random) -> list[bytes]:
        """`count` different members, or all in their order if there are no more.  O(count)."""
        if count >= len(self.members):
            return list(self.in_order())
        return self._sampled().sample_many(count, random)

    def pop_many(self, count: int, random: Random) -> list[bytes]:
        """Remove `count` random members, or all of them, and return them.  O(count)."""
        popped = [self.sample(random)] if count == 1 else self.sample_many(count, random)
        for member in popped:
            self.discard(member)
        return popped

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor, and about `count` members; all at once of a set that Redis keeps in one piece.

        structures/indexed_set.py says what a scan promises.
        """
        if self.is_intset or (self.most <= MOST_IN_LISTPACK and self.longest <= LONGEST_IN_LISTPACK):
            return 0, list(self.in_order())
        return self._sampled().scan(cursor, count)

    def _sampled(self) -> IndexedSet[bytes]:
        if self._index is None:
            self._index = IndexedSet(self.members)
        return self._index
