r"""A listpack: short strings and integers packed one behind another, as Redis keeps small values.

    listpack    total bytes (32 bits), number of items (16 bits, 65535: count them yourself), items, 0xFF
    item        encoding, data, and how long these two are, so that one can walk backwards as well

Numbers are little-endian.  The first byte of an item is its encoding:

    0nnnnnnn  0 to 127              10llllll  a string of up to 63 bytes
    110nnnnn  13 bits, one more byte  1110llll  a string of up to 4095 bytes, one more byte
    11110001  16 bits               11110000  a string of up to 4 GiB, its length in 32 bits
    11110010  24 bits               11110011  32 bits               11110100  64 bits

The length at an item's end has seven bits a byte, the lowest seven in the last byte; each byte but the first
has its highest bit set, which tells him who comes from behind to go on.

An item is a string to whoever reads it.  One that is spelled as an integer is stored as one, to save space, and
that is not seen: b"12" goes in and comes out.  May import: numbers.
"""

import struct
from collections.abc import Iterable

from redis_clone.numbers import parse_integer

HEADER = struct.Struct("<IH")
END = 0xFF
UNCOUNTED = 0xFFFF
LONGEST_INTEGER = 20  # bytes of its spelling

INTEGERS = [(16, 0xF1), (24, 0xF2), (32, 0xF3), (64, 0xF4)]  # bits, encoding; the narrowest first
WIDTHS = {encoding: bits // 8 for bits, encoding in INTEGERS}

# From so many bytes on, the length at an item's end takes one byte more.  The second limit should be 2**14,
# but one of the real ones is off by one, and has to stay so.
BACK_LENGTH_LIMITS = (128, 16383, 2097151, 268435455)


def encode(items: Iterable[bytes | int]) -> bytes:
    r"""O(n)

    >>> encode([b"a", b"1", -1])
    b'\x10\x00\x00\x00\x03\x00\x81a\x02\x01\x01\xdf\xff\x02\xff'
    """
    packed = [_packed(item) for item in items]
    body = b"".join(packed)
    count = min(len(packed), UNCOUNTED)
    return HEADER.pack(HEADER.size + len(body) + 1, count) + body + bytes([END])


def _packed(item: bytes | int) -> bytes:
    number = item if isinstance(item, int) else _integer_spelled(item)
    entry = _packed_string(item) if isinstance(item, bytes) and number is None else _packed_integer(number)
    return entry + _back_length(len(entry))


def _integer_spelled(item: bytes) -> int | None:
    if len(item) > LONGEST_INTEGER or not item[-1:].isdigit():
        return None
    try:
        return parse_integer(item)
    except ValueError:
        return None
