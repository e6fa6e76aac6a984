"""The value of a stream key: its entries, and the groups of consumers that share the work of reading them.

    stream      a log of entries, each under an id that is higher than all before it
    group       reads the log once: what one of its consumers is given, no other consumer is given
    consumer    one reader in a group
    pending     an entry that was delivered to a consumer and is not acknowledged yet
    tombstone   the place of a deleted entry.  The stream remembers only the highest one

Always true (`check` asserts it): an entry that is pending in a group is pending in exactly one of its
consumers, and both lists hold the same Pending.  It may be pending after it was deleted from the log.

**Lag** is how far a group is behind: the entries ever added, less those that it has read.  Both are counters,
so the lag costs O(1), but after a deletion the entries read may say nothing about the entries still to come.
Then the lag is None: unknown.  No locks here: the caller holds the server's lock.
"""

from collections.abc import Iterator
from itertools import islice

from redis_clone.storage.stream_packing import USUAL_ROOM, Fields, Room, entry_size, is_full, master_size
from redis_clone.structures.stream_log import FIRST_ID, LAST_ID, StreamId, StreamLog

Entry = tuple[StreamId, Fields]


class Pending:
    """One delivery that waits to be acknowledged."""

    __slots__ = ("consumer", "delivered_ms", "deliveries")

    def __init__(self, consumer: "Consumer", delivered_ms: int, deliveries: int = 1) -> None:
        self.consumer = consumer
        self.delivered_ms = delivered_ms
        self.deliveries = deliveries


class Consumer:
    """One reader of a group.  Its pending entries are those of the group that were delivered to it."""

    __slots__ = ("active_ms", "name", "pending", "seen_ms")

    def __init__(self, name: bytes, seen_ms: int, active_ms: int | None = None) -> None:
        self.name = name
        self.seen_ms = seen_ms  # when it last asked for anything
        self.active_ms = active_ms  # when it last was given anything (7.2), None: never
        self.pending: StreamLog[Pending] = StreamLog()


class Group:
    """
    >>> group = Group(last_id=FIRST_ID)
    >>> ada, bob = group.create_consumer(b"ada", 0), group.create_consumer(b"bob", 0)
    >>> group.deliver(StreamId(1, 1), ada, now_ms=5)
    >>> group.hand_over(StreamId(1, 1), bob, now_ms=6).delivered_ms
    6
    >>> len(ada.pending), len(bob.pending), group.acknowledge(StreamId(1, 1)), len(group.pending)
    (0, 1, True, 0)
    """

    __slots__ = ("consumers", "entries_read", "last_id", "pending")

    def __init__(self, last_id: StreamId, entries_read: int | None = None) -> None:
        self.last_id = last_id  # the highest that was delivered to any consumer
        self.entries_read = entries_read  # of all that were ever added; None: unknown
        self.consumers: dict[bytes, Consumer] = {}
        self.pending: StreamLog[Pending] = StreamLog()

    def copy(self) -> "Group":
        """O(n) in the consumers and the pending entries."""
        twin = Group(self.last_id, self.entries_read)
        for name, consumer in self.consumers.items():
            twin.consumers[name] = Consumer(name, consumer.seen_ms, consumer.active_ms)
        for id_, pending in self.pending.items():
            consumer = twin.consumers[pending.consumer.name]
            twin._add_pending(id_, Pending(consumer, pending.delivered_ms, pending.deliveries))
        return twin

    def create_consumer(self, name: bytes, now_ms: int) -> Consumer:
        """A new consumer, whose name is not taken yet."""
        self.consumers[name] = consumer = Consumer(name, now_ms)
        return consumer

    def delete_consumer(self, name: bytes) -> int:
        """Forget a consumer and its pending entries; returns how many these were.  O(n log n) in these"""
        consumer = self.consumers.pop(name)
        for id_, _ in consumer.pending.items():
            self.pending.pop(id_)
        return len(consumer.pending)

    def sorted_consumers(self) -> list[Consumer]:
        """All consumers by name, as Redis lists them.  O(n log n)"""
        return [consumer for _, consumer in sorted(self.consumers.items())]

    def deliver(self, id_: StreamId, consumer: Consumer, now_ms: int) -> None:
        """A first delivery, even if the entry was delivered before: XGROUP SETID can set a group back."""
        self.hand_over(id_, consumer, now_ms).deliveries = 1

    def hand_over(self, id_: StreamId, consumer: Consumer, now_ms: int) -> Pending:
        """Make an entry pending for `consumer` from now on, and for no other.  O(log n)"""
        consumer.active_ms = now_ms
        pending = self.pending.get(id_)
        if pending is None:
            pending = Pending(consumer, now_ms)
            self._add_pending(id_, pending)
        elif pending.consumer is not consumer:
            pending.consumer.pending.pop(id_)
            consumer.pending.insert(id_, pending)
            pending.consumer = consumer
        pending.delivered_ms = now_ms
        return pending

    def acknowledge(self, id_: StreamId) -> bool:
        """Forget that an entry is pending; True when it was.  O(log n)"""
        pending = self.pending.pop(id_)
        if pending is None:
            return False
        pending.consumer.pending.pop(id_)
        return True

    def _add_pending(self, id_: StreamId, pending: Pending) -> None:
        self.pending.insert(id_, pending)
        pending.consumer.pending.insert(id_, pending)


