"""Reading times to live: the EX, PX, EXAT and PXAT of SET, the seconds of EXPIRE and SETEX.

Whatever the unit, the result is a Unix time in milliseconds that fits into 64 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redis_clone.commands.arguments import integer
from redis_clone.protocol.errors import RedisError
from redis_clone.structures.numbers import INT64_MAX, INT64_MIN

if TYPE_CHECKING:
    from redis_clone.server.state import Client


class Unit(NamedTuple):
    """The unit of a client's number, from which a Unix time in milliseconds is computed."""

    milliseconds: int  # in one unit
    absolute: bool  # counted from 1970, not from now


SECONDS, MILLISECONDS = Unit(1000, False), Unit(1, False)
UNIX_SECONDS, UNIX_MILLISECONDS = Unit(1000, True), Unit(1, True)

OPTIONS = {b"EX": SECONDS, b"PX": MILLISECONDS, b"EXAT": UNIX_SECONDS, b"PXAT": UNIX_MILLISECONDS}


def positive_expire_at_ms(client: Client, number: bytes, unit: Unit, name: str) -> int:
    """The expire time from a positive number, as SET and its like need it; `name` is for the error."""
    amount = integer(number)
    if amount <= 0:
        raise invalid(name)
    return to_expire_at_ms(client, amount, unit, name)


def to_expire_at_ms(client: Client, amount: int, unit: Unit, name: str) -> int:
    """The expire time from any integer; it may lie in the past.  `name` is for the error."""
    milliseconds = amount * unit.milliseconds
    expire_at_ms = milliseconds + (0 if unit.absolute else client.server.clock.now_ms)
    if milliseconds < INT64_MIN or max(milliseconds, expire_at_ms) > INT64_MAX:
        raise invalid(name)
    return expire_at_ms


def invalid(name: str) -> RedisError:
    return RedisError(f"ERR invalid expire time in '{name}' command")


def expire_or_delete(client: Client, key: bytes, expire_at_ms: int) -> None:
    """Sets the expire time of an existing key; deletes the key at once when that time has passed."""
    if client.db.is_past(expire_at_ms):
        client.db.delete(key)
        client.server.propagation.replicate_as_deletion(key)
    else:
        client.db.expire_at(key, expire_at_ms)
        client.server.propagation.replicate_as(b"PEXPIREAT", key, b"%d" % expire_at_ms)
