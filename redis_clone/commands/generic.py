"""The commands about keys of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, int32
from redis_clone.commands.scanning import read_cursor, read_options
from redis_clone.protocol.errors import (
    DB_OUT_OF_RANGE,
    NO_SUCH_KEY,
    SAME_OBJECT,
    RedisError,
    not_in_a_cluster,
)
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.storage.database import Database
from redis_clone.storage.types import copied, type_name
from redis_clone.structures.glob import compiled

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("generic")

SUM_OF_SHARDS = "request_policy:multi_shard response_policy:agg_sum"


@command("DEL", arity=-2, flags="write", keys=all_keys("RM delete"), tips=SUM_OF_SHARDS)
def del_(client: Client, *keys: bytes) -> int:
    """Deletes keys, and returns how many there were.

    DEL key [key ...]
    Since 1.0.0, O(N) where N is the number of keys, and of the members of their values.
    """
    return sum([_delete(client, key) for key in keys])


def _delete(client: Client, key: bytes) -> bool:
    """Delete a key; True when there was one.

    An expired key goes by itself, and does not count; but one that a replica hides counts, as in Redis.
    """
    client.db.get_no_stats(key)
    return client.db.delete(key)


@command("UNLINK", arity=-2, flags="write fast", keys=all_keys("RM delete"), tips=SUM_OF_SHARDS)
def unlink(client: Client, *keys: bytes) -> int:
    """Deletes keys, and returns how many there were.

    UNLINK key [key ...]
    Since 4.0.0, O(N) where N is the number of keys, and of the members of their values.
    """
    return sum([_delete(client, key) for key in keys])


@command("EXISTS", arity=-2, flags="readonly fast", keys=all_keys("RO"), tips=SUM_OF_SHARDS)
def exists(client: Client, *keys: bytes) -> int:
    """Counts the keys that are there; one that is named twice counts twice.

    EXISTS key [key ...]
    Since 1.0.0, O(N) where N is the number of keys.
    """
    return sum([client.db.get_no_touch(key) is not None for key in keys])


@command("TOUCH", arity=-2, flags="readonly fast", keys=all_keys("RO"), tips=SUM_OF_SHARDS)
def touch(client: Client, *keys: bytes) -> int:
    """Counts the keys that are there, and sets their access time to now.

    TOUCH key [key ...]
    Since 3.2.1, O(N) where N is the number of keys.
    """
    return sum([client.db.get(key, object) is not None for key in keys])


@command("TYPE", arity=2, flags="readonly fast", keys=one_key("RO"))
def type_(client: Client, key: bytes) -> SimpleString:
    """Returns the name of the type of a key's value, or none.

    TYPE key
    Since 1.0.0, O(1)
    """
    value = client.db.get_no_touch(key)
    return SimpleString("none" if value is None else type_name(value))


@command(
    "KEYS",
    arity=2,
    flags="readonly",
    tips="request_policy:all_shards nondeterministic_output_order",
    categories="dangerous",
)
def keys_(client: Client, pattern: bytes) -> list[bytes]:
    """Returns all keys that match a pattern, while all other clients wait; SCAN does not make them wait.

    KEYS pattern
    Since 1.0.0, O(N) where N is the number of keys in the database.
    """
    if pattern == b"*":
        return client.db.live_keys()
    glob = compiled(pattern)
    return [key for key in client.db.live_keys() if glob.matches(key)]


@command("SCAN", arity=-2, flags="readonly", tips="nondeterministic_output request_policy:special")
def scan(client: Client, cursor: bytes, *args: bytes) -> list[object]:
    """Walks the keys of the database step by step.

    SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
    Since 2.8.0, O(1) for every call, O(N) for the whole database.
    """
    start = read_cursor(cursor)
    options = read_options(args, takes_type=True)
    following, keys = client.db.scan(start, options.count)
    wanted = [key for key in keys if options.wants(key)]
    if options.type_name is None:
        found = [key for key in wanted if client.db.get_no_stats(key) is not None]
    else:
        found = [key for key in wanted if _has_type(client.db.get_no_touch(key), options.type_name)]
    return [b"%d" % following, found]


def _has_type(value: object, name: bytes) -> bool:
    return value is not None and type_name(value).encode() == name.lower()


@command("RANDOMKEY", arity=1, flags="readonly", tips="request_policy:all_shards nondeterministic_output")
def randomkey(client: Client) -> bytes | None:
    """Returns a key picked at random.

    RANDOMKEY
    Since 1.0.0, O(1)
    """
    return client.db.random_key(client.server.random)


@command("RENAME", arity=3, flags="write", keys=[one_key("RW access delete"), one_key("OW update", at=2)])
def rename(client: Client, key: bytes, newkey: bytes) -> SimpleString:
    """Gives a key another name, over whatever has that name.

    RENAME key newkey
    Since 1.0.0, O(1)
    """
    _must_exist(client, key)
    if key != newkey:
        client.db.rename(key, newkey)
    return OK


@command(
    "RENAMENX", arity=3, flags="write fast", keys=[one_key("RW access delete"), one_key("OW insert", at=2)]
)
def renamenx(client: Client, key: bytes, newkey: bytes) -> int:
    """Gives a key another name if nothing has that name.

    RENAMENX key newkey
    Since 1.0.0, O(1)
    """
    _must_exist(client, key)
    if newkey in client.db:
        return 0
    client.db.rename(key, newkey)
    return 1


def _must_exist(client: Client, key: bytes) -> None:
    if key not in client.db:
        raise RedisError(NO_SUCH_KEY)


@command("MOVE", arity=3, flags="write fast", keys=one_key("RW access update"))
def move(client: Client, key: bytes, db: bytes) -> int:
    """Moves a key to another database, if there is none of that name.

    MOVE key db
    Since 1.0.0, O(1)
    """
    if client.server.cluster is not None:
        raise not_in_a_cluster("MOVE")
    target = _database(client, db)
    if target is client.db:
        raise RedisError(SAME_OBJECT)
    if key not in client.db or key in target:
        return 0
    target.take_from(client.db, key)
    return 1


@command("COPY", arity=-3, flags="write denyoom", keys=[one_key("RO access"), one_key("OW update", at=2)])
def copy(client: Client, source: bytes, destination: bytes, *args: bytes) -> int:
    """Copies a key, its time to live too.

    COPY source destination [DB destination-db] [REPLACE]
    Since 6.2.0, O(N) where N is the number of members of the value.
    """
    target, replaces = client.db, False
    options = Options(args)
    while options:
        match options.word():
            case b"REPLACE":
                replaces = True
            case b"DB":
                target = _database(client, options.value())
            case _:
                raise options.error()
    if target is not client.db and client.server.cluster is not None:
        raise RedisError("ERR Copying to another database is not allowed in cluster mode")
    if target is client.db and source == destination:
        raise RedisError(SAME_OBJECT)
    value = client.db.get(source, object)
    if value is None or (destination in target and not replaces):
        return 0
    target.replace(destination, copied(value), "copy_to", client.db.expire_at_ms(source))
    return 1


def _database(client: Client, index: bytes) -> Database:
    number = int32(index)
    if not 0 <= number < len(client.server.databases):
        raise RedisError(DB_OUT_OF_RANGE)
    return client.server.databases[number]
