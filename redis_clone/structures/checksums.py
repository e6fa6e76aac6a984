"""CRC64, the checksum at the end of an RDB file and of a DUMP payload.

A CRC is the remainder of a division: the message is one long polynomial over the bits, without carries,
divided by a fixed one.  Redis's divisor is that of Jones with its bits mirrored (the lowest bit of a byte
comes first); the remainder begins with 0 and is not inverted at the end.

The division could take one bit at a time.  With tables it takes eight bytes at a time: the contribution of a
byte to the remainder depends only on the byte and on the number of bytes behind it, and contributions are
simply xored.  So table k gives the contribution of a byte with k more bytes behind it.

A large block is folded first.  Its left half may be left out if each word of it contributes instead to the
word in the same place of the right half.  That contribution depends only on the word and on the distance,
which is the same for all.  So one half is xored onto the other at once, with bytes.translate and with
integers of thousands of digits, whose loops run in C; and then a half of that half.  That takes a quarter of
the time.

Imports nothing of ours.
"""

import struct
from functools import cache

JONES = 0x95AC9329AC4BC9B5  # 0xAD93D23594C935A9 mirrored
WORD = 8  # bytes taken at once: as many as the remainder has
BLOCK = 64 * 1024  # bytes that are folded; a power of two
FOLDED = 256  # bytes at which folding does not pay any more

Contributions = list[list[int]]  # of each value of each byte of a word


def crc64(data: bytes, before: int = 0) -> int:
    """The checksum of `data`, or of all the data before and this together.  O(n), in large blocks 40 MB/s

    >>> hex(crc64(b"123456789")), crc64(b"6789", before=crc64(b"12345")) == crc64(b"123456789")
    ('0xe9c6d914c4b8d9ca', True)
    """
    crc = before
    whole = len(data) - len(data) % BLOCK
    for start in range(0, whole, BLOCK):
        crc = _by_words(_folded(data[start : start + BLOCK], crc), 0)
    return _by_words(data[whole:], crc)


def _by_words(data: bytes, crc: int) -> int:
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables()
    whole = len(data) - len(data) % WORD
    for (word,) in struct.iter_unpack("<Q", memoryview(data)[:whole]):
        a, b, c, d, e, f, g, h = (crc ^ word).to_bytes(WORD, "little")
        crc = t7[a] ^ t6[b] ^ t5[c] ^ t4[d] ^ t3[e] ^ t2[f] ^ t1[g] ^ t0[h]
    for byte in data[whole:]:
        crc = (crc >> 8) ^ t0[(crc ^ byte) & 0xFF]
    return crc


def _folded(block: bytes, crc: int) -> bytes:
    """A short message with the same checksum as `block` after `crc`."""
    block = (int.from_bytes(block[:WORD], "little") ^ crc).to_bytes(WORD, "little") + block[WORD:]
    planes = [block[place::WORD] for place in range(WORD)]  # the first bytes of all words, and so on
    for translations in _translations():
        half = len(planes[0]) // 2
        left, right = [plane[:half] for plane in planes], [plane[half:] for plane in planes]
        planes = [_xored(right[to], left, [row[to] for row in translations]) for to in range(WORD)]
    return bytes(byte for word in zip(*planes, strict=True) for byte in word)


def _xored(plane: bytes, others: list[bytes], translations: list[bytes]) -> bytes:
    total = int.from_bytes(plane, "little")
    for other, translation in zip(others, translations, strict=True):
        total ^= int.from_bytes(other.translate(translation), "little")
    return total.to_bytes(len(plane), "little")


@cache
def _translations() -> list[list[list[bytes]]]:
    """For each folding, the contributions from byte to byte of a word.  Computed once, in 40 ms."""
    contributions: Contributions = _tables()[::-1]  # to the next word
    distance = WORD
    foldings = []
    while distance < BLOCK // 2:
        contributions = [[_carried(word, contributions) for word in row] for row in contributions]
        distance *= 2
        if distance >= FOLDED:
            foldings.append([_byte_by_byte(row) for row in contributions])
    return foldings[::-1]


def _carried(word: int, contributions: Contributions) -> int:
    """The contribution of a word."""
    total = 0
    for byte, row in zip(word.to_bytes(WORD, "little"), contributions, strict=True):
        total ^= row[byte]
    return total


def _byte_by_byte(words: list[int]) -> list[bytes]:
    """The first bytes of all words, the second ones, and so on."""
    return [bytes(column) for column in zip(*[word.to_bytes(WORD, "little") for word in words], strict=True)]


@cache
def _tables() -> Contributions:
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
