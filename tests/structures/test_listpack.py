"""Listpacks: every encoding at its limits, encoded and decoded, and damaged data."""

import contextlib
import random

import pytest
from tables import for_each

from redis_clone.structures.listpack import decode, encode

LIMITS = [0, 127, 128, 4095, 4096, 2**15 - 1, 2**15, 2**23 - 1, 2**23, 2**31 - 1, 2**31, 2**63 - 1]


def some_item(source):
    kind = source.randrange(4)
    if kind == 0:
        return b"%d" % source.randrange(-(2 ** source.randint(1, 63)), 2 ** source.randint(1, 63))
    if kind == 1:
        return source.choice([b"", b"007", b"-0", b"1.5", b"-", b"9223372036854775808", b"+1"])
    return source.randbytes(source.randint(0, 80))


@for_each("number", [*LIMITS, *[-limit for limit in LIMITS[1:]], -4097, -(2**15) - 1, -(2**63)])
def test_integers_of_every_width_are_packed_and_come_back_as_the_same_text(number):
    formatted = b"%d" % number
    assert encode([formatted]) == encode([number])
    assert decode(encode([formatted])) == [formatted]


@for_each(
    "number, size",
    [(127, 1), (128, 2), (-1, 2), (4095, 2), (-4096, 2), (4096, 3), (2**15, 4), (2**23, 5), (2**31, 9)],
)
def test_an_integer_takes_no_more_room_than_it_must(number, size):
    assert len(encode([number])) == 6 + size + 1 + 1


def test_more_than_64_bits_do_not_fit():
    with pytest.raises(ValueError):
        encode([2**63])


@for_each("length", [0, 1, 63, 64, 4095, 4096, 16377, 16378, 16379, 2**21 - 7, 2**21 - 5, 2**21])
def test_strings_of_every_length_come_back(length):
    items = [b"x" * length, b"after"]
    assert decode(encode(items)) == items


def test_a_string_that_only_looks_like_an_integer_stays_a_string():
    items = [b"007", b"-0", b"+1", b" 1", b"1.0", b"", b"9223372036854775808", b"\xb2"]
    assert decode(encode(items)) == items


@pytest.mark.parametrize("count", [0, 1, 65534, 65535, 65536])
def test_any_number_of_items_comes_back(count):
    items = [b"%d" % at for at in range(count)]
    assert decode(encode(items)) == items


def test_random_items_come_back():
    source = random.Random(1)
    for _ in range(500):
        items = [some_item(source) for _ in range(source.randint(0, 30))]
        assert decode(encode(items)) == items


WHOLE = encode([b"a", b"1", b"x" * 100])


@for_each(
    "data",
    [
        b"",
        b"\x07\x00\x00\x00\x00\x00",
        b"\x07\x00\x00\x00\x00\x00\x00",  # no end
        b"\x07\x00\x00\x00\x01\x00\xff",  # an item less than announced
        b"\x08\x00\x00\x00\x00\x00\xff\xff",  # something behind the end
        b"\x09\x00\x00\x00\x01\x00\x01\x02\xff",  # an item of another length, backwards
        b"\x0d\x00\x00\x00\x01\x00\xf0\xff\xff\xff\xff\x05\xff",  # a string of 4 GiB
        b"\x09\x00\x00\x00\x01\x00\xf5\x01\xff",  # no encoding
        WHOLE[:-1],
        WHOLE + b"\xff",
    ],
)
def test_bytes_that_are_no_listpack_are_a_value_error(data):
    with pytest.raises(ValueError):
        decode(data)


def test_any_damage_gives_items_or_a_value_error():
    source = random.Random(2)
    for _ in range(5000):
        data = bytearray(encode([some_item(source) for _ in range(source.randint(1, 10))]))
        data[source.randrange(len(data))] = source.randrange(256)
        with contextlib.suppress(ValueError):
            assert all(isinstance(item, bytes) for item in decode(bytes(data)))
