"""XREAD and XREADGROUP: return the entries after an id, from several streams at once.

XREAD does not change the streams, and each reader sees all entries.  In a group, XREADGROUP with the id >
delivers each entry to one consumer only, for which it is pending until it is acknowledged (XACK); with any
other id a consumer reads its own pending entries again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import all_keys
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.stream_arguments import PENDING_CHANGED, entry_reply, read_count, read_id
from redis_clone.commands.stream_propagation import (
    propagate_consumer,
    propagate_last_id,
    propagate_pending,
)
from redis_clone.features.blocking import Blocked
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import NULL_ARRAY, PairsOrMap, Reply
from redis_clone.storage.streams import Consumer, Group, Stream
from redis_clone.structures.stream_log import FIRST_ID, LAST_ID, StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("stream")

NEW = LAST_ID  # stands for >; it is free for that, since no entry can come after it

KeyEntries = tuple[bytes, list[Reply]]


class _Reading:
    """The arguments of XREAD and XREADGROUP; each stream is read after its id in `ids`."""

    def __init__(self) -> None:
        self.count: int | None = None
        self.block_ms: int | None = None  # None: without BLOCK
        self.group: bytes | None = None
        self.consumer = b""
        self.is_pending = True  # entries read in a group become pending, unless NOACK is given
        self.keys: Sequence[bytes] = ()
        self.ids: Sequence[bytes] = ()


@command(
    "XREAD",
    arity=-4,
    flags="readonly blocking",
    keys=all_keys("RO access", after=("STREAMS", 1), limit=2),
)
def xread(client: Client, *args: bytes) -> Reply:
    """Returns the entries of streams that came after an id each; $ means those to come from now on.

    XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]
    Since 5.0.0, O(N) where N is the number of entries returned.
    """
    reading = _read_arguments(client, "xread", args)
    sources = [(key, _find_start(client, key, id_)) for key, id_ in _keys_with_ids(reading)]
    found: list[KeyEntries] = []
    for key, after in sources:
        stream = client.db.get(key, Stream)
        entries = stream.entries_after(after, reading.count) if stream else []
        if entries:
            found.append((key, [entry_reply(entry) for entry in entries]))
    if found or reading.block_ms is None:
        return _answer(found)
    ids = [after.formatted() for _, after in sources]  # for $ the last id of now, not of the retry
    again = [b"XREAD", *args[: len(args) - len(ids)], *ids]
    return Blocked(tuple(reading.keys), Stream, reading.block_ms, argv=again)


def _find_start(client: Client, key: bytes, id_: bytes) -> StreamId:
    """The id after which to read; each key is looked at, and counted, before the first one is read."""
    stream = client.db.get(key, Stream)
    if id_ == b"$":
        return stream.last_id if stream else FIRST_ID
    if id_ == b">":
        raise RedisError(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP "
            "<group> <consumer> option."
        )
    return read_id(id_)


@command(
    "XREADGROUP",
    arity=-7,
    flags="write blocking",
    keys=all_keys("RO access", after=("STREAMS", 4), limit=2),
)
def xreadgroup(client: Client, *args: bytes) -> Reply:
    """Returns entries that no consumer of the group has read, or those this one has still to acknowledge.

    XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK]
        STREAMS key [key ...] id [id ...]
    Since 5.0.0, O(N) where N is the number of entries returned.
    """
    reading = _read_arguments(client, "xreadgroup", args)
    if reading.group is None:
        raise RedisError("ERR Missing GROUP option for XREADGROUP")
    sources = [_find_source(client, key, reading.group, id_) for key, id_ in _keys_with_ids(reading)]
    found: list[KeyEntries] = []
    for source in sources:
        entries = _read_source(client, source, reading)
        if entries is not None:
            found.append((source.key, entries))
    if found or reading.block_ms is None:
        return _answer(found)
    return Blocked(tuple(reading.keys), Stream, reading.block_ms, wakes_without_key=True)


class _Source(NamedTuple):
    """One of the streams to read in a group, and the id after which to read."""

    key: bytes
    stream: Stream
    group_name: bytes
    group: Group
    after: StreamId

    def has_new(self) -> bool:
        """Whether new entries are asked for, and there are some that the group has not read."""
        return self.after == NEW and (self.stream.entries.last_id() or FIRST_ID) > self.group.last_id


def _find_source(client: Client, key: bytes, group_name: bytes, id_: bytes) -> _Source:
    stream = client.db.get(key, Stream)
    group = stream.groups.get(group_name) if stream else None
    if stream is None or group is None:
        shown, shown_key = group_name.decode("latin-1"), key.decode("latin-1")
        raise RedisError(
            f"NOGROUP No such key '{shown_key}' or consumer group '{shown}' in XREADGROUP with GROUP option"
        )
    if id_ == b"$":
        raise RedisError(
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
            "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
            "return an empty result set."
        )
    return _Source(key, stream, group_name, group, NEW if id_ == b">" else read_id(id_))


def _read_source(client: Client, source: _Source, reading: _Reading) -> list[Reply] | None:
    """The entries; None when there is nothing new.  An empty history is a reply, not None."""
    read_and_edit(client, source.key)  # the second look at the key, which counts too
    is_first_time = reading.consumer not in source.group.consumers
    consumer = seen_consumer(client, source.key, source.stream, source.group, reading.consumer)
    if is_first_time and not (reading.is_pending and source.has_new()):
        propagate_consumer(client, source.key, source.group_name, consumer.name)
    if source.after == NEW:
        replies = _read_new(client, source, consumer, reading)
    else:
        replies = _read_history(source, consumer, reading, client.server.clock.now_ms)
    if replies:
        client.db.record_dirty(source.key, PENDING_CHANGED)
    elif source.after != NEW:
        client.db.dirty += 1  # Redis counts any answer, though nothing has changed
    # nothing but the ops of above: that old entries were delivered again is not propagated
    client.server.propagation.prevent_propagation()
    return None if source.after == NEW and not replies else replies


def read_and_edit(client: Client, key: bytes) -> Stream | None:
    """A stream that will be changed; it counts as read, for what is changed are its groups."""
    return client.db.edit(key, Stream) if client.db.get(key, Stream) else None


def seen_consumer(client: Client, key: bytes, stream: Stream, group: Group, name: bytes) -> Consumer:
    """The consumer of this name, created if it is missing; it counts as seen now.

    This is as in 7.2.  In 7.0 a consumer is created and seen only when there is something for it.
    """
    now_ms = client.server.clock.now_ms
    consumer = group.consumers.get(name)
    if consumer is None:
        consumer = group.create_consumer(name, now_ms)
        client.db.record_dirty(key, "xgroup-createconsumer")
    consumer.seen_ms = now_ms
    return consumer


def _read_new(client: Client, source: _Source, consumer: Consumer, reading: _Reading) -> list[Reply]:
    """Delivers the entries that the group has not read, and makes them pending for the consumer."""
    group = source.group
    entries = source.stream.entries_after(group.last_id, reading.count)
    for id_, _ in entries:
        source.stream.advance(group, id_)
        if reading.is_pending:
            group.deliver(id_, consumer, client.server.clock.now_ms)
            propagate_pending(client, source.key, source.group_name, group, id_)
    if entries:  # 7.0 propagates it with NOACK only, so that its log lacks the number of entries read
        propagate_last_id(client, source.key, source.group_name, group)
    return [entry_reply(entry) for entry in entries]


def _read_history(source: _Source, consumer: Consumer, reading: _Reading, now_ms: int) -> list[Reply]:
    """The pending entries of a consumer, delivered again; null fields for an entry that was deleted."""
    replies: list[Reply] = []
    for id_, pending in islice(consumer.pending.items(source.after.following()), reading.count):
        fields = source.stream.entries.get(id_)
        if fields is None:
            replies.append([id_.formatted(), NULL_ARRAY])
            continue
        pending.delivered_ms = now_ms
        pending.deliveries += 1
        replies.append(entry_reply((id_, fields)))
    return replies


def _read_arguments(client: Client, name: str, args: Sequence[bytes]) -> _Reading:
    reading = _Reading()
    options = Options(args)
    while options:
        match options.word():
            case b"BLOCK" if options.left:
                _must_not_be_in_a_script(client)
                reading.block_ms = _read_timeout(options.value())
            case b"COUNT" if options.left:
                reading.count = read_count(options.value())
            case b"STREAMS" if options.left:
                _read_streams(name, reading, args[len(args) - options.left :])
                return reading
            case b"GROUP" if options.left >= 2:
                _must_be_in_a_group(name, "GROUP")
                reading.group, reading.consumer = options.value(), options.value()
            case b"NOACK":
                _must_be_in_a_group(name, "NOACK")
                reading.is_pending = False
            case _:
                raise options.error()
    raise options.error()  # STREAMS must be there


def _must_not_be_in_a_script(client: Client) -> None:
    """RedisError for BLOCK in a script, though BLPOP and its kin may be called there, and never wait."""
    if client.server.scripting.run is not None:
        name = client.argv[0].decode("latin-1")  # as the script has written it
        raise RedisError(f"ERR {name} command is not allowed with BLOCK option from scripts")


def _must_be_in_a_group(name: str, option: str) -> None:
    if name != "xreadgroup":
        raise RedisError(
            f"ERR The {option} option is only supported by XREADGROUP. You called XREAD instead."
        )


def _read_timeout(argument: bytes) -> int:
    timeout_ms = integer(argument, "ERR timeout is not an integer or out of range")
    if timeout_ms < 0:
        raise RedisError("ERR timeout is negative")
    return timeout_ms


def _read_streams(name: str, reading: _Reading, args: Sequence[bytes]) -> None:
    half, odd = divmod(len(args), 2)
    if odd:  # the error line of 7.2; 7.0 names XREAD and $ for both commands
        symbol = ">" if name == "xreadgroup" else "$"
        raise RedisError(
            f"ERR Unbalanced '{name}' list of streams: for each stream key an ID or '{symbol}' "
            "must be specified."
        )
    reading.keys, reading.ids = args[:half], args[half:]


def _keys_with_ids(reading: _Reading) -> list[tuple[bytes, bytes]]:
    return list(zip(reading.keys, reading.ids, strict=True))


def _answer(found: list[KeyEntries]) -> Reply:
    return PairsOrMap(found) if found else NULL_ARRAY
