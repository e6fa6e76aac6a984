"""Values as bytes: they come back as they were written, small ones are packed, and damage is found."""

import contextlib
import io
import random

import pytest
from tables import for_each

from redis_clone.features.persistence import rdb_values
from redis_clone.features.persistence.rdb_primitives import STEP, Reader, write_length, write_string
from redis_clone.features.persistence.rdb_values import EmptyValue, read_value, write_value
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Group, Stream
from redis_clone.structures import listpack
from redis_clone.structures.quicklist import QuickList
from redis_clone.structures.stream_log import FIRST_ID, HALF_ID, LAST_ID, StreamId


def reader_of(data):
    return Reader(io.BytesIO(data).read)


def restored(value):
    type_byte, data = write_value(value)
    reader = reader_of(data + b"!")
    twin = read_value(type_byte, reader)
    assert reader.exactly(1) == b"!", "a value is read to its end and no further"
    return twin


def parts(value):
    """What two equal values have in common."""
    match value:
        case Set():
            return value.members
        case Hash():
            return list(value.fields.items())
        case SortedSet():
            value.check()
            return value.items_at(value.ranks())
        case QuickList():
            value.check()
            return list(value)
        case Stream():
            return stream_parts(value)
    return bytes(value)


def stream_parts(stream):
    stream.check()
    groups = {
        name: (group.last_id, group.entries_read, [consumer_parts(one) for one in group.sorted_consumers()])
        for name, group in stream.groups.items()
    }
    counters = stream.last_id, stream.max_deleted_id, stream.entries_added
    return list(stream.entries.items()), counters, groups


def consumer_parts(consumer):
    pending = [(id_, one.delivered_ms, one.deliveries) for id_, one in consumer.pending.items()]
    return consumer.name, consumer.seen_ms, pending


def some_text(source):
    kind = source.randrange(6)
    if kind == 0:
        return b"%d" % source.randrange(-(2 ** source.randint(1, 63)), 2 ** source.randint(1, 63))
    if kind == 1:
        return source.randbytes(source.randint(60, 70))
    if kind == 2:
        return source.randbytes(2) * source.randint(1, 200)
    return source.randbytes(source.randint(0, 20))


def some_score(source):
    return source.choice(
        [source.uniform(-1e9, 1e9), float(source.randint(-5, 5)), 1e300, 5e-324, float("inf")]
    )


