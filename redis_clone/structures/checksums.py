"""CRC64, the checksum at the end of an RDB file and of a DUMP payload.

A CRC is the remainder of a division: the message is one long polynomial over the bits, without carries,
divided by a fixed one.  Redis's divisor is that of Jones with its bits mirrored (the lowest bit of a byte
comes first); the remainder begins with 0 and is not inverted at the end.

The division could take one bit at a time.  With tables it takes eight bytes at a time: the contribution of a
byte to the remainder depends only on the byte and on the number of bytes behind it, and contributions are
simply xored.  So table k gives the contribution of a byte with k more bytes behind it.

A long message is folded first, to a short one with the same remainder, in a few operations on integers of
thousands of digits, whose loops run in C.  That is twelve times as fast.  The divisor has multiples with few
terms, and this is one of them:

    x^4612 + x^991 + x^870 + x^707 + x^640 + x^500 + x^60 + x^17 + 1

Adding a multiple of the divisor leaves the remainder as it is.  So a bit at the place 4612 may be removed, if
the bits at the other eight places are flipped instead; and likewise anywhere further up.  A flipped bit lies
4612 - 991 = 3621 places or more below the removed one, so that 3621 bits may be removed at once.  And the
square of a polynomial over the bits has the same terms with their exponents doubled, so that there is such a
multiple for any size of message.

Imports nothing of ours.
"""

import struct
from functools import cache

JONES = 0x95AC9329AC4BC9B5  # 0xAD93D23594C935A9 mirrored
WORD = 8  # bytes taken at once: as many as the remainder has
BLOCK = 256 * 1024  # bytes that are folded at once, so that they stay in the processor's cache
FOLDED = 2048  # bytes at which folding begins to pay

MULTIPLE = (4612, 991, 870, 707, 640, 500, 60, 17, 0)  # the exponents of a multiple of the divisor
DEGREE = MULTIPLE[0]
SHIFTS = [DEGREE - exponent for exponent in MULTIPLE[1:]]  # from the removed bit to those flipped instead
AT_ONCE = SHIFTS[0]  # bits that may be removed at once


def crc64(data: bytes, before: int = 0) -> int:
    """The checksum of `data`, or of all the data before and this together.  O(n), in large blocks 250 MB/s

    >>> hex(crc64(b"123456789")), crc64(b"6789", before=crc64(b"12345")) == crc64(b"123456789")
    ('0xe9c6d914c4b8d9ca', True)
    """
    crc = before
    view = memoryview(data)
    for start in range(0, len(data), BLOCK):
        block = view[start : start + BLOCK]
        crc = _by_words(block, crc) if len(block) < FOLDED else _by_words(_folded(block, crc), 0)
    return crc


def _by_words(data: bytes | memoryview, crc: int) -> int:
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables()
    whole = len(data) - len(data) % WORD
    for (word,) in struct.iter_unpack("<Q", memoryview(data)[:whole]):
        a, b, c, d, e, f, g, h = (crc ^ word).to_bytes(WORD, "little")
        crc = t7[a] ^ t6[b] ^ t5[c] ^ t4[d] ^ t3[e] ^ t2[f] ^ t1[g] ^ t0[h]
    for byte in data[whole:]:
        crc = (crc >> 8) ^ t0[(crc ^ byte) & 0xFF]
    return crc


def _folded(block: memoryview, crc: int) -> bytes:
    """A short message with the same checksum as `block` after `crc`; less than a kilobyte and a half.

    As the bits are mirrored, the highest power is the lowest bit of the integer.
    """
    number, bits = int.from_bytes(block, "little") ^ crc, 8 * len(block)
    scale = 1 << (bits // (DEGREE + AT_ONCE)).bit_length()
    while scale := scale // 2:  # the sum with all exponents times `scale`
        while (DEGREE + AT_ONCE) * scale <= bits:
            number = _without_lowest_bits(number, scale)
            bits -= AT_ONCE * scale
    padding = -bits % 8  # in front of the message, where zeros change nothing
    return (number << padding).to_bytes((bits + padding) // 8, "little")


def _without_lowest_bits(number: int, scale: int) -> int:
    count = AT_ONCE * scale
    lowest, number = number & ((1 << count) - 1), number >> count
    for shift in SHIFTS:
        number ^= lowest << (shift * scale - count)
    return number


@cache
def _tables() -> list[list[int]]:
    """Tables 0 to 7; computed for the first checksum, in a millisecond."""
    last = [_divided(byte) for byte in range(256)]
    tables = [last]
    while len(tables) < WORD:
        tables.append([(crc >> 8) ^ last[crc & 0xFF] for crc in tables[-1]])
    return tables


def _divided(byte: int) -> int:
    """The remainder of one byte, bit by bit."""
    crc = byte
    for _ in range(8):
        crc = (crc >> 1) ^ (JONES if crc & 1 else 0)
    return crc