class Stream:
    """
    >>> stream = Stream()
    >>> stream.add(StreamId(1, 0), (b"field", b"value")), stream.add(StreamId(2, 0), (b"field", b"other"))
    (None, None)
    >>> stream.delete(StreamId(1, 0)), stream.entries_after(FIRST_ID), stream.entries_added
    (True, [(StreamId(ms=2, seq=0), (b'field', b'other'))], 2)
    """

    # No __len__ and no __bool__: a stream without entries lives on, with its last id and its groups, and
    # Keyspace.update() would delete a value that is not true.

    __slots__ = ("entries", "entries_added", "groups", "last_id", "max_deleted_id")

    def __init__(self) -> None:
        self.entries: StreamLog[Fields] = StreamLog()  # for looking; the methods below change it
        self.last_id = FIRST_ID  # the highest that was ever given; the next one must be higher
        self.max_deleted_id = FIRST_ID  # the highest tombstone; trimming leaves none
        self.entries_added = 0  # ever
        self.groups: dict[bytes, Group] = {}

    def copy(self) -> "Stream":
        """O(n)"""
        twin = Stream()
        twin.entries = self.entries.copy()
        twin.last_id, twin.max_deleted_id = self.last_id, self.max_deleted_id
        twin.entries_added = self.entries_added
        twin.groups = {name: group.copy() for name, group in self.groups.items()}
        return twin

    @property
    def first_id(self) -> StreamId:
        """The lowest id of an entry; 0-0 when there is none."""
        return self.entries.first_id() or FIRST_ID

    def sorted_groups(self) -> list[tuple[bytes, Group]]:
        """All groups by name, as Redis lists them.  O(n log n)"""
        return sorted(self.groups.items())

    def add(self, id_: StreamId, fields: Fields, room: Room = USUAL_ROOM) -> None:
        """Append an entry; its id must be higher than `last_id`.  O(1)"""
        assert id_ > self.last_id, "ids only grow"
        last = self.entries.last_block
        begins_block = last is None or is_full(last, fields, room)
        block = self.entries.append(id_, fields, begins_block)
        block.size += (master_size(fields) if begins_block else 0) + entry_size(block, id_, fields)
        self.last_id = id_
        self.entries_added += 1

    def delete(self, id_: StreamId) -> bool:
        """True when the entry was there.  O(log n)"""
        if self.entries.pop(id_) is None:
            return False
        self.max_deleted_id = max(self.max_deleted_id, id_)
        return True

    def entries_after(self, id_: StreamId, count: int | None = None) -> list[Entry]:
        """The entries with a higher id, `count` of them or all.  O(log n + m)"""
        return [] if id_ == LAST_ID else list(islice(self.entries.items(id_.following()), count))

    # How far a group has read.

    def advance(self, group: Group, id_: StreamId) -> None:
        """The group has read the entry `id_`, and nothing stands between that and its last one."""
        if group.entries_read is not None and not self._may_have_tombstones_from(id_):
            group.entries_read += 1
        else:
            group.entries_read = self._count_up_to(id_)
        group.last_id = id_

    def lag(self, group: Group) -> int | None:
        """How many entries the group has still to read; None: unknown.  O(1)"""
        if not self.entries_added:
            return 0
        entries_read = group.entries_read
        if entries_read is None or self._may_have_tombstones_from(group.last_id):
            entries_read = self._count_up_to(group.last_id)
        return None if entries_read is None else self.entries_added - entries_read

    def _may_have_tombstones_from(self, id_: StreamId) -> bool:
        """Whether a counter that went up by one with each entry would go wrong from `id_` on."""
        if not self.entries or self.max_deleted_id == FIRST_ID or self.first_id > self.max_deleted_id:
            return False
        return id_ <= self.max_deleted_id

    def _count_up_to(self, id_: StreamId) -> int | None:
        """How many entries were ever added up to `id_`, itself included; None when that is unknown.

        It is known at the last id; and, as long as no tombstone lies among the entries, at the first and
        before.
        """
        if not self.entries_added or (not self.entries and id_ <= self.last_id) or id_ == self.last_id:
            return self.entries_added
        if id_ > self.last_id:
            return None
        if self.max_deleted_id > FIRST_ID and self.max_deleted_id >= self.first_id:
            return None
        gone = self.entries_added - len(self.entries)
        if id_ == self.first_id:
            return gone + 1
        return gone if id_ < self.first_id else None

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        self.entries.check()
        assert (self.entries.last_id() or FIRST_ID) <= self.last_id, "ids only grow"
        for group in self.groups.values():
            group.pending.check()
            theirs = list(_pending_of_consumers(group))
            assert len(theirs) == len(group.pending), "a pending entry is pending for one consumer"
            for id_, consumer, pending in theirs:
                assert group.pending.get(id_) is pending, "both lists hold the same Pending"
                assert pending.consumer is consumer, "an entry knows its consumer"


def _pending_of_consumers(group: Group) -> Iterator[tuple[StreamId, Consumer, Pending]]:
    for consumer in group.consumers.values():
        consumer.pending.check()
        for id_, pending in consumer.pending.items():
            yield id_, consumer, pending
