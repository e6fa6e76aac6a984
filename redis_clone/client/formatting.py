r"""Formats replies for a person or a program: reply -> bytes, one function for each form.

    form       for                          [1, None, b"a\n"] becomes
    pretty     a person at a terminal       1) (integer) 1   2) (nil)   3) "a\n", a line each
    raw        a pipe: the bytes alone      1, an empty line, a and its line feed
    csv        spreadsheets                 1,NULL,"a\n"

Each form is a table from types to functions, and shares nothing with the others, so a new form is one more
table.  The layout is that of redis-cli.  (redis-cli has JSON too; this client leaves that to it.)

This module is pure: no socket, no terminal.  It imports the protocol only.
"""

from collections.abc import Callable
from typing import Any

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


def _status(reply: SimpleString) -> bytes:
    return reply.encode("latin-1")


def _error_line(reply: RedisError) -> bytes:
    return str(reply).encode("latin-1")


def pretty(reply: Reply, indent: bytes = b"") -> bytes:
    r"""Numbered and typed; `indent` stands before every line but the first, where a number stands already.

    >>> print(pretty([b"a", [2, None]]).decode())
    1) "a"
    2) 1) (integer) 2
       2) (nil)
    >>> pretty({b"name": {}})
    b'1# "name" => (empty hash)'
    """
    return PRETTY[type(reply)](reply, indent)


def _pretty_items(mark: bytes, when_empty: bytes) -> Callable[[list[Any], bytes], bytes]:
    def pretty_items(reply: list[Any], indent: bytes) -> bytes:
        width = len(str(len(reply)))  # the numbers stand flush right
        inner = indent + b" " * (width + 2)
        lines = [b"%*d%b %b" % (width, n, mark, pretty(item, inner)) for n, item in enumerate(reply, 1)]
        return (b"\n" + indent).join(lines) or when_empty

    return pretty_items


def _pretty_map(reply: dict[Any, Any], indent: bytes) -> bytes:
    width = len(str(len(reply)))
    inner = indent + b" " * (width + 2)
    lines = []
    for n, (key, value) in enumerate(reply.items(), 1):
        gap = b"\n" + inner if _takes_lines(value) else b""
        lines.append(b"%*d# %b => %b%b" % (width, n, pretty(key, inner), gap, pretty(value, inner)))
    return (b"\n" + indent).join(lines) or b"(empty hash)"


def _takes_lines(reply: Reply) -> bool:
    """Whether some array in it, or it itself, has a second item."""
    if not isinstance(reply, (list, dict)):
        return False
    items = list(reply.values()) if isinstance(reply, dict) else reply
    return len(items) > 1 or any(_takes_lines(item) for item in items)


_pretty_array = _pretty_items(b")", b"(empty array)")

PRETTY: dict[type, Callable[[Any, bytes], bytes]] = {
    SimpleString: lambda reply, _: _status(reply),
    RedisError: lambda reply, _: b"(error) " + _error_line(reply),
    int: lambda reply, _: b"(integer) %d" % reply,
    BigNumber: lambda reply, _: b"(integer) %d" % reply,
    bytes: lambda reply, _: quote(reply),
    Verbatim: lambda reply, _: bytes(reply),
    type(None): lambda reply, _: b"(nil)",
    NullArray: lambda reply, _: b"(nil)",
    float: lambda reply, _: b"(double) " + format_double(reply),
    bool: lambda reply, _: b"(true)" if reply else b"(false)",
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
    return RAW[type(reply)](reply)


def _raw_items(reply: list[Any]) -> bytes:
    return b"\n".join([raw(item) for item in reply])


def _raw_map(reply: dict[Any, Any]) -> bytes:
    return b"\n".join([raw(key) + b" " + raw(value) for key, value in reply.items()])


RAW: dict[type, Callable[[Any], bytes]] = {
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
    list: _raw_items,
    tuple: _raw_items,
    Members: _raw_items,
    Push: _raw_items,
    dict: _raw_map,
}


def csv(reply: Reply) -> bytes:
    r"""One line, nested arrays flat, strings quoted as at the prompt.

    >>> csv([b'say "hi"', [2, None], {b"k": True}])
    b'"say \\"hi\\"",2,NULL,"k",true'
    """
    return CSV[type(reply)](reply)


def _csv_items(reply: list[Any]) -> bytes:
    return b",".join([csv(item) for item in reply])


def _csv_map(reply: dict[Any, Any]) -> bytes:
    return b",".join([csv(key) + b"," + csv(value) for key, value in reply.items()])


CSV: dict[type, Callable[[Any], bytes]] = {
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
    list: _csv_items,
    tuple: _csv_items,
    Members: _csv_items,
    Push: _csv_items,
    dict: _csv_map,
}


FORMS: dict[str, Callable[[Reply], bytes]] = {
    "pretty": pretty,
    "raw": raw,
    "csv": csv,
}
