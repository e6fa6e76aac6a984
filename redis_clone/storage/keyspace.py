"""Names to values: what can be done with one key, or with a few at once.

Always true, and kept by the verbs below alone:
  * an expired key is never seen: whatever touches it deletes it first;
  * an empty list, set, hash or sorted set is never kept;
  * each write is recorded as a Change, from which all that must follow a write follows
    (dispatch.propagate); and it raises the version of a key that somebody watches.

Looking and editing are two verbs.  `get` is for looking; a command that will change a value in place
fetches it with `edit` and hands it back with `store`, which notices when nothing is left of it.

Values are plain Python where that is honest: a string is `bytes`, or a `bytearray` once it was changed
in place.  No locks here: the caller holds the server's lock (server/locking.py).

What is done with all the keys at once stands in database.py.  What is kept of each key lies in dicts beside
the values: when it falls due (deadlines.py), how it was used (cache/access.py), how often it was written
(versions.py), how large its value is (account.py).
"""

from random import Random
from typing import Any, TypeVar

from redis_clone.cache.access import AccessClock
from redis_clone.cache.lazyfree import LazyFree
from redis_clone.protocol.errors import WRONG_TYPE, RedisError
from redis_clone.storage.account import Account
from redis_clone.storage.expires import Expires
from redis_clone.storage.snapshot_view import SnapshotView
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import STRING
from redis_clone.storage.versions import Versions
from redis_clone.structures.clock import Clock
from redis_clone.structures.indexed_set import IndexedSet

Value = TypeVar("Value")

LARGE = 64  # members, from which on a value is not let go of at once


# What happened, to which key, in which database; in the words of keyspace notifications: "set", "lpush",
# "expired".  A plain tuple, because each write makes one: a NamedTuple would cost a SET a tenth more.
Change = tuple[str, bytes, int]


