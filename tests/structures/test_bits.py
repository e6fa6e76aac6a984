"""structures/bits.py, compared with the same operations digit by digit."""

from functools import reduce
from operator import and_, or_, xor
from random import Random

import pytest
from tables import for_each

from redis_clone.structures.bits import (
    OVERFLOWS,
    SLICE,
    Field,
    combine,
    complement,
    count_ones,
    editable,
    find_bit,
    get_bit,
    grow,
    read_field,
    set_bit,
    write_field,
)

STRINGS = [b"", b"\x00", b"\xff", b"a", b"\x00\x00\x01", b"\xff\xff\xfe", bytes(40), b"\xff" * 40, b"hello"]


def digits(value):
    return "".join(f"{byte:08b}" for byte in value)


def test_a_string_is_read_from_its_highest_bit_on_and_is_zero_beyond_its_end():
    value = b"\xa5\x0f"
    assert "".join(str(get_bit(value, at)) for at in range(16)) == digits(value)
    assert get_bit(value, 16) == get_bit(b"", 2**40) == 0


@pytest.mark.parametrize("seed", range(5))
def test_set_bits_are_found_again(seed):
    random = Random(seed)
    value, expected = bytearray(20), ["0"] * 160
    for _ in range(300):
        at, bit = random.randrange(160), random.randrange(2)
        set_bit(value, at, bit)
        expected[at] = str(bit)
    assert digits(value) == "".join(expected)


def test_growing_fills_up_with_zeros_and_never_shortens():
    value = editable(b"ab")
    assert grow(value, 4) and value == b"ab\0\0"
    assert not grow(value, 1) and value == b"ab\0\0"
    assert editable(value) is value


@for_each("value", STRINGS)
def test_ranges_are_counted_and_searched_as_the_digits_are(value):
    length = 8 * len(value)
    for start in range(0, length + 1, 3):
        for stop in range(start, length + 1, 5):
            part = digits(value)[start:stop]
            assert count_ones(value, range(start, stop)) == part.count("1")
            for bit in (0, 1):
                at = part.find(str(bit))
                assert find_bit(value, bit, range(start, stop)) == (None if at < 0 else start + at)


def test_an_empty_range_may_lie_anywhere():
    assert count_ones(b"a", range(800, 8)) == 0
    assert find_bit(b"a", 0, range(800, 8)) is None


@pytest.mark.parametrize("operation", [and_, or_, xor])
def test_strings_of_different_lengths_are_combined_as_if_the_shorter_had_zeros(operation):
    strings = [b"\xf0\x0f\xaa", b"\x3c", b"\xff\xff"]
    padded = [string.ljust(3, b"\0") for string in strings]
    expected = bytes(operation(operation(a, b), c) for a, b, c in zip(*padded, strict=True))
    assert combine(operation, strings) == combine(operation, [bytearray(s) for s in strings]) == expected
    assert combine(operation, [b"", b""]) == b""


def test_the_complement_turns_each_bit():
    assert complement(b"\x00\xff\xa5") == complement(bytearray(b"\x00\xff\xa5")) == b"\xff\x00\x5a"


@pytest.mark.parametrize("seed", range(5))
def test_a_written_field_is_read_again_and_its_surroundings_stay(seed):
    random = Random(seed)
    for _ in range(200):
        value = bytearray(random.randbytes(12))
        width = random.randrange(1, 65)
        field = Field(random.randrange(0, 96 - width + 1), width, signed=random.random() < 0.5)
        number = random.randint(field.lowest, field.highest)
        before = digits(value)
        write_field(value, field, number)
        assert read_field(value, field) == number
        written = f"{number % 2**width:0{width}b}"
        assert digits(value) == before[: field.offset] + written + before[field.stop :]


def test_a_field_beyond_the_end_is_zero_and_one_across_it_partly():
    assert read_field(b"", Field(100, 64, signed=True)) == 0
    assert read_field(b"\xff", Field(4, 8, signed=False)) == 0xF0


@pytest.mark.parametrize(
    "field, number, wrapped, saturated",
    [
        (Field(0, 8, signed=False), 256, 0, 255),
        (Field(0, 8, signed=False), -1, 255, 0),
        (Field(0, 8, signed=True), 128, -128, 127),
        (Field(0, 8, signed=True), -129, 127, -128),
        (Field(0, 1, signed=True), 1, -1, 0),
        (Field(0, 64, signed=True), 2**63, -(2**63), 2**63 - 1),
        (Field(0, 63, signed=False), 2**64 - 1, 2**63 - 1, 2**63 - 1),
    ],
)
def test_a_number_that_is_too_large_wraps_or_saturates_or_fails(field, number, wrapped, saturated):
    results = [overflow(number, field) for overflow in OVERFLOWS.values()]
    assert results == [wrapped, saturated, None]
    assert all(overflow(field.lowest, field) == field.lowest for overflow in OVERFLOWS.values())


@pytest.mark.parametrize("operation", [and_, or_, xor])
def test_long_strings_are_combined_and_counted_slice_by_slice(operation):
    random = Random(1)
    strings = [random.randbytes(size) for size in (2 * SLICE + 5, SLICE, 10, 0)]
    numbers = [int.from_bytes(string, "little") for string in strings]
    whole = reduce(operation, numbers)
    assert combine(operation, strings) == whole.to_bytes(2 * SLICE + 5, "little")
    assert count_ones(strings[0], range(16 * SLICE + 40)) == numbers[0].bit_count()
    assert count_ones(strings[0], range(3, 8 * SLICE + 3)) == digits(strings[0])[3 : 8 * SLICE + 3].count("1")


@pytest.mark.parametrize("at", [0, 8 * SLICE - 1, 8 * SLICE, 16 * SLICE + 3])
def test_a_bit_is_found_in_the_slice_that_has_it(at):
    value = bytearray(3 * SLICE)
    set_bit(value, at, 1)
    everywhere = range(24 * SLICE)
    assert find_bit(value, 1, everywhere) == find_bit(complement(value), 0, everywhere) == at
    assert find_bit(value, 1, range(at, at + 1)) == at
    assert find_bit(value, 1, range(at + 1, 24 * SLICE)) is None
