"""A long sequence that is quick at both ends and not slow in the middle.

A Python list is slow at its head, where every item moves.  A deque is slow in its middle: LRANGE of 100 items
there takes milliseconds in a million.  So the items are in *blocks*, plain lists of at most BLOCK_SIZE items,
and the blocks are in a list.  A push or pop moves items within one block only.  To reach an index we walk
over the blocks from the nearer end, counting lengths: 1,000 steps to the middle of a million, 60
microseconds.  Redis does the same with a linked list of small packed blocks (quicklist.c).

Always true:
  * the blocks, one behind another, are the sequence, and `_length` is the sum of their lengths;
  * there is at least one block to push to, and only an empty sequence has an empty block;
  * no block holds more than BLOCK_SIZE items;
  * two neighbours, neither of them first or last, hold together more than half of BLOCK_SIZE: otherwise a
    million items, most of them deleted again, would leave thousands of blocks of one item each.

In the costs n is the number of items, b that of blocks (about n / BLOCK_SIZE), m that of items asked for;
work within one block counts as O(1).  The sequence must not change during an iteration.  Imports nothing of
ours.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Generic, TypeVar

Item = TypeVar("Item")

BLOCK_SIZE = 512  # larger: fewer steps to the middle; smaller: a push at the head moves fewer items


class QuickList(Generic[Item]):
    """
    >>> tasks = QuickList([b"a", b"b", b"c"])
    >>> tasks.push_left([b"1", b"2"])
    5
    >>> list(tasks), tasks[-1], tasks.slice(1, 3)
    ([b'2', b'1', b'a', b'b', b'c'], b'c', [b'1', b'a'])
    """

    __slots__ = ("_blocks", "_length")

    def __init__(self, items: Sequence[Item] = ()) -> None:
        """O(n)"""
        self._blocks: list[list[Item]] = [[]]
        self._length = 0
        self.push_right(items)

    def push_left(self, items: Sequence[Item]) -> int:
        """Each item in turn becomes the new head, so the last of them ends up first; returns len().  O(m)"""
        head = self._blocks[0]
        room = BLOCK_SIZE - len(head)
        self._length += len(items)
        if len(items) > room:
            self._blocks[:0] = _cut_in_blocks(items[room:][::-1])
            items = items[:room]
        head[:0] = items[::-1]  # moves the rest with one memmove; list.insert() takes a loop
        return self._length

    def push_right(self, items: Sequence[Item]) -> int:
        """Each item in turn becomes the new tail; returns len().  O(m)"""
        tail = self._blocks[-1]
        room = BLOCK_SIZE - len(tail)
        self._length += len(items)
        if len(items) > room:
            self._blocks += _cut_in_blocks(items[room:])
            items = items[:room]
        tail.extend(items)
        return self._length

    def pop_left(self, count: int = 1) -> list[Item]:
        """Takes up to `count` (0 or more) items off the head; the old head comes first.  O(m)

        >>> QuickList("abcde").pop_left(2)
        ['a', 'b']
        """
        head = self._blocks[0]
        if count < len(head):  # the usual case: something stays, so no block goes
            popped = head[:count]
            del head[:count]
            self._length -= count
        else:
            popped = self.slice(0, count)
            self.trim(count, self._length)
        return popped

    def pop_right(self, count: int = 1) -> list[Item]:
        """Takes up to `count` (0 or more) items off the tail; the old tail comes first.  O(m)

        >>> QuickList("abcde").pop_right(2)
        ['e', 'd']
        """
        tail = self._blocks[-1]
        keep = len(tail) - count
        if keep > 0:
            popped = tail[keep:]
            del tail[keep:]
            self._length -= count
        else:
            start = max(self._length - count, 0)
            popped = self.slice(start, self._length)
            self.trim(0, start)
        return popped[::-1]

    def copy(self) -> "QuickList[Item]":
        """O(n)"""
        return QuickList(self.all_items())

    def all_items(self) -> list[Item]:
        """The items in a plain list, five times as quick as list(self).  O(n)"""
        return list(chain.from_iterable(self._blocks))

    def blocks(self) -> Sequence[Sequence[Item]]:
        """The blocks, for looking at how the items lie.  O(1)"""
        return self._blocks

    def __len__(self) -> int:
        """How many items there are.  O(1)"""
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """The items from head to tail.  O(n)"""
        for block in self._blocks:
            yield from block

    def __reversed__(self) -> Iterator[Item]:
        """The items from tail to head.  O(n)"""
        for block in reversed(self._blocks):
            yield from reversed(block)

    def __getitem__(self, index: int) -> Item:
        """The item at an index, as in a list.  O(1) near the ends, O(b) in the middle"""
        number, offset = self._locate(index)
        return self._blocks[number][offset]

    def slice(self, start: int, stop: int) -> list[Item]:
        """What `list(self)[start:stop]` would be, by the same rules.  O(b + m)

        >>> QuickList("abcde").slice(1, 3), QuickList("abcde").slice(-2, 99)
        (['b', 'c'], ['d', 'e'])
        """
        indices = range(self._length)[start:stop]  # a range knows Python's rules for slices
        if not indices:
            return []
        number, offset = self._locate(indices[0])
        found = self._blocks[number][offset : offset + len(indices)]
        while len(found) < len(indices):
            number += 1
            found += self._blocks[number][: len(indices) - len(found)]
        return found

    def positions(self, item: Item, reverse: bool = False, limit: int | None = None) -> Iterator[int]:
        """The indices where `item` stands, nearest first: nearest to the head, or with `reverse` to the tail.

        Looks at no more than the first `limit` items.  O(n), in C for the blocks that lack the item.

        >>> list(QuickList("abcab").positions("b")), list(QuickList("abcab").positions("b", reverse=True))
        ([1, 4], [4, 1])
        """
        seen, end = 0, self._length if limit is None else limit
        for block in reversed(self._blocks) if reverse else self._blocks:
            if seen >= end:
                return
            if item in block:
                for distance, candidate in enumerate(reversed(block) if reverse else block, seen):
                    if candidate == item and distance < end:
                        yield self._length - 1 - distance if reverse else distance
            seen += len(block)

    def __setitem__(self, index: int, item: Item) -> None:
        """Replaces the item at an index.  O(1) near the ends, O(b) in the middle"""
        number, offset = self._locate(index)
        self._blocks[number][offset] = item

    def insert(self, index: int, item: Item) -> None:
        """Inserts `item` before `index`, from 0 to the length.  O(b)

        >>> letters = QuickList("ac"); letters.insert(1, "b"); list(letters)
        ['a', 'b', 'c']
        """
        if index == self._length:
            self.push_right([item])
            return
        number, offset = self._locate(index)
        block = self._blocks[number]
        if len(block) == BLOCK_SIZE:
            half = BLOCK_SIZE // 2
            self._blocks[number : number + 1] = [block[:half], block[half:]]
            number, offset = (number, offset) if offset < half else (number + 1, offset - half)
        self._blocks[number].insert(offset, item)
        self._length += 1

    def delete(self, index: int) -> None:
        """Deletes the item at an index.  O(1) near the ends, O(b) in the middle"""
        number, offset = self._locate(index)
        del self._blocks[number][offset]
        self._length -= 1
        self._merge_around(number)

    def trim(self, start: int, stop: int) -> None:
        """Keeps what `slice(start, stop)` would return and forgets the rest.  O(b + items forgotten)

        >>> letters = QuickList("abcde"); letters.trim(1, -1); list(letters)
        ['b', 'c', 'd']
        """
        kept = range(self._length)[start:stop]
        if not kept:
            self._blocks, self._length = [[]], 0
            return
        first, begin = self._locate(kept[0])
        last, end = self._locate(kept[-1])
        del self._blocks[last + 1 :], self._blocks[last][end + 1 :]  # first, so that `first` still holds
        del self._blocks[:first], self._blocks[0][:begin]
        self._length = len(kept)

    def remove(self, item: Item, count: int = 0) -> int:
        """Deletes `count` items equal to `item` from the head on, -count from the tail on, all when 0.  O(n)

        Returns how many items were deleted.

        >>> letters = QuickList("abcabca"); letters.remove("a", -2), "".join(letters)
        (2, 'abcbc')
        """
        wanted = abs(count) or self._length
        removed = 0
        touched = []
        numbers = range(len(self._blocks))
        for number in reversed(numbers) if count < 0 else numbers:
            if removed == wanted:
                break
            if item in self._blocks[number]:
                removed += _delete_equal(self._blocks[number], item, wanted - removed, from_tail=count < 0)
                touched.append(number)
        self._length -= removed
        for number in sorted(touched, reverse=True):  # a merge changes the numbers behind it, never before
            self._merge_around(number)
        return removed

    def _locate(self, index: int) -> tuple[int, int]:
        """The number of the block that holds `index`, and the place in it.  O(b), from the nearer end"""
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError("index out of range")
        if index < self._length // 2:
            number = 0
            while index >= (size := len(self._blocks[number])):
                index -= size
                number += 1
            return number, index
        number = len(self._blocks)
        distance = self._length - index  # from the end of the sequence; then from the end of a block
        while distance > 0:
            number -= 1
            distance -= len(self._blocks[number])
        return number, -distance

    def _merge_around(self, number: int) -> None:
        """Joins block `number` after a deletion with a neighbour where the two are small together.

        Small is half a block, so a merged block is far from being split, and a split one from being merged.
        """
        blocks = self._blocks
        for left in (number, number - 1):
            if 0 <= left < len(blocks) - 1 and _may_merge(blocks[left], blocks[left + 1]):
                blocks[left] += blocks.pop(left + 1)

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        sizes = [len(block) for block in self._blocks]
        assert sum(sizes) == self._length, "the length is the sum of the blocks"
        assert sizes, "there is always a block to push to"
        assert min(sizes) > 0 or sizes == [0], "only an empty sequence has an empty block"
        assert max(sizes) <= BLOCK_SIZE, "moving the items of a block must stay cheap"
        inner = self._blocks[1:-1]
        for left, right in pairwise(inner):
            assert not _may_merge(left, right), "small neighbours are merged, so that blocks stay few"


def _cut_in_blocks(items: Sequence[Item]) -> list[list[Item]]:
    return [list(items[at : at + BLOCK_SIZE]) for at in range(0, len(items), BLOCK_SIZE)]


def _may_merge(left: list[Item], right: list[Item]) -> bool:
    return not left or not right or len(left) + len(right) <= BLOCK_SIZE // 2


def _delete_equal(block: list[Item], item: Item, at_most: int, from_tail: bool) -> int:
    """Deletes the first (or last) items of the block that equal `item`; returns how many."""
    found = [at for at, candidate in enumerate(block) if candidate == item]
    deleted = found[-at_most:] if from_tail else found[:at_most]
    for at in reversed(deleted):  # the last one first, so that the other positions still hold
        del block[at]
    return len(deleted)
