"""An intset: integers in ascending order, all of the same width, as Redis keeps a small set of integers.

    intset      width in bytes (32 bits: 2, 4 or 8), how many there are (32 bits), the integers

All little-endian.  Imports nothing of ours.
"""

import struct
from collections.abc import Iterable
from itertools import pairwise

HEADER = struct.Struct("<II")
FORMATS = {2: "h", 4: "i", 8: "q"}  # of struct, by width


def encode(numbers: Iterable[int]) -> bytes:
    r"""The intset of different numbers, given in any order.  O(n log n)

    >>> encode([7, -1])
    b'\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x07\x00'
    """
    ordered = sorted(numbers)
    width = max([_width(number) for number in ordered[:1] + ordered[-1:]], default=2)
    return HEADER.pack(width, len(ordered)) + struct.pack(f"<{len(ordered)}{FORMATS[width]}", *ordered)


def _width(number: int) -> int:
    for width in FORMATS:
        if -(1 << width * 8 - 1) <= number < 1 << width * 8 - 1:
            return width
    raise ValueError("an integer of an intset has 64 bits at most")


def decode(data: bytes) -> list[int]:
    r"""The numbers in ascending order; ValueError when anything is wrong with the bytes.  O(n)

    >>> decode(b"\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x07\x00")
    [-1, 7]
    """
    if len(data) < HEADER.size:
        raise ValueError("an intset is cut short")
    width, count = HEADER.unpack_from(data)
    if width not in FORMATS or len(data) != HEADER.size + width * count:
        raise ValueError("an intset has another length than it says")
    numbers = list(struct.unpack_from(f"<{count}{FORMATS[width]}", data, HEADER.size))
    if any(number >= following for number, following in pairwise(numbers)):
        raise ValueError("the integers of an intset do not ascend")
    return numbers
