"""A checksum, bit by bit.

At the end of an RDB file stand eight bytes from which one can tell whether any of the others were
damaged. They are the remainder of a division of polynomials whose coefficients are bits, where "minus" is
xor. For one byte it goes like this, eight times: if the lowest bit of the remainder is 1, shift it down
by one bit, and xor it with the divisor, JONES; if it is 0, only shift it down.

`_divided(byte)` gets a number from 0 to 255, and answers its remainder, a number of 64 bits. The module makes
all else of that, with tables.
"""

from exercises.machinery.trial import calling
from redis_clone.structures import checksums

CHAPTER = 12
LEVEL = 1
CONCEPT = "a cyclic redundancy check"
HOLE = "redis_clone/structures/checksums.py:_divided"
HINTS = (
    "The remainder begins as the byte itself.",
    "The lowest bit is crc & 1, and crc >> 1 shifts down.",
    "for _ in range(8): crc = (crc >> 1) ^ (JONES if crc & 1 else 0)",
)


def divided(byte: int) -> str:
    return hex(checksums._divided(byte))


def test_the_remainder_of_a_byte() -> None:
    calling(divided, 0).gives("0x0")
    calling(divided, 128).gives("0x95ac9329ac4bc9b5")
    calling(divided, 1).gives("0x7ad870c830358979")


def test_the_remainder_of_a_xor_is_the_xor_of_the_remainders() -> None:
    for a, b in ((1, 128), (5, 80), (255, 0)):
        calling(
            lambda x, y: checksums._divided(x) ^ checksums._divided(y) == checksums._divided(x ^ y), a, b
        ).gives(True)


def test_the_checksum_that_the_real_redis_tests_itself_with() -> None:
    calling(lambda data: hex(checksums.crc64(data)), b"123456789", shown="crc64(b'123456789')").gives(
        "0xe9c6d914c4b8d9ca"
    )


def test_one_flipped_bit_is_noticed() -> None:
    text = b"hello, world"
    sums = {checksums.crc64(text)}
    for bit in range(len(text) * 8):
        damaged = bytearray(text)
        damaged[bit // 8] ^= 1 << bit % 8
        sums.add(checksums.crc64(bytes(damaged)))
    calling(
        len, sums, given="a text, and the same with any one bit flipped", shown="how many different checksums"
    ).gives(97)
