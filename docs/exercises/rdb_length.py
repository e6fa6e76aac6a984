"""Lengths that are short when they can be.

A file with a million keys has millions of lengths, and most of them are small. So the first byte says by
its two highest bits how the length is written:

    00llllll                 the length is in the other six bits: up to 63
    01llllll llllllll        six bits and one more byte, the high bits first: up to 16383
    10000000 and 4 bytes     32 bits, the high byte first (LENGTH_32)
    10000001 and 8 bytes     64 bits, the same way (LENGTH_64)

A first byte that no length can have is a ValueError, for the file is damaged.
`_length_from(first)` gets the first byte as an int, and reads what follows: `self.byte()` is the next byte,
`self.exactly(n)` the next n bytes.
"""

import io

from exercises.machinery.trial import calling
from redis_clone.features.persistence.rdb_primitives import Reader, write_length

CHAPTER = 12
LEVEL = 1
CONCEPT = "a variable-length integer"
HOLE = "redis_clone/features/persistence/rdb_primitives.py:Reader._length_from"
HINTS = (
    "The constants MIDDLE (0x40), LENGTH_32 (0x80) and LENGTH_64 (0x81) are at the top of the file.",
    "Below MIDDLE the byte is the length. Below LENGTH_32: its lower six bits (first & 0x3F), shifted"
    " up by eight, or'ed with the next byte.",
    "int.from_bytes(self.exactly(4), 'big') reads the 32 bits. At the end: raise ValueError.",
)


def length(data: bytes) -> int:
    return Reader(io.BytesIO(data).read).length()


def test_in_six_bits() -> None:
    for number in (0, 1, 63):
        calling(length, bytes([number])).gives(number)


def test_in_fourteen_bits() -> None:
    calling(length, b"\x40\x40").gives(64)
    calling(length, b"\x42\xbc").gives(700)
    calling(length, b"\x7f\xff").gives(16383)


def test_in_32_bits() -> None:
    calling(length, b"\x80\x00\x10\x00\x00").gives(2**20)


def test_in_64_bits() -> None:
    calling(length, b"\x81\x00\x00\x00\x01\x00\x00\x00\x00").gives(2**32)


def test_what_no_length_begins_with() -> None:
    for first in (0x82, 0xBF, 0xC0, 0xFF):
        calling(length, bytes([first]) + bytes(8)).raises(ValueError)


def test_a_file_that_is_cut_short() -> None:
    for data in (b"\x40", b"\x80\x00", b"\x81\x00\x00"):
        calling(length, data).raises(ValueError)


def test_what_was_written_is_read() -> None:
    for number in (0, 63, 64, 16383, 16384, 2**32 - 1, 2**32, 2**40):
        calling(
            lambda n: length(write_length(n)), number, shown=f"the length {number}, written and read"
        ).gives(number)


def test_only_the_length_is_read() -> None:
    reader = Reader(io.BytesIO(b"\x42\xbcrest").read)
    reader.length()
    calling(reader.exactly, 4, given="b'\\x42\\xbcrest', after its length").gives(b"rest")
