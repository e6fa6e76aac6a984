"""XREAD and XREADGROUP: what came after an id, from several streams at once.

XREAD leaves the streams as they are, and each of its readers sees all entries.  In a group, XREADGROUP with
the id > hands each entry to one consumer only and remembers it as pending until it is acknowledged (XACK);
with any other id a consumer reads its own pending entries once more.
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

NEW = LAST_ID  # what > stands for: nothing can come after the last id, so nobody means it

KeyEntries = tuple[bytes, list[Reply]]


class _Reading:
    """The arguments; `ids` are those after which to read."""

    def __init__(self) -> None:
        self.count: int | None = None
        self.block_ms: int | None = None  # None: without BLOCK
        self.group: bytes | None = None
        self.consumer = b""
        self.is_pending = True  # what is read in a group, unless NOACK is given
        self.keys: Sequence[bytes] = ()
        self.ids: Sequence[bytes] = ()


@command(
    "XREAD",
    arity=-4,
    flags="readonly blocking",
    keys=all_keys("RO access", after=("STREAMS", 1), limit=2),
)
def xread(client: Client, *words: bytes) -> Reply:
    """Returns the entries of streams that came after an id each; $ means those to come from now on.

    XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]
    Since 5.0.0, O(N) where N is the number of entries returned.
    """
    reading = _read_arguments("xread", words)
    sources = [(key, _find_start(client, key, id_)) for key, id_ in _keys_with_ids(reading)]
    found: list[KeyEntries] = []
    for key, after in sources:
        stream = client.db.get(key, Stream)
        entries = stream.entries_after(after, reading.count) if stream else []
        if entries:
            found.append((key, [entry_reply(entry) for entry in entries]))
    if found or reading.block_ms is None:
        return _answer(found)
    ids = [after.formatted() for _, after in sources]  # $ means: after what is there now, not later
    again = [b"XREAD", *words[: len(words) - len(ids)], *ids]
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
def xreadgroup(client: Client, *words: bytes) -> Reply:
    """Hands a consumer entries that nobody in its group has read, or those it has still to acknowledge.

    XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK]
        STREAMS key [key ...] id [id ...]
    Since 5.0.0, O(N) where N is the number of entries returned.
    """
    reading = _read_arguments("xreadgroup", words)
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
        """Whether something is there that nobody in the group has read, and that is asked for."""
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
    """None when there is nothing new; a history is an answer even if it is empty."""
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
    # but what was said already: deliveries of old are not written down
    client.server.propagation.prevent_propagation()
    return None if source.after == NEW and not replies else replies


def read_and_edit(client: Client, key: bytes) -> Stream | None:
    """A stream that will be changed; it counts as read, for what is changed are its groups."""
    return client.db.edit(key, Stream) if client.db.get(key, Stream) else None


def seen_consumer(client: Client, key: bytes, stream: Stream, group: Group, name: bytes) -> Consumer:
    """The consumer that calls, made when there is none of that name.

    As in 7.2: in 7.0 it is made, and counts as seen, only when there is something for it.
    """
    now_ms = client.server.clock.now_ms
    consumer = group.consumers.get(name)
    if consumer is None:
        consumer = group.create_consumer(name, now_ms)
        client.db.record_dirty(key, "xgroup-createconsumer")
    consumer.seen_ms = now_ms
    return consumer


def _read_new(client: Client, source: _Source, consumer: Consumer, reading: _Reading) -> list[Reply]:
    """What nobody in the group has read.  The group has read it now, and for the consumer it is pending."""
    group = source.group
    entries = source.stream.entries_after(group.last_id, reading.count)
    for id_, _ in entries:
        source.stream.advance(group, id_)
        if reading.is_pending:
            group.deliver(id_, consumer, client.server.clock.now_ms)
            propagate_pending(client, source.key, source.group_name, group, id_)
    if entries:  # 7.0 says it under NOACK only, and then the log does not know how many were read
        propagate_last_id(client, source.key, source.group_name, group)
    return [entry_reply(entry) for entry in entries]


def _read_history(source: _Source, consumer: Consumer, reading: _Reading, now_ms: int) -> list[Reply]:
    """Its pending entries once more, and so delivered once more.  One that was deleted has no fields left."""
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


def _read_arguments(name: str, words: Sequence[bytes]) -> _Reading:
    reading = _Reading()
    options = Options(words)
    while options:
        match options.word():
            case b"BLOCK" if options.left:
                reading.block_ms = _read_timeout(options.value())
            case b"COUNT" if options.left:
                reading.count = read_count(options.value())
            case b"STREAMS" if options.left:
                _read_streams(name, reading, words[len(words) - options.left :])
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


def _read_streams(name: str, reading: _Reading, words: Sequence[bytes]) -> None:
    half, odd = divmod(len(words), 2)
    if odd:  # in the words of 7.2; in those of 7.0 it is XREAD and $ for both commands
        symbol = ">" if name == "xreadgroup" else "$"
        raise RedisError(
            f"ERR Unbalanced '{name}' list of streams: for each stream key an ID or '{symbol}' "
            "must be specified."
        )
    reading.keys, reading.ids = words[:half], words[half:]


def _keys_with_ids(reading: _Reading) -> list[tuple[bytes, bytes]]:
    return list(zip(reading.keys, reading.ids, strict=True))


def _answer(found: list[KeyEntries]) -> Reply:
    return PairsOrMap(found) if found else NULL_ARRAY
