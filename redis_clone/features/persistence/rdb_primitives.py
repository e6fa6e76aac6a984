r"""Lengths and strings, of which RDB files and DUMP are made.

    length      00llllll                    up to 63
                01llllll llllllll           up to 16383
                10000000, 4 bytes           32 bits          (big-endian, all of these)
                10000001, 8 bytes           64 bits
    string      length, bytes
                11000000, 1 byte            an integer of 8 bits, which stands for its decimal text
                11000001, 2 bytes           16 bits          (little-endian, these)
                11000010, 4 bytes           32 bits
                11000011, length, length, bytes     compressed with LZF: its length, and that of the string

A Reader takes its bytes from any function that reads as `file.read` does.  The bytes may be damaged: it
raises ValueError, and believes no length before the bytes are there.

May import: numbers, structures.
"""

import struct
from collections.abc import Callable, Sequence

from redis_clone.structures import lzf
from redis_clone.structures.numbers import is_integer

SHORT, MIDDLE, LENGTH_32, LENGTH_64 = 0x00, 0x40, 0x80, 0x81
ENCODED = 0xC0  # the two bits that say that a string is encoded, and how
INTEGER_BYTES = {0xC0: 1, 0xC1: 2, 0xC2: 4}
COMPRESSED = 0xC3

LONGEST_INTEGER = 11  # bytes of its text, as in -2147483648
COMPRESSED_FROM = 21  # bytes; a shorter string gains too little
LEAST_GAIN = 4  # bytes
STEP = 2**20  # bytes read at once
ONE_BYTE = [bytes([number]) for number in range(256)]


def write_length(length: int) -> bytes:
    """
    >>> write_length(10), write_length(700), write_length(2**20)
    (b'\\n', b'B\\xbc', b'\\x80\\x00\\x10\\x00\\x00')
    """
    if length < 1 << 6:
        return ONE_BYTE[length]
    if length < 1 << 14:
        return (MIDDLE << 8 | length).to_bytes(2, "big")
    if length < 1 << 32:
        return bytes([LENGTH_32]) + length.to_bytes(4, "big")
    return bytes([LENGTH_64]) + length.to_bytes(8, "big")


def write_many(parts: Sequence[bytes]) -> bytes:
    """The number of parts, and then the parts."""
    return write_length(len(parts)) + b"".join(parts)


def write_string(text: bytes) -> bytes:
    """Write a string as an integer or compressed, where that is shorter.  O(n)

    >>> write_string(b"hello"), write_string(b"-5"), write_string(b"-05")
    (b'\\x05hello', b'\\xc0\\xfb', b'\\x03-05')
    """
    if len(text) <= LONGEST_INTEGER:
        return _as_integer(text) or write_length(len(text)) + text
    if len(text) >= COMPRESSED_FROM:
        packed = lzf.compress(text, limit=len(text) - LEAST_GAIN)
        if packed is not None:
            return bytes([COMPRESSED]) + write_length(len(packed)) + write_length(len(text)) + packed
    return write_length(len(text)) + text


def write_string_uncompressed(text: bytes) -> bytes:
    """Write a string under `rdbcompression no`: as an integer if that is shorter, else as it is.  O(n)"""
    if len(text) <= LONGEST_INTEGER:
        return _as_integer(text) or write_length(len(text)) + text
    return write_length(len(text)) + text


def _as_integer(text: bytes) -> bytes | None:
    if not is_integer(text):
        return None
    number = int(text)
    for encoding, size in INTEGER_BYTES.items():
        if -(1 << size * 8 - 1) <= number < 1 << size * 8 - 1:
            return bytes([encoding]) + number.to_bytes(size, "little", signed=True)
    return None


class CutShort(ValueError):
    """The bytes end before the length that they announce."""


class Reader:
    """
    >>> import io
    >>> reader = Reader(io.BytesIO(b"\\x02hi\\xc1\\xe8\\x03").read)
    >>> reader.string(), reader.string()
    (b'hi', b'1000')
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """`read` returns fewer bytes than asked for at the end only."""
        self._read = read
        self.contradictions: list[str] = []  # found in the data, which can be read nevertheless

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes.  O(count), or less when the bytes are not there."""
        data = self._read(count) if count <= STEP else self._in_steps(count)
        if len(data) != count:
            raise CutShort("the data are cut short")
        return data

    def _in_steps(self, count: int) -> bytes:
        """In steps, for a file makes room for all that it is asked for before it looks how much it has."""
        data = bytearray()
        while len(data) < count:
            piece = self._read(min(count - len(data), STEP))
            if not piece:
                break
            data += piece
        return bytes(data)

    def byte(self) -> int:
        data = self._read(1)
        if not data:
            raise CutShort("the data are cut short")
        return data[0]

    def length(self) -> int:
        return self._length_from(self.byte())

    def _length_from(self, first: int) -> int:
        if first < MIDDLE:
            return first
        if first < LENGTH_32:
            return (first & 0x3F) << 8 | self.byte()
        if first == LENGTH_32:
            return int.from_bytes(self.exactly(4), "big")
        if first == LENGTH_64:
            return int.from_bytes(self.exactly(8), "big")
        raise ValueError("no length begins so")

    def string(self) -> bytes:
        first = self.byte()
        if first < ENCODED:
            return self.exactly(self._length_from(first))
        if first in INTEGER_BYTES:
            return b"%d" % int.from_bytes(self.exactly(INTEGER_BYTES[first]), "little", signed=True)
        if first == COMPRESSED:
            packed_length, length = self.length(), self.length()
            return lzf.decompress(self.exactly(packed_length), length)
        raise ValueError("no string begins so")

    def integer_64(self) -> int:
        """An integer of 64 bits with a sign; times in milliseconds are stored so."""
        return int.from_bytes(self.exactly(8), "little", signed=True)

    def double(self) -> float:
        number: float
        (number,) = struct.unpack("<d", self.exactly(8))
        return number
