"""The set commands."""

from collections.abc import Sequence

from redis_clone.commands.arguments import Options, negatable_integer, one_or_more, picks, positive
from redis_clone.commands.scanning import read_cursor, scan_members
from redis_clone.errors import SYNTAX, RedisError
from redis_clone.keyspecs import all_keys, counted_keys, one_key
from redis_clone.registry import command_group
from redis_clone.state import Client
from redis_clone.storage.sets import Set

command = command_group("set")

POPPED_AT_ONCE = 1024  # members, so that no command in the log is very long


@command("SADD", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def sadd(client: Client, key: bytes, *members: bytes) -> int:
    """Adds members to a set, and makes the set when there is none.

    SADD key member [member ...]
    Since 1.0.0, O(N) where N is the number of members.
    """
    stored = client.db.edit(key, Set) or Set()
    added = sum([stored.add(member) for member in members])
    if added:
        client.db.store(key, stored, "sadd")
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
        client.db.store(key, stored, "srem")
    return removed


@command("SMOVE", arity=4, flags="write fast", keys=[one_key("RW access delete"), one_key("RW insert", at=2)])
def smove(client: Client, source: bytes, destination: bytes, member: bytes) -> int:
    """Moves a member from one set to another.

    SMOVE source destination member
    Since 1.0.0, O(1)
    """
    giver = client.db.edit(source, Set)
    if giver is None:
        return 0  # before the destination is looked at, whatever its type
    taker = client.db.edit(destination, Set)
    if member not in giver.members:
        return 0
    if giver is taker:
        return 1
    giver.discard(member)
    client.db.store(source, giver, "srem")
    taker = taker or Set()
    if taker.add(member):
        client.db.store(destination, taker, "sadd")
    return 1


@command(
    "SPOP", arity=-2, flags="write fast", keys=one_key("RW access delete"), tips="nondeterministic_output"
)
def spop(client: Client, key: bytes, *count: bytes) -> bytes | None | set[bytes]:
    """Removes members picked at random, and returns them.

    SPOP key [count]
    Since 1.0.0, O(N) where N is the number of members returned.
    """
    _check_one_count(count)
    wanted = positive(count[0]) if count else 1
    stored = client.db.edit(key, Set)
    if stored is None:
        return set() if count else None
    popped = stored.pop_many(wanted, client.server.random)
    if popped:
        client.db.store(key, stored, "spop")
        _propagate_popped(client, key, popped, is_gone=bool(count) and not stored)
    return set(popped) if count else popped[0]


def _propagate_popped(client: Client, key: bytes, popped: Sequence[bytes], is_gone: bool) -> None:
    """As in 7.2: many members in one SREM, where 7.0 writes one for each."""
    if is_gone:
        client.server.propagation.instead(b"DEL", key)
        return
    for start in range(0, len(popped), POPPED_AT_ONCE):
        client.server.propagation.instead(b"SREM", key, *popped[start : start + POPPED_AT_ONCE])


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
        return [stored.sample(random) for _ in picks(wanted)]
    return stored.sample_many(wanted, random)


@command("SCARD", arity=2, flags="readonly fast", keys=one_key("RO"))
def scard(client: Client, key: bytes) -> int:
    """Returns the number of members of a set.

    SCARD key
    Since 1.0.0, O(1)
    """
    return len(_members(client, key))


@command("SISMEMBER", arity=3, flags="readonly fast", keys=one_key("RO"))
def sismember(client: Client, key: bytes, member: bytes) -> int:
    """Tells whether a set has a member: 1 or 0.

    SISMEMBER key member
    Since 1.0.0, O(1)
    """
    return int(member in _members(client, key))


@command("SMISMEMBER", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def smismember(client: Client, key: bytes, *members: bytes) -> list[int]:
    """Tells for each member whether a set has it: 1 or 0.

    SMISMEMBER key member [member ...]
    Since 6.2.0, O(N) where N is the number of members asked for.
    """
    stored = _members(client, key)
    return [int(member in stored) for member in members]


@command(
    "SMEMBERS", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output_order"
)
def smembers(client: Client, key: bytes) -> set[bytes]:
    """Returns all members of a set.

    SMEMBERS key
    Since 1.0.0, O(N) where N is the number of members.
    """
    return _members(client, key)


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


@command(
    "SINTER", arity=-2, flags="readonly", keys=all_keys("RO access"), tips="nondeterministic_output_order"
)
def sinter(client: Client, *keys: bytes) -> set[bytes]:
    """Returns the members that all the sets have.

    SINTER key [key ...]
    Since 1.0.0, O(N*M) where N is the size of the smallest set and M is the number of sets.
    """
    return _intersection(_all_members(client, keys))


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
def sunion(client: Client, *keys: bytes) -> set[bytes]:
    """Returns the members that any of the sets has.

    SUNION key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    return set[bytes]().union(*_all_members(client, keys))


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
    return _store(client, destination, sunion(client, *keys), "sunionstore")


@command(
    "SDIFF", arity=-2, flags="readonly", keys=all_keys("RO access"), tips="nondeterministic_output_order"
)
def sdiff(client: Client, *keys: bytes) -> set[bytes]:
    """Returns the members of the first set that none of the others has.

    SDIFF key [key ...]
    Since 1.0.0, O(N) where N is the number of members in all the sets.
    """
    first, *others = _all_members(client, keys)
    return first.difference(*others)


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
    return _store(client, destination, sdiff(client, *keys), "sdiffstore")


def _check_one_count(count: tuple[bytes, ...]) -> None:
    if len(count) > 1:
        raise RedisError(SYNTAX)  # where LPOP has it an arity error; so it is there


def _members(client: Client, key: bytes) -> set[bytes]:
    """For looking only: the set itself when the key has one."""
    stored = client.db.get(key, Set)
    return stored.members if stored else set()


def _all_members(client: Client, keys: Sequence[bytes]) -> list[set[bytes]]:
    """Of each key, missing ones empty; every type is checked before anything is computed."""
    return [_members(client, key) for key in keys]


def _intersection(sets: list[set[bytes]]) -> set[bytes]:
    smallest, *others = sorted(sets, key=len)
    return smallest.intersection(*others)


def _store(client: Client, destination: bytes, members: set[bytes], event: str) -> int:
    if members:
        client.db.overwrite(destination, Set(members), event)
    else:
        client.db.delete(destination)
    return len(members)
