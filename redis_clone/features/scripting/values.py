"""Conversion of values between commands and Lua.

    a reply of a command      in Lua, RESP2                 in Lua, after redis.setresp(3)
    integer, bulk string      number, string                the same
    null                      false                         nil
    status, error             {ok = ...}, {err = ...}       the same
    array                     table                         table
    double                    string                        {double = number}
    map, set                  table, flat                   {map = table}, {set = {member = true}}
    boolean                   number                        boolean
    big number, verbatim      string                        {big_number = ...}, {verbatim_string = ...}

In the other direction a number becomes an integer, without its fraction; nil ends an array; a value that has
no counterpart in Redis, such as a function, becomes null.
"""

import io
import math
import re
from collections.abc import Callable
from itertools import count, takewhile
from typing import Any

from redis_clone.features.scripting.library import Pairs, format_number
from redis_clone.protocol.errors import CountedError, RedisError
from redis_clone.protocol.replies import (
    BigNumber,
    FlatMap,
    Members,
    NullArray,
    Reply,
    SimpleString,
    Verbatim,
    encode,
    read_reply,
)
from redis_clone.protocol.stream import Stream
from redis_clone.structures.numbers import INT64_MIN, format_double

COUNTED = b"ignore_error_stats_update"  # the field of an error that INFO has counted already
DEEPEST = 7994  # places in Lua's stack of 8000, of which the real server takes some for each nested table
TAKES = {list: (1, 1), FlatMap: (4, 3), Members: (3, 3)}  # so many: for an item, or for a key and a value
TOO_DEEP = "ERR reached lua stack limit"
NOT_ARGUMENTS = "ERR Lua redis lib command arguments must be strings or integers"

NO_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")
MOST_DIGITS = 4300  # Python's limit for reading an int
_DIGITS = re.compile(rb"-?[1-9][0-9]*|0")

LuaValue = Any
TableMaker = Callable[[Any], LuaValue]  # of a list or a dict


def argument(value: LuaValue) -> bytes:
    """An argument of a command: a string, or a number in its shortest form (7.0 writes 17 digits).

    >>> argument(b"a"), argument(3), argument(0.5)
    (b'a', b'3', b'0.5')
    """
    if type(value) is bytes:
        return value
    if type(value) is int:
        return b"%d" % value
    if type(value) is float:
        return format_number(value) if value != value else format_double(value)  # NaN has a sign here
    raise RedisError(NOT_ARGUMENTS)


def to_lua(reply: Reply, protocol: int, table: TableMaker) -> LuaValue:
    """A reply as the value that a script gets; `table` makes Lua tables."""
    kind = type(reply)
    if kind is bytes or kind is int:
        return reply
    if kind is SimpleString:
        return table({b"ok": reply.encode("latin-1", "replace")})
    if reply is None or kind is NullArray:
        return False if protocol == 2 else None
    if kind is list:
        return table([to_lua(item, protocol, table) for item in reply])
    if isinstance(reply, RedisError):
        return table({b"err": str(reply).encode("latin-1", "replace")})
    # The others are rare.  Their form depends on the protocol: the encoder makes it, and it is parsed again.
    plain = read_reply(Stream(io.BytesIO(encode(reply, protocol)).read))
    return _plain_to_lua(plain, protocol, table)


def _plain_to_lua(value: Any, protocol: int, table: TableMaker) -> LuaValue:
    def inner(item: Any) -> LuaValue:
        return _plain_to_lua(item, protocol, table)

    match value:
        case bool():
            return value
        case BigNumber():
            return table({b"big_number": b"%d" % value})
        case Verbatim():
            return table({b"verbatim_string": table({b"format": b"txt", b"string": bytes(value)})})
        case float():
            return table({b"double": value})
        case Members():
            return table({b"set": table({inner(item): True for item in value})})
        case list():
            return table([inner(item) for item in value])
        case dict():
            return table({b"map": table({inner(key): inner(item) for key, item in value.items()})})
    return to_lua(value, protocol, table)


