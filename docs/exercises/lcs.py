"""What two texts have in common.

LCS finds the longest subsequence of two strings: bytes that stand in both in the same order, not
necessarily side by side. To try all of them takes for ever; a table takes len(a) * len(b) steps. Its cell
(i, j) holds the length for the first i bytes of `a` and the first j of `b`. Row 0 and column 0 are zeros,
and each other cell follows from three neighbours:

    the bytes are the same      the cell above on the left, and 1
    they are not                the greater of the cell above and the cell on the left

`_lengths` makes the table: a list of len(a) + 1 rows, each an array("I") of len(b) + 1 numbers.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling

CHAPTER = 4
LEVEL = 2
CONCEPT = "dynamic programming"
HOLE = "redis_clone/structures/lcs.py:_lengths"
HINTS = (
    "Begin with the row of zeros: array('I', [0] * (len(b) + 1)). Then make one row for each byte of a.",
    "A row begins with a 0. For each byte of b, with its place j, append the number of column j + 1.",
    "If `above` is the row before: above[j] + 1 where the bytes are the same, else max(row[j], "
    "above[j + 1]).",
)


def table(a: bytes, b: bytes) -> list[list[int]]:
    from redis_clone.structures import lcs

    return [list(row) for row in lcs._lengths(a, b)]


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


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client("MSET a ohmytext b mynewtext")
    client.expect("LCS a b", b"mytext")
    client.expect("LCS a b LEN", 6)
