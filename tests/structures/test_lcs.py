"""The longest common subsequence, compared with a plain definition and with the LCS command."""

from functools import cache
from random import Random

from tables import for_each

from redis_clone.structures.lcs import Match, longest_common_subsequence


@for_each(
    "a, b, common, matches",
    [
        (b"", b"", b"", []),
        (b"abc", b"", b"", []),
        (b"", b"abc", b"", []),
        (b"abc", b"xyz", b"", []),
        (b"abc", b"abc", b"abc", [Match(0, 0, 3)]),
        (b"abcd", b"bd", b"bd", [Match(3, 1, 1), Match(1, 0, 1)]),
        (b"ohmytext", b"mynewtext", b"mytext", [Match(4, 5, 4), Match(2, 0, 2)]),
        (b"\x00\r\n\xff", b"\xff\r\n\x00", b"\r\n", [Match(1, 1, 2)]),
    ],
)
def test_the_pieces_and_where_they_stand_the_last_one_first(a, b, common, matches):
    assert longest_common_subsequence(a, b) == (common, matches)


def longest(a, b):
    @cache
    def length(i, j):
        if not i or not j:
            return 0
        if a[i - 1] == b[j - 1]:
            return length(i - 1, j - 1) + 1
        return max(length(i - 1, j), length(i, j - 1))

    return length(len(a), len(b))


@for_each("seed", range(20))
def test_random_texts_have_pieces_that_are_in_both_in_order_and_none_longer(seed):
    random = Random(seed)
    a, b = (bytes(random.choices(b"abc", k=random.randint(0, 30))) for _ in range(2))
    common, matches = longest_common_subsequence(a, b)
    assert len(common) == longest(a, b) == sum(match.length for match in matches)
    assert b"".join(b[m.b_start : m.b_start + m.length] for m in reversed(matches)) == common
    ends = [(match.a_start + match.length, match.b_start + match.length) for match in matches]
    for later, (a_end, b_end) in zip(matches, ends[1:], strict=False):
        assert a_end <= later.a_start and b_end <= later.b_start


@for_each("seed", range(20))
def test_of_several_longest_ones_it_is_the_one_that_redis_finds(redis, seed):
    random = Random(seed)
    a, b = (bytes(random.choices(b"ab", k=random.randint(1, 20))) for _ in range(2))
    redis("MSET", "a", a, "b", b)
    common, matches = longest_common_subsequence(a, b)
    assert redis("LCS a b") == common
    found = redis("LCS a b IDX WITHMATCHLEN")[1]
    assert [Match(in_a[0], in_b[0], length) for in_a, in_b, length in found] == matches
