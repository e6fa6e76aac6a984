r"""Single bits, and integers of a few bits, in a string of bytes.

**Bit 0 is the highest bit of the first byte**, so a string reads from left to right, as one writes numbers:

    bit      0 1 2 3 4 5 6 7   8 9 ...
    bytes    0 1 1 0 0 0 0 1   0 1 1 0 0 0 1 0      b"ab"

A string with a bit for each of a million days takes 122 KB.  Python has no array of bits, but its integers
have any number of bits, and work on all of them in C: a string becomes one integer, is counted or combined,
and becomes a string again.  That is why nothing here loops over bytes.  A long string goes that way slice by
slice, so that the integers stay in the processor's cache, and the memory that they take is small.

Beyond its end a string reads as zeros.  Before writing there the string must be made longer: see grow().  In
the costs n is the number of bytes.  Imports nothing of ours.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

Bytes = bytes | bytearray  # a string as the keyspace has it

SLICE = 64 * 1024  # bytes that become one integer
COMPLEMENT = bytes(255 - byte for byte in range(256))


def editable(stored: Bytes) -> bytearray:
    """The string as a bytearray, to be changed in place; no copy when it is one.  O(1), or O(n) once.

    >>> editable(b"a"), editable(same := bytearray(b"a")) is same
    (bytearray(b'a'), True)
    """
    return stored if isinstance(stored, bytearray) else bytearray(stored)


def grow(value: bytearray, size: int) -> bool:
    r"""Append zero bytes up to a size; True when any were missing.  O(1) for each new byte.

    >>> grow(value := bytearray(b"a"), 3), grow(value, 2), value
    (True, False, bytearray(b'a\x00\x00'))
    """
    missing = size - len(value)
    if missing > 0:
        value.extend(bytes(missing))
    return missing > 0


# Single bits.


def get_bit(value: Bytes, offset: int) -> int:
    """The bit at an offset.  O(1)

    >>> [get_bit(b"a", offset) for offset in range(9)]
    [0, 1, 1, 0, 0, 0, 0, 1, 0]
    """
    byte = offset // 8
    return value[byte] >> 7 - offset % 8 & 1 if byte < len(value) else 0


def set_bit(value: bytearray, offset: int, bit: int) -> None:
    """Write a bit; the string must be long enough.  O(1)

    >>> set_bit(value := bytearray(b"a"), 6, 1); value
    bytearray(b'c')
    """
    mask = 0x80 >> offset % 8
    if bit:
        value[offset // 8] |= mask
    else:
        value[offset // 8] &= ~mask


# Ranges of bits.  They lie within the string; a range that is empty may lie anywhere.


def count_ones(value: Bytes, bits: range) -> int:
    """How many bits of a range are 1.  O(length of the range)

    >>> count_ones(b"ab", range(16)), count_ones(b"ab", range(1, 7))
    (6, 2)
    """
    return sum(_count_in_slice(value, part) for part in _slices(bits))


def _slices(bits: range) -> Iterator[range]:
    return (bits[at : at + 8 * SLICE] for at in range(0, len(bits), 8 * SLICE))


def _count_in_slice(value: Bytes, bits: range) -> int:
    number = int.from_bytes(value[bits.start // 8 : (bits.stop + 7) // 8], "big")
    return (number >> -bits.stop % 8 & (1 << len(bits)) - 1).bit_count()


def find_bit(value: Bytes, bit: int, bits: range) -> int | None:
    r"""The offset of the first 0 or 1 in a range; None when it has none.  O(length up to there)

    >>> find_bit(b"\0a", 1, range(16)), find_bit(b"\xff\xf0", 0, range(4, 12))
    (9, None)
    """
    found = (_find_in_slice(value, bit, part) for part in _slices(bits))
    return next((offset for offset in found if offset is not None), None)


def _find_in_slice(value: Bytes, bit: int, bits: range) -> int | None:
    part = value[bits.start // 8 : (bits.stop + 7) // 8]
    # Looking for a 0 is looking for a 1 in the complement, without what stands around the range.
    ones = bytearray(part if bit else part.translate(COMPLEMENT))
    ones[0] &= 0xFF >> bits.start % 8
    ones[-1] &= 0xFF << -bits.stop % 8 & 0xFF
    rest = ones.lstrip(b"\0")
    if not rest:
        return None
    return bits.start // 8 * 8 + 8 * (len(ones) - len(rest)) + 8 - rest[0].bit_length()


# Whole strings.


def combine(operation: Callable[[int, int], int], strings: Sequence[Bytes]) -> bytes:
    r"""Several strings combined bit by bit, as long as the longest.  O(n) of them all

    >>> from operator import and_, or_
    >>> combine(and_, [b"abc", b"ab"]), combine(or_, [b" A", b"a"])
    (b'ab\x00', b'aA')
    """
    length = max(map(len, strings))
    return b"".join(
        _combine_slice(operation, [string[at : at + SLICE] for string in strings], min(SLICE, length - at))
        for at in range(0, length, SLICE)
    )


def _combine_slice(operation: Callable[[int, int], int], strings: Sequence[Bytes], length: int) -> bytes:
    # In little endian the first byte is the lowest, so the shorter numbers need no filling up at their ends.
    numbers = [int.from_bytes(string, "little") for string in strings]
    return reduce(operation, numbers).to_bytes(length, "little")


def complement(value: Bytes) -> bytes:
    r"""The string with each bit inverted.  O(n)

    >>> complement(b"\x00\xf0")
    b'\xff\x0f'
    """
    return bytes(value.translate(COMPLEMENT))


# Integers of a few bits, at any bit.


class Field(NamedTuple):
    """The place of an integer of 1 to 64 bits, in two's complement when it is signed."""

    offset: int
    width: int
    signed: bool

    @property
    def stop(self) -> int:
        return self.offset + self.width

    @property
    def lowest(self) -> int:
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def highest(self) -> int:
        return (1 << self.width - self.signed) - 1

    def wrapped(self, number: int) -> int:
        """What is left of `number` when the bits above the field are dropped.

        >>> Field(0, 8, signed=True).wrapped(200), Field(0, 8, signed=False).wrapped(-1)
        (-56, 255)
        """
        return (number - self.lowest) % (1 << self.width) + self.lowest


