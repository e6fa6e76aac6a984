"""The commands about times to live: EXPIRE and its family, TTL and its family, PERSIST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.expiration import (
    MILLISECONDS,
    SECONDS,
    UNIX_MILLISECONDS,
    UNIX_SECONDS,
    Unit,
    expire_or_delete,
    to_expire_at_ms,
)
from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("generic")

NAMES = {SECONDS: "expire", MILLISECONDS: "pexpire", UNIX_SECONDS: "expireat", UNIX_MILLISECONDS: "pexpireat"}
MISSING, LIVES_FOREVER = -2, -1  # what TTL answers in place of a time


@command("EXPIRE", arity=-3, flags="write fast", keys=one_key("RW update"))
def expire(client: Client, key: bytes, seconds: bytes, *conditions: bytes) -> int:
    """Lets a key live for some seconds more.

    EXPIRE key seconds [NX | XX | GT | LT]
    Since 1.0.0, O(1)
    """
    return _expire(client, key, seconds, conditions, SECONDS)


@command("PEXPIRE", arity=-3, flags="write fast", keys=one_key("RW update"))
def pexpire(client: Client, key: bytes, milliseconds: bytes, *conditions: bytes) -> int:
    """Lets a key live for some milliseconds more.

    PEXPIRE key milliseconds [NX | XX | GT | LT]
    Since 2.6.0, O(1)
    """
    return _expire(client, key, milliseconds, conditions, MILLISECONDS)


@command("EXPIREAT", arity=-3, flags="write fast", keys=one_key("RW update"))
def expireat(client: Client, key: bytes, unix_time: bytes, *conditions: bytes) -> int:
    """Lets a key live until a Unix time in seconds.

    EXPIREAT key unix-time-seconds [NX | XX | GT | LT]
    Since 1.2.0, O(1)
    """
    return _expire(client, key, unix_time, conditions, UNIX_SECONDS)


@command("PEXPIREAT", arity=-3, flags="write fast", keys=one_key("RW update"))
def pexpireat(client: Client, key: bytes, unix_time: bytes, *conditions: bytes) -> int:
    """Lets a key live until a Unix time in milliseconds.

    PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]
    Since 2.6.0, O(1)
    """
    return _expire(client, key, unix_time, conditions, UNIX_MILLISECONDS)


def _expire(client: Client, key: bytes, number: bytes, args: tuple[bytes, ...], unit: Unit) -> int:
    conditions = _read_conditions(args)
    expire_at_ms = to_expire_at_ms(client, integer(number), unit, NAMES[unit])
    if key not in client.db or not _allowed(conditions, client.db.expire_at_ms(key), expire_at_ms):
        return 0
    expire_or_delete(client, key, expire_at_ms)
    return 1


def _read_conditions(args: tuple[bytes, ...]) -> set[bytes]:
    conditions: set[bytes] = set()
    options = Options(args)
    while options:
        word = options.value()
        if word.upper() not in (b"NX", b"XX", b"GT", b"LT"):
            raise RedisError(f"ERR Unsupported option {word.decode('latin-1')}")
        conditions.add(word.upper())
    if b"NX" in conditions and len(conditions) > 1:
        raise RedisError("ERR NX and XX, GT or LT options at the same time are not compatible")
    if {b"GT", b"LT"} <= conditions:
        raise RedisError("ERR GT and LT options at the same time are not compatible")
    return conditions


def _allowed(conditions: set[bytes], old_ms: int | None, new_ms: int) -> bool:
    """Whether the conditions hold; a key without a time to live counts as one that expires last of all."""
    return not (
        (b"NX" in conditions and old_ms is not None)
        or (b"XX" in conditions and old_ms is None)
        or (b"GT" in conditions and (old_ms is None or new_ms <= old_ms))
        or (b"LT" in conditions and old_ms is not None and new_ms >= old_ms)
    )


@command("TTL", arity=2, flags="readonly fast", keys=one_key("RO access"), tips="nondeterministic_output")
def ttl(client: Client, key: bytes) -> int:
    """Returns how many seconds a key has left; -1 for a key that lives for ever, -2 for none.

    TTL key
    Since 1.0.0, O(1)
    """
    left_ms = pttl(client, key)
    return left_ms if left_ms < 0 else (left_ms + 500) // 1000


@command("PTTL", arity=2, flags="readonly fast", keys=one_key("RO access"), tips="nondeterministic_output")
def pttl(client: Client, key: bytes) -> int:
    """Returns how many milliseconds a key has left; -1 for a key that lives for ever, -2 for none.

    PTTL key
    Since 2.6.0, O(1)
    """
    expire_at_ms = pexpiretime(client, key)
    return expire_at_ms if expire_at_ms < 0 else max(expire_at_ms - client.server.clock.now_ms, 0)


@command("EXPIRETIME", arity=2, flags="readonly fast", keys=one_key("RO access"))
def expiretime(client: Client, key: bytes) -> int:
    """Returns the Unix time in seconds at which a key expires; -1 and -2 as TTL.

    EXPIRETIME key
    Since 7.0.0, O(1)
    """
    expire_at_ms = pexpiretime(client, key)
    return expire_at_ms if expire_at_ms < 0 else (expire_at_ms + 500) // 1000


@command("PEXPIRETIME", arity=2, flags="readonly fast", keys=one_key("RO access"))
def pexpiretime(client: Client, key: bytes) -> int:
    """Returns the Unix time in milliseconds at which a key expires; -1 and -2 as TTL.

    PEXPIRETIME key
    Since 7.0.0, O(1)
    """
    if client.db.get_no_touch(key) is None:
        return MISSING
    expire_at_ms = client.db.expire_at_ms(key)
    return LIVES_FOREVER if expire_at_ms is None else expire_at_ms


@command("PERSIST", arity=2, flags="write fast", keys=one_key("RW update"))
def persist(client: Client, key: bytes) -> int:
    """Lets a key live for ever; 1 when it was going to expire.

    PERSIST key
    Since 2.2.0, O(1)
    """
    return int(key in client.db and client.db.persist(key))
