"""CRC64, compared with its definition bit by bit, and with known sums."""

import random

import pytest
from tables import for_each

from redis_clone.structures.checksums import BLOCK, FOLDED, JONES, MULTIPLE, crc64


def by_the_definition(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (JONES if crc & 1 else 0)
    return crc


@pytest.mark.parametrize(
    "data, checksum",
    [
        (b"", 0),
        (b"123456789", 0xE9C6D914C4B8D9CA),
        (b"\x00\xc0{\n\x00", 0xB9677A00E153E248),  # what Redis 7.0 dumps for 123
    ],
)
def test_sums_that_are_known(data, checksum):
    assert crc64(data) == checksum


def test_any_bytes_have_the_sum_of_the_definition():
    source = random.Random(1)
    for length in range(60):
        data = source.randbytes(length)
        assert crc64(data) == by_the_definition(data)


def test_the_multiple_of_the_divisor_leaves_no_remainder():
    remainder, power = 0, 1 << 63  # mirrored: x^0
    for exponent in range(MULTIPLE[0] + 1):
        if exponent in MULTIPLE:
            remainder ^= power
        power = power >> 1 ^ (JONES if power & 1 else 0)  # times x
    assert remainder == 0


@for_each("length", [*range(FOLDED - 9, FOLDED + 9), 5000, 8191, 65_536, 100_001])
def test_a_folded_message_has_the_sum_of_the_definition(length):
    data = random.Random(length).randbytes(length)
    assert crc64(data) == by_the_definition(data)


@pytest.mark.parametrize("length", [BLOCK - 1, BLOCK, BLOCK + 13])
def test_large_blocks_have_the_sum_of_the_definition_too(length):
    data = random.Random(length).randbytes(length)
    crc = crc64(data[:5])
    assert crc64(data[5:], before=crc) == crc64(data) == by_the_definition(data)


def test_a_sum_goes_on_where_another_stopped():
    source = random.Random(2)
    data = source.randbytes(100)
    for at in range(100):
        assert crc64(data[at:], before=crc64(data[:at])) == crc64(data)


def test_a_single_bit_changes_the_sum():
    data = bytearray(b"a value in a file")
    before = crc64(data)
    for at in range(len(data) * 8):
        data[at // 8] ^= 1 << at % 8
        assert crc64(data) != before
        data[at // 8] ^= 1 << at % 8
