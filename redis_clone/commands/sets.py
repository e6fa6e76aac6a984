"""The set commands.  Those that combine several sets are in set_algebra.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import negatable_integer, picks, positive
from redis_clone.commands.scanning import read_cursor, scan_members
from redis_clone.protocol.errors import SYNTAX, WRONG_TYPE, RedisError
from redis_clone.protocol.replies import Members
from redis_clone.storage.sets import Set

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("set")

POPPED_AT_ONCE = 1024  # members, so that no command in the log is very long


@command("SADD", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def sadd(client: Client, key: bytes, *members: bytes) -> int:
    """Adds members to a set, and makes the set when there is none.

    SADD key member [member ...]
    Since 1.0.0, O(N) where N is the number of members.
    """
    stored = client.db.edit(key, Set)
    if stored is None:
        stored = Set()
    before = len(stored.members)
    for member in members:
        stored.add(member)
    added = len(stored.members) - before
    if added:
        client.db.update(key, stored, "sadd", added)
    return added


@command("SREM", arity=-3, flags="write fast", keys=one_key("RW delete"))
def srem(client: Client, key: bytes, *members: bytes) -> int:
    """Removes members from a set, and the set with the last of them.

    SREM key member [member ...]
    Since 1.0.0, O(N) where N is the number of members.
    """
    stored = client.db.edit(key, Set) or Set()
    removed = sum([stored.discard(member) for member in members])
    if removed:
        client.db.update(key, stored, "srem", removed)
    return removed


@command("SMOVE", arity=4, flags="write fast", keys=[one_key("RW access delete"), one_key("RW insert", at=2)])
def smove(client: Client, source: bytes, destination: bytes, member: bytes) -> int:
    """Moves a member from one set to another.

    SMOVE source destination member
    Since 1.0.0, O(1)
    """
    # Both are looked up first, for one that has expired is deleted whatever becomes of the other.
    giver, taker = [client.db.edit(key, object) for key in (source, destination)]
    if giver is None:
        return 0  # before the type of the destination matters
    if not isinstance(giver, Set) or not isinstance(taker, Set | None):
        raise RedisError(WRONG_TYPE)
    if member not in giver.members:
        return 0
    if giver is taker:
        return 1
    giver.discard(member)
    client.db.update(source, giver, "srem")
    taker = taker or Set()
    if taker.add(member):
        client.db.update(destination, taker, "sadd")
    return 1


@command(
    "SPOP", arity=-2, flags="write fast", keys=one_key("RW access delete"), tips="nondeterministic_output"
)
def spop(client: Client, key: bytes, *count: bytes) -> bytes | None | Members:
    """Removes members picked at random, and returns them.

    SPOP key [count]
    Since 1.0.0, O(N) where N is the number of members returned.
    """
    _check_one_count(count)
    wanted = positive(count[0]) if count else 1
    stored = client.db.edit(key, Set)
    if stored is None:
        return Members() if count else None
    if count and wanted >= len(stored):
        client.db.get(key, Set)  # a hit: Redis returns a whole set as SUNION does
    popped = stored.pop_many(wanted, client.server.random)
    if popped:
        client.db.update(key, stored, "spop", len(popped))
        _propagate_popped(client, key, popped, is_gone=bool(count) and not stored)
    return Members(popped) if count else popped[0]


def _propagate_popped(client: Client, key: bytes, popped: Sequence[bytes], is_gone: bool) -> None:
    """Replicates SPOP as SREM with many members, as in 7.2; 7.0 writes one SREM for each member."""
    if is_gone:
        client.server.propagation.replicate_as(b"DEL", key)
        return
    for start in range(0, len(popped), POPPED_AT_ONCE):
        client.server.propagation.replicate_as(b"SREM", key, *popped[start : start + POPPED_AT_ONCE])


@command("SRANDMEMBER", arity=-2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def srandmember(client: Client, key: bytes, *count: bytes) -> bytes | None | list[bytes]:
    """Returns members picked at random; a negative count may return one more than once.

    SRANDMEMBER key [count]
    Since 1.0.0, O(N) where N is the number of members returned.
    """
    _check_one_count(count)
    random = client.server.random
    if not count:
        stored = client.db.get(key, Set)
        return stored.sample(random) if stored else None
    wanted = negatable_integer(count[0])
    stored = client.db.get(key, Set)
    if stored is None or wanted == 0:
        return []
    if wanted < 0:
        return [stored.sample(random) for _ in picks(client, wanted)]
    return stored.sample_many(wanted, random)


@command("SCARD", arity=2, flags="readonly fast", keys=one_key("RO"))
def scard(client: Client, key: bytes) -> int:
    """Returns the number of members of a set.

    SCARD key
    Since 1.0.0, O(1)
    """
    return len(members_of(client, key))


@command("SISMEMBER", arity=3, flags="readonly fast", keys=one_key("RO"))
def sismember(client: Client, key: bytes, member: bytes) -> int:
    """Tells whether a set has a member: 1 or 0.

    SISMEMBER key member
    Since 1.0.0, O(1)
    """
    return int(member in members_of(client, key))


@command("SMISMEMBER", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def smismember(client: Client, key: bytes, *members: bytes) -> list[int]:
    """Tells for each member whether a set has it: 1 or 0.

    SMISMEMBER key member [member ...]
    Since 6.2.0, O(N) where N is the number of members asked for.
    """
    stored = members_of(client, key)
    return [int(member in stored) for member in members]


@command(
    "SMEMBERS", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output_order"
)
def smembers(client: Client, key: bytes) -> Members:
    """Returns all members of a set.

    SMEMBERS key
    Since 1.0.0, O(N) where N is the number of members.
    """
    stored = client.db.get(key, Set)
    return Members(stored.in_order() if stored else ())


@command("SSCAN", arity=-3, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def sscan(client: Client, key: bytes, cursor: bytes, *options: bytes) -> list[object]:
    """Walks a set step by step.

    SSCAN key cursor [MATCH pattern] [COUNT count]
    Since 2.8.0, O(1) for every call, O(N) for the whole set.
    """
    start = read_cursor(cursor)
    stored = client.db.get(key, Set)
    if stored is None:
        return [b"0", []]
    following, members = scan_members(stored.scan, start, options)
    return [b"%d" % following, members]


def _check_one_count(count: tuple[bytes, ...]) -> None:
    if len(count) > 1:
        raise RedisError(SYNTAX)  # for LPOP, Redis calls this an arity error


def members_of(client: Client, key: bytes) -> set[bytes]:
    """The members of a set, only for reading: it is the stored set itself."""
    stored = client.db.get(key, Set)
    return stored.members if stored else set()
