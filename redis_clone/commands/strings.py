"""The string commands.

A string is `bytes`, or a `bytearray` once APPEND or SETRANGE has changed it in place: the cost of APPEND then
depends on the length of what it appends, not on the length of the string.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import KeyAt, all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.expiration import (
    MILLISECONDS,
    OPTIONS,
    SECONDS,
    Unit,
    expire_or_delete,
    positive_expire_at_ms,
)
from redis_clone.protocol.errors import SYNTAX, TOO_LONG, RedisError, wrong_arity
from redis_clone.protocol.replies import OK, Reply, SimpleString
from redis_clone.storage.strings import STRING
from redis_clone.structures.bits import editable
from redis_clone.structures.lcs import longest_common_subsequence

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("string")

LCS_CELL = 4  # bytes; the table that LCS fills has a cell for each pair of bytes of the two strings


@command("GET", arity=2, flags="readonly fast", keys=one_key("RO access"))
def get(client: Client, key: bytes) -> bytes | None:
    """Returns the string that a key holds.

    GET key
    Since 1.0.0, O(1)
    """
    return client.db.get(key, STRING)


def _find_set_key(argv: Sequence[bytes]) -> list[KeyAt]:
    """The key of SET, with the flag `access` only if the old value is returned."""
    returns_old = any(word.upper() == b"GET" for word in argv[3:])
    return [KeyAt(1, ("RW", "access", "update") if returns_old else ("OW", "update"))]


@command(
    "SET",
    arity=-3,
    flags="write denyoom",
    keys=one_key("RW access update variable_flags", notes="RW and ACCESS due to the optional `GET` argument"),
    find_keys=_find_set_key,
)
def set_(client: Client, key: bytes, value: bytes, *args: bytes) -> Reply:
    """Lets a key hold a string, whatever it held before.

    SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds |
        PXAT unix-time-milliseconds | KEEPTTL]
    Since 1.0.0, O(1)
    """
    if not args:
        client.db.set_value(key, value, "set")
        return OK
    return _set_with_options(client, key, value, args)


def _set_with_options(client: Client, key: bytes, value: bytes, args: tuple[bytes, ...]) -> Reply:
    options = _SetOptions(args)
    expire_at_ms = options.expire_at_ms(client, "set")
    old = client.db.get(key, STRING) if options.returns_old else None
    if options.condition is not None and (key in client.db) != options.condition:
        return old
    if options.keeps_ttl and key in client.db:  # one that has expired goes now, its time to live with it
        client.db.update(key, value, "set")
    else:
        client.db.set_value(key, value, "set")
    if expire_at_ms is not None:
        # It may have passed: then the next access deletes the key.
        client.db.expire_at(key, expire_at_ms, count=0)
    if client.server.propagation.is_on:
        _propagate_set(client, key, value, expire_at_ms, args)
    return old if options.returns_old else OK


def _propagate_set(
    client: Client, key: bytes, value: bytes, expire_at_ms: int | None, args: tuple[bytes, ...]
) -> None:
    """Propagates SET with an absolute expire time, and without GET."""
    if expire_at_ms is None:
        args = tuple([word for word in args if word.upper() != b"GET"])
    else:
        args = (b"PXAT", b"%d" % expire_at_ms)
    client.server.propagation.replicate_as(b"SET", key, value, *args)


class _SetOptions:
    """The options of SET."""

    def __init__(self, args: tuple[bytes, ...]) -> None:
        self.condition: bool | None = None  # whether the key must exist: True for XX, False for NX
        self.returns_old = self.keeps_ttl = False
        self._unit: Unit | None = None
        self._number = b""
        options = Options(args)
        while options:
            match options.word():
                case b"NX" if self.condition is not True:
                    self.condition = False
                case b"XX" if self.condition is not False:
                    self.condition = True
                case b"GET":
                    self.returns_old = True
                case b"KEEPTTL" if self._unit is None:
                    self.keeps_ttl = True
                case word if word in OPTIONS and self._unit in (None, OPTIONS[word]) and not self.keeps_ttl:
                    self._unit, self._number = OPTIONS[word], options.value()  # given twice, the last counts
                case _:
                    raise options.error()

    def expire_at_ms(self, client: Client, name: str) -> int | None:
        return None if self._unit is None else positive_expire_at_ms(client, self._number, self._unit, name)


@command("SETNX", arity=3, flags="write denyoom fast", keys=one_key("OW insert"))
def setnx(client: Client, key: bytes, value: bytes) -> int:
    """Lets a key hold a string if it holds nothing yet.

    SETNX key value
    Since 1.0.0, O(1)
    """
    if key in client.db:
        return 0
    client.db.set_value(key, value, "set")
    return 1


@command("SETEX", arity=4, flags="write denyoom", keys=one_key("OW update"))
def setex(client: Client, key: bytes, seconds: bytes, value: bytes) -> SimpleString:
    """Lets a key hold a string for some seconds.

    SETEX key seconds value
    Since 2.0.0, O(1)
    """
    return _set_for(client, key, positive_expire_at_ms(client, seconds, SECONDS, "setex"), value)


@command("PSETEX", arity=4, flags="write denyoom", keys=one_key("OW update"))
def psetex(client: Client, key: bytes, milliseconds: bytes, value: bytes) -> SimpleString:
    """Lets a key hold a string for some milliseconds.

    PSETEX key milliseconds value
    Since 2.6.0, O(1)
    """
    return _set_for(client, key, positive_expire_at_ms(client, milliseconds, MILLISECONDS, "psetex"), value)


def _set_for(client: Client, key: bytes, expire_at_ms: int, value: bytes) -> SimpleString:
    client.db.set_value(key, value, "set")
    client.db.expire_at(key, expire_at_ms, count=0)
    client.server.propagation.replicate_as(b"SET", key, value, b"PXAT", b"%d" % expire_at_ms)
    return OK


@command("GETSET", arity=3, flags="write denyoom fast", keys=one_key("RW access update"))
def getset(client: Client, key: bytes, value: bytes) -> bytes | None:
    """Lets a key hold a string, and returns the old one.

    GETSET key value
    Since 1.0.0, O(1)
    """
    old = client.db.get(key, STRING)
    client.db.set_value(key, value, "set")
    client.server.propagation.replicate_as(b"SET", key, value)
    return old


@command("GETDEL", arity=2, flags="write fast", keys=one_key("RW access delete"))
def getdel(client: Client, key: bytes) -> bytes | None:
    """Returns the string that a key holds, and deletes the key.

    GETDEL key
    Since 6.2.0, O(1)
    """
    value = client.db.get(key, STRING)
    if value is not None:
        client.db.delete(key)
        client.server.propagation.replicate_as(b"DEL", key)
    return value


@command(
    "GETEX",
    arity=-2,
    flags="write fast",
    keys=one_key("RW access update", notes="RW and UPDATE because it changes the TTL"),
)
def getex(client: Client, key: bytes, *args: bytes) -> bytes | None:
    """Returns the string that a key holds, and changes its time to live.

    GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]
    Since 6.2.0, O(1)
    """
    unit, number, persists = _getex_options(args)
    value = client.db.get(key, STRING)
    if value is None:
        return None
    if unit is not None:
        expire_or_delete(client, key, positive_expire_at_ms(client, number, unit, "getex"))
    elif persists and client.db.persist(key):
        client.server.propagation.replicate_as(b"PERSIST", key)
    return value


def _getex_options(args: tuple[bytes, ...]) -> tuple[Unit | None, bytes, bool]:
    """A unit and its number, or PERSIST; the same option may be given twice."""
    unit: Unit | None = None
    number, persists = b"", False
    options = Options(args)
    while options:
        match options.word():
            case b"PERSIST" if unit is None:
                persists = True
            case word if word in OPTIONS and unit in (None, OPTIONS[word]) and not persists:
                unit, number = OPTIONS[word], options.value()
            case _:
                raise options.error()
    return unit, number, persists


@command(
    "MGET", arity=-2, flags="readonly fast", keys=all_keys("RO access"), tips="request_policy:multi_shard"
)
def mget(client: Client, *keys: bytes) -> list[bytes | None]:
    """Returns the strings that keys hold; null for a key that holds none.

    MGET key [key ...]
    Since 1.0.0, O(N) where N is the number of keys.
    """
    values = [client.db.get(key, object) for key in keys]
    return [value if isinstance(value, STRING) else None for value in values]


@command(
    "MSET",
    arity=-3,
    flags="write denyoom",
    keys=all_keys("OW update", step=2),
    tips="request_policy:multi_shard response_policy:all_succeeded",
)
def mset(client: Client, *keys_and_values: bytes) -> SimpleString:
    """Lets each key hold its string, all at once.

    MSET key value [key value ...]
    Since 1.0.1, O(N) where N is the number of keys.
    """
    if len(keys_and_values) % 2:
        raise wrong_arity("mset")
    _set_all(client, keys_and_values)
    return OK


@command(
    "MSETNX",
    arity=-3,
    flags="write denyoom",
    keys=all_keys("OW insert", step=2),
    tips="request_policy:multi_shard response_policy:agg_min",
)
def msetnx(client: Client, *keys_and_values: bytes) -> int:
    """Lets each key hold its string if none of them holds anything yet.

    MSETNX key value [key value ...]
    Since 1.0.1, O(N) where N is the number of keys.
    """
    if len(keys_and_values) % 2:
        raise wrong_arity("msetnx")
    if any(key in client.db for key in keys_and_values[::2]):
        return 0
    _set_all(client, keys_and_values)
    return 1


def _set_all(client: Client, keys_and_values: Sequence[bytes]) -> None:
    for key, value in zip(keys_and_values[::2], keys_and_values[1::2], strict=True):
        client.db.set_value(key, value, "set")


@command("STRLEN", arity=2, flags="readonly fast", keys=one_key("RO"))
def strlen(client: Client, key: bytes) -> int:
    """Returns the length of a string in bytes.

    STRLEN key
    Since 2.2.0, O(1)
    """
    return len(client.db.get(key, STRING) or b"")


@command("APPEND", arity=3, flags="write denyoom fast", keys=one_key("RW insert"))
def append(client: Client, key: bytes, value: bytes) -> int:
    """Adds bytes at the end of a string, and returns its new length.

    APPEND key value
    Since 2.0.0, O(N) where N is the length of what is added.
    """
    stored = client.db.edit(key, STRING)
    if stored is None:
        client.db.update(key, value, "append")
        return len(value)
    _check_length(client, len(stored) + len(value))
    edited = editable(stored)
    edited += value
    client.db.update(key, edited, "append")
    return len(edited)


@command("GETRANGE", arity=4, flags="readonly", keys=one_key("RO access"))
def getrange(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """Returns a part of a string, both ends included; negative places count from the end.

    GETRANGE key start end
    Since 2.4.0, O(N) where N is the length of the part.
    """
    first, last = integer(start), integer(end)
    stored = client.db.get(key, STRING) or b""
    if first < 0 and last < 0 and first > last:
        return b""
    first = max(first + len(stored), 0) if first < 0 else first
    last = max(last + len(stored), 0) if last < 0 else last
    return stored[first : last + 1]


@command("SUBSTR", arity=4, flags="readonly", keys=one_key("RO access"))
def substr(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """Does what GETRANGE does, under its old name.

    SUBSTR key start end
    Since 1.0.0, O(N) where N is the length of the part.
    """
    return getrange(client, key, start, end)


@command("SETRANGE", arity=4, flags="write denyoom", keys=one_key("RW update"))
def setrange(client: Client, key: bytes, offset: bytes, value: bytes) -> int:
    """Writes over a part of a string, filling up with zero bytes, and returns its new length.

    SETRANGE key offset value
    Since 2.2.0, O(N) where N is the length of what is written.
    """
    start = integer(offset)
    if start < 0:
        raise RedisError("ERR offset is out of range")
    stored = client.db.edit(key, STRING)
    if not value:
        return len(stored or b"")
    _check_length(client, start + len(value))
    edited = editable(stored or b"")
    edited.extend(bytes(max(start - len(edited), 0)))
    edited[start : start + len(value)] = value
    client.db.update(key, edited, "setrange")
    return len(edited)


def _check_length(client: Client, length: int) -> None:
    if length > client.server.limits.bulk_bytes:
        raise RedisError(TOO_LONG)


@command("LCS", arity=-3, flags="readonly", keys=all_keys("RO access", last=1))
def lcs(client: Client, key1: bytes, key2: bytes, *args: bytes) -> Reply:
    """Returns the longest common subsequence of two strings: itself, its length, or where its parts are.

    LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]
    Since 7.0.0, O(N*M) where N and M are the lengths of the strings.
    """
    values = [client.db.get(key, object) for key in (key1, key2)]  # both, before the type of either matters
    strings = [value or b"" for value in values if value is None or isinstance(value, STRING)]
    if len(strings) < 2:
        raise RedisError("ERR The specified keys must contain string values")
    options = _LcsOptions(args)
    if LCS_CELL * math.prod(len(string) + 1 for string in strings) > client.server.limits.bulk_bytes:
        raise RedisError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    common, matches = longest_common_subsequence(*strings)
    if options.wants_length:
        return len(common)
    if not options.wants_matches:
        return common
    found = [
        [[m.a_start, m.a_start + m.length - 1], [m.b_start, m.b_start + m.length - 1]]
        + ([m.length] if options.with_lengths else [])
        for m in matches
        if m.length >= options.shortest
    ]
    return {"matches": found, "len": len(common)}


class _LcsOptions:
    def __init__(self, args: tuple[bytes, ...]) -> None:
        self.wants_length = self.wants_matches = self.with_lengths = False
        self.shortest = 0
        options = Options(args)
        while options:
            match options.word():
                case b"LEN":
                    self.wants_length = True
                case b"IDX":
                    self.wants_matches = True
                case b"WITHMATCHLEN":
                    self.with_lengths = True
                case b"MINMATCHLEN" if options.left:
                    self.shortest = integer(options.value())
                case _:
                    raise RedisError(SYNTAX)
        if self.wants_length and self.wants_matches:
            raise RedisError("ERR If you want both the length and indexes, please just use IDX.")
