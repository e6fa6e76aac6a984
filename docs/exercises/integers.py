"""One way to write an integer, and no other.

Python's int() takes `+7`, ` 7 `, `007`, `1_000`, and integers of any size. Redis takes none of these: in
Redis an integer has 64 bits with a sign, and there is just one way to write it, the one that Redis uses.
That matters: a set of integers keeps numbers in place of texts, and what goes in as `007` must not come out
as `7`. `parse_integer` answers the int, or raises a ValueError.
"""

from exercises.machinery.trial import calling
from redis_clone.structures.numbers import parse_integer

CHAPTER = 2
LEVEL = 1
CONCEPT = "accept exactly what the protocol says"
HOLE = "redis_clone/structures/numbers.py:parse_integer"
HINTS = (
    "int(text) does nearly all. What does it let pass that it should not?",
    "There is a trick: write the number back, as b'%d' % number, and compare.",
    "The limits are INT64_MIN and INT64_MAX, at the top of the file. And 5000 digits would take int()"
    " long (or make it refuse), so look at len(text) first: no 64-bit integer has more than 20 bytes.",
)


def test_plain_integers() -> None:
    for text, number in ((b"0", 0), (b"7", 7), (b"-7", -7), (b"1000000", 1000000)):
        calling(parse_integer, text).gives(number)


def test_no_other_way_to_write_them() -> None:
    for text in (b"+7", b" 7", b"7 ", b"007", b"-0", b"1_000", b"7\n", b"--7"):
        calling(parse_integer, text).raises(ValueError)


def test_nothing_else() -> None:
    for text in (b"", b"-", b"apple", b"7.0", b"0x10", "\u0667".encode()):
        calling(parse_integer, text).raises(ValueError)


def test_the_limits_of_64_bits() -> None:
    calling(parse_integer, b"9223372036854775807").gives(2**63 - 1)
    calling(parse_integer, b"-9223372036854775808").gives(-(2**63))
    calling(parse_integer, b"9223372036854775808").raises(ValueError)
    calling(parse_integer, b"-9223372036854775809").raises(ValueError)
    calling(parse_integer, b"9" * 5000).raises(ValueError)
