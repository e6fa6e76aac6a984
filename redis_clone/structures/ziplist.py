r"""A ziplist, which Redis used until 6.2 where it uses a listpack now (listpack.py).  For reading only.

    ziplist     total bytes (32 bits), where the last item begins (32 bits), number of items (16 bits,
                65535: count them yourself), items, 0xFF
    item        length of the item before it (a byte, or 0xFE and 32 bits), encoding, data

Numbers are little-endian, those within an encoding excepted.  The first byte of an encoding:

    00llllll  a string of up to 63 bytes                    11000000  16 bits
    01llllll  up to 16383 bytes, one more byte              11010000  32 bits
    10------  longer, its length in 32 bits, big-endian     11100000  64 bits
    1111nnnn  0001 to 1101: the integers 0 to 12            11110000  24 bits       11111110  8 bits

A string with the format of an integer was stored as one, and is read as the same string.
Imports nothing of ours.
"""

import struct

HEADER = struct.Struct("<IIH")
END = 0xFF
UNCOUNTED = 0xFFFF
LONG_PREVIOUS = 0xFE

INTEGERS = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}  # encoding: bytes
ZERO = 0xF1  # and up to 12 above it


def decode(data: bytes) -> list[bytes]:
    r"""The items; ValueError when anything is wrong with the bytes.  O(n)

    >>> decode(b"\x10\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01a\x03\xf3\xff")
    [b'a', b'2']
    """
    if len(data) <= HEADER.size or HEADER.unpack_from(data)[0] != len(data):
        raise ValueError("a ziplist has another length than it says")
    items = []
    at = last = HEADER.size
    try:
        while data[at] != END:
            previous, start = _previous_length(data, at)
            if previous != at - last:
                raise ValueError("an item of a ziplist does not begin where the one before it ends")
            item, end = _unpacked(data, start)
            items.append(item)
            last, at = at, end
    except IndexError:
        raise ValueError("a ziplist is cut short") from None
    _check_ends(data, at, last, len(items))
    return items


def _check_ends(data: bytes, end: int, last: int, count: int) -> None:
    if end + 1 != len(data):
        raise ValueError("a ziplist goes on behind its end")
    if HEADER.unpack_from(data)[1] != last or HEADER.unpack_from(data)[2] not in (count, UNCOUNTED):
        raise ValueError("a ziplist has other items than it says")


def _previous_length(data: bytes, at: int) -> tuple[int, int]:
    """The length of the item before, and where the encoding begins."""
    if data[at] != LONG_PREVIOUS:
        return data[at], at + 1
    return int.from_bytes(data[at + 1 : at + 5], "little"), at + 5


def _unpacked(data: bytes, at: int) -> tuple[bytes, int]:
    """The item whose encoding stands at `at`, and where its data ends."""
    first = data[at]
    if first < 0x40:
        return _string(data, at + 1, first)
    if first < 0x80:
        return _string(data, at + 2, (first & 0x3F) << 8 | data[at + 1])
    if first < 0xC0:
        return _string(data, at + 5, int.from_bytes(data[at + 1 : at + 5], "big"))
    if ZERO <= first <= ZERO + 12:
        return b"%d" % (first - ZERO), at + 1
    if first not in INTEGERS:
        raise ValueError("no item of a ziplist begins so")
    end = at + 1 + INTEGERS[first]
    return b"%d" % int.from_bytes(data[at + 1 : end], "little", signed=True), end


def _string(data: bytes, start: int, length: int) -> tuple[bytes, int]:
    return data[start : start + length], start + length
