"""`peek KEY` shows what a key holds, whatever its type, with its time to live, its encoding and its size.

127.0.0.1:6379> peek user:1
hash of 2 fields, listpack, expires in 59.9 s
field    value
-------  -------
name     Ada
age      36
"""

from collections.abc import Callable
from typing import NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply

MOST = 20  # items shown
MOST_BYTES = 1000  # of a string

Ask = Callable[..., Reply]  # words -> reply


class View(NamedTuple):
    """How to look at one type: what counts it, what reads its beginning, and what its pieces are called."""

    size: bytes
    read: tuple[bytes, ...]  # the key is put behind the first word
    pieces: str


VIEWS = {
    "string": View(b"STRLEN", (b"GETRANGE", b"0", b"%d" % (MOST_BYTES - 1)), "bytes"),
    "list": View(b"LLEN", (b"LRANGE", b"0", b"%d" % (MOST - 1)), "elements"),
    "set": View(b"SCARD", (b"SRANDMEMBER", b"%d" % MOST), "members"),
    "hash": View(b"HLEN", (b"HGETALL",), "fields"),
    "zset": View(b"ZCARD", (b"ZRANGE", b"0", b"%d" % (MOST - 1), b"WITHSCORES"), "members"),
    "stream": View(b"XLEN", (b"XRANGE", b"-", b"+", b"COUNT", b"%d" % MOST), "entries"),
}


class Peeked(NamedTuple):
    """A line about the key, the words that read it, and their reply; no words when there is nothing."""

    headline: str
    words: list[bytes]
    reply: Reply


def peek(ask: Ask, key: bytes) -> Peeked:
    """Look at a key, by a few commands that read it."""
    kind = ask(b"TYPE", key)
    if isinstance(kind, RedisError):
        return Peeked(f"(error) {kind}", [], None)
    view = VIEWS.get(str(kind))
    if view is None:
        return Peeked("There is no such key." if kind == "none" else f"A value of the type {kind}.", [], None)
    size = ask(view.size, key)
    headline = f"{kind} of {size} {view.pieces}, {_encoding(ask, key)}{_life(ask(b'PTTL', key))}"
    words = [view.read[0], key, *view.read[1:]]
    if kind == "hash" and isinstance(size, int) and size > MOST:
        words = [
            b"HRANDFIELD",
            key,
            b"%d" % MOST,
            b"WITHVALUES",
        ]  # a few of them; a large one is not for eyes
    return Peeked(headline + _rest(kind, size), words, ask(*words))


def _encoding(ask: Ask, key: bytes) -> str:
    encoding = ask(b"OBJECT", b"ENCODING", key)
    return encoding.decode("latin-1") if isinstance(encoding, bytes) else "?"


def _life(left_ms: Reply) -> str:
    """
    >>> _life(-1), _life(59_900)
    ('', ', expires in 59.9 s')
    """
    return f", expires in {left_ms / 1000:.1f} s" if isinstance(left_ms, int) and left_ms >= 0 else ""


def _rest(kind: object, size: Reply) -> str:
    shown = MOST_BYTES if kind == "string" else MOST
    return f"; {shown} of them:" if isinstance(size, int) and size > shown else ""
