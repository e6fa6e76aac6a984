"""Values in the order of their 128-bit ids, quick to append to, to find in, and to cut at the front.

An id is a pair (milliseconds, sequence).  New ids are nearly always the highest, so the entries are in
*blocks*, plain lists of at most BLOCK_SIZE entries, and the blocks are in a list: an append touches the last
block only, and a search is a bisection over the blocks and another one within a block.  Redis does the same
with a radix tree of small packed nodes (t_stream.c).

**Trimming.**  To trim exactly, a block may have to be cut in two.  An approximate trim saves that work: it
drops whole blocks and leaves the rest.  Its result depends on where blocks begin.  So a caller that must
agree with Redis decides when a block is full, with append(..., begins_block=True); and a deleted entry does
not give its *slot* back.  Otherwise a block is full when BLOCK_SIZE slots are taken.

Always true:
  * the blocks, one behind another, are the entries, their ids ascending, and `_length` counts them;
  * no block is empty, and none has more entries than slots used;
  * a block's `highest` is at least its last id and lower than the first id of the next block.

In the costs n is the number of entries, b that of blocks (about n / BLOCK_SIZE), m that of entries asked for;
work within one block counts as O(1).  The log must not change during an iteration.  Imports nothing of ours.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")

BLOCK_SIZE = 100  # Redis's stream-node-max-entries
HALF_ID = 2**64  # each half of an id is smaller than this


class StreamId(NamedTuple):
    """
    >>> StreamId(5, 1).following(), StreamId(5, 0).preceding() == StreamId(4, HALF_ID - 1)
    (StreamId(ms=5, seq=2), True)
    """

    ms: int
    seq: int

    def following(self) -> "StreamId":
        """The next id; OverflowError after the last."""
        return StreamId.from_number(self.ms * HALF_ID + self.seq + 1)

    def preceding(self) -> "StreamId":
        """The id before this one; OverflowError before the first."""
        return StreamId.from_number(self.ms * HALF_ID + self.seq - 1)

    @staticmethod
    def from_number(number: int) -> "StreamId":
        if not 0 <= number < HALF_ID * HALF_ID:
            raise OverflowError("not a 128-bit id")
        return StreamId(*divmod(number, HALF_ID))

    def formatted(self) -> bytes:
        """
        >>> StreamId(1700000000000, 3).formatted()
        b'1700000000000-3'
        """
        return b"%d-%d" % self


FIRST_ID = StreamId(0, 0)
LAST_ID = StreamId(HALF_ID - 1, HALF_ID - 1)


class Block(Generic[Value]):
    """Some neighbouring entries: `ids` and `values` side by side."""

    __slots__ = ("highest", "ids", "master", "size", "slots", "values")

    def __init__(self, ids: list[StreamId], values: list[Value], slots: int, highest: StreamId) -> None:
        self.master = ids[0], values[0]  # the entry that began the block, even if it was deleted since
        self.size = 0  # bytes, counted by storage/stream_packing.py
        self.ids = ids
        self.values = values
        self.slots = slots  # taken by entries, those deleted since included
        self.highest = highest  # the last id ever, even if it was deleted since

    def copy(self) -> "Block[Value]":
        twin = Block(self.ids[:], self.values[:], self.slots, self.highest)
        twin.master, twin.size = self.master, self.size
        return twin


class StreamLog(Generic[Value]):
    """
    >>> log = StreamLog()
    >>> for ms in (1, 2, 3, 5): log.insert(StreamId(ms, 0), f"entry {ms}")
    >>> log.get(StreamId(2, 0)), log.pop(StreamId(2, 0)), log.get(StreamId(2, 0))
    ('entry 2', 'entry 2', None)
    >>> [value for _, value in log.items(start=StreamId(2, 0), reverse=True)]
    ['entry 5', 'entry 3']
    """

    __slots__ = ("_blocks", "_length")

    def __init__(self) -> None:
        self._blocks: list[Block[Value]] = []
        self._length = 0

    def __len__(self) -> int:
        """How many entries there are.  O(1)"""
        return self._length

    @property
    def block_count(self) -> int:
        """How many blocks there are.  O(1)"""
        return len(self._blocks)

    def copy(self) -> "StreamLog[Value]":
        """Another log with the same values, in the same blocks.  O(n)"""
        twin = StreamLog[Value]()
        twin._length = self._length
        twin._blocks = [block.copy() for block in self._blocks]
        return twin

    @property
    def last_block(self) -> Block[Value] | None:
        """The last block; None when there is none.  O(1)"""
        return self._blocks[-1] if self._blocks else None

    def blocks(self) -> Sequence[Block[Value]]:
        """The blocks, for looking at how the entries lie.  O(1)"""
        return self._blocks

    def masters(self) -> Iterator[StreamId]:
        """The ids that began the blocks.  O(b)"""
        return (block.master[0] for block in self._blocks)

    def insert(self, id_: StreamId, value: Value) -> None:
        """Keeps a value under an id that is not there yet.  O(1) for the highest id, else O(log n + b)"""
        last = self.last_block
        if last is None or id_ > last.highest:
            self.append(id_, value, begins_block=last is None or last.slots >= BLOCK_SIZE)
            return
        self._length += 1
        number = max(self._number(id_), 0)
        block = self._blocks[number]
        if len(block.ids) >= BLOCK_SIZE:
            number += self._split(number) <= id_
            block = self._blocks[number]
        at = bisect_left(block.ids, id_)
        block.ids.insert(at, id_)
        block.values.insert(at, value)
        block.slots = min(block.slots + 1, BLOCK_SIZE)  # when all are taken, a deleted entry's is used again
        block.highest = max(block.highest, id_)

    def append(self, id_: StreamId, value: Value, begins_block: bool) -> Block[Value]:
        """Keeps a value under the highest id; returns its block.  O(1)"""
        self._length += 1
        if begins_block:
            self._blocks.append(Block([id_], [value], 1, id_))
            return self._blocks[-1]
        last = self._blocks[-1]
        last.ids.append(id_)
        last.values.append(value)
        last.slots += 1
        last.highest = id_
        return last

    def _split(self, number: int) -> StreamId:
        """Splits a full block in two; returns the first id of the second.  O(b)"""
        block, half = self._blocks[number], BLOCK_SIZE // 2
        upper = Block(block.ids[half:], block.values[half:], BLOCK_SIZE - half, block.highest)
        lower = Block(block.ids[:half], block.values[:half], half, block.ids[half - 1])
        self._blocks[number : number + 1] = [lower, upper]
        return upper.ids[0]

    def get(self, id_: StreamId) -> Value | None:
        """The value of an id; None when there is no such id.  O(log n)"""
        number, at = self._find(id_)
        return None if at is None else self._blocks[number].values[at]

    def __contains__(self, id_: StreamId) -> bool:
        """Whether there is an entry with this id.  O(log n)"""
        return self._find(id_)[1] is not None

    def pop(self, id_: StreamId) -> Value | None:
        """Deletes an entry and returns its value; None when there is no such id.  O(log n + b)"""
        number, at = self._find(id_)
        if at is None:
            return None
        block = self._blocks[number]
        del block.ids[at]
        value = block.values.pop(at)
        if not block.ids:
            del self._blocks[number]
        self._length -= 1
        return value

    def first_id(self) -> StreamId | None:
        """The lowest id; None when there is no entry.  O(1)"""
        return self._blocks[0].ids[0] if self._blocks else None

    def last_id(self) -> StreamId | None:
        """The highest id; None when there is no entry.  O(1)"""
        return self._blocks[-1].ids[-1] if self._blocks else None

    def items(
        self, start: StreamId = FIRST_ID, stop: StreamId = LAST_ID, reverse: bool = False
    ) -> Iterator[tuple[StreamId, Value]]:
        """The entries from `start` to `stop`, both included; `reverse`: the last one first.  O(log n + m)"""
        numbers = range(max(self._number(start), 0), self._number(stop) + 1)
        for number in reversed(numbers) if reverse else numbers:
            block = self._blocks[number]
            places = range(bisect_left(block.ids, start), bisect_right(block.ids, stop))
            for at in reversed(places) if reverse else places:
                yield block.ids[at], block.values[at]

    # Trimming.

    def trim_to_length(self, length: int, approximate: bool = False, limit: int = 0) -> int:
        """Deletes the lowest ids until no more than `length` are left; returns how many were deleted.

        When `approximate`, only whole blocks are dropped, and no more than `limit` entries (0: any number).
        O(blocks dropped), and a move of the pointers to the blocks behind them.
        """
        dropped = self._drop_blocks(lambda block: self._length - len(block.ids) >= length, limit)
        if not approximate and self._length > length:
            dropped += self._cut_first_block(self._length - length)
        return dropped

    def trim_before(self, id_: StreamId, approximate: bool = False, limit: int = 0) -> int:
        """Deletes the ids lower than `id_`; options, result and cost are those of trim_to_length()."""
        dropped = self._drop_blocks(lambda block: block.highest < id_, limit)
        if not approximate and self._blocks:
            dropped += self._cut_first_block(bisect_left(self._blocks[0].ids, id_))
        return dropped

    def _drop_blocks(self, may_go: Callable[[Block[Value]], bool], limit: int) -> int:
        dropped = number = 0
        while number < len(self._blocks) and may_go(block := self._blocks[number]):
            if limit and dropped + len(block.ids) > limit:
                break
            dropped += len(block.ids)
            self._length -= len(block.ids)
            number += 1
        del self._blocks[:number]
        return dropped

    def _cut_first_block(self, count: int) -> int:
        block = self._blocks[0]
        del block.ids[:count], block.values[:count]
        if not block.ids:  # all ids may be lower, when the block's highest was deleted
            del self._blocks[0]
        self._length -= count
        return count

    # Blocks.

    def _number(self, id_: StreamId) -> int:
        """The number of the block for `id_`; -1 before them all.  O(log b), O(1) for the last block"""
        blocks = self._blocks
        if blocks and blocks[-1].ids[0] <= id_:
            return len(blocks) - 1
        return bisect_right(blocks, id_, key=_first_id) - 1

    def _find(self, id_: StreamId) -> tuple[int, int | None]:
        """The number of the block of `id_`, and its place in it; None when it is not there.  O(log n)"""
        number = self._number(id_)
        if number < 0:
            return number, None
        ids = self._blocks[number].ids
        at = bisect_left(ids, id_)
        return number, at if at < len(ids) and ids[at] == id_ else None

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        assert sum(len(block.ids) for block in self._blocks) == self._length, "the length counts the entries"
        for block in self._blocks:
            assert block.ids, "an empty block would have no first id to search by"
            assert len(block.ids) == len(block.values), "each id has its value"
            assert len(block.ids) <= block.slots, "each entry has a slot"
            assert block.highest >= block.ids[-1], "an entry stood there, so its id did"
            for id_, next_id in pairwise(block.ids):
                assert id_ < next_id, "ids ascend within a block"
        for block, next_block in pairwise(self._blocks):
            assert block.highest < next_block.ids[0], "ids ascend from block to block"


def _first_id(block: Block[Value]) -> StreamId:
    return block.ids[0]
