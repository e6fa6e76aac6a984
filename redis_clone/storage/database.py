"""One numbered database, which SELECT chooses: a keyspace, with the operations on several or all keys.

It scans and samples keys, renames, moves and replaces them, clears and swaps databases, gives a snapshot
view, expires keys and counts memory.  The rules of keyspace.py hold here too.  No locks here: the caller
holds the server's lock.
"""

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from redis_clone.storage.account import PER_INDEXED
from redis_clone.storage.keyspace import Keyspace
from redis_clone.storage.slot_index import SlotIndex, SlotOf
from redis_clone.storage.snapshot_view import SnapshotView
from redis_clone.structures.indexed_set import IndexedSet

# The attributes that SWAPDB swaps: all that _start_empty() makes, and the snapshot view of it.
CONTENTS = (
    "_values", "_access_fields", "expires", "own_expires", "_index", "_slots", "_account", "_snapshot_view",
)  # fmt: skip


class Database(Keyspace):
    """
    >>> from redis_clone.structures.clock import Clock
    >>> db = Database(0, Clock(), changes=[])
    >>> db.update(b"a", b"1", "set"); db.rename(b"a", b"b"); list(db.entries()), db.scan(0, 10)
    ([(b'b', b'1', None)], (0, [b'b']))
    """

    # Walking and sampling.

    def live_keys(self) -> list[bytes]:
        """Every key that has not expired."""
        now_ms = self._clock.now_ms
        return [key for key in self._values if self.expires.get(key, now_ms + 1) > now_ms]

    def entries(self) -> Iterator[tuple[bytes, Any, int | None]]:
        """Every key, expired or not, with its value and the time at which it expires."""
        for key, value in self._values.items():
            yield key, value, self.expires.get(key)

    def newest(self, count: int) -> list[bytes]:
        """The keys that came last, expired or not, the newest first.  O(count + keys deleted since)"""
        return list(islice(reversed(self._values), count))

    def random_key(self, random: Random) -> bytes | None:
        """Any key, all equally likely; O(1), but O(n) the first time."""
        if self.keeps_expired_keys:  # the loop below might not end then; in Redis 7.0 it does not
            live = self.live_keys()
            return random.choice(live) if live else None
        while self._values:
            key = self._sampled().sample(random)
            if self.get_no_stats(key) is not None:
                return key
        return None

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor, and about `count` keys, expired ones too.

        structures/indexed_set.py says what a scan promises.
        """
        return self._sampled().scan(cursor, count)

    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]:
        """Some keys picked at random, one perhaps twice.  O(count), but O(n) the first time."""
        if expiring_only:
            return self.expires.samples(count, random)
        index = self._sampled()
        return [index.sample(random) for _ in range(count if self._values else 0)]

    def _sampled(self) -> IndexedSet[bytes]:
        if self._index is None:
            self._index = IndexedSet(self._values)
        return self._index

    def slots(self, slot_of: SlotOf) -> SlotIndex:
        """The keys by their hash slots; kept from the first call on, which is O(n)."""
        if self._slots is None:
            self._slots = SlotIndex(slot_of, self._values)
        return self._slots

    # Moving.

    def rename(self, source: bytes, target: bytes) -> None:
        """Move an existing key over whatever `target` was, the time to live with it."""
        if self._snapshot_view is not None:  # edit() would look for it under its new name
            self._snapshot_view.keep(source, self._values[source])
        expire_at_ms = self.expires.get(source)
        self.get_no_stats(target)  # so that one that has expired goes as such, unless a replica hides it
        if target in self._values:
            self._drop(target)  # without a "del" event: the rename is the only one
        value = self._take_out(source)
        self._adopt(target, value, expire_at_ms)
        self._let_own_expire(target)
        self._record("rename_from", source)
        self._record("rename_to", target, count=0)  # the two are one change

    def take_from(self, other: "Database", key: bytes) -> None:
        """MOVE: take a key over from another database that has it; this one must not."""
        if other._snapshot_view is not None:
            other._snapshot_view.keep(key, other._values[key])
        expire_at_ms = other.expires.get(key)
        value = other._take_out(key)
        self._adopt(key, value, expire_at_ms)
        self._let_own_expire(key)
        other._record("move_from", key)
        self._record("move_to", key, count=0)

    def replace(self, key: bytes, value: Any, event: str, expire_at_ms: int | None) -> None:
        """Keep a value as RESTORE and COPY do: as a new key, in place of any old one, which goes unseen."""
        if key in self._values:
            self._drop(key)
        self._adopt(key, value, expire_at_ms)
        self._let_own_expire(key)
        self._record(event, key)

    # All keys at once.

    def clear(self) -> int:
        """FLUSHDB.  Returns how many keys were deleted."""
        count, slots = len(self._values), self._slots
        self.versions.raise_all(self._values)
        for table in (
            self._values,
            self._access_fields,
            *self.expires.put_away(),
            self._index,
            slots,
            self._account,
        ):
            self._lazyfree.add(table)
        self._start_empty()
        if slots is not None:
            self._slots = SlotIndex(slots.slot_of)
        self._changes.append(("flushdb", b"", self.index))
        self.dirty += count
        return count

    def swap(self, other: "Database") -> None:
        """SWAPDB: exchange the contents; connections and watches stay with the number."""
        self._raise_versions(other)
        other._raise_versions(self)
        for name in CONTENTS:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)
        self._changes.append(("swapdb", b"", self.index))
        self.dirty += 1

    def _raise_versions(self, replacement: "Database") -> None:
        """Before a swap: a watched key changes if it lives here or there.  O(watched keys)"""
        for key in self.versions:
            changes = any(key in each._values and not each._is_over(key) for each in (self, replacement))
            self.versions[key] = self.version(key) + changes - replacement._is_over(key)

    def beside(self) -> "Database":
        """An empty database with this number, for data that will take the place of these by swap().

        Nothing is shared with this one but the clocks, so it may be loaded without the lock.
        """
        other = Database(self.index, self._clock, [], self._access, self._lazyfree)
        if self._slots is not None:
            other.slots(self._slots.slot_of)  # filled while it is loaded, not in one go afterwards
        return other

    def load(self, key: bytes, value: Any, expire_at_ms: int | None) -> None:
        """Keep a key of a file that is loaded, in place of any old one; nothing is recorded or propagated."""
        if key in self._values:
            self._drop(key)
        before = len(self._changes)
        self._adopt(key, value, expire_at_ms)
        del self._changes[before:]

    # The snapshot.

    def take_snapshot_view(self) -> SnapshotView:
        """A view of all keys as they are now, kept up until drop_snapshot_view().  O(n)"""
        self._snapshot_view = SnapshotView(self.index, self._values, self.expires)
        return self._snapshot_view

    def drop_snapshot_view(self) -> None:
        self._snapshot_view = None

    # Expiry.

    def expire_some(self, count: int) -> bool:
        """Delete the expired of up to `count` keys whose slots have begun; False when none is left."""
        if self.own_expires:
            return self._expire_own(count)
        if self.keeps_expired_keys or not self.expiry_is_on:
            return False
        expired, may_be_more = self.expires.pop_expired(self._clock.now_ms, count)
        for key in expired:
            self._expire(key)
        return may_be_more

    def _expire_own(self, count: int) -> bool:
        """Delete the expired of the keys that clients of a replica gave a time to live.

        The master may have written such a key too: then it expires when its time is up now, or not at all.
        """
        now_ms = self._clock.now_ms
        keys, may_be_more = self.own_expires.pop_expired(now_ms, count)
        for key in keys:
            expire_at_ms = self.expires.get(key)
            if expire_at_ms is None:
                continue
            if expire_at_ms <= now_ms:
                self._expire(key)
            else:
                self.own_expires.set(key, expire_at_ms, now_ms)
        return may_be_more

    # Size.

    def size(self) -> int:
        """In bytes: the keys, the values, and what is kept beside them.  O(1), O(keys changed in place)"""
        return self._account.total(self._values, expiring=len(self.expires)) + self.size_of_indexes()

    def measure_some(self, count: int) -> bool:
        """Do a part of the measuring that size() would do; True when some is left."""
        return self._account.measure_some(self._values, count)

    def size_of_indexes(self) -> int:
        """In bytes, the indexes that are built on first use: for random picks, and of the slots."""
        picks = self.expires.indexed + (len(self._index) if self._index is not None else 0)
        return PER_INDEXED * picks + (self._slots.size() if self._slots is not None else 0)

    # Access fields.

    def access_field(self, key: bytes) -> int:
        """The access field of an existing key; cache/access.py reads it."""
        return self._access_fields[key]

    def set_access_field(self, key: bytes, field: int) -> None:
        """Replace the access field of an existing key, as RESTORE does."""
        self._access_fields[key] = field

    def reset_access_fields(self) -> None:
        """Begin all access fields anew, when LRU and LFU change places.  O(n)"""
        self._access_fields = dict.fromkeys(self._values, self._access.initial())
