"""Glob patterns, compared with the real server's KEYS and CONFIG GET."""

from random import Random

import pytest
from tables import for_each

from redis_clone.structures.glob import Glob, compiled, matches


@for_each(
    "pattern, fitting, others",
    [
        (b"", [b""], [b"a"]),
        (b"a", [b"a"], [b"", b"A", b"aa", b"\na"]),
        (b"?", [b"a", b"\n", b"\x00", b"\xff"], [b"", b"aa"]),
        (b"*", [b"a", b"a\nb"], [b""]),  # the real one: not even a star matches nothing at all
        (b"**a", [b"a", b"ba"], [b"ab", b""]),
        (b"a*", [b"a", b"a\n\n"], [b"ba"]),
        (b"a*a", [b"aa", b"aba"], [b"a", b"ab"]),
        (b"a*b*a", [b"aba", b"abba", b"a.b.b.a"], [b"aa", b"ab", b"aab"]),
        (b"*ab*ba*", [b"abba", b".ab.ba."], [b"aba", b"baab"]),
        (b"*?", [b"a", b"ab"], [b""]),
        (b"h[ae]llo", [b"hello", b"hallo"], [b"hillo", b"hllo", b"haello"]),
        (b"[^ab]", [b"c", b"^", b"\n"], [b"a", b"b", b""]),
        (b"[a^]", [b"a", b"^"], [b"b"]),
        (b"[a-c]", [b"a", b"b", b"c"], [b"d", b"-", b"B"]),
        (b"[c-a]", [b"a", b"b", b"c"], [b"-"]),
        (b"[a-]", [b"a", b"^", b"]"], [b"-", b"b"]),  # from ']' to 'a', and never closed
        (b"[-a]", [b"a", b"-"], [b"b"]),
        (b"[]a]", [], [b"]", b"a", b"]a]"]),
        (b"[]", [], [b"", b"]", b"a"]),
        (b"[^]", [b"a", b"]"], [b""]),
        (b"[ab", [b"a", b"b"], [b"[ab", b"[", b""]),
        (b"[^", [b"a", b"^"], [b"[^"]),
        (b"[", [], [b"[", b""]),
        (b"[a-", [b"a", b"-"], [b"b"]),
        (rb"[\]]", [b"]"], [b"\\"]),
        (rb"[\-a]", [b"-", b"a"], [b"b", b"\\"]),
        (rb"[a\-z]", [b"a", b"-", b"z"], [b"b"]),
        (rb"\*", [b"*"], [b"a", b"\\*"]),
        (rb"\?\[\]", [b"?[]"], [b"a[]"]),
        (rb"\a", [b"a"], [rb"\a"]),
        (rb"\\", [b"\\"], [rb"\\"]),
        (b"a\\", [b"a\\"], [b"a"]),
        (b".+(a)$", [b".+(a)$"], [b"aaa"]),
        (b"\xc3?", [b"\xc3\xa4"], [b"\xe4"]),
    ],
)  # fmt: skip
def test_a_pattern_fits_these_texts_and_not_those(pattern, fitting, others):
    assert [text for text in fitting + others if matches(pattern, text)] == fitting


@pytest.mark.parametrize(
    "pattern, fitting, others",
    [
        (b"MAX*", [b"maxclients", b"MaxMemory"], [b"min"]),
        (b"max[A-N]?", [b"maxcl", b"MAXCL"], [b"maxzz"]),
        (b"[^A]b", [b"bb", b"BB"], [b"ab", b"AB"]),
        (rb"\Ab", [b"ab", b"AB"], [b"\\ab"]),
    ],
)
def test_a_pattern_can_ignore_case(pattern, fitting, others):
    glob = Glob(pattern, ignore_case=True)
    assert [text for text in fitting + others if glob.matches(text)] == fitting


@pytest.mark.parametrize("pattern", [b"a*" * 30 + b"b", b"*a" * 30 + b"*b", b"a*?" * 30 + b"b"])
def test_many_stars_cost_no_more_than_one_search_each(pattern):
    assert not matches(pattern, b"a" * 100_000)  # the obvious recursion would not come back in our lifetime


def test_a_long_pattern_is_parsed_in_runs_and_translated_only_for_a_text_that_is_long_enough():
    runs = Glob(b"x" * 100_000 + b"?" * 100_000 + b"*" * 100_000 + b"y" * 100_000)
    assert [len(segment) for segment in runs._segments] == [2, 1]
    sets = Glob(b"[a-z]" * 100_000)
    assert not sets.matches(b"a" * 99_999) and "_expressions" not in vars(sets)
    assert sets.matches(b"a" * 100_000) and not sets.matches(b"a" * 99_999 + b"A")
    [expression] = sets._expressions
    assert len(expression.pattern) < 100  # equal neighbours are counted, or it would take seconds to compile


def test_the_last_patterns_are_kept_apart_by_case():
    assert compiled(b"a") is compiled(b"a")
    assert not compiled(b"A").matches(b"a") and compiled(b"A", True).matches(b"a")


@pytest.mark.parametrize("seed", range(3))
def test_random_patterns_find_the_keys_that_the_keys_command_finds(redis, seed):
    random = Random(seed)
    letters = b"ab\\[]^-*?"
    keys = {bytes(random.choices(letters, k=random.randint(1, 4))) for _ in range(150)}
    redis("MSET", *[word for key in keys for word in (key, b"")])
    for _ in range(400):
        pattern = bytes(random.choices(letters + b"*[]a", k=random.randint(0, 7)))
        assert set(redis("KEYS", pattern)) == {key for key in keys if matches(pattern, key)}, pattern


def test_random_patterns_find_the_parameters_that_config_get_finds(redis):
    random = Random(1)
    names = redis("CONFIG GET *")[::2]
    for _ in range(400):
        pattern = b"".join(disguised(letter, random) for letter in random.choice(names).decode()) + b"*"
        found = set(redis("CONFIG", "GET", pattern)[::2])
        assert found == {name for name in names if compiled(pattern, True).matches(name)}, pattern


def disguised(letter, random):
    """A pattern that matches this letter, or nearly so."""
    other = letter.swapcase()
    forms = [letter] * 9 + [other, "?", "*", f"[{other}]", f"[^{other}]", "[a-z]", "[A-Z]", "\\" + other]
    return random.choice(forms).encode()
