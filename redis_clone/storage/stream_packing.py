"""When a block of a stream is full, by Redis's count of bytes, and how many radix tree nodes find the blocks.

A block is a listpack.  It begins with the *master*: how many entries live, how many were deleted, and the
names of the fields of the entry that began it.  An entry with the same names is packed without them:

    master      live, deleted, number of fields, the names, 0
    entry       flags, ms and seq beyond the master's, [number of fields, when the names differ]
                the values [each behind its name], how many items that is

So a stream whose entries have the same fields packs more of them into a block, and `XTRIM ~` drops more at
once.

Redis finds a block in a radix tree, by the id that began it.  We have no such tree, but XINFO shows how many
nodes it would have, and radix_nodes() counts them.
May import: structures.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from redis_clone.structures.listpack import packed_size
from redis_clone.structures.stream_log import HALF_ID, Block, StreamId

Fields = tuple[bytes, ...]  # field, value, field, value ...; a field may come twice

HEADER_AND_END = 7  # bytes of an empty listpack
FLAGS_SIZE = 2
COUNTERS_AT_MOST = 20
MOST_BYTES = 2**30  # for any configuration


class Room(NamedTuple):
    """The limits of a block: stream-node-max-entries and stream-node-max-bytes; 0 for any number."""

    entries: int = 100
    bytes: int = 4096


USUAL_ROOM = Room()


def is_full(block: Block[Fields], fields: Fields, room: Room) -> bool:
    """Whether an entry with these fields has to begin a new block.  O(1) in the entries"""
    if room.entries and block.slots >= room.entries:
        return True
    most = room.bytes if 0 < room.bytes < MOST_BYTES else MOST_BYTES
    size = block.size + sum(map(len, fields))
    if size + COUNTERS_AT_MOST < most:
        return False  # the usual case, without a look at the counters
    deleted = block.slots - len(block.ids)
    return size + packed_size(len(block.ids)) + packed_size(deleted) >= most


def master_size(fields: Fields) -> int:
    """The bytes of a new block's master, without the two counters, which grow."""
    names = fields[::2]
    return HEADER_AND_END + packed_size(len(names)) + sum(map(packed_size, names)) + packed_size(0)


def entry_size(block: Block[Fields], id_: StreamId, fields: Fields) -> int:
    """The bytes of an entry in that block."""
    master, master_fields = block.master
    size = FLAGS_SIZE + _difference_size(id_.ms - master.ms) + _difference_size(id_.seq - master.seq)
    if fields[::2] == master_fields[::2]:
        values = fields[1::2]
        return size + sum(map(packed_size, values)) + packed_size(3 + len(values))
    return size + sum(map(packed_size, fields)) + packed_size(len(fields) // 2) + packed_size(4 + len(fields))


def _difference_size(difference: int) -> int:
    """The bytes of a difference, which Redis keeps as a signed 64-bit number."""
    return 2 if 0 <= difference < 128 else packed_size((difference + HALF_ID // 2) % HALF_ID - HALF_ID // 2)


def radix_nodes(ids: Iterable[StreamId]) -> int:
    """How many nodes a radix tree has that finds each of these ids, in ascending order, by its 16 bytes.

    A leaf for each id, a node wherever ids part, and one for each run of bytes in which they go together.
    O(n), about a million ids a second.

    >>> radix_nodes([]), radix_nodes([StreamId(1, 0)]), radix_nodes([StreamId(1, 0), StreamId(2, 0)])
    (1, 2, 6)
    """
    numbers = [id_.ms * HALF_ID + id_.seq for id_ in ids]
    if not numbers:
        return 1
    shared = [(128 - (one ^ other).bit_length()) // 8 for one, other in pairwise(numbers)]  # bytes
    nodes = sum(_nodes_below(max(left, right), 16) for left, right in pairwise([-1, *shared, -1]))
    open_forks = [-1]  # the depths at which the ids so far part, the deepest last
    for depth in [*shared, -1]:
        while open_forks[-1] > depth:
            fork = open_forks.pop()
            nodes += _nodes_below(max(depth, open_forks[-1]), fork)
        if open_forks[-1] < depth:
            open_forks.append(depth)
    return nodes


def _nodes_below(fork: int, depth: int) -> int:
    """The node at a depth, and the run of bytes that leads to it from the fork above, if there is one."""
    return 2 if depth - fork > 1 else 1
