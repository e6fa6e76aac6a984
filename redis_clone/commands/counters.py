"""The commands that count: a number is a string of its digits, and each command adds to it.

A read, a sum and a write are one step under the lock, so no two clients count one thing twice.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer, long_double
from redis_clone.protocol.errors import NO_FINITE_SUM, OVERFLOW, RedisError
from redis_clone.storage.strings import STRING, EmbeddedNumber
from redis_clone.structures.numbers import INT64_MAX, INT64_MIN, format_long_double, round_long_double

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("string")


@command("INCR", arity=2, flags="write denyoom fast", keys=one_key("RW access update"))
def incr(client: Client, key: bytes) -> int:
    """Adds one to an integer, a missing one being 0.

    INCR key
    Since 1.0.0, O(1)
    """
    return add(client, key, 1)


@command("DECR", arity=2, flags="write denyoom fast", keys=one_key("RW access update"))
def decr(client: Client, key: bytes) -> int:
    """Takes one from an integer, a missing one being 0.

    DECR key
    Since 1.0.0, O(1)
    """
    return add(client, key, -1)


@command("INCRBY", arity=3, flags="write denyoom fast", keys=one_key("RW access update"))
def incrby(client: Client, key: bytes, increment: bytes) -> int:
    """Adds to an integer, a missing one being 0.

    INCRBY key increment
    Since 1.0.0, O(1)
    """
    return add(client, key, integer(increment))


@command("DECRBY", arity=3, flags="write denyoom fast", keys=one_key("RW access update"))
def decrby(client: Client, key: bytes, decrement: bytes) -> int:
    """Takes from an integer, a missing one being 0.

    DECRBY key decrement
    Since 1.0.0, O(1)
    """
    amount = integer(decrement)
    if amount == INT64_MIN:
        raise RedisError("ERR decrement would overflow")  # its negative does not fit into 64 bits
    return add(client, key, -amount)


def add(client: Client, key: bytes, amount: int) -> int:
    stored = client.db.edit(key, STRING)
    total = amount if stored is None else integer(stored) + amount
    if not INT64_MIN <= total <= INT64_MAX:
        raise RedisError(OVERFLOW)
    client.db.update(key, b"%d" % total, "incrby")
    return total


@command("INCRBYFLOAT", arity=3, flags="write denyoom fast", keys=one_key("RW access update"))
def incrbyfloat(client: Client, key: bytes, increment: bytes) -> bytes:
    """Adds to a number, a missing one being 0, in 80-bit floating point.

    INCRBYFLOAT key increment
    Since 2.6.0, O(1)
    """
    stored = client.db.edit(key, STRING)
    old = b"0" if stored is None else stored
    formatted = format_long_double(_finite_sum(old, increment))
    client.db.update(key, EmbeddedNumber(formatted), "incrbyfloat")
    client.server.propagation.replicate_as(b"SET", key, formatted, b"KEEPTTL")
    return formatted


def _finite_sum(*texts: bytes) -> Fraction:
    """The sum of long doubles.  A text that is no number is reported before an infinite one."""
    numbers: list[Fraction] = []
    for text in texts:
        with suppress(OverflowError):
            numbers.append(long_double(text))
    try:
        if len(numbers) < len(texts):
            raise OverflowError
        return round_long_double(sum(numbers, Fraction(0)))
    except OverflowError:
        raise RedisError(NO_FINITE_SUM) from None
