r"""Formats replies for a person or a program: reply -> bytes, one function for each form.

    form       for                          [1, None, b"a\n"] becomes
    pretty     a person at a terminal       1) (integer) 1   2) (nil)   3) "a\n", a line each
    raw        a pipe: the bytes alone      1, an empty line, a and its line feed
    csv        spreadsheets                 1,NULL,"a\n"

Each form is two tables from types to functions: for plain values, and for those that hold others.  So a new
form is two more tables.  The layout is that of redis-cli.  (redis-cli has JSON too; this client leaves that
to it.)

This module is pure: no socket, no terminal.  It imports the protocol only.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import quote
from redis_clone.protocol.replies import (
    BigNumber,
    Members,
    NullArray,
    Push,
    Reply,
    SimpleString,
    Verbatim,
)
from redis_clone.structures.numbers import format_double


def render(reply: Reply, form: str) -> bytes:
    r"""`reply` in the form of that name, with the end of its line.

    >>> render([1, b"a"], "pretty")
    b'1) (integer) 1\n2) "a"\n'
    """
    return FORMS[form](reply) + b"\n"


class Item(NamedTuple):
    """A value within a container, and what stands before each of its lines but the first."""

    value: Reply
    indent: bytes


Part = bytes | Item
Plain = Callable[[Any], bytes]
Container = Callable[[Any, bytes], list[Part]]  # of a container and its indent: text, and the values in it


def _written(reply: Reply, plain: dict[type, Plain], containers: dict[type, Container]) -> bytes:
    """The text of a reply.  No recursion, for a script may nest its reply thousands deep."""
    written: list[bytes] = []
    waiting: list[Part] = [Item(reply, b"")]  # the next one is the last
    while waiting:
        part = waiting.pop()
        if isinstance(part, bytes):
            written.append(part)
        elif type(part.value) in containers:
            waiting += containers[type(part.value)](*part)[::-1]
        else:
            written.append(plain[type(part.value)](part.value))
    return b"".join(written)


def _flat(between_items: bytes, between_pair: bytes) -> dict[type, Container]:
    """Containers that are written without numbers and indents."""

    def items(reply: list[Any], indent: bytes) -> list[Part]:
        return [part for item in reply for part in (Item(item, b""), between_items)][:-1]

    def map_(reply: dict[Any, Any], indent: bytes) -> list[Part]:
        parts: list[Part] = []
        for key, value in reply.items():
            parts += [Item(key, b""), between_pair, Item(value, b""), between_items]
        return parts[:-1]

    return {list: items, tuple: items, Members: items, Push: items, dict: map_}


def _status(reply: SimpleString) -> bytes:
    return reply.encode("latin-1")


def _error_line(reply: RedisError) -> bytes:
    return str(reply).encode("latin-1")


def pretty(reply: Reply) -> bytes:
    r"""Numbered and typed.

    >>> print(pretty([b"a", [2, None]]).decode())
    1) "a"
    2) 1) (integer) 2
       2) (nil)
    >>> pretty({b"name": {}})
    b'1# "name" => (empty hash)'
    """
    return _written(reply, PRETTY, PRETTY_CONTAINERS)


def _pretty_items(mark: bytes, when_empty: bytes) -> Container:
    def pretty_items(reply: list[Any], indent: bytes) -> list[Part]:
        width = len(str(len(reply)))  # the numbers stand flush right
        inner = indent + b" " * (width + 2)
        parts: list[Part] = []
        for n, item in enumerate(reply, 1):
            parts += [b"%*d%b " % (width, n, mark), Item(item, inner), b"\n" + indent]
        return parts[:-1] or [when_empty]

    return pretty_items


def _pretty_map(reply: dict[Any, Any], indent: bytes) -> list[Part]:
    width = len(str(len(reply)))
    inner = indent + b" " * (width + 2)
    parts: list[Part] = []
    for n, (key, value) in enumerate(reply.items(), 1):
        gap = b"\n" + inner if _takes_lines(value) else b""
        parts += [b"%*d# " % (width, n), Item(key, inner), b" => " + gap, Item(value, inner), b"\n" + indent]
    return parts[:-1] or [b"(empty hash)"]


def _takes_lines(reply: Reply) -> bool:
    """Whether some array in it, or it itself, has a second item."""
    waiting = [reply]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, dict)):
            items = list(item.values()) if isinstance(item, dict) else item
            if len(items) > 1:
                return True
            waiting += items
    return False


_pretty_array = _pretty_items(b")", b"(empty array)")

PRETTY: dict[type, Plain] = {
    SimpleString: _status,
    RedisError: lambda reply: b"(error) " + _error_line(reply),
    int: lambda reply: b"(integer) %d" % reply,
    BigNumber: lambda reply: b"(integer) %d" % reply,
    bytes: quote,
    Verbatim: bytes,
    type(None): lambda reply: b"(nil)",
    NullArray: lambda reply: b"(nil)",
    float: lambda reply: b"(double) " + format_double(reply),
    bool: lambda reply: b"(true)" if reply else b"(false)",
}
PRETTY_CONTAINERS: dict[type, Container] = {
    list: _pretty_array,
    tuple: _pretty_array,  # a list that is the key of a map
    Members: _pretty_items(b"~", b"(empty set)"),
    Push: _pretty_items(b")", b"(empty push)"),
    dict: _pretty_map,
}


def pretty_push(push: Push) -> bytes:
    """A message out of turn; an invalidation fits on one line.

    >>> pretty_push(Push([b"invalidate", [b"user:1", b"user:2"]]))
    b"-> invalidate: 'user:1', 'user:2'"
    """
    if len(push) == 2 and push[0] == b"invalidate" and isinstance(push[1], list):
        return b"-> invalidate: " + b", ".join(b"'%b'" % key for key in push[1])
    return pretty(push)


def raw(reply: Reply) -> bytes:
    r"""The bytes alone, nested arrays flat, each item in a line of its own.

    >>> raw([b"a\x00", [2, None], {b"k": 1}])
    b'a\x00\n2\n\nk 1'
    """
    return _written(reply, RAW, RAW_CONTAINERS)


RAW: dict[type, Plain] = {
    SimpleString: _status,
    RedisError: lambda reply: _error_line(reply) + b"\n",  # so a script sees an empty line behind it
    int: lambda reply: b"%d" % reply,
    BigNumber: lambda reply: b"%d" % reply,
    bytes: lambda reply: reply,
    Verbatim: bytes,
    type(None): lambda reply: b"",
    NullArray: lambda reply: b"",
    float: format_double,
    bool: lambda reply: b"(true)" if reply else b"(false)",
}
RAW_CONTAINERS = _flat(between_items=b"\n", between_pair=b" ")


def csv(reply: Reply) -> bytes:
    r"""One line, nested arrays flat, strings quoted as at the prompt.

    >>> csv([b'say "hi"', [2, None], {b"k": True}])
    b'"say \\"hi\\"",2,NULL,"k",true'
    """
    return _written(reply, CSV, CSV_CONTAINERS)


CSV: dict[type, Plain] = {
    SimpleString: lambda reply: quote(_status(reply)),
    RedisError: lambda reply: b"ERROR," + quote(_error_line(reply)),
    int: lambda reply: b"%d" % reply,
    BigNumber: lambda reply: b"%d" % reply,
    bytes: quote,
    Verbatim: quote,
    type(None): lambda reply: b"NULL",
    NullArray: lambda reply: b"NULL",
    float: format_double,
    bool: lambda reply: b"true" if reply else b"false",
}
CSV_CONTAINERS = _flat(between_items=b",", between_pair=b",")


FORMS: dict[str, Callable[[Reply], bytes]] = {
    "pretty": pretty,
    "raw": raw,
    "csv": csv,
}
