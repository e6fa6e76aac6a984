"""Intsets, encoded and decoded."""

import random

import pytest
from tables import for_each

from redis_clone.structures.intset import decode, encode


@pytest.mark.parametrize("bits, width", [(1, 2), (15, 2), (16, 4), (31, 4), (32, 8), (63, 8)])
def test_all_integers_have_the_width_of_the_widest(bits, width):
    highest, lowest = 2**bits - 1, -(2**bits)
    for numbers in ([highest, 0], [lowest, 0], [0, lowest, highest]):
        packed = encode(numbers)
        assert len(packed) == 8 + width * len(numbers)
        assert decode(packed) == sorted(numbers)


def test_an_empty_one():
    assert decode(encode([])) == []


def test_more_than_64_bits_do_not_fit():
    with pytest.raises(ValueError):
        encode([2**63])


def test_random_integers_come_back_in_order():
    source = random.Random(1)
    for _ in range(300):
        limit = 2 ** source.randint(1, 63)
        numbers = {source.randrange(-limit, limit) for _ in range(source.randint(0, 50))}
        assert decode(encode(numbers)) == sorted(numbers)


@for_each(
    "data",
    [
        b"",
        b"\x02\x00\x00\x00\x01\x00\x00",
        b"\x03\x00\x00\x00\x01\x00\x00\x00abc",
        b"\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x02\x00\x00\x00\xff\xff\xff\xff\x01\x00",
        b"\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01\x00",
        b"\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x01\x00",
        encode([1, 2]) + b"\x00",
    ],
)
def test_bytes_that_are_no_intset_are_a_value_error(data):
    with pytest.raises(ValueError):
        decode(data)
