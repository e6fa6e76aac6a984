"""Groups of consumers: XGROUP creates and removes them, XACK acknowledges entries, XCLAIM takes entries over.

An entry that XREADGROUP delivered to a consumer is pending until it is acknowledged.  When the consumer is
gone for good, another one finds its idle entries (XPENDING) and claims them (XCLAIM, XAUTOCLAIM).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer, integer_within
from redis_clone.commands.containers import container
from redis_clone.commands.stream_arguments import (
    PENDING_CHANGED,
    UNANNOUNCED,
    entry_reply,
    existing_group,
    read_id,
    read_id_or_edge,
    read_ids,
    read_range_end,
    read_range_start,
)
from redis_clone.commands.stream_propagation import (
    propagate_consumer,
    propagate_last_id,
    propagate_pending,
)
from redis_clone.commands.stream_reading import read_and_edit, seen_consumer
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, OK, Reply, SimpleString
from redis_clone.storage.streams import Group, Pending, Stream
from redis_clone.structures.numbers import INT64_MAX
from redis_clone.structures.stream_log import FIRST_ID, LAST_ID, StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("stream")

container("XGROUP", "stream")

# XAUTOCLAIM visits at most this many pending entries for each entry of its COUNT, and then returns.
ATTEMPTS = 10


@command("XGROUP|CREATE", arity=-5, flags="write denyoom", keys=one_key("RW insert", at=2))
def xgroup_create(client: Client, key: bytes, group: bytes, id_: bytes, *options: bytes) -> SimpleString:
    """Makes a group that will read what comes after the id; $ stands for the last one.

    XGROUP CREATE key groupname <id | $> [MKSTREAM] [ENTRIESREAD entries_read]
    Since 5.0.0, O(1)
    """
    makes_stream, entries_read = _read_group_options("CREATE", options)
    stream = client.db.edit(key, Stream)
    if stream is None and not makes_stream:
        _reject_missing_key()
    if len(options) > 3:
        raise _wrong_subcommand("CREATE")
    stream = stream or Stream()
    last_id = stream.last_id if id_ == b"$" else read_id(id_)
    if group in stream.groups:
        raise RedisError("BUSYGROUP Consumer Group name already exists")
    stream.groups[group] = Group(last_id, entries_read)
    if key not in client.db:
        client.db.update(key, stream, UNANNOUNCED, count=0)
    client.db.record_dirty(key, "xgroup-create")
    return OK


@command("XGROUP|SETID", arity=-5, flags="write", keys=one_key("RW update", at=2))
def xgroup_setid(client: Client, key: bytes, group: bytes, id_: bytes, *options: bytes) -> SimpleString:
    """Lets a group read on after another id; what is pending stays pending.

    XGROUP SETID key groupname <id | $> [ENTRIESREAD entries_read]
    Since 5.0.0, O(1)
    """
    _, entries_read = _read_group_options("SETID", options)
    stream, stored = _edit_group(client, key, group)
    if len(options) > 2:
        raise _wrong_subcommand("SETID")
    stored.last_id = stream.last_id if id_ == b"$" else read_id_or_edge(id_)
    stored.entries_read = entries_read
    client.db.record_dirty(key, "xgroup-setid")
    return OK


@command("XGROUP|DESTROY", arity=4, flags="write", keys=one_key("RW delete", at=2))
def xgroup_destroy(client: Client, key: bytes, group: bytes) -> int:
    """Removes a group with all it had pending; returns 1, or 0 when there is no such group.

    XGROUP DESTROY key groupname
    Since 5.0.0, O(1)
    """
    stream = client.db.edit(key, Stream)
    if stream is None:
        _reject_missing_key()
    if stream.groups.pop(group, None) is None:
        return 0
    client.db.record_dirty(key, "xgroup-destroy")
    return 1


@command("XGROUP|CREATECONSUMER", arity=5, flags="write denyoom", keys=one_key("RW insert", at=2))
def xgroup_createconsumer(client: Client, key: bytes, group: bytes, consumer: bytes) -> int:
    """Makes a consumer in a group; returns 1, or 0 when it is there already.

    XGROUP CREATECONSUMER key groupname consumername
    Since 6.2.0, O(1)
    """
    _, stored = _edit_group(client, key, group)
    if consumer in stored.consumers:
        return 0
    stored.create_consumer(consumer, client.server.clock.now_ms)
    client.db.record_dirty(key, "xgroup-createconsumer")
    return 1


@command("XGROUP|DELCONSUMER", arity=5, flags="write", keys=one_key("RW delete", at=2))
def xgroup_delconsumer(client: Client, key: bytes, group: bytes, consumer: bytes) -> int:
    """Removes a consumer from a group, and returns how many entries were pending for it: they are lost.

    XGROUP DELCONSUMER key groupname consumername
    Since 5.0.0, O(N log M) where N of the M entries that are pending in the group are the consumer's.
    """
    _, stored = _edit_group(client, key, group)
    if consumer not in stored.consumers:
        return 0
    lost = stored.delete_consumer(consumer)
    client.db.record_dirty(key, "xgroup-delconsumer")
    return lost


def _read_group_options(subcommand: str, args: Sequence[bytes]) -> tuple[bool, int | None]:
    """MKSTREAM (of CREATE only) and ENTRIESREAD; -1 there means that the number is unknown."""
    makes_stream, entries_read = False, -1
    options = Options(args)
    while options:
        word = options.word()
        if word == b"MKSTREAM" and subcommand == "CREATE":
            makes_stream = True
        elif word == b"ENTRIESREAD" and options.left:
            entries_read = integer(options.value())
            if entries_read < -1:
                raise RedisError("ERR value for ENTRIESREAD must be positive or -1")
        else:
            raise _wrong_subcommand(subcommand)
    return makes_stream, None if entries_read == -1 else entries_read


def _wrong_subcommand(subcommand: str) -> RedisError:
    """The error line; Redis repeats the subcommand in the client's letter case, which is lost here."""
    return RedisError(
        f"ERR unknown subcommand or wrong number of arguments for '{subcommand}'. Try XGROUP HELP."
    )


