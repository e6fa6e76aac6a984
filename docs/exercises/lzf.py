"""Compression by copies of earlier bytes.

Redis compresses long strings with LZF: what was there already is not written again; in its place stands
where it was and how long it is. The compressed bytes are a sequence of instructions, and the first byte
of each says which kind it is:

    000xxxxx data                       x + 1 literal bytes, which follow
    LLLxxxxx [more] xxxxxxxx            a copy of L + 2 bytes, from x + 1 bytes back in what is written
                                        already; L = 7 means that a byte follows, to be added to the length

The thirteen x are one number, the first five its high bits. `_copy(out, distance, size)` does a copy, be it
one that reaches into what it writes itself. `decompress(data, length)` answers the `length` bytes; a
ValueError when an instruction is cut short, or when it does not come out at just that length. The bytes
come from a file that may be damaged, so do not go on when there is more than `length` already.
"""

import random

from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling, expect
from redis_clone.structures.lzf import compress, decompress

CHAPTER = 12
LEVEL = 3
CONCEPT = "decompression: copies of what was there"
HOLE = "redis_clone/structures/lzf.py:decompress"
HINTS = (
    "control = data[at]. Below 32 it is a literal: append data[at + 1 : at + 2 + control], and go on "
    "behind it.",
    "Else size = (control >> 5) + 2; when that is 9 (seven and two), add the next byte. Then the "
    "distance: (control & 0x1F) * 256 + the next byte + 1.",
    "data[at] beyond the end is an IndexError: turn it into a ValueError. A slice beyond the end is "
    "not, so check at the end that `at` is len(data), and that the length is right.",
)


def test_literals() -> None:
    calling(decompress, b"\x04hello", 5).gives(b"hello")
    calling(decompress, b"\x01he\x02llo", 5).gives(b"hello")


def test_a_copy() -> None:
    calling(decompress, b"\x02abc\x20\x02", 6, given="abc, and a copy of 3 from 3 back").gives(b"abcabc")


def test_a_copy_of_what_it_writes_itself() -> None:
    calling(decompress, b"\x00a\x60\x00", 6, given="a, and a copy of 5 from 1 back").gives(b"aaaaaa")


def test_a_long_copy() -> None:
    calling(decompress, b"\x02abc\xe0\x00\x02", 12, given="abc, and a copy of 7 + 0 + 2 from 3 back").gives(
        b"abcabcabcabc"
    )
    calling(decompress, b"\x00a\xe0\xff\x00", 265, given="a, and a copy of 7 + 255 + 2 from 1 back").gives(
        b"a" * 265
    )


def test_from_far_back() -> None:
    for distance, copy in ((512, b"\x21\xff"), (8192, b"\x3f\xff")):
        data = random.Random(5).randbytes(distance)
        literals = b"".join(b"\x1f" + data[at : at + 32] for at in range(0, distance, 32))
        given = f"{distance} literal bytes, and a copy of 3 from {distance} back"
        calling(decompress, literals + copy, distance + 3, given=given, shown="decompress(...)").gives(
            data + data[:3]
        )


def test_what_comes_behind_the_last_byte() -> None:
    calling(decompress, b"\x04hello\x02abc", 5, given="hello, and more than was announced").raises(ValueError)


def test_the_wrong_length() -> None:
    for length in (4, 6):
        calling(decompress, b"\x04hello", length).raises(ValueError)


def test_what_is_cut_short() -> None:
    for data in (b"\x04hell", b"\x02abc\x20", b"\x02abc\xe0", b"\x02abc\xe0\x00"):
        calling(decompress, data, 12).raises(ValueError)
    calling(decompress, b"\x04hell", 4).raises(ValueError)
    calling(decompress, b"\x02abc\x20", 3).raises(ValueError)


def test_a_copy_from_before_the_beginning() -> None:
    calling(decompress, b"\x00a\x20\x05", 4).raises(ValueError)


def test_it_stops_when_there_is_more_than_announced(process: StudentPeer) -> None:
    tracemalloc = process.module("tracemalloc")
    much = b"\x00a" + b"\xe0\xff\x00" * 20_000
    tracemalloc.start()
    calling(
        decompress,
        much,
        10,
        given="20,000 copies of 264 bytes, five megabytes in all",
        shown="decompress(..., 10)",
    ).raises(ValueError)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    expect(
        most < 1_000_000, "it takes less than a megabyte of memory to see that this is too much", f"{most}"
    )


def test_what_was_compressed_comes_back() -> None:
    chance = random.Random(5)
    for size in (20, 300, 5000, 40_000):
        text = b" ".join(chance.choice([b"the", b"quick", b"brown", b"fox"]) for _ in range(size // 5))
        packed = compress(text, len(text))
        assert packed is not None
        calling(decompress, packed, len(text)).gives(text)
