"""Random commands, made from the syntax lines of the command table, so that a new command is covered at once.

The commands are nearly right: options come in any order and twice, arguments are dropped, added and replaced.
`choose` picks one element of a sequence, as Random.choice does.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby, pairwise
from typing import Any

from argument_values import ANYTHING, WRONG, WRONG_TIMEOUTS, values_of

from redis_clone.command_table.manual import Argument, read_syntax
from redis_clone.command_table.registry import Command

Choose = Callable[[Sequence[Any]], Any]
Argv = list[bytes]

HOW_MANY_OPTIONS = [0, 0, 1, 1, 1, 2, 2, 3]
HOW_OFTEN = [1, 1, 1, 2, 2, 3]
NEVER = {
    "WITHSCORE": "came with 7.2",
}
LAST = [b"BLPOP", b"BRPOP", b"BRPOPLPUSH", b"BLMOVE", b"BZPOPMIN", b"BZPOPMAX"]
BLOCKING = {  # where the time-out is, an index in the argv or behind an option, and the shortest one
    **dict.fromkeys(LAST, (-1, b"0.001")), b"BLMPOP": (1, b"0.001"), b"BZMPOP": (1, b"0.001"),
    b"XREAD": (b"BLOCK", b"1"), b"XREADGROUP": (b"BLOCK", b"1"),
}  # fmt: skip
INSTEAD = {
    "*": [b"%d-*" % ms for ms in range(1, 40)],  # the id of "*" alone depends on the time
    "BYLEX": [b"BYSCORE"],  # undefined where scores differ: see the group "lex"
}


def make(choose: Choose, spec: Command) -> Argv:
    """The argv of one call of the command."""
    argv = _sequence(choose, spec.name, _arguments_of(spec))
    changed = choose(MUTATIONS)(choose, argv)
    return defined([word.encode() for word in spec.name.split("|")] + changed)


def defined(argv: Argv) -> Argv:
    """The argv without what differs between any two servers.

    That is what a SCAN finds from the middle on, the order in which SORT leaves a set or equal texts, a key
    that expires in this instant, and which of two equal times to live ends later.
    """
    name = argv[0]
    if name in (b"SORT", b"SORT_RO"):
        return _sort_by_numbers(argv) if b"BY" in map(bytes.upper, argv) else argv
    if name == b"SCAN" and argv[1:2] not in ([], [b"x"]):
        return [name, b"0", *argv[2:]]
    if name in BLOCKING:
        return _impatient(argv, *BLOCKING[name])
    if name in (b"EXPIRE", b"PEXPIRE"):
        argv = [word if word.upper() not in (b"GT", b"LT") else b"XX" for word in argv]
    return [_long(word) if _is_milliseconds(argv, at) else word for at, word in enumerate(argv)]


def _sort_by_numbers(argv: Argv) -> Argv:
    """The argv of a SORT BY without ALPHA, and with a star in its pattern, or nothing would be sorted."""
    left = [word for word in argv if word.upper() != b"ALPHA"]
    are_patterns = [before.upper() == b"BY" and b"*" not in word for before, word in pairwise(left)]
    return left[:1] + [word + b"*" * adds for word, adds in zip(left[1:], are_patterns, strict=True)]


def _impatient(argv: Argv, where: int | bytes, shortest: bytes) -> Argv:
    """The argv of a command that blocks for a millisecond at most, if its time-out is not wrong."""

    def is_timeout(at: int) -> bool:
        return argv[at - 1].upper() == where if isinstance(where, bytes) else at == where % len(argv)

    return [
        shortest if at and is_timeout(at) and word not in WRONG_TIMEOUTS else word
        for at, word in enumerate(argv)
    ]


def _is_milliseconds(argv: Argv, at: int) -> bool:
    return argv[at - 1].upper() == b"PX" or (argv[0] in (b"PSETEX", b"PEXPIRE") and at == 2)


def _long(milliseconds: bytes) -> bytes:
    is_short = milliseconds.isdigit() and len(milliseconds) < 4
    return milliseconds + b"000000" if is_short else milliseconds


@cache
def _arguments_of(spec: Command) -> list[Argument]:
    return read_syntax(" ".join(spec.page.syntax.split()[spec.words :]), spec.name)


def _sequence(choose: Choose, command: str, arguments: Sequence[Argument]) -> Argv:
    """Arguments in their order; neighbouring options in any order, and some of them twice."""
    argv: Argv = []
    count_at = None  # the index of numkeys, until its keys are made
    for is_optional, run in groupby(arguments, key=lambda argument: argument.optional):
        chosen = [argument for argument in run if argument.token not in NEVER]
        if is_optional:
            chosen = [choose(chosen) for _ in range(choose(HOW_MANY_OPTIONS))] if chosen else []
        for argument in chosen:
            made = _argument(choose, command, argument)
            if count_at is not None and choose(range(10)):
                argv[count_at] = b"%d" % len(made)
            count_at = len(argv) if argument.name == "numkeys" else None
            argv += made
    return argv


def _argument(choose: Choose, command: str, argument: Argument) -> Argv:
    argv: Argv = []
    for time in range(choose(HOW_OFTEN) if argument.multiple else 1):
        if argument.token and (time == 0 or argument.repeats_token):
            argv.append(choose(_forms_of_token(argument.token)))
        argv += _content(choose, command, argument)
    return argv


def _forms_of_token(token: str) -> Argv:
    text = token.strip('"')
    return INSTEAD.get(token) or [text.encode(), text.encode(), text.lower().encode()]


def _content(choose: Choose, command: str, argument: Argument) -> Argv:
    match argument.type:
        case "pure-token":
            return []
        case "oneof":
            return _argument(choose, command, choose(argument.children))
        case "block":
            return _sequence(choose, command, argument.children)
    return [choose(values_of(command, argument))]


def _unchanged(choose: Choose, argv: Argv) -> Argv:
    return argv


def _without_an_argument(choose: Choose, argv: Argv) -> Argv:
    at = choose(range(len(argv))) if argv else 0
    return argv[:at] + argv[at + 1 :]


def _with_one_argument_more(choose: Choose, argv: Argv) -> Argv:
    at = choose(range(len(argv) + 1))
    return [*argv[:at], choose(ANYTHING), *argv[at:]]


def _with_another_argument(choose: Choose, argv: Argv) -> Argv:
    return _with_one_argument_more(choose, _without_an_argument(choose, argv))


def _with_wrong_arguments(choose: Choose, argv: Argv) -> Argv:
    """Several arguments are wrong: the error tells which of them is looked at first."""
    return [choose([word, word, choose(WRONG)]) for word in argv]


MUTATIONS = [_unchanged] * 20 + [_with_wrong_arguments] * 3
MUTATIONS += [_without_an_argument, _with_one_argument_more, _with_another_argument]
