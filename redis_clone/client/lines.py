"""Runs a line that a user typed, at the prompt or through a pipe.

The client runs a few commands itself (LOCAL, below) and sends all others to the server.
"""

import itertools
import os
import re
from collections.abc import Callable
from typing import NamedTuple

from redis_clone.client.dialing import Words
from redis_clone.client.help_pages import help_on
from redis_clone.client.session import LISTENING, UNSUBSCRIBING, Session
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

LEAVING = {b"QUIT", b"EXIT"}

_INTEGER = re.compile(rb"[+-]?[0-9]{1,18}")


def run_line(session: Session, line: bytes) -> bool:
    """Run `line`; False when it says to leave."""
    try:
        words = split_words(line)
    except UnbalancedQuotes:
        session.say(b"Invalid argument(s)")
        return True
    if not words:
        return True
    name = words[0].upper()
    if name in LEAVING:
        return False
    local = LOCAL.get(name)
    if local and local.fewest <= len(words) <= local.most:
        local.run(session, words)
    else:
        _send(session, words)
    return True


def _send(session: Session, words: Words) -> None:
    repeat, words = split_repeat(words)
    if repeat < 1:
        session.say(b"Invalid client.py repeat command option value.")
    else:
        session.execute(words, repeat)


def split_repeat(words: Words) -> tuple[int, Words]:
    """How often to send what.

    >>> split_repeat([b"5", b"INCR", b"a"]), split_repeat([b"5"])
    ((5, [b'INCR', b'a']), (1, [b'5']))
    """
    if len(words) > 1 and _INTEGER.fullmatch(words[0]):
        return int(words[0]), words[1:]
    return 1, words


def _clear(session: Session, words: Words) -> None:
    session.say(b"\x1b[H\x1b[2J", end=b"")  # home, then erase: every terminal since the VT100 knows it


def _connect(session: Session, words: Words) -> None:
    port = int(words[2]) if words[2].isdigit() else -1
    if 0 <= port <= 65535:
        session.connect_to(os.fsdecode(words[1]), port)
    else:
        session.say(b"Invalid server port.")


def _peek(session: Session, words: Words) -> None:
    session.peek(words[1])


def _help(session: Session, words: Words) -> None:
    session.say(help_on(words[1:], session.guide.manual()).encode())


def _wire(session: Session, words: Words) -> None:
    wanted = SWITCH.get(words[-1].upper())
    if len(words) == 1:
        session.say(session.wire.legend().encode())
    elif wanted is None:
        session.say(b"Say :wire on, or :wire off.")
    else:
        session.wire.is_watching = wanted


def _pipeline(session: Session, words: Words) -> None:
    commands = split_pipeline(words[1:])
    if any(command[0].upper() in LISTENING | UNSUBSCRIBING for command in commands):
        session.say(b"What is answered more than once cannot be in a pipeline here.")
    else:
        session.pipeline(commands)


def split_pipeline(words: Words) -> list[Words]:
    """The commands between semicolons that stand alone.

    >>> split_pipeline([b"SET", b"a", b"1;", b";", b"GET", b"a", b";"])
    [[b'SET', b'a', b'1;'], [b'GET', b'a']]
    """
    groups = itertools.groupby(words, key=lambda word: word == b";")
    return [list(group) for is_divider, group in groups if not is_divider]


def _set(session: Session, words: Words) -> None:
    wanted = HINTS.get(words[1].upper())
    if wanted is None:
        session.say(b"Say :set hints, or :set nohints.")
    else:
        session.guide.with_hints = wanted


SWITCH = {b"ON": True, b"OFF": False}
HINTS = {b"HINTS": True, b"NOHINTS": False}


class Local(NamedTuple):
    """What the client runs itself, when the line has so many words: `connect` alone goes to the server."""

    run: Callable[[Session, Words], None]
    fewest: int
    most: int


LOCAL = {
    b"CLEAR": Local(_clear, 1, 1),
    b"CONNECT": Local(_connect, 3, 3),
    b"PEEK": Local(_peek, 2, 2),
    b"HELP": Local(_help, 1, 9),
    b"?": Local(_help, 1, 9),
    b":WIRE": Local(_wire, 1, 2),
    b":PIPELINE": Local(_pipeline, 2, 1000),
    b":SET": Local(_set, 2, 2),
}
