r"""Replies as a person or a program reads them: reply -> bytes, one function a form.

    form       for                          [1, None, b"a\n"] becomes
    pretty     a person at a terminal       1) (integer) 1   2) (nil)   3) "a\n", a line each
    raw        a pipe: the bytes alone      1, an empty line, a and its line feed
    csv        spreadsheets                 1,NULL,"a\n"
    json       programs                     [1,null,"a\n"]
    quoted     the same, in ASCII alone     [1,null,"a\\n"]

Each form is a table, type -> function, and shares nothing with the others: a new form (tables, colours) is a
table more.  Layout and spelling are redis-cli's, its oddities too: an error within JSON is `error:"..."`,
which no JSON parser takes, and JSON strings keep bytes that are not UTF-8 as they are.

Pure: no socket, no terminal.  Imports the protocol only.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from redis_clone.errors import RedisError
from redis_clone.numbers import spell_double
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


class Delimiters(NamedTuple):
    """What stands between the items of a raw reply, and after the whole of it."""

    items: bytes = b"\n"  # -d
    replies: bytes = b"\n"  # -D


LINE_BY_LINE = Delimiters()


def render(reply: Reply, form: str, delimiters: Delimiters = LINE_BY_LINE) -> bytes:
    r"""`reply` in the form of that name, with the end of its line.

    >>> render([1, b"a"], "pretty")
    b'1) (integer) 1\n2) "a"\n'
    >>> render([1, b"a"], "raw", Delimiters(b", ", b";"))
    b'1, a;'
    """
    if form == "raw":
        return raw(reply, delimiters.items) + delimiters.replies
    return FORMS[form](reply) + b"\n"


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
    float: lambda reply, _: b"(double) " + spell_double(reply),
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


def raw(reply: Reply, delimiter: bytes = b"\n") -> bytes:
    r"""The bytes alone, nested arrays flat.

    >>> raw([b"a\x00", [2, None], {b"k": 1}], b" ")
    b'a\x00 2  k 1'
    """
    return RAW[type(reply)](reply, delimiter)


def _raw_items(reply: list[Any], delimiter: bytes) -> bytes:
    return delimiter.join([raw(item, delimiter) for item in reply])


def _raw_map(reply: dict[Any, Any], delimiter: bytes) -> bytes:
    return delimiter.join([raw(key, delimiter) + b" " + raw(reply[key], delimiter) for key in reply])


RAW: dict[type, Callable[[Any, bytes], bytes]] = {
    SimpleString: lambda reply, _: _status(reply),
    RedisError: lambda reply, _: _error_line(reply) + b"\n",  # so a script sees an empty line behind it
    int: lambda reply, _: b"%d" % reply,
    BigNumber: lambda reply, _: b"%d" % reply,
    bytes: lambda reply, _: reply,
    Verbatim: lambda reply, _: bytes(reply),
    type(None): lambda reply, _: b"",
    NullArray: lambda reply, _: b"",
    float: lambda reply, _: spell_double(reply),
    bool: lambda reply, _: b"(true)" if reply else b"(false)",
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
    float: spell_double,
    bool: lambda reply: b"true" if reply else b"false",
    list: _csv_items,
    tuple: _csv_items,
    Members: _csv_items,
    Push: _csv_items,
    dict: _csv_map,
}


def json(reply: Reply) -> bytes:
    r"""
    >>> json([b'say "hi"\x00', [2, None], {1: True}])
    b'["say \\"hi\\"\\u0000",[2,null],{"1":true}]'
    """
    return _as_json(reply, _json_string)


def quoted_json(reply: Reply) -> bytes:
    r"""The same, but for strings: those are quoted as at the prompt, and then their backslashes doubled.

    >>> print(quoted_json([b"caf\xc3\xa9", {1: None}]).decode())
    ["caf\\xc3\\xa9",{"1":null}]
    """
    return _as_json(reply, _quoted_json_string)


JsonString = Callable[[bytes], bytes]


def _as_json(reply: Reply, string: JsonString) -> bytes:
    return JSON[type(reply)](reply, string)


def _json_string(text: bytes) -> bytes:
    return b'"' + b"".join([_JSON_BYTES[byte] for byte in text]) + b'"'


def _quoted_json_string(text: bytes) -> bytes:
    return quote(text).replace(b"\\", b"\\\\")


def _json_byte(byte: int) -> bytes:
    character = bytes([byte])
    if character in _JSON_ESCAPES:
        return _JSON_ESCAPES[character]
    return b"\\u%04x" % byte if byte < 0x20 else character


_JSON_ESCAPES = {
    b"\b": rb"\b", b"\t": rb"\t", b"\n": rb"\n", b"\f": rb"\f", b"\r": rb"\r", b'"': rb"\"", b"\\": rb"\\"
}  # fmt: skip
_JSON_BYTES = [_json_byte(byte) for byte in range(256)]


def _json_items(reply: list[Any], string: JsonString) -> bytes:
    return b"[" + b",".join([_as_json(item, string) for item in reply]) + b"]"


def _json_map(reply: dict[Any, Any], string: JsonString) -> bytes:
    pairs = [_json_key(key, string) + b":" + _as_json(value, string) for key, value in reply.items()]
    return b"{" + b",".join(pairs) + b"}"


def _json_key(key: Reply, string: JsonString) -> bytes:
    """JSON knows only strings as keys."""
    is_text = isinstance(key, (bytes, SimpleString, RedisError))
    return _as_json(key, string) if is_text else b'"' + _as_json(key, string) + b'"'


JSON: dict[type, Callable[[Any, JsonString], bytes]] = {
    SimpleString: lambda reply, string: string(_status(reply)),
    RedisError: lambda reply, string: b"error:" + string(_error_line(reply)),
    int: lambda reply, _: b"%d" % reply,
    BigNumber: lambda reply, _: b"%d" % reply,
    bytes: lambda reply, string: string(reply),
    Verbatim: lambda reply, string: string(reply),
    type(None): lambda reply, _: b"null",
    NullArray: lambda reply, _: b"null",
    float: lambda reply, _: spell_double(reply),
    bool: lambda reply, _: b"true" if reply else b"false",
    list: _json_items,
    tuple: _json_items,
    Members: _json_items,
    Push: _json_items,
    dict: _json_map,
}


FORMS: dict[str, Callable[[Reply], bytes]] = {
    "pretty": pretty,
    "raw": raw,
    "csv": csv,
    "json": json,
    "quoted json": quoted_json,
}


def _status(reply: SimpleString) -> bytes:
    return reply.encode("latin-1")


def _error_line(reply: RedisError) -> bytes:
    return str(reply).encode("latin-1")
