"""A latency is kept to three digits.

The benchmark counts a million latencies. To keep each to the microsecond would be a million numbers; but it
makes no difference whether 123,456 us were not 123,457. So a latency is kept to three digits, the rest are
zeros, and a million requests are a few thousand different numbers. `_three_digits(number)` cuts off, it
does not round; and a number of three digits or fewer stays as it is.
"""

from exercises.machinery.trial import calling
from redis_clone.benchmark import latencies

CHAPTER = 23
LEVEL = 1
CONCEPT = "relative precision"
HOLE = "redis_clone/benchmark/latencies.py:_three_digits"
HINTS = (
    "How many digits are too many? len(str(number)) - 3, but not less than 0.",
    "A unit of so many zeros: 10 ** that.",
    "number // unit * unit",
)


def three_digits(number: int) -> int:
    return latencies._three_digits(number)


def test_what_is_short_stays() -> None:
    for number in (0, 7, 42, 999):
        calling(three_digits, number).gives(number)


def test_four_digits() -> None:
    calling(three_digits, 1000).gives(1000)
    calling(three_digits, 1234).gives(1230)


def test_it_is_cut_off_not_rounded() -> None:
    calling(three_digits, 1239).gives(1230)
    calling(three_digits, 99_999).gives(99_900)


def test_many_digits() -> None:
    calling(three_digits, 123_456).gives(123_000)
    calling(three_digits, 98_765_432).gives(98_700_000)


def test_in_a_histogram() -> None:
    calling(
        lambda: latencies.Latencies([100, 200, 300, 12_345]).percentile(100), shown="the greatest of four"
    ).gives(12_300)
