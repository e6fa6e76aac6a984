"""Writes a stream as the bytes of an RDB file, and reads it back.

    stream      blocks, number of entries, last id,
                (*) first id, highest tombstone, entries ever added (*), groups
    block       its first id (the *master*) as 16 bytes, a listpack
    group       name, last id, (*) entries read (*), pending entries, consumers
    pending     id as 16 bytes, time of delivery, number of deliveries
    consumer    name, when it was last seen, (**) when it was last active (**), ids of what is pending for it

Redis 5.0 began with type 15; the fields between (*) came with 7.0 (type 19), those between (**) with 7.2
(21).  An id is two lengths, unless 16 bytes are named.  A block's listpack is a sequence of these:

    master      entries, deleted entries, number of fields, the fields, 0
    entry       flags, id (two differences to the master's), number of fields, field, value, ..., items so far
    ... with SAME_FIELDS    flags, id, value, value, ..., items so far    when its fields are the master's

Some numbers only repeat what the entries say: how many there are, in all and in a block, and the last id.
There are files in which they do not agree, and Redis believes the numbers.  Here the entries are believed,
and the reader records the contradiction.  May import: numbers, structures, storage.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from redis_clone.features.persistence.rdb_primitives import Reader, write_length, write_many, write_string
from redis_clone.storage.stream_packing import Fields
from redis_clone.storage.streams import Consumer, Entry, Group, Stream
from redis_clone.structures import listpack
from redis_clone.structures.numbers import parse_integer
from redis_clone.structures.stream_log import BLOCK_SIZE, HALF_ID, StreamId

STREAM, STREAM_2, STREAM_3 = 15, 19, 21
DELETED, SAME_FIELDS = 1, 2  # flags of an entry
ID_BYTES = 16
UNKNOWN = -1  # how many entries a group has read
NEVER = -1  # when a consumer was active


# Writing, always as type 19.


def write_stream(stream: Stream, pack: Callable[[bytes], bytes] = write_string) -> bytes:
    """`pack` writes a block.  O(n)"""
    blocks = [_write_block(block, pack) for block in _blocks(stream)]
    ids = (stream.last_id, stream.first_id, stream.max_deleted_id)
    groups = [_write_group(name, group) for name, group in stream.sorted_groups()]
    counters = [write_length(len(stream.entries)), *map(_write_id, ids), write_length(stream.entries_added)]
    return write_many(blocks) + b"".join(counters) + write_many(groups)


def _blocks(stream: Stream) -> Iterator[list[Entry]]:
    entries = stream.entries.items()
    while block := list(islice(entries, BLOCK_SIZE)):
        yield block


def _write_block(entries: list[Entry], pack: Callable[[bytes], bytes]) -> bytes:
    master, fields = entries[0][0], entries[0][1][::2]
    items: list[bytes | int] = [len(entries), 0, len(fields), *fields, 0]
    for id_, pairs in entries:
        items += _entry_items(id_, pairs, master, fields)
    return write_string(_packed_id(master)) + pack(listpack.encode(items))


def _entry_items(id_: StreamId, pairs: Fields, master: StreamId, fields: Fields) -> list[bytes | int]:
    same = pairs[::2] == fields
    head = [SAME_FIELDS if same else 0, _signed(id_.ms - master.ms), _signed(id_.seq - master.seq)]
    body = list(pairs[1::2]) if same else [len(pairs) // 2, *pairs]
    return [*head, *body, len(head) + len(body)]


def _signed(number: int) -> int:
    """Wrap to a signed integer of 64 bits, for the halves of two ids may be as far apart as 2**64 - 1.

    >>> _signed(2**64 - 1), _signed(-(2**63) - 1) == 2**63 - 1
    (-1, True)
    """
    return (number + HALF_ID // 2) % HALF_ID - HALF_ID // 2


def _write_group(name: bytes, group: Group) -> bytes:
    read = UNKNOWN % HALF_ID if group.entries_read is None else group.entries_read
    pending = [
        _packed_id(id_) + _write_time(one.delivered_ms) + write_length(one.deliveries)
        for id_, one in group.pending.items()
    ]
    consumers = [_write_consumer(consumer) for consumer in group.sorted_consumers()]
    head = write_string(name) + _write_id(group.last_id) + write_length(read)
    return head + write_many(pending) + write_many(consumers)


def _write_consumer(consumer: Consumer) -> bytes:
    pending = [_packed_id(id_) for id_, _ in consumer.pending.items()]
    return write_string(consumer.name) + _write_time(consumer.seen_ms) + write_many(pending)


def _write_id(id_: StreamId) -> bytes:
    return write_length(id_.ms) + write_length(id_.seq)


def _packed_id(id_: StreamId) -> bytes:
    """Big-endian, so that the order of the bytes is the order of the ids."""
    return id_.ms.to_bytes(8, "big") + id_.seq.to_bytes(8, "big")


def _write_time(time_ms: int) -> bytes:
    return time_ms.to_bytes(8, "little", signed=True)


# Reading.


def _read_stream(reader: Reader, type_byte: int) -> Stream:
    stream = Stream()
    for _ in range(reader.length()):
        _read_block(reader, stream)
    length, last_id = reader.length(), _read_id(reader)
    if length != len(stream.entries):
        if not stream.entries:
            raise ValueError("a stream has other entries than it says")
        reader.contradictions.append(f"the stream has {len(stream.entries)} entries, and says {length}")
    if last_id < stream.last_id:
        reader.contradictions.append("the last id of the stream is lower than that of its last entry")
    stream.last_id = max(last_id, stream.last_id)
    stream.entries_added = max(length, len(stream.entries))
    if type_byte != STREAM:
        _read_id(reader)  # the first one, which follows from the entries
        stream.max_deleted_id, stream.entries_added = _read_id(reader), _counter(reader)
    for _ in range(reader.length()):
        _read_group(reader, type_byte, stream)
    return stream


def _read_block(reader: Reader, stream: Stream) -> None:
    """Add the entries of one block."""
    master = _unpacked_id(reader.string())
    items = _Items(listpack.decode(reader.string()))
    announced = items.integer(), items.integer()
    fields = items.take(items.integer())
    if items.integer() != 0:
        raise ValueError("the master entry of a stream does not end with 0")
    deleted = 0
    before = len(stream.entries)
    while items:
        flags, id_, pairs = _read_entry(items, master, fields)
        if flags & DELETED:
            deleted += 1
        elif id_ <= stream.last_id:
            raise ValueError("the ids of a stream do not ascend")
        else:
            stream.add(id_, pairs)
    if announced != (len(stream.entries) - before, deleted):
        reader.contradictions.append("a block of the stream has other entries than it says")


def _read_entry(items: "_Items", master: StreamId, fields: Fields) -> tuple[int, StreamId, Fields]:
    start = items.at
    flags = items.integer()
    id_ = StreamId((master.ms + items.integer()) % HALF_ID, (master.seq + items.integer()) % HALF_ID)
    if flags & SAME_FIELDS:
        values = items.take(len(fields))
        pairs = tuple([text for pair in zip(fields, values, strict=True) for text in pair])
    else:
        pairs = items.take(2 * items.integer())
    if items.at - start != items.integer():
        raise ValueError("an entry of a stream does not end where it says")
    return flags, id_, pairs


class _Items:
    """The items of a listpack, taken one by one; true while some are left."""

    def __init__(self, items: list[bytes]) -> None:
        self._items = items
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self._items)

    def integer(self) -> int:
        (item,) = self.take(1)
        return parse_integer(item)

    def take(self, count: int) -> tuple[bytes, ...]:
        """The next `count` items; ValueError unless it is one at least and they are there."""
        if not 1 <= count <= len(self._items) - self.at:
            raise ValueError("a listpack of a stream has other items than it says")
        self.at += count
        return tuple(self._items[self.at - count : self.at])


def _read_group(reader: Reader, type_byte: int, stream: Stream) -> None:
    name, last_id = reader.string(), _read_id(reader)
    if name in stream.groups:
        raise ValueError("a stream has two groups of one name")
    group = stream.groups[name] = Group(last_id)
    if type_byte == STREAM:
        lag = stream.lag(group)
        group.entries_read = None if lag is None else stream.entries_added - lag
    else:
        read = _counter(reader, lowest=UNKNOWN)
        group.entries_read = None if read == UNKNOWN else read
    deliveries = dict([_read_delivery(reader) for _ in range(reader.length())])
    for _ in range(reader.length()):
        _read_consumer(reader, type_byte, group, deliveries)
    if len(deliveries) != len(group.pending):
        raise ValueError("an entry of a stream is pending for no consumer")


def _read_delivery(reader: Reader) -> tuple[StreamId, tuple[int, int]]:
    """The id of a pending entry; when it was delivered, and how often."""
    return _unpacked_id(reader.exactly(ID_BYTES)), (reader.integer_64(), _counter(reader))


def _read_consumer(
    reader: Reader, type_byte: int, group: Group, deliveries: dict[StreamId, tuple[int, int]]
) -> None:
    name, seen_ms = reader.string(), reader.integer_64()
    active_ms = reader.integer_64() if type_byte == STREAM_3 else seen_ms  # as Redis 7.2 assumes
    if name in group.consumers:
        raise ValueError("a group has two consumers of one name")
    consumer = group.create_consumer(name, seen_ms)
    for _ in range(reader.length()):
        id_ = _unpacked_id(reader.exactly(ID_BYTES))
        if id_ not in deliveries or id_ in group.pending:
            raise ValueError("an entry of a stream is pending for two consumers, or not for the group")
        delivered_ms, count = deliveries[id_]
        group.hand_over(id_, consumer, delivered_ms).deliveries = count
    consumer.active_ms = None if active_ms == NEVER else active_ms


def _read_id(reader: Reader) -> StreamId:
    return StreamId(reader.length(), reader.length())


def _unpacked_id(data: bytes) -> StreamId:
    if len(data) != ID_BYTES:
        raise ValueError("the id of a stream's entry has 16 bytes")
    return StreamId(int.from_bytes(data[:8], "big"), int.from_bytes(data[8:], "big"))


def _counter(reader: Reader, lowest: int = 0) -> int:
    """A number that Redis keeps with a sign."""
    number = _signed(reader.length())
    if number < lowest:
        raise ValueError("a counter of a stream is negative")
    return number


STREAM_READERS: dict[int, Callable[[Reader], Stream]] = {
    STREAM: lambda reader: _read_stream(reader, STREAM),
    STREAM_2: lambda reader: _read_stream(reader, STREAM_2),
    STREAM_3: lambda reader: _read_stream(reader, STREAM_3),
}
