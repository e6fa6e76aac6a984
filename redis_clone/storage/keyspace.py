"""The keys of one database, and the verbs with which commands read and change them.

    to look         an expired key is deleted, and not found        counted as
    get             the value, of the type that is asked for        a hit or a miss, and an access
    get_no_touch    the value, of any type                          a hit or a miss
    get_no_stats    the value, of any type                          nothing
    key in db       whether there is a value, for a write           an access
    stored          the value, expired or not                       nothing; it never deletes

    to change       all but edit and convert record a Change
    edit            the value, for the caller to change in place and give to update(); an access
    update          keeps a value, changed in place or new; the time to live stays
    set_value       keeps a value as SET does: the old one goes, and the time to live with it
    delete          removes the key
    record_dirty    records a change that is not one of the value: WATCH does not see it
    convert         keeps an equal value in another form, and records nothing

Always true, and kept by these verbs alone:
  * no verb but `stored` returns the value of an expired key;
  * an empty list, set, hash or sorted set is never kept;
  * each write is recorded as a Change, and raises the version of a key that is watched.  All that must follow
    a write (AOF, replicas, notifications, blocked clients) follows from that record (dispatch.propagate);
  * `dirty` grows by the elements that a write changed, as Redis counts them: save points look at it.

Looking and editing are two verbs because a running snapshot needs a copy of each value that is edited.
Values are plain Python where that is honest: a string is `bytes`, or a `bytearray` once it was changed in
place.

Operations on all keys at once are in database.py.  Dicts beside the values hold what is known of each key:
when it expires (expires.py), its last access (cache/access.py), its version (versions.py), its size
(account.py).  No locks here: the caller holds the server's lock (server/locking.py).
"""

from random import Random
from typing import Any, TypeVar

from redis_clone.cache.access import AccessClock
from redis_clone.cache.lazyfree import LazyFree
from redis_clone.protocol.errors import WRONG_TYPE, RedisError
from redis_clone.storage.account import Account
from redis_clone.storage.expires import Expires
from redis_clone.storage.slot_index import SlotIndex
from redis_clone.storage.snapshot_view import SnapshotView
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import STRING
from redis_clone.storage.versions import Versions
from redis_clone.structures.clock import Clock
from redis_clone.structures.indexed_set import IndexedSet

Value = TypeVar("Value")

LARGE = 64  # members; a value with more of them is freed in slices


# The event, by its name in keyspace notifications ("set", "lpush", "expired"), the key and the database's
# number.  A plain tuple, because each write makes one: a NamedTuple would cost a SET a tenth more.
Change = tuple[str, bytes, int]


