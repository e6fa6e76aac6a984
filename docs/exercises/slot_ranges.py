"""Sixteen thousand bits, in one line.

A node remembers which slots another one owns as one large integer: bit s is set if it owns slot s. So to
take away, to join and to compare sets of 16384 slots is one operation of Python each. But people want to
read `0-5460 5462`, and so do `nodes.conf` and `CLUSTER NODES`.

`ranges(bits)` answers the runs of neighbouring slots in such a set, each as its first and its last slot,
in order. Looking at 16384 bits one by one works, and takes milliseconds, at each message. Nearly all
sets are a few long runs, so jump from run to run. For that, two tricks with an integer x that is not 0:

- `x & -x` has only the lowest bit of x that is set, so `(x & -x).bit_length() - 1` is how many zeros are
  below it;
- `~x & (x + 1)` has only the lowest bit of x that is *not* set, which tells how many ones stand at its
  low end.
"""

from exercises.machinery.trial import calling
from redis_clone.features.cluster.slots import ranges

CHAPTER = 21
LEVEL = 3
CONCEPT = "sets as integers"
HOLE = "redis_clone/features/cluster/slots.py:ranges"
HINTS = (
    "Shift the bits to the right as you go, and remember in `begin` which slot the lowest bit stands for.",
    "In a loop, while bits are left: shift the zeros at the low end out, and add their number to begin.",
    "Now the low end is a run of ones: its length gives (begin, begin + length - 1). Shift it out too.",
)


def shown(bits: int) -> calling:
    return calling(ranges, bits, shown=f"ranges({bin(bits) if bits < 1 << 40 else 'a large set'})")


def test_no_slot() -> None:
    shown(0).gives([])


def test_one_slot() -> None:
    shown(0b1).gives([(0, 0)])
    shown(0b100).gives([(2, 2)])


def test_a_run() -> None:
    shown(0b111).gives([(0, 2)])
    shown(0b11100).gives([(2, 4)])


def test_several_runs() -> None:
    shown(0b11101).gives([(0, 0), (2, 4)])
    shown(0b1100110011).gives([(0, 1), (4, 5), (8, 9)])


def test_all_slots() -> None:
    shown((1 << 16384) - 1).gives([(0, 16383)])
    shown(1 << 16383 | 1).gives([(0, 0), (16383, 16383)])


def test_each_second_slot() -> None:
    bits = sum(1 << slot for slot in range(0, 64, 2))
    calling(ranges, bits, shown="ranges(every second slot below 64)").gives([(s, s) for s in range(0, 64, 2)])


def test_a_set_that_is_too_large_to_look_at_bit_by_bit() -> None:
    calling(ranges, (1 << 5_000_000) - 1, shown="ranges(five million slots in one run)").gives(
        [(0, 4_999_999)]
    )
