"""DUMP and RESTORE: a value as bytes that any Redis server can read.

    payload     type byte, value (persistence/rdb_values.py), RDB version (16 bits), CRC64 of all before it

A server rejects a payload of a newer RDB version than its own, so DUMP writes the lowest version that has all
the types in use.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.features.persistence.rdb_format import CHECKSUM_BYTES, NEWEST_VERSION, VERSION_WRITTEN
from redis_clone.features.persistence.rdb_primitives import Reader
from redis_clone.features.persistence.rdb_values import read_value, write_value
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.structures.checksums import crc64
from redis_clone.structures.numbers import INT64_MAX

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("generic")
server_command = command_group("server")

VERSION_BYTES = 2


@command("DUMP", arity=2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def dump(client: Client, key: bytes) -> bytes | None:
    """Returns a value in the form in which RESTORE takes it.

    DUMP key
    Since 2.6.0, O(N) where N is the size of the value.
    """
    value = client.db.get(key, object)
    return None if value is None else payload_of(value)


def payload_of(value: object) -> bytes:
    """What DUMP returns for a value."""
    type_byte, data = write_value(value)
    return wrapped(bytes([type_byte]) + data, VERSION_WRITTEN)


@command("RESTORE", arity=-4, flags="write denyoom", keys=one_key("OW update"), categories="dangerous")
def restore(client: Client, key: bytes, ttl: bytes, payload: bytes, *args: bytes) -> SimpleString:
    """Creates a key from what DUMP returned, here or on another server.

    RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
    Since 2.6.0, O(N) where N is the size of the value; O(N*log(N)) for the members of a sorted set.
    """
    options = _read_options(args)
    if b"REPLACE" not in options and key in client.db:
        raise RedisError("BUSYKEY Target key name already exists.")
    amount = _at_least_0(integer(ttl), "TTL")
    value = _read_payload(unwrapped(client, payload, NEWEST_VERSION))
    propagation = client.server.propagation
    expire_at_ms = amount + (0 if b"ABSTTL" in options else client.server.clock.now_ms)
    # In Redis a time beyond 64 bits wraps around into the past.
    if amount and (client.db.is_past(expire_at_ms) or expire_at_ms > INT64_MAX):
        if client.db.delete(key):
            propagation.replicate_as(b"DEL", key)
        return OK
    client.db.replace(key, value, "restore", expire_at_ms if amount else None)
    _restore_access_field(client, key, options)
    if amount and b"ABSTTL" not in options:
        propagation.replicate_as(b"RESTORE", key, b"%d" % expire_at_ms, payload, *args, b"ABSTTL")
    return OK


@server_command(
    "RESTORE-ASKING",
    arity=-4,
    flags="write denyoom asking",
    keys=one_key("OW update"),
    categories="keyspace dangerous",
)
def restore_asking(client: Client, key: bytes, ttl: bytes, payload: bytes, *args: bytes) -> SimpleString:
    """Does what RESTORE does; the nodes of a cluster send it to each other.

    RESTORE-ASKING key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
    Since 3.0.0, O(N) where N is the size of the value; O(N*log(N)) for the members of a sorted set.
    """
    return restore(client, key, ttl, payload, *args)


def _restore_access_field(client: Client, key: bytes, options: dict[bytes, int]) -> None:
    """Sets the access field from FREQ or IDLETIME, whichever the eviction policy uses."""
    access = client.server.access
    if b"FREQ" in options and access.is_lfu:
        client.db.set_access_field(key, access.field_of_counter(options[b"FREQ"]))
    if b"IDLETIME" in options and not access.is_lfu:
        client.db.set_access_field(key, access.field_of_idle(options[b"IDLETIME"] * 1000))


def _read_options(args: tuple[bytes, ...]) -> dict[bytes, int]:
    """The given options by name, each with its number, 0 for an option without one."""
    found: dict[bytes, int] = {}
    options = Options(args)
    while options:
        word, number = options.word(), 0
        match word:
            case b"REPLACE" | b"ABSTTL":
                pass
            case b"IDLETIME" if b"FREQ" not in found:
                number = _at_least_0(integer(options.value()), "IDLETIME")
            case b"FREQ" if b"IDLETIME" not in found:
                number = integer(options.value())
                if not 0 <= number <= 255:
                    raise RedisError("ERR Invalid FREQ value, must be >= 0 and <= 255")
            case _:
                raise options.error()
        found[word] = number
    return found


def _at_least_0(number: int, name: str) -> int:
    if number < 0:
        raise RedisError(f"ERR Invalid {name} value, must be >= 0")
    return number


def wrapped(data: bytes, version: int) -> bytes:
    """A payload: the data, a version and a checksum."""
    payload = data + version.to_bytes(VERSION_BYTES, "little")
    return payload + crc64(payload).to_bytes(CHECKSUM_BYTES, "little")


def unwrapped(client: Client, payload: bytes, newest: int) -> bytes:
    """The data of a payload; RedisError when its version or its checksum is wrong."""
    body, checksum = payload[:-CHECKSUM_BYTES], payload[-CHECKSUM_BYTES:]
    version = int.from_bytes(body[-VERSION_BYTES:], "little")
    is_whole = len(payload) >= VERSION_BYTES + CHECKSUM_BYTES
    is_right = client.server.debug.skips_checksums or crc64(body) == int.from_bytes(checksum, "little")
    if not is_whole or version > newest or not is_right:
        raise RedisError("ERR DUMP payload version or checksum are wrong")
    return body[:-VERSION_BYTES]


def _read_payload(data: bytes) -> object:
    reader = Reader(io.BytesIO(data).read)
    try:
        return read_value(reader.byte(), reader)
    except ValueError:
        raise RedisError("ERR Bad data format") from None
