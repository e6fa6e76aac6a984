"""What two texts have in common.

LCS finds the longest subsequence of two strings: bytes that stand in both in the same order, not
necessarily side by side. To try all of them takes for ever; a table takes len(a) * len(b) steps. Its cell
(i, j) holds the length for the first i bytes of `a` and the first j of `b`. Row 0 and column 0 are zeros,
and each other cell follows from three neighbours:

    the bytes are the same      the cell above on the left, and 1
    they are not                the greater of the cell above and the cell on the left

Along a row the length grows by 0 or 1 from each cell to the next. So a row is an integer: bit j is 0 where it
grows with the byte b[j], and 1 where it does not; row 0 is all ones. A row follows from the one above by
arithmetic on all its bits at once. Let `matching` be the bits of the row above at the places where this byte
of `a` stands in `b`. In each run of ones the lowest matching place is where the length grows now: adding
`matching` to the row carries through the run from there, and what was 1 above and does not match stays 1:

    (row + matching) | (row - matching)        and only len(b) bits of it

`_rows` makes the table: a list of len(a) + 1 integers.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling

CHAPTER = 4
LEVEL = 4
CONCEPT = "dynamic programming, a row of bits at a time"
HOLE = "redis_clone/structures/lcs.py:_rows"
HINTS = (
    "First a dict from each byte value to an integer with a 1 at each place in b where that byte stands.",
    "Row 0 is (1 << len(b)) - 1, and so is the mask that cuts a row to len(b) bits.",
    "matching = row & places.get(byte, 0); row = (row + matching | row - matching) & mask; append it.",
)


def table(a: bytes, b: bytes) -> list[list[int]]:
    from redis_clone.structures import lcs

    return [[lcs._length(row, j) for j in range(len(b) + 1)] for row in lcs._rows(a, b)]


def test_two_short_words() -> None:
    calling(table, b"ab", b"b").gives([[0, 0], [0, 0], [0, 1]])
    calling(table, b"ab", b"ab").gives([[0, 0, 0], [0, 1, 1], [0, 1, 2]])


def test_nothing_in_common() -> None:
    calling(table, b"ab", b"xy").gives([[0, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_an_empty_word() -> None:
    calling(table, b"", b"ab").gives([[0, 0, 0]])
    calling(table, b"ab", b"").gives([[0], [0], [0]])


def test_a_byte_counts_once() -> None:
    calling(table, b"aa", b"a").gives([[0, 0], [0, 1], [0, 1]])


def test_a_byte_that_comes_twice() -> None:
    calling(table, b"a", b"aba").gives([[0, 0, 0, 0], [0, 1, 1, 1]])
    calling(table, b"ba", b"aba").gives([[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 2]])


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client("MSET a ohmytext b mynewtext")
    client.expect("LCS a b", b"mytext")
    client.expect("LCS a b LEN", 6)
