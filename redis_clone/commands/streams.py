"""The stream commands without groups.  XREAD is in stream_reading.py, groups in stream_groups.py.

A stream is a log of entries.  Each entry has an id, higher than all before it, and some fields with values.
Deleting the last entry leaves an empty stream, because the ids of later entries must still be higher.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.stream_arguments import (
    SERVERS_CHOICE,
    Trimming,
    WantedId,
    block_room,
    entry_reply,
    read_id,
    read_ids,
    read_range_end,
    read_range_start,
    read_wanted_id,
)
from redis_clone.protocol.errors import NO_SUCH_KEY, RedisError, wrong_arity
from redis_clone.protocol.replies import NULL_ARRAY, OK, NullArray, Reply, SimpleString
from redis_clone.storage.stream_packing import Fields
from redis_clone.storage.streams import Stream
from redis_clone.structures.stream_log import FIRST_ID, HALF_ID, LAST_ID, StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("stream")


@command(
    "XADD",
    arity=-5,
    flags="write denyoom fast",
    keys=one_key("RW update", notes="UPDATE instead of INSERT because of the optional trimming feature"),
    tips="nondeterministic_output",
)
def xadd(client: Client, key: bytes, *args: bytes) -> bytes | None:
    """Appends an entry to a stream, creates the stream when there is none, and may trim it.

    XADD key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id>
        field value [field value ...]
    Since 5.0.0, O(1) to add an entry, O(N) to trim where N is the number of entries that go.
    """
    addition = _read_addition(args, client.replays)
    stream = client.db.edit(key, Stream)
    if stream is None:
        if not addition.makes_stream:
            return None
        stream = Stream()
    id_ = _choose_id(addition.id, stream.last_id, client.server.clock.now_ms)
    room = block_room(client)
    stream.add(id_, addition.fields, room)
    client.db.update(key, stream, "xadd")
    if addition.trimming.trim(stream, room.entries):
        client.db.update(key, stream, "xtrim", count=0)  # the entry that was added counts
    if client.server.propagation.is_on:
        exactly = addition.trimming.exact_args(args, stream)
        if addition.id.seq is None:
            exactly[-len(addition.fields) - 1] = id_.formatted()
        client.server.propagation.replicate_as(b"XADD", key, *exactly)
    return id_.formatted()


class _Addition:
    """The arguments of XADD."""

    def __init__(self) -> None:
        self.makes_stream = True
        self.trimming = Trimming()
        self.id: WantedId = SERVERS_CHOICE
        self.fields: Fields = ()


def _read_addition(args: tuple[bytes, ...], replays: bool) -> _Addition:
    addition = _Addition()
    options = Options(args)
    while options:
        word = options.word()
        if word == b"NOMKSTREAM":
            addition.makes_stream = False
        elif not addition.trimming.take(word, options):
            addition.id = read_wanted_id(word)  # the first that is no option is the id, and ends the options
            break
    addition.trimming.check(replays)
    addition.fields = args[len(args) - options.left :]
    if not addition.fields or len(addition.fields) % 2:
        raise wrong_arity("xadd")
    if addition.id == WantedId(0, 0):
        raise RedisError("ERR The ID specified in XADD must be greater than 0-0")
    return addition


def _choose_id(wanted: WantedId, last: StreamId, now_ms: int) -> StreamId:
    """The id of the next entry; a chosen one is the time, but always higher than the last id.

    >>> _choose_id(WantedId(None, None), StreamId(5, 3), now_ms=9)
    StreamId(ms=9, seq=0)
    >>> _choose_id(WantedId(5, None), StreamId(5, 3), now_ms=9)
    StreamId(ms=5, seq=4)
    """
    if last == LAST_ID:
        raise RedisError("ERR The stream has exhausted the last possible ID, unable to add more items")
    if wanted.ms is None:
        return max(StreamId(now_ms, 0), last.following())  # the clock may have been set back
    seq = wanted.seq
    if seq is None:
        seq = last.seq + 1 if wanted.ms == last.ms else 0
    chosen = StreamId(wanted.ms, seq)
    if chosen <= last or seq == HALF_ID:
        raise RedisError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
    return chosen


@command("XTRIM", arity=-4, flags="write", keys=one_key("RW delete"), tips="nondeterministic_output")
def xtrim(client: Client, key: bytes, *args: bytes) -> int:
    """Deletes the oldest entries, down to a length or up to an id; with ~ approximately, which is faster.

    XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]
    Since 5.0.0, O(N) where N is the number of entries that go, whole blocks of them at once.
    """
    trimming = _read_trimming(args, client.replays)
    stream = client.db.edit(key, Stream)
    if stream is None:
        return 0
    deleted = trimming.trim(stream, block_room(client).entries)
    if deleted:
        client.db.update(key, stream, "xtrim", deleted)
        client.server.propagation.replicate_as(b"XTRIM", key, *trimming.exact_args(args, stream))
    return deleted


def _read_trimming(args: tuple[bytes, ...], replays: bool) -> Trimming:
    trimming = Trimming()
    options = Options(args)
    while options:
        if not trimming.take(options.word(), options):
            raise options.error()
    if not trimming.is_wanted and not trimming.limit:
        raise RedisError("ERR syntax error, XTRIM must be called with a trimming strategy")
    trimming.check(replays)
    return trimming


@command("XLEN", arity=2, flags="readonly fast", keys=one_key("RO"))
def xlen(client: Client, key: bytes) -> int:
    """Returns the number of entries in a stream.

    XLEN key
    Since 5.0.0, O(1)
    """
    stream = client.db.get(key, Stream)
    return len(stream.entries) if stream else 0


@command("XRANGE", arity=-4, flags="readonly", keys=one_key("RO access"))
def xrange(client: Client, key: bytes, start: bytes, end: bytes, *options: bytes) -> list[Reply] | NullArray:
    """Returns the entries between two ids, both included unless a ( stands before them.

    XRANGE key start end [COUNT count]
    Since 5.0.0, O(log N + M) where N is the number of entries and M is the number of those returned.
    """
    return _range(client, key, (start, end), options, reverse=False)


@command("XREVRANGE", arity=-4, flags="readonly", keys=one_key("RO access"))
def xrevrange(
    client: Client, key: bytes, end: bytes, start: bytes, *options: bytes
) -> list[Reply] | NullArray:
    """Returns the entries between two ids, the last one first.

    XREVRANGE key end start [COUNT count]
    Since 5.0.0, O(log N + M) where N is the number of entries and M is the number of those returned.
    """
    return _range(client, key, (start, end), options, reverse=True)


def _range(
    client: Client, key: bytes, bounds: tuple[bytes, bytes], args: tuple[bytes, ...], reverse: bool
) -> list[Reply] | NullArray:
    start, end = read_range_start(bounds[0]), read_range_end(bounds[1])
    count = None
    options = Options(args)
    while options:
        if options.word() != b"COUNT":
            raise options.error()
        count = integer(options.value())
    stream = client.db.get(key, Stream)
    if stream is None:
        return []
    if count is not None and count <= 0:
        return NULL_ARRAY
    return [entry_reply(entry) for entry in islice(stream.entries.items(start, end, reverse), count)]


@command("XDEL", arity=-3, flags="write fast", keys=one_key("RW delete"))
def xdel(client: Client, key: bytes, *ids: bytes) -> int:
    """Deletes entries by their ids, and returns how many there were.

    XDEL key id [id ...]
    Since 5.0.0, O(N log M) where N is the number of ids and M is the number of entries.
    """
    stream = client.db.edit(key, Stream)
    if stream is None:
        return 0  # before the ids are read, as in Redis
    deleted = sum([stream.delete(id_) for id_ in read_ids(ids)])
    if deleted:
        client.db.update(key, stream, "xdel", deleted)
    return deleted


@command("XSETID", arity=-3, flags="write denyoom fast", keys=one_key("RW update"))
def xsetid(client: Client, key: bytes, last_id: bytes, *args: bytes) -> SimpleString:
    """Sets the last id and the counters of a stream; used by the log and replicas.

    XSETID key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]
    Since 5.0.0, O(1)
    """
    new_id = read_id(last_id)
    entries_added, max_deleted_id = _read_setid_options(new_id, args)
    stream = client.db.edit(key, Stream)
    if stream is None:
        raise RedisError(NO_SUCH_KEY)
    _must_fit(stream, new_id, entries_added)
    stream.last_id = new_id
    if entries_added is not None:
        stream.entries_added = entries_added
    if max_deleted_id != FIRST_ID:
        stream.max_deleted_id = max_deleted_id
    client.db.record_dirty(key, "xsetid")
    return OK


def _read_setid_options(new_id: StreamId, args: tuple[bytes, ...]) -> tuple[int | None, StreamId]:
    entries_added, max_deleted_id = None, FIRST_ID
    options = Options(args)
    while options:
        match options.word():
            case b"ENTRIESADDED":
                entries_added = integer(options.value())
                if entries_added < 0:
                    raise RedisError("ERR entries_added must be positive")
            case b"MAXDELETEDID":
                max_deleted_id = read_id(options.value())
                if new_id < max_deleted_id:
                    raise RedisError(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
                    )
            case _:
                raise options.error()
    return entries_added, max_deleted_id


def _must_fit(stream: Stream, new_id: StreamId, entries_added: int | None) -> None:
    """Ids only grow, so the last id cannot be lower than one that the stream has, or had and deleted."""
    if new_id < stream.max_deleted_id:  # since 7.2
        raise RedisError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
    highest = stream.entries.last_id()
    if highest is None:
        return
    if new_id < highest:
        raise RedisError("ERR The ID specified in XSETID is smaller than the target stream top item")
    if entries_added is not None and entries_added < len(stream.entries):
        raise RedisError("ERR The entries_added specified in XSETID is smaller than the target stream length")