def _edit_group(client: Client, key: bytes, name: bytes) -> tuple[Stream, Group]:
    stream = client.db.edit(key, Stream)
    if stream is None:
        _reject_missing_key()
    return stream, existing_group(stream, key, name)


def _reject_missing_key() -> NoReturn:
    raise RedisError(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
        "the MKSTREAM option to create an empty stream automatically."
    )


@command("XACK", arity=-4, flags="write fast", keys=one_key("RW update"))
def xack(client: Client, key: bytes, group: bytes, *ids: bytes) -> int:
    """Acknowledges that entries were processed, so that they are pending no more; returns how many were.

    XACK key group id [id ...]
    Since 5.0.0, O(N log M) where N is the number of ids and M is the number of pending entries.
    """
    stream = read_and_edit(client, key)
    stored = stream.groups.get(group) if stream else None
    if stored is None:
        return 0  # before the ids are read, as in Redis
    acknowledged = sum([stored.acknowledge(id_) for id_ in read_ids(ids)])
    if acknowledged:
        client.db.record_dirty(key, PENDING_CHANGED, acknowledged)
    return acknowledged


@command("XPENDING", arity=-3, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def xpending(client: Client, key: bytes, group: bytes, *args: bytes) -> list[Reply]:
    """Returns how many entries are pending in a group, and for which consumers; or lists a range of them.

    XPENDING key group [[IDLE min-idle-time] start end count [consumer]]
    Since 5.0.0, O(N) where N is the number of consumers, or of the pending entries that are looked at.
    """
    search = _read_search(args) if args else None
    _, stored = _stream_and_group(client.db.get(key, Stream), key, group)
    return _list_pending(stored, search, client.server.clock.now_ms) if search else _summarize(stored)


class _Search:
    """The range and filters of XPENDING."""

    def __init__(
        self, start: StreamId, end: StreamId, count: int, min_idle_ms: int, consumer: bytes | None
    ) -> None:
        self.start = start
        self.end = end
        self.count = count
        self.min_idle_ms = min_idle_ms
        self.consumer = consumer  # None: of all consumers


def _read_search(args: Sequence[bytes]) -> _Search:
    if not 3 <= len(args) <= 6:
        raise RedisError(SYNTAX)
    min_idle_ms = 0
    if args[0].upper() == b"IDLE":
        min_idle_ms = integer(args[1])
        args = args[2:]
        if len(args) < 3:
            raise RedisError(SYNTAX)
    count = max(integer(args[2]), 0)
    start, end = read_range_start(args[0]), read_range_end(args[1])
    consumer = args[3] if len(args) > 3 else None  # Redis too ignores an argument behind it
    return _Search(start, end, count, min_idle_ms, consumer)


def _summarize(group: Group) -> list[Reply]:
    first, last = group.pending.first_id(), group.pending.last_id()
    if first is None or last is None:
        return [0, None, None, NULL_ARRAY]
    counts = [(each.name, b"%d" % len(each.pending)) for each in group.sorted_consumers() if each.pending]
    return [len(group.pending), first.formatted(), last.formatted(), counts]


def _list_pending(group: Group, search: _Search, now_ms: int) -> list[Reply]:
    pending = group.pending
    if search.consumer is not None:
        consumer = group.consumers.get(search.consumer)
        if consumer is None:
            return []
        pending = consumer.pending
    listed = (
        [id_.formatted(), each.consumer.name, max(now_ms - each.delivered_ms, 0), each.deliveries]
        for id_, each in pending.items(search.start, search.end)
        if _is_idle(each, search.min_idle_ms, now_ms)
    )
    return list(islice(listed, search.count))


def _is_idle(pending: Pending, min_idle_ms: int, now_ms: int) -> bool:
    """Whether the last delivery is long enough ago.

    0 always holds, even for a delivery in the future, which a clock that was set back can leave.
    """
    return not min_idle_ms or now_ms - pending.delivered_ms >= min_idle_ms


def _stream_and_group(stream: Stream | None, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """The stream and the group; the error is the same whichever is missing."""
    group = stream.groups.get(name) if stream else None
    if stream is None or group is None:
        shown_key, shown = key.decode("latin-1"), name.decode("latin-1")
        raise RedisError(f"NOGROUP No such key '{shown_key}' or consumer group '{shown}'")
    return stream, group


@command("XCLAIM", arity=-6, flags="write fast", keys=one_key("RW update"), tips="nondeterministic_output")
def xclaim(
    client: Client, key: bytes, group: bytes, consumer: bytes, min_idle_time: bytes, *args: bytes
) -> list[Reply]:
    """Makes entries pending for this consumer that were pending for another one, if they have long been idle.

    XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds]
        [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]
    Since 5.0.0, O(N log M) where N is the number of ids and M is the number of pending entries.
    """
    stream, stored = _stream_and_group(read_and_edit(client, key), key, group)
    min_idle_ms = integer(min_idle_time, "ERR Invalid min-idle-time argument for XCLAIM")
    claim = _read_claim(args, min_idle_ms, client.server.clock.now_ms)
    moves_on = claim.last_id > stored.last_id
    stored.last_id = max(stored.last_id, claim.last_id)
    is_first_time = consumer not in stored.consumers
    taker = seen_consumer(client, key, stream, stored, consumer)
    deleted = [id_ for id_ in claim.ids if id_ not in stream.entries and id_ in stored.pending]
    _forget_deleted(client, key, group, stored, deleted)
    claimed: list[StreamId] = []
    for id_ in claim.ids:
        if id_ in stream.entries and claim.takes(stored.pending.get(id_)):
            claim.apply(stored.hand_over(id_, taker, claim.now_ms))
            propagate_pending(client, key, group, stored, id_)
            claimed.append(id_)
    if moves_on and not claimed:
        propagate_last_id(client, key, group, stored)
    if is_first_time and not claimed:
        propagate_consumer(client, key, group, consumer)
    if claimed or deleted or moves_on:
        client.db.record_dirty(key, PENDING_CHANGED, len(claimed) + len(deleted) or 1)
    return [_claimed(stream, id_, claim.just_ids) for id_ in claimed]


def _forget_deleted(client: Client, key: bytes, name: bytes, group: Group, ids: Sequence[StreamId]) -> None:
    """Removes pending entries that were deleted from the stream, and can be processed no more."""
    for id_ in ids:
        propagate_pending(client, key, name, group, id_)
        group.acknowledge(id_)


class _Claim:
    """The ids and options of XCLAIM."""

    def __init__(self, now_ms: int, min_idle_ms: int, delivered_ms: int) -> None:
        self.now_ms = now_ms
        self.min_idle_ms = min_idle_ms
        self.delivered_ms = delivered_ms  # IDLE or TIME
        self.ids: list[StreamId] = []
        self.deliveries = -1  # RETRYCOUNT; less than 0: add one
        self.force = False
        self.just_ids = False
        self.last_id = FIRST_ID

    def takes(self, pending: Pending | None) -> bool:
        """Whether an existing entry is claimed: it has been idle long enough, or FORCE makes it pending."""
        return self.force if pending is None else _is_idle(pending, self.min_idle_ms, self.now_ms)

    def apply(self, pending: Pending) -> None:
        """Sets the time and number of deliveries as the options say."""
        is_sane = 0 <= self.delivered_ms <= self.now_ms  # a client's clock may be ahead of the server's
        pending.delivered_ms = self.delivered_ms if is_sane else self.now_ms
        if self.deliveries >= 0:
            pending.deliveries = self.deliveries
        elif not self.just_ids:
            pending.deliveries += 1  # an entry that FORCE made pending has 2 now, in Redis too


def _read_claim(args: Sequence[bytes], min_idle_ms: int, now_ms: int) -> _Claim:
    """Reads ids and then options: the first argument that is no id begins the options."""
    claim = _Claim(now_ms, max(min_idle_ms, 0), delivered_ms=now_ms)
    options = Options(args)
    while options:
        word = options.value()
        try:
            claim.ids.append(read_id(word))
        except RedisError:
            _read_claim_option(claim, word, options)
            break
    while options:
        _read_claim_option(claim, options.value(), options)
    return claim


def _read_claim_option(claim: _Claim, word: bytes, options: Options) -> None:
    match word.upper():
        case b"FORCE":
            claim.force = True
        case b"JUSTID":
            claim.just_ids = True
        case b"IDLE" if options:
            claim.delivered_ms = claim.now_ms - _claim_number(options, "IDLE")
        case b"TIME" if options:
            claim.delivered_ms = _claim_number(options, "TIME")
        case b"RETRYCOUNT" if options:
            claim.deliveries = _claim_number(options, "RETRYCOUNT")
        case b"LASTID" if options:
            claim.last_id = read_id(options.value())
        case _:
            raise RedisError(f"ERR Unrecognized XCLAIM option '{word.decode('latin-1')}'")


def _claim_number(options: Options, name: str) -> int:
    return integer(options.value(), f"ERR Invalid {name} option argument for XCLAIM")


def _claimed(stream: Stream, id_: StreamId, just_id: bool) -> Reply:
    fields = stream.entries.get(id_)
    return id_.formatted() if just_id or fields is None else entry_reply((id_, fields))


@command(
    "XAUTOCLAIM", arity=-6, flags="write fast", keys=one_key("RW delete"), tips="nondeterministic_output"
)
def xautoclaim(client: Client, key: bytes, group: bytes, consumer: bytes, *args: bytes) -> list[Reply]:
    """Claims what has long been idle, from an id on; returns the id to go on from, the entries, and the ids
    of those that were deleted meanwhile.

    XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]
    Since 6.2.0, O(N log M) where N is the count and M is the number of pending entries.
    """
    client.db.get(key, object)  # looked up before the options are read; its type matters only after them
    search = _read_automatic_claim(args)
    stream, stored = _stream_and_group(client.db.edit(key, Stream), key, group)
    is_first_time = consumer not in stored.consumers
    taker = seen_consumer(client, key, stream, stored, consumer)
    now_ms = client.server.clock.now_ms
    following, idle, deleted = _find_idle(stream, stored, search, now_ms)
    _forget_deleted(client, key, group, stored, deleted)
    for id_ in idle:
        pending = stored.hand_over(id_, taker, now_ms)
        pending.deliveries += not search.just_ids
        propagate_pending(client, key, group, stored, id_)
    if is_first_time and not idle:
        propagate_consumer(client, key, group, consumer)
    if idle or deleted:
        client.db.record_dirty(key, PENDING_CHANGED, len(idle) + len(deleted))
    claimed = [_claimed(stream, id_, search.just_ids) for id_ in idle]
    return [following.formatted(), claimed, [id_.formatted() for id_ in deleted]]


class _AutomaticClaim:
    """The arguments of XAUTOCLAIM."""

    def __init__(self, min_idle_ms: int, start: StreamId) -> None:
        self.min_idle_ms = min_idle_ms
        self.start = start
        self.count = 100
        self.just_ids = False


def _read_automatic_claim(args: Sequence[bytes]) -> _AutomaticClaim:
    min_idle_ms = integer(args[0], "ERR Invalid min-idle-time argument for XAUTOCLAIM")
    claim = _AutomaticClaim(max(min_idle_ms, 0), read_range_start(args[1]))
    options = Options(args[2:])
    while options:
        match options.word():
            case b"COUNT" if options:
                claim.count = _read_claim_count(options.value())
            case b"JUSTID":
                claim.just_ids = True
            case _:
                raise options.error()
    return claim


def _read_claim_count(argument: bytes) -> int:
    """The count, bounded as in Redis, which allocates 16 bytes of memory for each."""
    error = "ERR COUNT must be > 0"
    integer(argument, error)
    return integer_within(argument, 1, INT64_MAX // 16, error)


def _find_idle(
    stream: Stream, group: Group, claim: _AutomaticClaim, now_ms: int
) -> tuple[StreamId, list[StreamId], list[StreamId]]:
    """The id to go on from, the idle ids and the deleted ids; together at most `count`."""
    idle: list[StreamId] = []
    deleted: list[StreamId] = []
    for looked_at, (id_, pending) in enumerate(group.pending.items(claim.start, LAST_ID)):
        if looked_at == claim.count * ATTEMPTS or len(idle) + len(deleted) == claim.count:
            return id_, idle, deleted
        if id_ not in stream.entries:
            deleted.append(id_)
        elif _is_idle(pending, claim.min_idle_ms, now_ms):
            idle.append(id_)
    return FIRST_ID, idle, deleted  # the walk is over
