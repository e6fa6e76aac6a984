"""Finds out what may come next in a command that is being typed, and how the manual writes that.

The words typed so far are matched against the arguments in the manual.  Options may come in any order
among their neighbours; a word that is a token is taken for it, even where any word would do.  After a
number of keys that many words are keys, whatever they look like.  This module only guesses: the server
alone knows whether a command is right.

The functions here are pure: they take arguments and words, and answer arguments and text.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redis_clone.client.manual_pages import Argument

Arguments = list[Argument]

COUNT = "numkeys"  # what an argument is called that says how many keys follow it
MOST_WRITTEN = 10  # of the keys that are still due


class Step(NamedTuple):
    """Some words have been taken; `left` is what the argument still wants, or may have again."""

    taken: int
    left: Arguments


def usage(arguments: Sequence[Argument]) -> str:
    """Arguments as the manuals of Redis write them.

    >>> usage([Argument("key"), Argument("seconds", token="EX", is_optional=True)])
    'key [EX seconds]'
    >>> usage([Argument("key", is_multiple=True), Argument("timeout")])
    'key [key ...] timeout'
    """
    return " ".join(map(_written, arguments))


def what_is_next(arguments: Sequence[Argument], words: list[bytes]) -> Arguments | None:
    """The arguments that may still come behind `words`; None when the words do not fit.

    >>> value = Argument("value")
    >>> usage(what_is_next([Argument("key"), value, Argument("NX", "pure-token", "NX", True)], [b"a"]))
    'value [NX]'
    >>> usage(what_is_next([Argument("numkeys"), Argument("key", is_multiple=True), value], [b"2", b"a"]))
    'key value'
    """
    pending = list(arguments)
    at = 0
    while at < len(words):
        step = _take(pending, words[at:])
        if step is None:
            return None
        at, pending = at + step.taken, step.left
    return pending


def next_tokens(pending: Sequence[Argument]) -> list[str]:
    """The tokens, one of which may be the next word."""
    return [token for argument in _candidates(pending) for token in _first_tokens(argument)]


def may_be_key(pending: Sequence[Argument]) -> bool:
    """Whether the next word may be the name of a key."""
    return any(_begins_with_key(argument) for argument in _candidates(pending))


def key_places(arguments: Sequence[Argument], words: list[bytes]) -> Iterator[int]:
    """The positions of the words that are names of keys."""
    for at in range(len(words)):
        pending = what_is_next(arguments, words[:at])
        if pending and may_be_key(pending) and not any(_is_token(a, words[at]) for a in _candidates(pending)):
            yield at


def _written(argument: Argument) -> str:
    once = _written_once(argument)
    if argument.is_repeat:
        return f"[{once} ...]"
    if argument.times > 1:
        return " ".join([once] * min(argument.times, MOST_WRITTEN))
    if argument.is_multiple:
        again = once if argument.repeats_token else _written_once(argument._replace(token=None))
        once = f"{once} [{again} ...]"
    return f"[{once}]" if argument.is_optional else once


def _written_once(argument: Argument) -> str:
    if argument.kind == "pure-token":
        return argument.token or argument.text
    if argument.kind == "oneof":
        body = "|".join(_written(part._replace(is_optional=False)) for part in argument.parts)
    elif argument.kind == "block":
        body = usage(argument.parts)
    else:
        body = argument.text
    if argument.token is None:
        return body
    return f"{argument.token or chr(34) * 2} {body}"  # an empty token is the empty string


def _candidates(pending: Sequence[Argument]) -> Iterator[Argument]:
    """The first argument that is required, and the optional ones before it."""
    for argument in pending:
        yield argument
        if not argument.is_optional:
            return


def _take(pending: Arguments, words: list[bytes]) -> Step | None:
    """Let the argument that fits take its words."""
    candidates = list(_candidates(pending))
    by_token = [argument for argument in candidates if _is_token(argument, words[0])]
    for argument in by_token or candidates:
        step = _take_one(argument, words)
        if step:
            at = pending.index(argument)
            before = pending[:at] if argument.is_optional else []  # else their turn is over
            return Step(step.taken, step.left + before + _counted(argument, words[0], pending[at + 1 :]))
    return None


def _counted(argument: Argument, word: bytes, behind: Arguments) -> Arguments:
    """What stands behind an argument; behind a number of keys so many of them, and neither more nor fewer."""
    if argument.text != COUNT or not behind or not (word.isdigit() and len(word) < 10):
        return behind
    keys, *rest = behind
    due = keys._replace(is_multiple=False, is_optional=False, times=int(word))
    return [due, *rest] if due.times else rest


def _is_token(argument: Argument, word: bytes) -> bool:
    if argument.token is not None:
        return argument.token.upper() == word.decode("latin-1").upper()
    parts = argument.parts if argument.kind == "oneof" else _candidates(argument.parts)
    return any(_is_token(part, word) for part in parts)


def _take_one(argument: Argument, words: list[bytes]) -> Step | None:
    if argument.token is not None:
        if not _is_token(argument, words[0]):
            return None
        if argument.kind == "pure-token":
            return Step(1, [])
        value = argument._replace(token=None, is_optional=False)
        if len(words) == 1 and not argument.repeats_token:
            return Step(1, [value])
        once = value._replace(is_multiple=False)
        step = _take_value(value, words[1:]) if len(words) > 1 else Step(0, [once])
        return _with_repeat(argument, Step(step.taken + 1, step.left)) if step else None
    step = _take_value(argument, words)
    return _with_repeat(argument, step) if step else None


def _take_value(argument: Argument, words: list[bytes]) -> Step | None:
    if argument.kind == "oneof":
        fitting = [part for part in argument.parts if _is_token(part, words[0])]
        steps = (_take_one(part, words) for part in fitting or argument.parts)
        return next((step for step in steps if step), None)
    if argument.kind == "block":
        return _take_block(argument, words)
    return Step(1, [])


def _take_block(argument: Argument, words: list[bytes]) -> Step | None:
    pending, at = list(argument.parts), 0
    while at < len(words) and pending:
        step = _take(pending, words[at:])
        if step is None:
            break
        at, pending = at + step.taken, step.left
    is_cut_off = at < len(words) and not all(part.is_optional for part in pending)
    return Step(at, pending) if at and not is_cut_off else None


def _with_repeat(argument: Argument, step: Step) -> Step:
    """A multiple argument that has all it wants may come again; of one that was counted there is one less."""
    if argument.times > 1:
        return Step(step.taken, [*step.left, argument._replace(times=argument.times - 1)])
    if not argument.is_multiple and not argument.is_repeat:
        return step
    again = argument if argument.repeats_token else argument._replace(token=None)
    return Step(step.taken, [*step.left, again._replace(is_multiple=False, is_optional=True, is_repeat=True)])


def _first_tokens(argument: Argument) -> list[str]:
    if argument.token is not None:
        return [argument.token]
    parts = argument.parts if argument.kind == "oneof" else _candidates(argument.parts)
    return [token for part in parts for token in _first_tokens(part)]


def _begins_with_key(argument: Argument) -> bool:
    if argument.token is not None:
        return False
    parts = argument.parts if argument.kind == "oneof" else _candidates(argument.parts)
    return argument.kind == "key" or any(_begins_with_key(part) for part in parts)
