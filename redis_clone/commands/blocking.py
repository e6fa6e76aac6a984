"""The blocking commands on lists and sorted sets: BLPOP, BZPOPMIN and their families.

Each first tries what its variant without the B does.  When there is nothing to take, it returns a Blocked,
and is called again when one of its keys is written (see redis_clone/features/blocking.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import all_keys, counted_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands import lists, sorted_sets
from redis_clone.commands.arguments import timeout_ms
from redis_clone.commands.lists import LEFT, RIGHT, End, MultiPop, end_named
from redis_clone.features.blocking import Blocked
from redis_clone.protocol.replies import Reply
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.structures.quicklist import QuickList

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("list")
sorted_set_command = command_group("sorted-set")


@command("BLPOP", arity=-3, flags="write blocking", keys=all_keys("RW access delete", last=-2))
def blpop(client: Client, *keys_and_timeout: bytes) -> Reply:
    """Takes the first element off the first of the lists that has any, or waits for one.

    BLPOP key [key ...] timeout
    Since 2.0.0, O(N) where N is the number of keys.
    """
    return _pop(client, keys_and_timeout, LEFT)


@command("BRPOP", arity=-3, flags="write blocking", keys=all_keys("RW access delete", last=-2))
def brpop(client: Client, *keys_and_timeout: bytes) -> Reply:
    """Takes the last element off the first of the lists that has any, or waits for one.

    BRPOP key [key ...] timeout
    Since 2.0.0, O(N) where N is the number of keys.
    """
    return _pop(client, keys_and_timeout, RIGHT)


def _pop(client: Client, keys_and_timeout: tuple[bytes, ...], end: End) -> Reply:
    *keys, timeout = keys_and_timeout
    wait_ms = timeout_ms(timeout)
    found = lists.pop_first(client, MultiPop(keys, end, None))
    if found is None:
        return Blocked(tuple(keys), QuickList, wait_ms)
    key, popped = found
    return [key, *popped]  # type: ignore[misc]


@command("BLMPOP", arity=-5, flags="write blocking", keys=counted_keys("RW access delete", at=2))
def blmpop(client: Client, timeout: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Takes elements off the first of the lists that has any, or waits for one.

    BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]
    Since 7.0.0, O(N+M) where N is the number of keys and M is the number of elements returned.
    """
    asked = lists.read_mpop(numkeys, args)
    wait_ms = timeout_ms(timeout)  # read last in Redis too
    return lists.pop_first(client, asked) or Blocked(tuple(asked.keys), QuickList, wait_ms)


@command(
    "BLMOVE",
    arity=6,
    flags="write denyoom blocking",
    keys=[one_key("RW access delete"), one_key("RW insert", at=2)],
)
def blmove(
    client: Client, source: bytes, destination: bytes, from_: bytes, to: bytes, timeout: bytes
) -> Reply:
    """Moves an element from an end of one list to an end of another, or waits for one.

    BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout
    Since 6.2.0, O(1)
    """
    ends, wait_ms = (end_named(from_), end_named(to)), timeout_ms(timeout)
    moved = lists.move(client, source, destination, *ends)
    if moved is None:
        return Blocked((source,), QuickList, wait_ms, reply_at_once=None)
    client.server.propagation.replicate_as(b"LMOVE", source, destination, from_, to)
    return moved


@command(
    "BRPOPLPUSH",
    arity=4,
    flags="write denyoom blocking",
    keys=[one_key("RW access delete"), one_key("RW insert", at=2)],
)
def brpoplpush(client: Client, source: bytes, destination: bytes, timeout: bytes) -> Reply:
    """Moves the last element of a list to the head of another, or waits for one.

    BRPOPLPUSH source destination timeout
    Since 2.2.0, O(1)
    """
    wait_ms = timeout_ms(timeout)
    moved = lists.rpoplpush(client, source, destination)
    if moved is None:
        return Blocked((source,), QuickList, wait_ms, reply_at_once=None)
    client.server.propagation.replicate_as(b"RPOPLPUSH", source, destination)
    return moved


@sorted_set_command(
    "BZPOPMIN", arity=-3, flags="write fast blocking", keys=all_keys("RW access delete", last=-2)
)
def bzpopmin(client: Client, *keys_and_timeout: bytes) -> Reply:
    """Takes the member with the lowest score off the first sorted set that has any, or waits for one.

    BZPOPMIN key [key ...] timeout
    Since 5.0.0, O(log(N)) where N is the number of members.
    """
    return _zpop(client, keys_and_timeout, b"MIN")


@sorted_set_command(
    "BZPOPMAX", arity=-3, flags="write fast blocking", keys=all_keys("RW access delete", last=-2)
)
def bzpopmax(client: Client, *keys_and_timeout: bytes) -> Reply:
    """Takes the member with the highest score off the first sorted set that has any, or waits for one.

    BZPOPMAX key [key ...] timeout
    Since 5.0.0, O(log(N)) where N is the number of members.
    """
    return _zpop(client, keys_and_timeout, b"MAX")


def _zpop(client: Client, keys_and_timeout: tuple[bytes, ...], end: bytes) -> Reply:
    *keys, timeout = keys_and_timeout
    wait_ms = timeout_ms(timeout)
    for key in keys:
        for member, score in sorted_sets.pop_items(client, key, end, 1):
            client.server.propagation.replicate_as(b"ZPOP" + end, key)
            return [key, member, score]
    return Blocked(tuple(keys), SortedSet, wait_ms)


@sorted_set_command("BZMPOP", arity=-5, flags="write blocking", keys=counted_keys("RW access delete", at=2))
def bzmpop(client: Client, timeout: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Takes members off the first of the sorted sets that has any, or waits for one.

    BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]
    Since 7.0.0, O(K) + O(M*log(N)) where K is the number of keys, N that of members and M of members popped.
    """
    asked = sorted_sets.read_mpop(numkeys, args)
    wait_ms = timeout_ms(timeout)  # read last in Redis too
    return sorted_sets.pop_first(client, asked) or Blocked(tuple(asked.keys), SortedSet, wait_ms)
