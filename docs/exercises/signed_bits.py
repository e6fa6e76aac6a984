"""Thirty-two bits with a sign.

Lua 5.1 has no operators for bits, so Redis gives scripts a library for them, and its results are signed: 32
bits, of which the highest means -2**31. Python's integers have no limit, so the bits must be cut off first;
then they stand for a number from -2**31 to 2**31 - 1. `signed(bits)` gets any integer, and answers that
number.
"""

from exercises.machinery.trial import calling
from redis_clone.features.scripting.bit_library import signed

CHAPTER = 18
LEVEL = 1
CONCEPT = "two's complement"
HOLE = "redis_clone/features/scripting/bit_library.py:signed"
HINTS = (
    "bits & WORD keeps the lowest 32 bits; in Python that works for negative numbers too.",
    "What is then 2**31 or more has its highest bit set: it stands for 2**32 less.",
    "Without a branch: flip the highest bit with ^ 0x80000000, and subtract 0x80000000.",
)


def test_small_numbers() -> None:
    for number in (0, 1, 5, 2**31 - 1):
        calling(signed, number).gives(number)


def test_the_highest_bit_is_negative() -> None:
    calling(signed, 0x80000000).gives(-(2**31))
    calling(signed, 0xFFFFFFFF).gives(-1)
    calling(signed, 0xFFFFFFFE).gives(-2)


def test_what_is_beyond_32_bits_is_cut_off() -> None:
    calling(signed, 2**32 + 5).gives(5)
    calling(signed, 2**32).gives(0)
    calling(signed, 0x1_80000000).gives(-(2**31))


def test_negative_numbers() -> None:
    for number in (-1, -5, -(2**31)):
        calling(signed, number).gives(number)
    calling(signed, -(2**31) - 1).gives(2**31 - 1)
