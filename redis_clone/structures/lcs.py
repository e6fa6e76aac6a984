"""The longest common subsequence of two byte strings, and where its pieces stand.

The classic table: cell (i, j) holds the length for the first i bytes of `a` and the first j of `b`.  Time
and memory O(len(a) * len(b)).  Of several longest ones, the walk back from the far corner finds the one that
Redis finds, because it breaks ties in the same way.  Imports nothing of ours.
"""

from array import array
from typing import NamedTuple


class Match(NamedTuple):
    """`length` equal bytes, from a_start in `a` and from b_start in `b`."""

    a_start: int
    b_start: int
    length: int


def longest_common_subsequence(a: bytes, b: bytes) -> tuple[bytes, list[Match]]:
    """The bytes of the subsequence, and the matches that it consists of, the last one first.

    >>> longest_common_subsequence(b"ohmytext", b"mynewtext")
    (b'mytext', [Match(a_start=4, b_start=5, length=4), Match(a_start=2, b_start=0, length=2)])
    """
    table = _lengths(a, b)
    matches: list[Match] = []
    i, j = len(a), len(b)
    in_match = False
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            length = matches.pop().length + 1 if in_match else 1
            matches.append(Match(i, j, length))
            in_match = True
        else:
            in_match = False
            if table[i - 1][j] > table[i][j - 1]:
                i -= 1
            else:
                j -= 1
    return b"".join(a[m.a_start : m.a_start + m.length] for m in reversed(matches)), matches


def _lengths(a: bytes, b: bytes) -> "list[array[int]]":
    above = array("I", [0] * (len(b) + 1))
    table = [above]
    for byte in a:
        row = array("I", [0])
        left = 0
        for j, other in enumerate(b):
            left = above[j] + 1 if byte == other else max(left, above[j + 1])
            row.append(left)
        table.append(row)
        above = row
    return table