class Keyspace:
    """The keys of one database, with what is done to one key at a time."""

    def __init__(
        self,
        index: int,
        clock: Clock,
        changes: list[Change],
        access: AccessClock | None = None,
        lazyfree: LazyFree | None = None,
    ) -> None:
        """The databases of a server share all of these but the index."""
        self.index = index
        self.hits = self.misses = self.expired = 0  # what INFO counts
        self.dirty = 0  # elements changed since the start; the verbs' `count` says how many at a time
        self.records_new_keys = self.records_misses = False  # events that few clients subscribe to
        self.keeps_expired_keys = False  # in a pause, on a replica: reads skip an expired key, and it stays
        self.expires_own_keys = (
            False  # on a replica at which clients write: what they let expire does so here
        )
        self.expiry_is_on = True  # False for an AOF and for a master, which say when a key is deleted
        self._clock = clock
        self._changes = changes  # of all databases, in order; dispatch propagates and clears them
        self._access = access or AccessClock(Random(), clock.now_ms)  # makes the access fields
        self._lazyfree = lazyfree or LazyFree()  # frees large values in slices
        self._start_empty()
        self.versions = Versions()  # of watched keys
        self._snapshot_view: SnapshotView | None = None  # while a snapshot is written

    def _start_empty(self) -> None:
        self._values: dict[bytes, Any] = {}
        self._access_fields: dict[bytes, int] = {}  # see cache/access.py
        self.expires = Expires()  # the keys with a time to live
        self.own_expires = Expires()  # of a replica: those that it lets expire by itself, perhaps gone by now
        self._index: IndexedSet[bytes] | None = None  # made by the first SCAN or random pick
        self._slots: SlotIndex | None = None  # in a cluster: the keys by their slots
        self._account = Account()

    # Looking.

    def get(self, key: bytes, kind: type[Value]) -> Value | None:
        """The value of `key`; None when there is none, WRONGTYPE when it is not a `kind`."""
        value = self._values.get(key)
        if key in self.expires and self._is_expired(key):
            value = None
        if value is None:
            self.misses += 1
            if self.records_misses:
                self._changes.append(("keymiss", key, self.index))
            return None
        self.hits += 1
        self._access_fields[key] = self._access.lru_clock or self._access.touched(self._access_fields[key])
        if isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    def edit(self, key: bytes, kind: type[Value]) -> Value | None:
        """The value of `key`, to be changed in place and given to update(); None or WRONGTYPE as in get()."""
        if key in self.expires:
            self._delete_if_expired(key)
        value = self._values.get(key)
        if self._snapshot_view is not None:
            self._snapshot_view.keep(key, value)
        if value is None:
            return None
        self._access_fields[key] = self._access.lru_clock or self._access.touched(self._access_fields[key])
        if isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    def get_no_touch(self, key: bytes) -> Any:
        """The value, without an access: TYPE, TTL and EXISTS leave a key as idle as it was."""
        value = self.get_no_stats(key)
        if value is not None:
            self.hits += 1
        else:
            self.misses += 1
            if self.records_misses:
                self._changes.append(("keymiss", key, self.index))
        return value

    def get_no_stats(self, key: bytes) -> Any:
        """The value, counted in no way: for OBJECT, SCAN and eviction, which ask about a key."""
        if key in self.expires and self._is_expired(key):
            return None
        return self._values.get(key)

    def __contains__(self, key: bytes) -> bool:
        """Whether the key has a value.  An access, for the caller is about to change the key."""
        if key in self.expires:
            self._delete_if_expired(key)
        if key not in self._values:
            return False
        self._access_fields[key] = self._access.lru_clock or self._access.touched(self._access_fields[key])
        return True

    def stored(self, key: bytes) -> Any:
        """The value, expired or not; never deletes it."""
        return self._values.get(key)

    def __len__(self) -> int:
        """What DBSIZE answers: expired keys that were not deleted yet are counted."""
        return len(self._values)

    # Changing.

    def update(self, key: bytes, value: Any, event: str, count: int = 1) -> None:
        """Keep a value; the time to live stays.  An empty container is deleted with its key."""
        old = self._values.get(key)
        if old is value and type(value) is not bytes:  # it came from edit()
            self._account.stale.add(key)
        else:
            if old is None:
                self._record_new(key)
            self._values[key] = value
            self._access_fields[key] = (
                self._access.lru_clock or self._access_fields.get(key) or self._access.initial()
            )
            if type(value) is type(old) is bytes:  # the usual case, in a line
                self._account.bytes += len(value) - len(old)
            else:
                self._account.change(key, old, value)
                self._free(old)
        self._changes.append((event, key, self.index))  # what _record() does, without the call
        self.dirty += count
        if self.versions and key in self.versions:
            self.versions[key] += 1
        if not value and not isinstance(value, STRING):
            self.delete(key, count=0)

    def set_value(self, key: bytes, value: Any, event: str, count: int = 1) -> None:
        """Keep a value as SET does: the old value goes, and its time to live too."""
        if key in self.expires:
            self._delete_if_expired(key)
            if key in self.expires:
                self.expires.forget(key)
        if not self._access.lru_clock and key in self._access_fields:
            self._access_fields[key] = self._access.touched(self._access_fields[key])
        self.update(key, value, event, count)

    def delete(self, key: bytes, event: str = "del", count: int = 1) -> bool:
        """Remove a key; True when it was there, expired or not: a command looks first if that matters."""
        if key not in self._values:
            return False
        self._drop(key)
        self._record(event, key, count)
        return True

    def record_dirty(self, key: bytes, event: str, count: int = 1) -> None:
        """Record a change that is not one of the value, such as which entries a consumer has read.

        It is propagated to the AOF and the replicas; the version that WATCH compares stays.
        """
        self._changes.append((event, key, self.index))
        self.dirty += count

    def convert(self, key: bytes, value: Any) -> None:
        """Keep an equal value in another form, which OBJECT ENCODING shows and no other command."""
        old = self._values[key]
        if value is not old:
            self._values[key] = value
            self._account.change(key, old, value)

    # Time to live.

    def expire_at_ms(self, key: bytes) -> int | None:
        """The Unix time in milliseconds at which `key` expires; None when it lives for ever."""
        return self.expires.get(key)

    def is_past(self, expire_at_ms: int) -> bool:
        """Whether a key with that time to live would have expired already."""
        return expire_at_ms <= self._clock.now_ms and self.expiry_is_on

    def expire_at(self, key: bytes, expire_at_ms: int, count: int = 1) -> None:
        """Give an existing key a time to live."""
        self.expires.set(key, expire_at_ms, self._clock.now_ms)
        self._let_own_expire(key)
        self._record("expire", key, count)

    def persist(self, key: bytes) -> bool:
        """Take the time to live away; True when there was one."""
        if key not in self.expires:
            return False
        self.expires.forget(key)
        self._record("persist", key)
        return True

    # Watching.

    def watch(self, key: bytes) -> int:
        """The version of `key`, kept from now on until versions.unwatch().

        One that has expired is not deleted here; that it will be is counted already, for it is no change.
        """
        return self.versions.watch(key) + self._is_over(key)

    def version(self, key: bytes) -> int:
        """How often a watched key was written since it was first watched; its expiry is a write."""
        return self.versions[key] + self._is_over(key)

    # Parts of these verbs.

    def _record_new(self, key: bytes) -> None:
        self._account.add_key(key)
        if self._index is not None:
            self._index.add(key)
        if self._slots is not None:
            self._slots.add(key)
        if self.records_new_keys:
            self._changes.append(("new", key, self.index))

    def _record(self, event: str, key: bytes, count: int = 1) -> None:
        self._changes.append((event, key, self.index))
        self.dirty += count
        if key in self.versions:
            self.versions[key] += 1

    def _drop(self, key: bytes) -> None:
        self._free(self._take_out(key))

    def _take_out(self, key: bytes) -> Any:
        """Remove a key and all that is kept of it; returns its value."""
        value = self._values.pop(key)
        del self._access_fields[key]
        self._account.remove_key(key)
        self._account.change(key, value, None)
        if key in self.expires:
            self.expires.forget(key)
        if self._index is not None:
            self._index.remove(key)
        if self._slots is not None:
            self._slots.remove(key)
        return value

    def _adopt(self, key: bytes, value: Any, expire_at_ms: int | None) -> None:
        """Keep a value under a name that is free, without an event of its own."""
        self._record_new(key)
        self._values[key] = value
        self._access_fields[key] = self._access.initial()
        self._account.change(key, None, value)
        if expire_at_ms is not None:
            self.expires.set(key, expire_at_ms, self._clock.now_ms)

    def _let_own_expire(self, key: bytes) -> None:
        """A client has given a key a time to live: a replica must not wait for its master to delete it."""
        if self.expires_own_keys and self.expiry_is_on and key in self.expires:
            self.own_expires.set(key, self.expires[key], self._clock.now_ms)

    def _free(self, value: Any) -> None:
        """Hand a large value that left the keyspace to lazyfree; Python frees a small one at once."""
        if value is None or isinstance(value, STRING):
            return
        if isinstance(value, Stream) or len(value) > LARGE:
            self._lazyfree.add(value)

    def _is_expired(self, key: bytes) -> bool:
        """Whether a key with a time to live has expired, for a read; deletes it then, if it may."""
        if not self.keeps_expired_keys:
            self._delete_if_expired(key)
            return key not in self.expires
        return self.is_past(self.expires[key])

    def _delete_if_expired(self, key: bytes) -> None:
        if self.expires[key] <= self._clock.now_ms and self.expiry_is_on:
            self._expire(key)

    def _is_over(self, key: bytes) -> bool:
        """Whether the key has a time to live that is over."""
        return key in self.expires and self.is_past(self.expires[key])

    def _expire(self, key: bytes) -> None:
        self._drop(key)
        self.expired += 1
        self._record("expired", key, count=0)
