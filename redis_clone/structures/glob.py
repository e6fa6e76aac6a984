r"""Glob patterns as Redis has them, for KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET.

    *       any run of bytes, also none        [abc]  [a-z]  [^a]   one byte of, or not of, a set
    ?       any one byte                       \x                   the byte x itself

The stars cut a pattern into segments of fixed length.  The first must stand at the start of the text, the
last at its end, and for the others the leftmost place is always as good as any other.  So a match costs no
more than one search for each segment.  The obvious recursion takes exponential time on `a*a*a*a*b` (Redis
limits it: stringmatchlen in util.c).

Imports nothing of ours.
"""

import re
from functools import cached_property, lru_cache
from itertools import groupby

ANY_BYTE = frozenset(range(256))
STAR = ord("*")
# A run of stars or question marks; a set, in which a range or an escaped byte may hold a ']'; an escaped
# byte; a run of literal bytes; a backslash at the end.
TOKENS = re.compile(rb"\*+|\?+|\[\^?(?:\\.|[^]]-.|[^]])*\]?|\\.|[^*?[\\]+|\\", re.DOTALL)


class Glob:
    r"""A pattern, ready to be matched against many texts.

    >>> [Glob(b"h[a-e]*o").matches(text) for text in (b"hello", b"hallo!", b"hxllo", b"hao")]
    [True, False, False, True]
    >>> Glob(rb"a\*").matches(b"a*"), Glob(rb"a\*").matches(b"ab")
    (True, False)
    """

    def __init__(self, pattern: bytes, ignore_case: bool = False) -> None:
        """O(len(pattern)); the regular expressions are compiled for the first text that is long enough."""
        self._ignore_case = ignore_case
        self._is_empty = not pattern
        self._segments = _segments(pattern.lower() if ignore_case else pattern)
        self._tail_length = _length(self._segments[-1])
        self._shortest = sum(map(_length, self._segments))  # bytes of a text that can match

    def matches(self, text: bytes) -> bool:
        """Whether a text matches.  O(len(text)) for each segment"""
        if not text:
            return self._is_empty  # a surprise of Redis: not even a star matches the empty text
        if len(text) < self._shortest:
            return False
        if self._ignore_case:
            text = text.lower()
        tail, tail_length = self._expressions[-1], self._tail_length
        if len(self._segments) == 1:  # no star: one segment that is the whole text
            return len(text) == tail_length and tail.match(text) is not None
        found = self._expressions[0].match(text)
        for segment in self._expressions[1:-1]:
            if found is None:
                return False
            found = segment.search(text, found.end())
        rest = len(text) - tail_length
        return found is not None and found.end() <= rest and tail.match(text, rest) is not None

    @cached_property
    def _expressions(self) -> list[re.Pattern[bytes]]:
        return list(map(_regular_expression, self._segments))


@lru_cache(maxsize=256)
def compiled(pattern: bytes, ignore_case: bool = False) -> Glob:
    """The Glob of `pattern`; the latest are cached, because each step of a SCAN brings the same pattern."""
    return Glob(pattern, ignore_case)


def matches(pattern: bytes, text: bytes) -> bool:
    """Whether a text matches a pattern.

    >>> matches(b"user:?:*", b"user:7:name")
    True
    """
    return compiled(pattern).matches(text)


def _segments(pattern: bytes) -> list[list[bytes]]:
    """The pattern cut at its stars, and each segment cut into tokens: a set, an escaped byte, or a run.

    O(len(pattern)); a run of stars, of question marks or of literal bytes is one token.
    """
    segments: list[list[bytes]] = [[]]
    for found in TOKENS.finditer(pattern):
        token = found[0]
        if token[0] == STAR:
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _length(segment: list[bytes]) -> int:
    """How many bytes of a text a segment takes."""
    return sum(1 if token[0] in b"[\\" else len(token) for token in segment)


def _regular_expression(segment: list[bytes]) -> re.Pattern[bytes]:
    """A segment for Python's `re`, which is slow to compile a long one, so equal neighbours are counted."""
    parts = []
    for expression, neighbours in groupby(map(_translated, segment)):
        count = sum(1 for _ in neighbours)
        parts.append(expression if count == 1 else b"(?:%b){%d}" % (expression, count))
    return re.compile(b"".join(parts), re.DOTALL)


@lru_cache(maxsize=256)
def _translated(token: bytes) -> bytes:
    """A token as a regular expression."""
    match token[:1]:
        case b"?":
            return b".{%d}" % len(token)
        case b"[":
            return _one_of(_read_set(token, 1)[0])
        case b"\\":
            return re.escape(token[-1:])
    return re.escape(token)


def _one_of(choices: frozenset[int]) -> bytes:
    """A regular expression for one byte; neighbours become a range, as long sets are slow to compile."""
    if choices == ANY_BYTE:
        return b"."
    if not choices:
        return b"(?!)."  # an empty set matches no byte
    members, text = sorted(choices), b""
    while members:
        run = 1
        while run < len(members) and members[run] == members[0] + run:
            run += 1
        text += b"\\x%02x-\\x%02x" % (members[0], members[run - 1]) if run > 2 else b"\\x%02x" % members[0]
        del members[: run if run > 2 else 1]
    return b"[%b]" % text


def _read_set(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """The set behind a '[', and where the pattern goes on; a set without ']' ends with the pattern."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    choices: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            choices.update(range(low, high + 1))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1
