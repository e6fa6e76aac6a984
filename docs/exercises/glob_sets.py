"""[a-z] and its traps.

Redis's patterns know sets: `[abc]` is one of these bytes, `[a-z]` one of a range, `[^a]` any but a.
`_read_set` is called when a `[` has been read; `at` is the position behind it. It answers the bytes that
may stand there, as a frozenset of ints, and the position behind the `]`, where the pattern goes on.

Redis is lenient, and so are we: a set that is never closed ends with the pattern (the
position is then len(pattern) + 1, as if the `]` stood behind the end), a range may be written
backwards (`[z-a]`), and a backslash takes away the meaning of what follows: `[\\]]` is a set of `]` alone,
and `[\\^a]` has a ^ in it.
"""

from exercises.machinery.trial import calling

CHAPTER = 3
LEVEL = 3
CONCEPT = "a parser by hand"
HOLE = "redis_clone/structures/glob.py:_read_set"
HINTS = (
    "First the ^: remember it, and step over it. Then a loop, until the ] or the end of the pattern.",
    "Three cases in the loop, in this order: a backslash (and something behind it): take what "
    "follows, two steps. A range (a '-' comes next, and something behind it): three steps. Else the "
    "byte itself, one step.",
    "Indexing bytes gives ints, slicing gives bytes. sorted((pattern[at], pattern[at + 2])) puts a "
    "range right; and ANY_BYTE - choices is the opposite of a set.",
)


def test_one_of_a_few() -> None:
    calling(read, b"[abc]d").gives(("abc", 5))


def test_a_range() -> None:
    calling(read, b"[a-e]").gives(("abcde", 5))
    calling(read, b"[a-cx-z]").gives(("abcxyz", 8))


def test_a_range_may_be_written_backwards() -> None:
    calling(read, b"[e-a]").gives(("abcde", 5))


def test_all_but_these() -> None:
    calling(lambda: len(read_set(b"[^ab]", 1)[0]), shown="how many bytes [^ab] allows").gives(254)
    calling(lambda: ord("a") in read_set(b"[^ab]", 1)[0], shown="whether [^ab] allows a").gives(False)


def test_a_backslash_takes_the_meaning_away() -> None:
    calling(read, b"[\\]]x").gives(("]", 4))
    calling(read, b"[\\^a]").gives(("^a", 5))
    calling(read, b"[\\a-c]").gives(("-ac", 6))


def test_a_set_that_is_never_closed_ends_with_the_pattern() -> None:
    calling(read, b"[ab").gives(("ab", 4))
    calling(read, b"[a-c").gives(("abc", 5))
    calling(read, b"[a\\b").gives(("ab", 5))
    calling(read, b"[a-").gives(("-a", 4))
    calling(read, b"[ab\\").gives(("\\ab", 5))


def test_a_set_may_be_empty() -> None:
    calling(read, b"[]a]").gives(("", 2))


def test_in_a_whole_pattern() -> None:
    from redis_clone.structures.glob import Glob

    for pattern, text, fits in (
        (b"h[ae]llo", b"hello", True),
        (b"h[ae]llo", b"hillo", False),
        (b"h[^e]llo", b"hallo", True),
        (b"h[^e]llo", b"hello", False),
        (b"user:[0-9][0-9]", b"user:42", True),
    ):
        calling(lambda p, t: Glob(p).matches(t), pattern, text, shown=f"{pattern!r} on {text!r}").gives(fits)


def read_set(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    from redis_clone.structures import glob

    return glob._read_set(pattern, at)


def read(pattern: bytes) -> tuple[str, int]:
    """The set as a sorted text, so that it is easy to compare."""
    choices, at = read_set(pattern, 1)
    return "".join(map(chr, sorted(choices, key=lambda byte: (chr(byte).isalnum(), byte)))), at
