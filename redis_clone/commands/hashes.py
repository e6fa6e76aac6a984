"""The hash commands."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer, long_double, negatable_integer, picks
from redis_clone.commands.scanning import read_cursor, scan_members
from redis_clone.protocol.errors import NO_FINITE_SUM, OUT_OF_RANGE, OVERFLOW, SYNTAX, RedisError, wrong_arity
from redis_clone.protocol.replies import OK, Pairs, SimpleString
from redis_clone.storage.hashes import Hash
from redis_clone.structures.numbers import (
    INT64_MAX,
    INT64_MIN,
    format_long_double,
    parse_long_double,
    round_long_double,
)

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("hash")


@command("HSET", arity=-4, flags="write denyoom fast", keys=one_key("RW update"))
def hset(client: Client, key: bytes, *fields_and_values: bytes) -> int:
    """Gives fields their values, and returns how many of the fields are new.

    HSET key field value [field value ...]
    Since 2.0.0, O(N) where N is the number of fields.
    """
    return _set_fields(client, key, fields_and_values, "hset")


@command("HMSET", arity=-4, flags="write denyoom fast", keys=one_key("RW update"))
def hmset(client: Client, key: bytes, *fields_and_values: bytes) -> SimpleString:
    """Gives fields their values: HSET, under its name of old.

    HMSET key field value [field value ...]
    Since 2.0.0, O(N) where N is the number of fields.
    """
    _set_fields(client, key, fields_and_values, "hmset")
    return OK


def _set_fields(client: Client, key: bytes, fields_and_values: Sequence[bytes], name: str) -> int:
    if len(fields_and_values) % 2:
        raise wrong_arity(name)
    stored = client.db.edit(key, Hash)
    if stored is None:
        stored = Hash()
    added = 0
    for place in range(0, len(fields_and_values), 2):  # for the usual one field faster than pairs()
        added += stored.set(fields_and_values[place], fields_and_values[place + 1])
    client.db.update(key, stored, "hset", len(fields_and_values) // 2)
    return added


@command("HSETNX", arity=4, flags="write denyoom fast", keys=one_key("RW insert"))
def hsetnx(client: Client, key: bytes, field: bytes, value: bytes) -> int:
    """Gives a field its value if it has none yet.

    HSETNX key field value
    Since 2.0.0, O(1)
    """
    stored = client.db.edit(key, Hash) or Hash()
    if field in stored.fields:
        return 0
    stored.set(field, value)
    client.db.update(key, stored, "hset")
    return 1


@command("HGET", arity=3, flags="readonly fast", keys=one_key("RO access"))
def hget(client: Client, key: bytes, field: bytes) -> bytes | None:
    """Returns the value of a field.

    HGET key field
    Since 2.0.0, O(1)
    """
    return _fields(client, key).get(field)


@command("HMGET", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def hmget(client: Client, key: bytes, *fields: bytes) -> list[bytes | None]:
    """Returns the value of each field; null for one that is not there.

    HMGET key field [field ...]
    Since 2.0.0, O(N) where N is the number of fields asked for.
    """
    stored = _fields(client, key)
    return [stored.get(field) for field in fields]


@command(
    "HGETALL", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output_order"
)
def hgetall(client: Client, key: bytes) -> dict[bytes, bytes]:
    """Returns all fields of a hash with their values.

    HGETALL key
    Since 2.0.0, O(N) where N is the number of fields.
    """
    return _fields(client, key)


@command("HKEYS", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output_order")
def hkeys(client: Client, key: bytes) -> list[bytes]:
    """Returns all fields of a hash, without their values.

    HKEYS key
    Since 2.0.0, O(N) where N is the number of fields.
    """
    return list(_fields(client, key))


@command("HVALS", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output_order")
def hvals(client: Client, key: bytes) -> list[bytes]:
    """Returns all values of a hash, without their fields.

    HVALS key
    Since 2.0.0, O(N) where N is the number of fields.
    """
    return list(_fields(client, key).values())


@command("HLEN", arity=2, flags="readonly fast", keys=one_key("RO"))
def hlen(client: Client, key: bytes) -> int:
    """Returns the number of fields of a hash.

    HLEN key
    Since 2.0.0, O(1)
    """
    return len(_fields(client, key))


@command("HEXISTS", arity=3, flags="readonly fast", keys=one_key("RO"))
def hexists(client: Client, key: bytes, field: bytes) -> int:
    """Tells whether a hash has a field: 1 or 0.

    HEXISTS key field
    Since 2.0.0, O(1)
    """
    return int(field in _fields(client, key))


@command("HSTRLEN", arity=3, flags="readonly fast", keys=one_key("RO"))
def hstrlen(client: Client, key: bytes, field: bytes) -> int:
    """Returns the length of a field's value in bytes; 0 when there is no such field.

    HSTRLEN key field
    Since 3.2.0, O(1)
    """
    return len(_fields(client, key).get(field, b""))


@command("HDEL", arity=-3, flags="write fast", keys=one_key("RW delete"))
def hdel(client: Client, key: bytes, *fields: bytes) -> int:
    """Removes fields from a hash, and the hash with the last of them.

    HDEL key field [field ...]
    Since 2.0.0, O(N) where N is the number of fields.
    """
    stored = client.db.edit(key, Hash) or Hash()
    removed = sum([stored.delete(field) for field in fields])
    if removed:
        client.db.update(key, stored, "hdel", removed)
    return removed


@command("HINCRBY", arity=4, flags="write denyoom fast", keys=one_key("RW access update"))
def hincrby(client: Client, key: bytes, field: bytes, increment: bytes) -> int:
    """Adds to the integer in a field, a missing one being 0.

    HINCRBY key field increment
    Since 2.0.0, O(1)
    """
    amount = integer(increment)
    stored = client.db.edit(key, Hash) or Hash()
    total = integer(stored.fields.get(field, b"0"), "ERR hash value is not an integer") + amount
    if not INT64_MIN <= total <= INT64_MAX:
        raise RedisError(OVERFLOW)
    stored.set(field, b"%d" % total)
    client.db.update(key, stored, "hincrby")
    return total


@command("HINCRBYFLOAT", arity=4, flags="write denyoom fast", keys=one_key("RW access update"))
def hincrbyfloat(client: Client, key: bytes, field: bytes, increment: bytes) -> bytes:
    """Adds to the number in a field, a missing one being 0, in 80-bit floating point.

    HINCRBYFLOAT key field increment
    Since 2.6.0, O(1)
    """
    try:
        amount = long_double(increment)
    except OverflowError:
        raise RedisError("ERR value is NaN or Infinity") from None
    stored = client.db.edit(key, Hash) or Hash()
    total = format_long_double(_sum(stored.fields.get(field, b"0"), amount))
    stored.set(field, total)
    client.db.update(key, stored, "hincrbyfloat")
    client.server.propagation.replicate_as(b"HSET", key, field, total)
    return total


def _sum(value: bytes, amount: Fraction) -> Fraction:
    """The value of a field plus the amount, as long doubles; both of them finite."""
    try:
        return round_long_double(parse_long_double(value) + amount)
    except ValueError:
        raise RedisError("ERR hash value is not a float") from None
    except OverflowError:
        raise RedisError(NO_FINITE_SUM) from None


@command("HRANDFIELD", arity=-2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def hrandfield(
    client: Client, key: bytes, count: bytes | None = None, *options: bytes
) -> bytes | None | list[bytes] | Pairs:
    """Returns fields picked at random; a negative count may return one more than once.

    HRANDFIELD key [count [WITHVALUES]]
    Since 6.2.0, O(N) where N is the number of fields returned.
    """
    if count is None:
        stored = client.db.get(key, Hash)
        return stored.sample(client.server.random) if stored else None
    wanted = _read_random_count(count, options)
    stored = client.db.get(key, Hash)
    if stored is None:
        return []
    picked = _pick(client, stored, wanted)
    return Pairs((field, stored.fields[field]) for field in picked) if options else picked


def _read_random_count(count: bytes, options: Sequence[bytes]) -> int:
    """The count; `options` may be the word WITHVALUES, with which the reply is twice as long."""
    wanted = negatable_integer(count)
    if not options:
        return wanted
    if len(options) > 1 or options[0].upper() != b"WITHVALUES":
        raise RedisError(SYNTAX)
    if abs(wanted) > INT64_MAX // 2:
        raise RedisError(OUT_OF_RANGE)
    return wanted


def _pick(client: Client, stored: Hash, count: int) -> list[bytes]:
    random = client.server.random
    if count < 0:
        return [stored.sample(random) for _ in picks(client, count)]
    return stored.sample_many(count, random)


@command("HSCAN", arity=-3, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def hscan(client: Client, key: bytes, cursor: bytes, *options: bytes) -> list[object]:
    """Walks a hash step by step, and returns fields with their values.

    HSCAN key cursor [MATCH pattern] [COUNT count]
    Since 2.8.0, O(1) for every call, O(N) for the whole hash.
    """
    start = read_cursor(cursor)
    stored = client.db.get(key, Hash)
    if stored is None:
        return [b"0", []]
    following, fields = scan_members(stored.scan, start, options)
    return [b"%d" % following, [item for field in fields for item in (field, stored.fields[field])]]


def _fields(client: Client, key: bytes) -> dict[bytes, bytes]:
    """The fields of a hash, only for reading: it is the dict of the stored value itself."""
    stored = client.db.get(key, Hash)
    return stored.fields if stored else {}
