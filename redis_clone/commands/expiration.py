"""Times to live among the arguments: SET's EX, PX, EXAT and PXAT, EXPIRE's seconds, SETEX's.

Whatever the unit, what is stored is a Unix time in milliseconds that fits into 64 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redis_clone.commands.arguments import integer
from redis_clone.protocol.errors import RedisError
from redis_clone.structures.numbers import INT64_MAX, INT64_MIN

if TYPE_CHECKING:
    from redis_clone.server.state import Client


class Unit(NamedTuple):
    """How a number of the client's becomes a Unix time in milliseconds."""

    milliseconds: int  # in one of it
    absolute: bool  # counted from 1970, not from now


SECONDS, MILLISECONDS = Unit(1000, False), Unit(1, False)
UNIX_SECONDS, UNIX_MILLISECONDS = Unit(1000, True), Unit(1, True)

OPTIONS = {b"EX": SECONDS, b"PX": MILLISECONDS, b"EXAT": UNIX_SECONDS, b"PXAT": UNIX_MILLISECONDS}


def positive_due_ms(client: Client, number: bytes, unit: Unit, name: str) -> int:
    """For the commands that set a value too: the time must be positive.  `name` is for the error."""
    amount = integer(number)
    if amount <= 0:
        raise invalid(name)
    return to_due_ms(client, amount, unit, name)


def to_due_ms(client: Client, amount: int, unit: Unit, name: str) -> int:
    """Any integer, also one that lies in the past; `name` is for the error."""
    milliseconds = amount * unit.milliseconds
    expire_at_ms = milliseconds + (0 if unit.absolute else client.server.clock.now_ms)
    if milliseconds < INT64_MIN or max(milliseconds, expire_at_ms) > INT64_MAX:
        raise invalid(name)
    return expire_at_ms


def invalid(name: str) -> RedisError:
    return RedisError(f"ERR invalid expire time in '{name}' command")


def set_due_ms(client: Client, key: bytes, expire_at_ms: int) -> None:
    """Let an existing key expire at that time; a time that is past deletes it at once."""
    if client.db.is_past(expire_at_ms):
        client.db.delete(key)
        client.server.propagation.replicate_as_deletion(key)
    else:
        client.db.expire_at(key, expire_at_ms)
        client.server.propagation.replicate_as(b"PEXPIREAT", key, b"%d" % expire_at_ms)
