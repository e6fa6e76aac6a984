"""MIGRATE.  What it does is in server/migration.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import KeyAt, all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.dump import payload_of
from redis_clone.features.migration import Conversation, Item, Target
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply, SimpleString
from redis_clone.server.migration import Migration
from redis_clone.server.migration import migrate as begin

if TYPE_CHECKING:
    from redis_clone.server.state import Client, Server

command = command_group("generic")

DEFAULT_TIMEOUT_MS = 1000
LONGEST_TIMEOUT_MS = 10**9  # 11 days; the system counts in 32 bits


class Asked(NamedTuple):
    """The options of a MIGRATE."""

    flags: set[bytes]  # COPY, REPLACE
    auth: tuple[bytes, ...]
    keys: tuple[bytes, ...]


def _keys_of_migrate(argv: Sequence[bytes]) -> list[KeyAt]:
    """The third argument, or those behind KEYS when it is empty (migrateGetKeys in db.c)."""
    flags, at = ("RW", "access", "delete"), 6
    while at < len(argv) - 1:
        word = argv[at].upper()
        if word == b"KEYS":
            last = at if argv[3] else len(argv) - 1  # none, when the third argument names a key too
            return [KeyAt(position, flags) for position in range(at + 1, last + 1)]
        at += {b"AUTH": 2, b"AUTH2": 3}.get(word, 1)
    return [KeyAt(3, flags)]


@command(
    "MIGRATE",
    arity=-6,
    flags="write",
    keys=[
        one_key("RW access delete", at=3),
        all_keys("RW access delete incomplete", after=("KEYS", -2)),
    ],
    find_keys=_keys_of_migrate,
    tips="nondeterministic_output",
    categories="dangerous",
)
def migrate(
    client: Client, host: bytes, port: bytes, key: bytes, db: bytes, timeout: bytes, *args: bytes
) -> Reply:
    """Moves keys to another server.

    MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE]
        [AUTH password | AUTH2 username password] [KEYS key [key ...]]
    Since 2.6.0, That of DUMP and DEL here and of RESTORE there.
    """
    asked = _read_options(key, args)
    timeout_ms, target_db = integer(timeout), integer(db)
    timeout_ms = min(timeout_ms, LONGEST_TIMEOUT_MS) if timeout_ms > 0 else DEFAULT_TIMEOUT_MS
    items = [item for item in (_item(client, each) for each in asked.keys) if item]
    if not items:
        return SimpleString("NOKEY")
    target = Target(host, port, target_db, asked.auth)
    conversation = Conversation(target, items, _restore_command(client.server), b"REPLACE" in asked.flags)
    return begin(client, Migration(client, conversation, timeout_ms / 1000, b"COPY" in asked.flags))


def _read_options(key: bytes, args: tuple[bytes, ...]) -> Asked:
    flags: set[bytes] = set()
    auth: tuple[bytes, ...] = ()
    options = Options(args)
    while options:
        word = options.word()
        match word:
            case b"COPY" | b"REPLACE":
                flags.add(word)
            case b"AUTH":
                auth = (*auth[:-1], options.value())  # after AUTH2 its user stays, as in Redis
            case b"AUTH2":
                auth = (options.value(), options.value())
            case b"KEYS" if key:
                raise RedisError(
                    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
                )
            case b"KEYS":
                return Asked(flags, auth, args[len(args) - options.left :])
            case _:
                raise options.error()
    return Asked(flags, auth, (key,))


def _item(client: Client, key: bytes) -> Item | None:
    """A key with its payload; None if there is no such key."""
    value = client.db.get(key, object)
    if value is None:
        return None
    expire_at_ms = client.db.expire_at_ms(key)
    ttl_ms = 0 if expire_at_ms is None else max(expire_at_ms - client.server.clock.now_ms, 1)
    return Item(key, ttl_ms, payload_of(value))


def _restore_command(server: Server) -> bytes:
    """The command for the target; in a cluster the one that a node accepts for a slot that it imports."""
    return b"RESTORE-ASKING" if server.config["cluster-enabled"] else b"RESTORE"