class Keyspace:
    """The keys of one database, one by one."""

    def __init__(
        self,
        index: int,
        clock: Clock,
        changes: list[Change],
        access: AccessClock | None = None,
        lazyfree: LazyFree | None = None,
    ) -> None:
        """All but the index is shared with the other databases of the server."""
        self.index = index
        self.hits = self.misses = self.expired = 0  # what INFO counts
        self.records_new_keys = self.records_misses = False  # for notifications, which rarely want them
        self.keeps_expired_keys = False  # in a pause: who looks does not see a key that is due, but it stays
        self.expiry_is_on = True  # False while a log is read, in which every deletion is written down
        self._clock = clock
        self._changes = changes  # of all databases in the order they happened; dispatch empties it
        self._access = access or AccessClock(Random(), clock.now_ms)  # says what a use of a key is
        self._lazyfree = lazyfree or LazyFree()  # takes large values that nobody needs any more
        self._start_empty()
        self.versions = Versions()  # of watched keys
        self._snapshot_view: SnapshotView | None = None  # while one is being developed

    def _start_empty(self) -> None:
        self._values: dict[bytes, Any] = {}
        self._access_fields: dict[bytes, int] = {}  # how each key was used
        self.expires = Expires()  # of the keys that expire
        self._index: IndexedSet[bytes] | None = None  # made when somebody first samples or scans
        self._account = Account()

    # Looking.

    def get(self, key: bytes, kind: type[Value]) -> Value | None:
        """The value of `key`, None when there is none, WRONGTYPE when it is not a `kind`."""
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
        """As get(), for a value that is about to be changed in place and then stored."""
        if key in self.expires:
            self._expire_if_due(key)
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
        """As get(), of any type, but no use: TYPE, TTL and EXISTS leave a key as idle as it was."""
        value = self.get_no_stats(key)
        if value is not None:
            self.hits += 1
        else:
            self.misses += 1
            if self.records_misses:
                self._changes.append(("keymiss", key, self.index))
        return value

    def get_no_stats(self, key: bytes) -> Any:
        """As glance(), and not even a hit or a miss: for those who ask about a value, not for it."""
        if key in self.expires and self._is_expired(key):
            return None
        return self._values.get(key)

    def __contains__(self, key: bytes) -> bool:
        """For those who are about to change the key, so it is a use."""
        if self.get_no_stats(key) is None:
            return False
        self._access_fields[key] = self._access.lru_clock or self._access.touched(self._access_fields[key])
        return True

    def is_stored(self, key: bytes) -> bool:
        """Whether it is there, due or not; as `in`, for who must not let it expire."""
        return key in self._values

    def __len__(self) -> int:
        """As DBSIZE counts: with the keys that are due and that nobody has touched since."""
        return len(self._values)

    # Changing.

    def update(self, key: bytes, value: Any, event: str) -> None:
        """Keep a value, its time to live as before.  One that is empty goes, and the key with it."""
        old = self._values.get(key)
        if old is value and type(value) is not bytes:  # edit() gave it out, and it was changed in place
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
                self._let_go(old)
        self._changes.append((event, key, self.index))  # what _note() does, without its call
        if self.versions and key in self.versions:
            self.versions[key] += 1
        if not value and not isinstance(value, STRING):
            self.delete(key)

    def set_value(self, key: bytes, value: Any, event: str, expire_at_ms: int | None = None) -> None:
        """Keep a value as SET does: whatever was there goes, the time to live too.

        `expire_at_ms` is a time to live that belongs to the value, as for COPY, and is no event of its own.
        """
        if key in self.expires:
            self._expire_if_due(key)
            if key in self.expires:
                self.expires.forget(key)
        if not self._access.lru_clock and key in self._access_fields:
            self._access_fields[key] = self._access.touched(self._access_fields[key])
        self.update(key, value, event)
        if expire_at_ms is not None:
            self.expires.set(key, expire_at_ms, self._clock.now_ms)

    def delete(self, key: bytes, event: str = "del") -> bool:
        """True when the key was there."""
        if key in self.expires:
            self._expire_if_due(key)
        if key not in self._values:
            return False
        self._drop(key)
        self._note(event, key)
        return True

    def record_dirty(self, key: bytes, event: str, times: int = 1) -> None:
        """Record changes that do not count as ones of the value, as who has read which entry of a stream.

        They go to the log and to the replicas, but for WATCH the key is as it was.
        """
        self._changes += [(event, key, self.index)] * times

    # Time to live.

    def expire_at_ms(self, key: bytes) -> int | None:
        """The Unix time in milliseconds at which `key` expires; None when it lives for ever."""
        return self.expires.get(key)

    def is_past(self, expire_at_ms: int) -> bool:
        """Whether a key that expires at that time is gone already."""
        return expire_at_ms <= self._clock.now_ms and self.expiry_is_on

    def expire_at(self, key: bytes, expire_at_ms: int) -> None:
        """Let an existing key expire at that time."""
        self.expires.set(key, expire_at_ms, self._clock.now_ms)
        self._note("expire", key)

    def persist(self, key: bytes) -> bool:
        """Let a key live for ever; True when it was going to expire."""
        if key not in self.expires:
            return False
        self.expires.forget(key)
        self._note("persist", key)
        return True

    # Watching.

    def watch(self, key: bytes) -> int:
        """The version of `key`, kept from now on until somebody says versions.unwatch()."""
        if key in self.expires:
            self._is_expired(key)  # so that its expiry counts as past, not as a change to come
        return self.versions.watch(key)

    def version(self, key: bytes) -> int:
        """How often a watched key was written since it was first watched; a key that fell due was written."""
        if key in self.expires and self._is_expired(key):
            return self.versions.get(key, 0) + self.keeps_expired_keys
        return self.versions[key]

    # Within.

    def _record_new(self, key: bytes) -> None:
        self._account.add_key(key)
        if self._index is not None:
            self._index.add(key)
        if self.records_new_keys:
            self._changes.append(("new", key, self.index))

    def _note(self, event: str, key: bytes) -> None:
        self._changes.append((event, key, self.index))
        if key in self.versions:
            self.versions[key] += 1

    def _drop(self, key: bytes) -> None:
        self._let_go(self._take_out(key))

    def _take_out(self, key: bytes) -> Any:
        """The value, and nothing is left of its key."""
        value = self._values.pop(key)
        del self._access_fields[key]
        self._account.remove_key(key)
        self._account.change(key, value, None)
        if key in self.expires:
            self.expires.forget(key)
        if self._index is not None:
            self._index.remove(key)
        return value

    def _adopt(self, key: bytes, value: Any, expire_at_ms: int | None) -> None:
        self._record_new(key)
        self._values[key] = value
        self._access_fields[key] = self._access.initial()
        self._account.change(key, None, value)
        if expire_at_ms is not None:
            self.expires.set(key, expire_at_ms, self._clock.now_ms)

    def _let_go(self, value: Any) -> None:
        """Of a value that nobody needs any more; what is large is taken apart little by little."""
        if value is None or isinstance(value, STRING):
            return
        if isinstance(value, Stream) or len(value) > LARGE:
            self._lazyfree.add(value)

    def _is_expired(self, key: bytes) -> bool:
        """For those who look: is a key due that has a time to live?  Then it goes, but not in a pause."""
        if not self.keeps_expired_keys:
            self._expire_if_due(key)
            return key not in self.expires
        return self.expires[key] <= self._clock.now_ms

    def _expire_if_due(self, key: bytes) -> None:
        if self.expires[key] <= self._clock.now_ms and self.expiry_is_on:
            self._expire(key)

    def _expire(self, key: bytes) -> None:
        self._drop(key)
        self.expired += 1
        self._note("expired", key)
