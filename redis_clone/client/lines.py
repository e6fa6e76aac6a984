"""A line as a user types it, at the prompt or through a pipe.  A few are for the client, the rest is sent."""

import os
import re
from collections.abc import Callable

from redis_clone.client.dialing import Words
from redis_clone.client.session import Session
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

LEAVING = {b"QUIT", b"EXIT"}

HELP = b"""\
Type a command and its arguments: SET greeting "hello, world"
    5 INCR visits        sends a command five times
    peek KEY             shows what a key holds, whatever its type
    connect HOST PORT    goes to another server
    clear                clears the screen
    quit                 leaves, as exit and Ctrl-D do"""

_INTEGER = re.compile(rb"[+-]?[0-9]{1,18}")


def obey(session: Session, line: bytes) -> bool:
    """Do what `line` says; False when it says to leave."""
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
    local = LOCAL.get((name, len(words)))
    if local:
        local(session, words)
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
    session.say(HELP)


# The name, and the number of words that makes the line ours: `connect` alone goes to the server.
LOCAL: dict[tuple[bytes, int], Callable[[Session, Words], None]] = {
    (b"CLEAR", 1): _clear,
    (b"CONNECT", 3): _connect,
    (b"PEEK", 2): _peek,
    (b"HELP", 1): _help,
    (b"?", 1): _help,
}
