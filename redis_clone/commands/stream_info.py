"""XINFO: the state of a stream, its groups and their consumers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.commands.containers import container
from redis_clone.commands.stream_arguments import entry_reply, existing_group
from redis_clone.protocol.errors import NO_SUCH_KEY, RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.storage.stream_packing import radix_nodes
from redis_clone.storage.streams import Consumer, Group, Stream

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("stream")

container("XINFO", "stream")

NEVER = -1  # the active time of a consumer that was never active
FULL_COUNT = 10  # entries and pending entries that FULL lists, unless COUNT says how many


@command("XINFO|STREAM", arity=-3, flags="readonly", keys=one_key("RO access", at=2))
def xinfo_stream(client: Client, key: bytes, *options: bytes) -> dict[str, Reply]:
    """Returns the state of a stream; with FULL also its entries, groups and consumers.

    XINFO STREAM key [FULL [COUNT count]]
    Since 5.0.0, O(B) where B is the number of blocks of 100 entries or so, with FULL O(N+B) where N is the
        number of entries, groups and consumers listed.
    """
    stream = _existing_stream(client, key)
    if not options:
        return _general(stream) | _ends(stream)
    return _general(stream) | _contents(stream, _read_full_count(options))


def _read_full_count(args: Sequence[bytes]) -> int | None:
    """How many to list, None for all; `args` must be FULL, or FULL COUNT count."""
    typed = [word.upper() for word in args[:2]]
    if len(args) not in (1, 3) or typed != [b"FULL", b"COUNT"][: len(args)]:
        # Redis repeats the subcommand in the client's letter case, which is lost here.
        raise RedisError("ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.")
    count = integer(args[2]) if len(args) == 3 else FULL_COUNT
    return (FULL_COUNT if count < 0 else count) or None


def _general(stream: Stream) -> dict[str, Reply]:
    return {
        "length": len(stream.entries),
        "radix-tree-keys": stream.entries.block_count,
        "radix-tree-nodes": radix_nodes(stream.entries.masters()),
        "last-generated-id": stream.last_id.formatted(),
        "max-deleted-entry-id": stream.max_deleted_id.formatted(),
        "entries-added": stream.entries_added,
        "recorded-first-entry-id": stream.first_id.formatted(),
    }


def _ends(stream: Stream) -> dict[str, Reply]:
    items = stream.entries.items
    return {
        "groups": len(stream.groups),
        "first-entry": next(map(entry_reply, items()), None),
        "last-entry": next(map(entry_reply, items(reverse=True)), None),
    }


def _contents(stream: Stream, count: int | None) -> dict[str, Reply]:
    return {
        "entries": [entry_reply(entry) for entry in islice(stream.entries.items(), count)],
        "groups": [_full_group(stream, name, group, count) for name, group in stream.sorted_groups()],
    }


def _full_group(stream: Stream, name: bytes, group: Group, count: int | None) -> dict[str, Reply]:
    return {
        "name": name,
        "last-delivered-id": group.last_id.formatted(),
        "entries-read": group.entries_read,
        "lag": stream.lag(group),
        "pel-count": len(group.pending),
        "pending": [
            [id_.formatted(), pending.consumer.name, pending.delivered_ms, pending.deliveries]
            for id_, pending in islice(group.pending.items(), count)
        ],
        "consumers": [_full_consumer(consumer, count) for consumer in group.sorted_consumers()],
    }


def _full_consumer(consumer: Consumer, count: int | None) -> dict[str, Reply]:
    return {
        "name": consumer.name,
        "seen-time": consumer.seen_ms,
        "active-time": NEVER if consumer.active_ms is None else consumer.active_ms,  # since 7.2
        "pel-count": len(consumer.pending),
        "pending": [
            [id_.formatted(), pending.delivered_ms, pending.deliveries]
            for id_, pending in islice(consumer.pending.items(), count)
        ],
    }


@command("XINFO|GROUPS", arity=3, flags="readonly", keys=one_key("RO access", at=2))
def xinfo_groups(client: Client, key: bytes) -> list[dict[str, Reply]]:
    """Returns the state of each group of a stream, with the number of entries it has still to read.

    XINFO GROUPS key
    Since 5.0.0, O(N) where N is the number of groups.
    """
    stream = _existing_stream(client, key)
    return [
        {
            "name": name,
            "consumers": len(group.consumers),
            "pending": len(group.pending),
            "last-delivered-id": group.last_id.formatted(),
            "entries-read": group.entries_read,
            "lag": stream.lag(group),
        }
        for name, group in stream.sorted_groups()
    ]


@command(
    "XINFO|CONSUMERS",
    arity=4,
    flags="readonly",
    keys=one_key("RO access", at=2),
    tips="nondeterministic_output",
)
def xinfo_consumers(client: Client, key: bytes, group: bytes) -> list[dict[str, Reply]]:
    """Returns the state of each consumer of a group.

    XINFO CONSUMERS key groupname
    Since 5.0.0, O(N) where N is the number of consumers.
    """
    stored = existing_group(_existing_stream(client, key), key, group)
    now_ms = client.server.clock.now_ms
    return [
        {
            "name": consumer.name,
            "pending": len(consumer.pending),
            "idle": max(now_ms - consumer.seen_ms, 0),
            # New in 7.2; before, this was the meaning of `idle`.
            "inactive": NEVER if consumer.active_ms is None else now_ms - consumer.active_ms,
        }
        for consumer in stored.sorted_consumers()
    ]


def _existing_stream(client: Client, key: bytes) -> Stream:
    stream = client.db.get(key, Stream)
    if stream is None:
        raise RedisError(NO_SUCH_KEY)
    return stream
