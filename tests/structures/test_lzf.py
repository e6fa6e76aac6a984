"""LZF: compressed data is decompressed to the same, and damaged data is rejected."""

import contextlib
import random

import pytest
from tables import for_each

from redis_clone.structures.lzf import FARTHEST, LONGEST_COPY, compress, decompress


def some_data(source):
    """Random bytes, repeated pieces and runs, one behind another."""
    words = [source.randbytes(source.randint(1, 12)) for _ in range(20)]
    pieces = []
    for _ in range(source.randint(0, 60)):
        kind = source.randrange(3)
        if kind == 0:
            pieces.append(source.randbytes(source.randint(0, 80)))
        elif kind == 1:
            pieces.append(source.choice(words) * source.randint(1, 5))
        else:
            pieces.append(source.randbytes(1) * source.randint(1, 900))
    return b"".join(pieces)


def test_anything_comes_back():
    source = random.Random(1)
    for _ in range(500):
        data = some_data(source)
        packed = compress(data, limit=2 * len(data) + 1)
        assert decompress(packed, len(data)) == data


@for_each("length", [1, 2, 3, 4, 31, 32, 33, 64, 65])
def test_literals_of_any_length(length):
    data = bytes(range(length))
    assert decompress(compress(data, limit=100), length) == data


@for_each("length", [4, 5, 9, 10, 11, LONGEST_COPY, LONGEST_COPY + 1, LONGEST_COPY + 2, 5000])
def test_runs_of_any_length(length):
    data = b"x" * length
    packed = compress(data, limit=length + 5)
    assert decompress(packed, length) == data
    assert len(packed) <= 5 + 3 * -(-length // LONGEST_COPY)


@pytest.mark.parametrize("distance", [3, 255, 256, 257, FARTHEST - 1, FARTHEST, FARTHEST + 1])
def test_what_is_repeated_is_found_up_to_the_farthest_distance(distance):
    data = b"abcdef" + bytes(at // 16 % 256 for at in range(distance))[: distance - 6] + b"abcdef"
    assert decompress(compress(data, limit=2 * len(data)), len(data)) == data


def test_nothing_is_gained_on_noise():
    noise = random.Random(2).randbytes(5000)
    assert compress(noise, limit=len(noise) - 4) is None


def test_the_limit_is_kept_to_the_byte():
    data = some_data(random.Random(3))
    size = len(compress(data, limit=len(data) * 2))
    assert compress(data, limit=size) is not None
    assert compress(data, limit=size - 1) is None


@for_each(
    "data, length",
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x02ab", 3),
        (b"\x00a", 2),
        (b"\x01ab", 1),
        (b"\x20", 3),
        (b"\x00a\x20", 4),
        (b"\x00a\xe0", 10),
        (b"\x00a\xe0\x00", 10),
        (b"\x00a\x20\x01", 4),
        (b"\x00a\x3f\xff", 4),
    ],
)
def test_data_that_are_damaged_are_a_value_error(data, length):
    with pytest.raises(ValueError):
        decompress(data, length)


def test_any_damage_gives_data_or_a_value_error():
    source = random.Random(4)
    for _ in range(3000):
        data = some_data(source)[:300]
        packed = bytearray(compress(data, limit=1000) or b"\0\0")
        packed[source.randrange(len(packed))] = source.randrange(256)
        with contextlib.suppress(ValueError):
            assert len(decompress(bytes(packed), len(data))) == len(data)


def test_no_more_is_unpacked_than_was_announced():
    bomb = b"\x00a" + b"\xe0\xff\x00" * 1_000_000
    with pytest.raises(ValueError):
        decompress(bomb, 1000)
