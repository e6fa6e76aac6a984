"""Ziplists and zipmaps, which Redis no longer writes: the tests have an encoder of their own."""

import contextlib
import random
import struct

import pytest
from tables import for_each

from redis_clone.structures import zipmap
from redis_clone.structures.ziplist import decode

WIDTHS = [(8, 0xFE), (16, 0xC0), (24, 0xF0), (32, 0xD0), (64, 0xE0)]


def packed(item):
    if isinstance(item, bytes):
        if len(item) < 64:
            return bytes([len(item)]) + item
        if len(item) < 16384:
            return struct.pack(">H", 0x4000 | len(item)) + item
        return struct.pack(">BI", 0x80, len(item)) + item
    if 0 <= item <= 12:
        return bytes([0xF1 + item])
    bits, encoding = next(
        (bits, encoding) for bits, encoding in WIDTHS if -(2 ** (bits - 1)) <= item < 2 ** (bits - 1)
    )
    return bytes([encoding]) + item.to_bytes(bits // 8, "little", signed=True)


def encode(items, long_lengths=False):
    body, before, last = b"", 0, 10
    for item in items:
        last = 10 + len(body)
        is_long = before >= 254 or (long_lengths and before)
        previous = struct.pack("<BI", 254, before) if is_long else bytes([before])
        entry = previous + packed(item)
        body, before = body + entry, len(entry)
    return struct.pack("<IIH", 11 + len(body), last, len(items)) + body + b"\xff"


def formatted(items):
    return [item if isinstance(item, bytes) else b"%d" % item for item in items]


@for_each("number", [0, 1, 12, 13, -1, 127, -128, 128, 2**15 - 1, 2**15, -(2**23), 2**23, 2**31, -(2**63)])
def test_integers_of_every_width_are_read_as_text(number):
    assert decode(encode([number, b"after"])) == [b"%d" % number, b"after"]


@for_each("length", [0, 1, 63, 64, 252, 253, 254, 16383, 16384, 100_000])
def test_strings_of_every_length_are_read(length):
    items = [b"x" * length, b"after"]
    assert decode(encode(items)) == items


def test_random_items_are_read():
    source = random.Random(1)
    for _ in range(300):
        items = [
            source.randrange(-(2 ** source.randint(1, 63)), 2 ** source.randint(1, 63))
            if source.random() < 0.5
            else source.randbytes(source.choice([0, 3, 70, 300]))
            for _ in range(source.randint(0, 20))
        ]
        assert decode(encode(items)) == formatted(items)
        assert decode(encode(items, long_lengths=True)) == formatted(items)


WHOLE = encode([b"a", 1, b"x" * 100])


@for_each(
    "data",
    [
        b"",
        WHOLE[:-1],
        WHOLE + b"\xff",
        WHOLE[:4] + b"\x0a" + WHOLE[5:],  # the last item does not begin there
        WHOLE[:8] + b"\x04" + WHOLE[9:],  # an item more than there is
        WHOLE[:10] + b"\x01" + WHOLE[11:],  # nothing before the first item has a length
        b"\x0d\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\xff\xff",  # no encoding
        b"\x0b\x00\x00\x00\x0a\x00\x00\x00\x00\x00\x00",  # no end
    ],
)
def test_bytes_that_are_no_ziplist_are_a_value_error(data):
    with pytest.raises(ValueError):
        decode(data)


def test_any_damage_gives_items_or_a_value_error():
    source = random.Random(2)
    whole = encode([b"a", 1, -500, b"x" * 70, 2**40, b"", b"y" * 300, 12])
    for _ in range(5000):
        data = bytearray(whole)
        data[source.randrange(len(data))] = source.randrange(256)
        with contextlib.suppress(ValueError):
            assert all(isinstance(item, bytes) for item in decode(bytes(data)))


def test_a_zipmap_has_lengths_of_a_byte_or_of_five_and_bytes_that_are_free():
    long = b"\xfe\x2c\x01\x00\x00" + b"f" * 300 + b"\x01\x03x...\xff"
    assert zipmap.decode(b"\x01" + long) == [(b"f" * 300, b"x")]
    assert zipmap.decode(b"\xfe" + long) == [(b"f" * 300, b"x")]
    assert zipmap.decode(b"\x00\xff") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x01\xff",
        b"\x01\x01a\xff",
        b"\x01\x01a\x01\x00",
        b"\x01\x01a\x05\x00x\xff",
        b"\x00\xff\xff",
    ],
)
def test_bytes_that_are_no_zipmap_are_a_value_error(data):
    with pytest.raises(ValueError):
        zipmap.decode(data)


def test_a_damaged_zipmap_gives_pairs_or_a_value_error():
    source = random.Random(3)
    whole = b"\x03\x01a\x01\x00x\x01b\x02\x01yz-\x05field\x00\x00\xff"
    for _ in range(3000):
        data = bytearray(whole)
        data[source.randrange(len(data))] = source.randrange(256)
        with contextlib.suppress(ValueError):
            assert all(len(pair) == 2 for pair in zipmap.decode(bytes(data)))
