"""A dataset as plain commands: the base of an append-only file where `aof-use-rdb-preamble` is no.

A person can read and edit it; it is larger than the RDB form and takes longer to load.  A value with many
members becomes several commands, so that none is very long.

Pure.  May import: storage.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from redis_clone.features.persistence.snapshot import Entry
from redis_clone.storage.streams import Consumer, Group, Stream
from redis_clone.storage.types import Scores
from redis_clone.structures.numbers import format_double
from redis_clone.structures.stream_log import FIRST_ID, StreamId

Argv = list[bytes]

MEMBERS_AT_ONCE = 64  # AOF_REWRITE_ITEMS_PER_CMD of server.h
FIRST_POSSIBLE_ID = StreamId(0, 1)


def commands_of(entry: Entry) -> Iterator[Argv]:
    """Yields the commands that make this key in the selected database."""
    yield from MAKERS[type(entry.value)](entry.key, entry.value)
    if entry.expire_at_ms is not None:
        yield [b"PEXPIREAT", entry.key, b"%d" % entry.expire_at_ms]


def _in_pieces(head: Argv, members: Iterable[Argv]) -> Iterator[Argv]:
    """Yields commands with some members each; a member is one argument or several."""
    rest = iter(members)
    while piece := list(islice(rest, MEMBERS_AT_ONCE)):
        yield [*head, *[argument for member in piece for argument in member]]


def _string(key: bytes, value: bytes) -> Iterator[Argv]:
    yield [b"SET", key, value]


def _list(key: bytes, value: list[bytes]) -> Iterator[Argv]:
    return _in_pieces([b"RPUSH", key], ([element] for element in value))


def _set(key: bytes, value: set[bytes]) -> Iterator[Argv]:
    return _in_pieces([b"SADD", key], ([member] for member in value))


def _hash(key: bytes, value: dict[bytes, bytes]) -> Iterator[Argv]:
    return _in_pieces([b"HMSET", key], ([field, value] for field, value in value.items()))


def _sorted_set(key: bytes, value: Scores) -> Iterator[Argv]:
    return _in_pieces([b"ZADD", key], ([format_double(score), member] for member, score in value.items()))


def _stream(key: bytes, value: Stream) -> Iterator[Argv]:
    for id_, fields in value.entries.items():
        yield [b"XADD", key, id_.formatted(), *fields]
    if value.first_id == FIRST_ID:  # an empty stream: add an entry and trim it away
        yield [b"XADD", key, b"MAXLEN", b"0", FIRST_POSSIBLE_ID.formatted(), b"x", b"y"]
    added, deleted = b"%d" % value.entries_added, value.max_deleted_id.formatted()
    yield [b"XSETID", key, value.last_id.formatted(), b"ENTRIESADDED", added, b"MAXDELETEDID", deleted]
    for name, group in value.sorted_groups():
        yield from _group(key, name, group)


def _group(key: bytes, name: bytes, group: Group) -> Iterator[Argv]:
    read = -1 if group.entries_read is None else group.entries_read
    yield [b"XGROUP", b"CREATE", key, name, group.last_id.formatted(), b"ENTRIESREAD", b"%d" % read]
    for consumer in group.sorted_consumers():
        yield [b"XGROUP", b"CREATECONSUMER", key, name, consumer.name]
        yield from _pending(key, name, consumer)


def _pending(key: bytes, name: bytes, consumer: Consumer) -> Iterator[Argv]:
    for id_, pending in consumer.pending.items():
        head = [b"XCLAIM", key, name, consumer.name, b"0", id_.formatted()]
        delivered, deliveries = b"%d" % pending.delivered_ms, b"%d" % pending.deliveries
        yield [*head, b"TIME", delivered, b"RETRYCOUNT", deliveries, b"JUSTID", b"FORCE"]


MAKERS: dict[type, Callable[[bytes, Any], Iterator[Argv]]] = {  # by the type of the frozen copy
    bytes: _string,
    list: _list,
    set: _set,
    dict: _hash,
    Scores: _sorted_set,
    Stream: _stream,
}
