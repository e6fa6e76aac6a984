"""The set commands that compute one set from several: intersection, union, difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import all_keys, counted_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, one_or_more, positive
from redis_clone.commands.sets import members_of
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Members
from redis_clone.storage.sets import Set, in_order

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("set")


@command(
    "SINTER", arity=-2, flags="readonly", keys=all_keys("RO access"), tips="nondeterministic_output_order"
)
def sinter(client: Client, *keys: bytes) -> Members:
    """Returns the members that all the sets have.

    SINTER key [key ...]
    Since 1.0.0, O(N*M) where N is the size of the smallest set and M is the number of sets.
    """
    return Members(in_order(_intersection(_all_members(client, keys))))


@command("SINTERCARD", arity=-3, flags="readonly", keys=counted_keys("RO access"))
def sintercard(client: Client, numkeys: bytes, *keys_and_options: bytes) -> int:
    """Returns how many members all the sets have, counting no further than the limit.

    SINTERCARD numkeys key [key ...] [LIMIT limit]
    Since 7.0.0, O(N*M) where N is the size of the smallest set and M is the number of sets.
    """
    count = one_or_more(numkeys, "ERR numkeys should be greater than 0")
    if count > len(keys_and_options):
        raise RedisError("ERR Number of keys can't be greater than number of args")
    limit = 0
    options = Options(keys_and_options[count:])
    while options:
        if options.word() != b"LIMIT":
            raise options.error()
        limit = positive(options.value(), "ERR LIMIT can't be negative")
    found = len(_intersection(_all_members(client, keys_and_options[:count])))
    return min(found, limit) if limit else found


@command(
    "SINTERSTORE",
    arity=-3,
    flags="write denyoom",
    keys=[one_key("RW update"), all_keys("RO access", at=2)],
)
def sinterstore(client: Client, destination: bytes, *keys: bytes) -> int:
    """Stores the members that all the sets have, and returns their number.

    SINTERSTORE destination key [key ...]
    Since 1.0.0, O(N*M) where N is the size of the smallest set and M is the number of sets.
    """
    return _store(client, destination, _intersection(_all_members(client, keys)), "sinterstore")


@command(
    "SUNION", arity=-2, flags="readonly", keys=all_keys("RO access"), tips="nondeterministic_output_order"
)
def sunion(client: Client, *keys: bytes) -> Members:
    """Returns the members that any of the sets has.

    SUNION key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    return Members(in_order(_union(_all_members(client, keys))))


@command(
    "SUNIONSTORE",
    arity=-3,
    flags="write denyoom",
    keys=[one_key("OW update"), all_keys("RO access", at=2)],
)
def sunionstore(client: Client, destination: bytes, *keys: bytes) -> int:
    """Stores the members that any of the sets has, and returns their number.

    SUNIONSTORE destination key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    return _store(client, destination, _union(_all_members(client, keys)), "sunionstore")


@command(
    "SDIFF", arity=-2, flags="readonly", keys=all_keys("RO access"), tips="nondeterministic_output_order"
)
def sdiff(client: Client, *keys: bytes) -> Members:
    """Returns the members of the first set that none of the others has.

    SDIFF key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    return Members(in_order(_difference(_all_members(client, keys))))


@command(
    "SDIFFSTORE",
    arity=-3,
    flags="write denyoom",
    keys=[one_key("OW update"), all_keys("RO access", at=2)],
)
def sdiffstore(client: Client, destination: bytes, *keys: bytes) -> int:
    """Stores the members of the first set that none of the others has, and returns their number.

    SDIFFSTORE destination key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    return _store(client, destination, _difference(_all_members(client, keys)), "sdiffstore")


def _all_members(client: Client, keys: Sequence[bytes]) -> list[set[bytes]]:
    """The members of each set, none for a missing key; all types are checked before anything is computed."""
    return [members_of(client, key) for key in keys]


def _intersection(sets: list[set[bytes]]) -> set[bytes]:
    smallest, *others = sorted(sets, key=len)
    return smallest.intersection(*others)


def _union(sets: list[set[bytes]]) -> set[bytes]:
    return set[bytes]().union(*sets)


def _difference(sets: list[set[bytes]]) -> set[bytes]:
    first, *others = sets
    return first.difference(*others)


def _store(client: Client, destination: bytes, members: set[bytes], event: str) -> int:
    if members:
        client.db.set_value(destination, Set(members), event)
    else:
        client.db.delete(destination)
    return len(members)
