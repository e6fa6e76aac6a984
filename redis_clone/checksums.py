"""CRC64, the checksum at the end of an RDB file and of what DUMP answers.

A CRC is the rest of a division: the message is one long polynomial over the bits, without carries, divided by
a fixed one.  Redis's divisor is that of Jones, its bits mirrored (the lowest bit of a byte comes first), the
rest begins with 0 and is not inverted at the end.

One bit at a time would do.  By tables it goes eight bytes at a time: what a byte contributes to the rest
depends only on the byte and on how many bytes come behind it, and contributions are simply xored.  So table k
says what a byte with k more bytes behind it contributes.

Imports nothing of ours.
"""

import struct
from functools import cache

JONES = 0x95AC9329AC4BC9B5  # 0xAD93D23594C935A9 mirrored
WORD = 8  # bytes taken at once: as many as the rest has


def crc64(data: bytes, before: int = 0) -> int:
    """The checksum of `data`, or of all the data before and this together.  O(n), about 15 MB/s

    >>> hex(crc64(b"123456789")), crc64(b"6789", before=crc64(b"12345")) == crc64(b"123456789")
    ('0xe9c6d914c4b8d9ca', True)
    """
    crc = before
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables()
    whole = len(data) - len(data) % WORD
    for (word,) in struct.iter_unpack("<Q", memoryview(data)[:whole]):
        a, b, c, d, e, f, g, h = (crc ^ word).to_bytes(WORD, "little")
        crc = t7[a] ^ t6[b] ^ t5[c] ^ t4[d] ^ t3[e] ^ t2[f] ^ t1[g] ^ t0[h]
    for byte in data[whole:]:
        crc = (crc >> 8) ^ t0[(crc ^ byte) & 0xFF]
    return crc


@cache
def _tables() -> list[list[int]]:
    """Table 0 to 7; made when the first checksum is asked for, in a millisecond."""
    last = [_divided(byte) for byte in range(256)]
    tables = [last]
    while len(tables) < WORD:
        tables.append([(crc >> 8) ^ last[crc & 0xFF] for crc in tables[-1]])
    return tables


def _divided(byte: int) -> int:
    """The rest of one byte, bit by bit."""
    crc = byte
    for _ in range(8):
        crc = (crc >> 1) ^ (JONES if crc & 1 else 0)
    return crc