def read_field(value: Bytes, field: Field) -> int:
    """The integer in a field; bits beyond the end of the string are 0.  O(1)

    >>> read_field(b"ab", Field(4, 8, signed=False)), read_field(b"ab", Field(1, 3, signed=True))
    (22, -2)
    """
    start, stop = field.offset // 8, (field.stop + 7) // 8
    window = int.from_bytes(value[start:stop].ljust(stop - start, b"\0"), "big")
    return field.wrapped(window >> -field.stop % 8)


def write_field(value: bytearray, field: Field, number: int) -> None:
    """Write a number that fits the field into a string that is long enough.  O(1)

    >>> write_field(value := bytearray(b"ab"), Field(4, 8, signed=False), 0x33); value
    bytearray(b'c2')
    """
    start, stop = field.offset // 8, (field.stop + 7) // 8
    shift, mask = -field.stop % 8, (1 << field.width) - 1
    window = int.from_bytes(value[start:stop], "big") & ~(mask << shift)
    value[start:stop] = (window | (number & mask) << shift).to_bytes(stop - start, "big")


def _saturate(number: int, field: Field) -> int:
    return min(max(number, field.lowest), field.highest)


def _wrap(number: int, field: Field) -> int:
    return field.wrapped(number)


def _fail(number: int, field: Field) -> int | None:
    return number if field.lowest <= number <= field.highest else None


Overflow = Callable[[int, Field], int | None]

# What is written for a number that may be too large for its field; None: nothing.
OVERFLOWS: dict[bytes, Overflow] = {b"WRAP": _wrap, b"SAT": _saturate, b"FAIL": _fail}