def is_table(value: LuaValue) -> bool:
    return type(value).__name__ == "_LuaTable"  # lupa does not export the type


def in_order(held: dict[Any, LuaValue]) -> list[LuaValue]:
    """The values of a table from key 1 up to the first gap.

    >>> in_order({1: b"a", 2: b"b", 4: b"d", b"x": b"y"})
    [b'a', b'b']
    """
    return [held[place] for place in takewhile(held.__contains__, count(1))]


class FromLua:
    """Turns what a script returns into a reply.

    `protocol` is the one set by redis.setresp, which decides how a boolean is converted; `items` returns the
    items of a table, without regard to its metatable.  Nothing here calls itself, for tables may be nested
    thousands deep.
    """

    def __init__(self, protocol: int, items: Callable[[LuaValue], Pairs]) -> None:
        self._protocol = protocol
        self._items = items

    def reply(self, value: LuaValue) -> Reply:
        """The reply; what is nested too deep is an error in its place."""
        outermost = [value]
        unread = [(outermost, -1)]  # lists, still of Lua's values, and how deep they lie
        while unread:
            items, depth = unread.pop()
            takes = TAKES[type(items)]
            for place, item in enumerate(items):
                item_depth = depth + takes[place % 2]
                items[place] = reply = self._one(item) if item_depth <= DEEPEST else RedisError(TOO_DEEP)
                if isinstance(reply, list):
                    unread.append((reply, item_depth))
        return outermost[0]

    def _one(self, value: LuaValue) -> Reply:
        """The reply for one value; the items of an array, map or set are still Lua's."""
        kind = type(value)
        if kind is bytes:
            return value
        if kind is bool:
            return value if self._protocol == 3 else (1 if value else None)
        if kind is int or kind is float:
            return _integer(value)
        return self._table(value) if is_table(value) else None

    def _table(self, table: LuaValue) -> Reply:
        pairs = self._items(table)
        held = {key: item for key, item in pairs if type(key) is not bool}  # in a dict true and 1 are one key
        match held:  # in the order of luaReplyToRedisReply in script_lua.c
            case {b"err": bytes(line)}:
                kind = CountedError if held.get(COUNTED) is True else RedisError
                return kind(_one_line(line.rstrip(b"\r\n")))
            case {b"ok": bytes(line)}:
                return SimpleString(_one_line(line))
            case {b"double": int() | float() as number} if type(number) is not bool:
                return float(number)
            case {b"big_number": bytes(digits)}:
                return _big_number(digits)
            case {b"verbatim_string": parts} if text := self._verbatim(parts):
                return text[0]
            case {b"map": inner} if is_table(inner):
                return FlatMap(part for pair in self._items(inner) for part in pair)
            case {b"set": inner} if is_table(inner):
                return Members(member for member, _ in self._items(inner))
        return in_order(held)

    def _verbatim(self, parts: LuaValue) -> list[Verbatim]:
        """The text in a list; an empty list if the table is none."""
        found = dict(self._items(parts)) if is_table(parts) else {}
        kind, text = found.get(b"format"), found.get(b"string")
        if type(kind) is not bytes or type(text) is not bytes:
            return []
        verbatim = Verbatim(text)
        verbatim.format = kind[:3].ljust(3)
        return [verbatim]


def _integer(number: int | float) -> int:
    """A double cast to int64 as in C: towards zero; the lowest integer if it does not fit."""
    if isinstance(number, float) and not math.isfinite(number):
        return INT64_MIN
    whole = int(number)
    return whole if -(2**63) <= whole < 2**63 else INT64_MIN


def _one_line(text: bytes) -> str:
    return text.translate(NO_LINE_ENDS).decode("latin-1")


def _big_number(digits: bytes) -> Reply:
    """A big number, or a string if a client could not read it as a number."""
    is_number = len(digits) < MOST_DIGITS and _DIGITS.fullmatch(digits)
    return BigNumber(digits) if is_number else digits.translate(NO_LINE_ENDS)