def some_stream(source):
    stream, id_ = Stream(), StreamId(source.randrange(1000), source.choice([1, HALF_ID - 2]))
    for _ in range(source.randint(0, 250)):
        names = source.choice([(b"a", b"b"), (b"a",), (b"7", b"b")])
        stream.add(id_, tuple(text for name in names for text in (name, some_text(source))))
        id_ = source.choice(
            [id_.following(), StreamId(id_.ms + source.randint(1, 10**6), source.randrange(9))]
        )
    for deleted, _ in source.sample(list(stream.entries.items()), len(stream.entries) // 4):
        stream.delete(deleted)
    for name in source.sample([b"g", b"h", b""], source.randrange(3)):
        stream.groups[name] = some_group(source, stream)
    return stream


def some_group(source, stream):
    group = Group(stream.last_id, source.choice([None, 0, 5]))
    consumers = [group.create_consumer(b"c%d" % number, number) for number in range(source.randint(1, 3))]
    for id_, _ in stream.entries.items():
        if source.random() < 0.3:
            group.deliver(id_, source.choice(consumers), source.randrange(10**13))
    return group


def some_value(source):
    """A value of any type, small or large, never empty."""
    count = source.choice([1, 5, 127, 128, 129, 600])
    texts = [some_text(source) for _ in range(count)]
    integers = [b"%d" % source.randrange(-(10**6), 10**6) for _ in range(count)]
    makers = [
        lambda: texts[0],
        lambda: bytearray(texts[0]),
        lambda: QuickList(texts),
        lambda: Set(texts),
        lambda: Set(integers),
        lambda: Hash(dict(zip(texts, integers, strict=True))),
        lambda: SortedSet([(text, some_score(source)) for text in texts]),
        lambda: some_stream(source),
    ]
    return source.choice(makers)()


def test_any_value_comes_back():
    source = random.Random(1)
    for _ in range(400):
        value = some_value(source)
        assert parts(restored(value)) == parts(value)


@for_each(
    "value, form",
    [
        (b"a", rdb_values.STRING),
        (bytearray(b"a"), rdb_values.STRING),
        (QuickList([b"a"]), rdb_values.LIST_QUICKLIST_2),
        (Set([b"1"]), rdb_values.SET_INTSET),
        (Set([b"a"]), rdb_values.SET),
        (Set(b"%d" % n for n in range(512)), rdb_values.SET_INTSET),
        (Set(b"%d" % n for n in range(513)), rdb_values.SET),
        (Hash({b"a": b"x" * 64}), rdb_values.HASH_LISTPACK),
        (Hash({b"a": b"x" * 65}), rdb_values.HASH),
        (Hash({b"%d" % n: b"" for n in range(128)}), rdb_values.HASH_LISTPACK),
        (Hash({b"%d" % n: b"" for n in range(129)}), rdb_values.HASH),
        (SortedSet({b"x" * 64: 1}), rdb_values.SORTED_SET_LISTPACK),
        (SortedSet({b"x" * 65: 1}), rdb_values.SORTED_SET_2),
        (SortedSet({b"%d" % n: n for n in range(129)}), rdb_values.SORTED_SET_2),
    ],
)
def test_small_values_are_packed_and_large_ones_are_not(value, form):
    assert write_value(value)[0] == form


@pytest.mark.parametrize("size", [1, 100, 8174, 8175, 8176, 8192, 100_000])
def test_a_list_is_packed_in_nodes_of_8_kib(size):
    elements = QuickList([b"x" * size] * 5)
    assert parts(restored(elements)) == parts(elements)
    nodes = list(rdb_values._list_nodes(elements))
    for container, data in nodes:
        assert len(data) <= 8192 if container == rdb_values.PACKED_NODE else len(data) == size
    if size * 5 < 8000:
        assert len(nodes) == 1


def test_nodes_keep_the_order_of_small_and_large_elements():
    large = b"y" * 9000
    for elements in ([large], [large, b"a"], [b"a", large, large, b"b", b"c"], [large, b"a", b"b", large]):
        assert parts(restored(QuickList(elements))) == elements


@pytest.mark.parametrize(
    "type_byte, data, expected",
    [
        (20, write_string(listpack.encode([b"a", b"1"])), {b"a", b"1"}),
        (18, b"\x02\x01\x05plain\x02" + write_string(listpack.encode([b"a"])), [b"plain", b"a"]),
        (3, b"\x02\x01a\x12-1.25000000000e+02\x01b\xfe", [(b"a", -125.0), (b"b", float("inf"))]),
    ],
)
def test_forms_that_we_do_not_write_are_read(type_byte, data, expected):
    assert parts(read_value(type_byte, reader_of(data))) == expected


def test_a_consumer_of_redis_7_2_has_the_time_when_it_was_active():
    stream, type_byte = Stream(), 21
    group = stream.groups[b"g"] = Group(FIRST_ID, 0)
    group.create_consumer(b"c", 5)
    head = write_value(stream)[1][:-1]  # without the number of its pending entries
    for active_ms, expected in ((7, 7), (-1, None)):
        data = head + active_ms.to_bytes(8, "little", signed=True) + b"\x00"
        consumer = read_value(type_byte, reader_of(data)).groups[b"g"].consumers[b"c"]
        assert (consumer.seen_ms, consumer.active_ms) == (5, expected)


def test_a_stream_may_reach_to_the_last_id():
    stream = Stream()
    for id_ in (StreamId(0, 1), StreamId(0, HALF_ID - 1), StreamId(HALF_ID - 1, 0), LAST_ID):
        stream.add(id_, (b"f", b"v"))
    assert parts(restored(stream)) == parts(stream)


@pytest.mark.parametrize("type_byte", [1, 2, 3, 4, 5, 14, 18])
def test_an_empty_value_has_an_error_of_its_own(type_byte):
    with pytest.raises(EmptyValue):
        read_value(type_byte, reader_of(b"\x00"))


@pytest.mark.parametrize("type_byte", [6, 7, 8, 22, 255])
def test_a_type_that_no_redis_or_only_a_module_wrote_is_a_value_error(type_byte):
    with pytest.raises(ValueError):
        read_value(type_byte, reader_of(b"\x00" * 100))


@for_each("length", [0, 63, 64, 16383, 16384, 2**32 - 1, 2**32, 2**64 - 1])
def test_lengths_come_back(length):
    assert reader_of(write_length(length)).length() == length


@for_each("text", [b"", b"127", b"128", b"-129", b"-32769", b"2147483648", b"-0", b"x" * 21, b"x" * 20])
def test_strings_come_back(text):
    assert reader_of(write_string(text)).string() == text


def test_a_string_longer_than_one_step_comes_back():
    text = random.Random(3).randbytes(STEP + 5)
    assert reader_of(write_string(text)).string() == text


@pytest.mark.parametrize(
    "start", [b"\x81" + b"\xff" * 8, b"\x80" + b"\xff" * 4, b"\xc3\x81" + b"\xff" * 8 + b"\x05"]
)
def test_a_length_is_not_believed(start):
    """Whatever it announces, no more is asked for at once than a step."""
    asked = []

    def read(count):
        asked.append(count)
        return stream.read(count)

    for type_byte in rdb_values.READERS:
        stream = io.BytesIO(start + b"only this")
        with pytest.raises(ValueError):
            read_value(type_byte, Reader(read))
    assert max(asked) <= STEP


@pytest.mark.slow
def test_any_damage_gives_a_proper_value_or_a_value_error():
    source = random.Random(2)
    for _ in range(300):
        type_byte, data = write_value(some_value(source))
        for _ in range(5):
            damaged = bytearray(data)
            for _ in range(source.randint(1, 3)):
                damaged[source.randrange(min(len(damaged), 500))] = source.randrange(256)
            with contextlib.suppress(ValueError):
                parts(read_value(type_byte, reader_of(bytes(damaged))))


def test_any_bytes_of_any_type_give_a_proper_value_or_a_value_error():
    source = random.Random(4)
    for type_byte in rdb_values.READERS:
        for _ in range(300):
            data = source.randbytes(source.randint(0, 40))
            with contextlib.suppress(ValueError):
                parts(read_value(type_byte, reader_of(data)))


def test_a_value_cut_short_is_a_value_error():
    source = random.Random(5)
    for _ in range(100):
        type_byte, data = write_value(some_value(source))
        with pytest.raises(ValueError):
            read_value(type_byte, reader_of(data[: source.randrange(len(data))]))
