r"""A listpack: short strings and integers packed one behind another, as Redis keeps small values.

    listpack    total bytes (32 bits), number of items (16 bits, 65535: count them yourself), items, 0xFF
    item        encoding, data, and how long these two are, so that one can walk backwards as well

Numbers are little-endian.  The first byte of an item is its encoding:

    0nnnnnnn  0 to 127                  10llllll  a string of up to 63 bytes
    110nnnnn  13 bits, one more byte    1110llll  a string of up to 4095 bytes, one more byte
    11110001  16 bits                   11110000  a string of up to 4 GiB, its length in 32 bits
    11110010  24 bits                   11110011  32 bits               11110100  64 bits

The length at an item's end has seven bits a byte, the lowest seven in the last byte; each byte but the first
has its highest bit set, so that a walk backwards reads on.

Items are strings.  A string that has the format of an integer is stored as one, to save space, and read as
the same string: b"12" goes in and comes out.  May import: numbers.
"""

import struct
from collections.abc import Iterable

from redis_clone.structures.numbers import is_integer

HEADER = struct.Struct("<IH")
END = 0xFF
UNCOUNTED = 0xFFFF

INTEGERS = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}  # encoding: bytes; the narrowest first
LONG_STRING = 0xF0

# From so many bytes on, the length at an item's end takes one byte more.  All should be powers of two; in
# Redis all but the first are off by one, and ours must be the same.
BACK_LENGTH_LIMITS = (128, 16383, 2097151, 268435455)


def encode(items: Iterable[bytes | int]) -> bytes:
    r"""The listpack of some items.  O(n), about 600,000 items a second

    >>> encode([b"a", b"1", -1])
    b'\x0f\x00\x00\x00\x03\x00\x81a\x02\x01\x01\xdf\xff\x02\xff'
    """
    packed = [_packed(item) for item in items]
    body = b"".join(packed)
    count = min(len(packed), UNCOUNTED)
    return HEADER.pack(HEADER.size + len(body) + 1, count) + body + bytes([END])


def _packed(item: bytes | int) -> bytes:
    if isinstance(item, bytes) and not is_integer(item):
        entry = _packed_string(item)
    else:
        entry = _packed_integer(int(item))
    return entry + _back_length(len(entry))


def packed_size(item: bytes | int) -> int:
    """How many bytes an item takes, its own length at the end included.

    >>> packed_size(7), packed_size(b"7"), packed_size(b"apple")
    (2, 2, 7)
    """
    if type(item) is bytes and not is_integer(item):
        length = len(item)
        if length < 64:
            return length + 2
        size = length + (2 if length < 4096 else 5)
        return size + (1 if size < BACK_LENGTH_LIMITS[0] else len(_back_length(size)))
    number = int(item)
    if 0 <= number < 128:
        return 2
    return 3 if -4096 <= number < 4096 else len(_packed(number))


def _packed_integer(number: int) -> bytes:
    if 0 <= number < 128:
        return bytes([number])
    if -4096 <= number < 4096:
        return (0xC000 | number & 0x1FFF).to_bytes(2, "big")
    for encoding, size in INTEGERS.items():
        if -(1 << size * 8 - 1) <= number < 1 << size * 8 - 1:
            return bytes([encoding]) + number.to_bytes(size, "little", signed=True)
    raise ValueError("an integer of a listpack has 64 bits at most")


def _packed_string(item: bytes) -> bytes:
    length = len(item)
    if length < 64:
        return bytes([0x80 | length]) + item
    if length < 4096:
        return (0xE000 | length).to_bytes(2, "big") + item
    return bytes([LONG_STRING]) + length.to_bytes(4, "little") + item


def _back_length(length: int) -> bytes:
    if length < BACK_LENGTH_LIMITS[0]:
        return bytes([length])
    size = 1 + sum([length >= limit for limit in BACK_LENGTH_LIMITS])
    groups = [length >> 7 * place & 0x7F for place in reversed(range(size))]
    return bytes([groups[0], *[0x80 | group for group in groups[1:]]])


def decode(data: bytes) -> list[bytes]:
    r"""The items; ValueError when anything is wrong with the bytes.  O(n), about a million items a second

    >>> decode(b"\x0f\x00\x00\x00\x03\x00\x81a\x02\x01\x01\xdf\xff\x02\xff")
    [b'a', b'1', b'-1']
    """
    if len(data) <= HEADER.size or HEADER.unpack_from(data)[0] != len(data):
        raise ValueError("a listpack has another length than it says")
    items = []
    at = HEADER.size
    try:
        while data[at] != END:
            item, end = _unpacked(data, at)
            items.append(item)
            back = _back_length(end - at)
            at = end + len(back)
            if data[end:at] != back:
                raise ValueError("an item of a listpack does not end where it should")
    except IndexError:
        raise ValueError("a listpack is cut short") from None
    if at + 1 != len(data):
        raise ValueError("a listpack goes on behind its end")
    if HEADER.unpack_from(data)[1] not in (len(items), UNCOUNTED):
        raise ValueError("a listpack has another number of items than it says")
    return items


def _unpacked(data: bytes, at: int) -> tuple[bytes, int]:
    """The item at `at`, and where its data ends; decode() checks that this is within the listpack."""
    first = data[at]
    if first < 0x80:
        return b"%d" % first, at + 1
    if first < 0xC0:
        return _string(data, at + 1, first & 0x3F)
    if first < 0xE0:
        number = (first & 0x1F) << 8 | data[at + 1]
        return b"%d" % (number if number < 4096 else number - 8192), at + 2
    if first < LONG_STRING:
        return _string(data, at + 2, (first & 0x0F) << 8 | data[at + 1])
    if first == LONG_STRING:
        return _string(data, at + 5, int.from_bytes(data[at + 1 : at + 5], "little"))
    if first not in INTEGERS:
        raise ValueError("no item of a listpack begins so")
    end = at + 1 + INTEGERS[first]
    return b"%d" % int.from_bytes(data[at + 1 : end], "little", signed=True), end


def _string(data: bytes, start: int, length: int) -> tuple[bytes, int]:
    return data[start : start + length], start + length
