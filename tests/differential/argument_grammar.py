"""Commands made from the syntax lines of the command table, so that a new command is covered at once.

What is made is nearly right: options come in any order and twice, words are dropped, added and exchanged.
`choose` picks one of a sequence; it is handed in, for hypothesis must be the one who chooses.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from argument_values import ANYTHING, values_of

from redis_clone.command_table.manual import Argument, read_syntax
from redis_clone.command_table.registry import Command

Choose = Callable[[Sequence[Any]], Any]
Words = list[bytes]

HOW_MANY_OPTIONS = [0, 0, 1, 1, 1, 2, 2, 3]
HOW_OFTEN = [1, 1, 1, 2, 2, 3]
NEVER = {
    "BLOCK": "one server would wait",
    "WITHSCORE": "came with 7.2",
}
INSTEAD = {
    "*": [b"%d-*" % ms for ms in range(1, 40)],  # "*" alone is the time of day
    "BYLEX": [b"BYSCORE"],  # what it means where scores differ, Redis leaves open: see the group "lex"
}


def make(choose: Choose, spec: Command) -> Words:
    """A call of the command, with its name."""
    words = _sequence(choose, spec.name, _arguments_of(spec))
    spoilt = choose(SPOILERS)(choose, words)
    return [word.encode() for word in spec.name.split("|")] + spoilt


@cache
def _arguments_of(spec: Command) -> list[Argument]:
    return read_syntax(" ".join(spec.page.syntax.split()[spec.words :]), spec.name)


def _sequence(choose: Choose, command: str, arguments: Sequence[Argument]) -> Words:
    """Arguments in their order, but options that stand side by side in any order, and any of them twice."""
    words: Words = []
    count_at = None  # where the number of keys stands, until the keys come
    for is_optional, run in groupby(arguments, key=lambda argument: argument.optional):
        chosen = [argument for argument in run if argument.token not in NEVER]
        if is_optional:
            chosen = [choose(chosen) for _ in range(choose(HOW_MANY_OPTIONS))] if chosen else []
        for argument in chosen:
            made = _argument(choose, command, argument)
            if count_at is not None and choose(range(10)):
                words[count_at] = b"%d" % len(made)
            count_at = len(words) if argument.name == "numkeys" else None
            words += made
    return words


def _argument(choose: Choose, command: str, argument: Argument) -> Words:
    words: Words = []
    for time in range(choose(HOW_OFTEN) if argument.multiple else 1):
        if argument.token and (time == 0 or argument.repeats_token):
            words.append(choose(_spellings(argument.token)))
        words += _content(choose, command, argument)
    return words


def _spellings(token: str) -> Words:
    word = token.strip('"')
    return INSTEAD.get(token) or [word.encode(), word.encode(), word.lower().encode()]


def _content(choose: Choose, command: str, argument: Argument) -> Words:
    match argument.type:
        case "pure-token":
            return []
        case "oneof":
            return _argument(choose, command, choose(argument.children))
        case "block":
            return _sequence(choose, command, argument.children)
    return [choose(values_of(command, argument))]


def _as_it_is(choose: Choose, words: Words) -> Words:
    return words


def _without_a_word(choose: Choose, words: Words) -> Words:
    at = choose(range(len(words))) if words else 0
    return words[:at] + words[at + 1 :]


def _with_one_word_more(choose: Choose, words: Words) -> Words:
    at = choose(range(len(words) + 1))
    return [*words[:at], choose(ANYTHING), *words[at:]]


def _with_another_word(choose: Choose, words: Words) -> Words:
    return _with_one_word_more(choose, _without_a_word(choose, words))


SPOILERS = [_as_it_is] * 20 + [_without_a_word, _with_one_word_more, _with_another_word]
