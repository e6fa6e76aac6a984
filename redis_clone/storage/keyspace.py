"""One numbered database: names to values.

Always true, and kept by the verbs below alone:
  * an expired key is never seen: whatever touches it deletes it first;
  * an empty list, set, hash or sorted set is never kept;
  * each write is recorded as a Change, from which all that must follow a write follows
    (dispatch.propagate); and it raises the version of a key that somebody watches.

Looking and editing are two verbs.  `get` is for looking; a command that will change a value in place
fetches it with `edit` and hands it back with `store`, which notices when nothing is left of it.

Values are plain Python where that is honest: a string is `bytes`, or a `bytearray` once it was changed
in place.  No locks here: the caller holds the server's lock (see dispatch).

A snapshot of a running server stands on that difference: `photograph` copies the two dicts, not the values,
and what could still spoil the picture is a value that is edited in place; so `edit` copies that first.

What is kept for each key lies in dicts beside the values: when it was used (cache/uses.py), when it falls
due (and, for those who look for what is due, cache/expiry.py).

**Size.**  How many bytes all this takes is counted as it changes, in steps of O(1).  A string's length is
known before and after.  A value that was changed in place cannot be compared with what it was, so it is
noted as stale, and measured again when somebody asks, which may be after a thousand such changes.
"""

import itertools
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple, TypeVar, cast

from redis_clone.cache.dismantling import Remains
from redis_clone.cache.expiry import Timetable
from redis_clone.cache.uses import Uses
from redis_clone.clock import Clock
from redis_clone.errors import WRONG_TYPE, RedisError
from redis_clone.storage.sizes import BYTES_HEAD, size_of
from redis_clone.storage.streams import Stream
from redis_clone.storage.types import still
from redis_clone.structures.indexed_set import IndexedSet

Value = TypeVar("Value")

TTL_SAMPLES = 100
LARGE = 64  # members, from which on a value is not let go of at once

# Bytes beside the value: an entry in a dict is 45 on average, as its table grows by doubling.
PER_ENTRY = 2 * 45  # in `_values` and in `_words`
PER_KEY = BYTES_HEAD + PER_ENTRY
EMPTY_DATABASE = 1_000  # what the tables of an empty one take
PER_DEADLINE = 45 + 32 + 60  # the entry, the time, the place in the timetable

# Asking for bytes must find a bytearray too; for the type checker, both are bytes.
STRING = cast("type[bytes]", (bytes, bytearray))


# What happened, to which key, in which database; in the words of keyspace notifications: "set", "lpush",
# "expired".  A plain tuple, because each write makes one: a NamedTuple would cost a SET a tenth more.
Change = tuple[str, bytes, int]


class Photograph(NamedTuple):
    """What a database held at one moment; whoever develops it takes the values out, one by one."""

    db: int
    values: dict[bytes, Any]
    due_ms: dict[bytes, int]


class Database:
    """The keys of one SELECT-able database."""

    def __init__(
        self,
        index: int,
        clock: Clock,
        changes: list[Change],
        uses: Uses | None = None,
        remains: Remains | None = None,
    ) -> None:
        """All but the index is shared with the other databases of the server."""
        self.index = index
        self.hits = self.misses = self.expired = 0  # what INFO counts
        self.records_new_keys = self.records_misses = False  # for notifications, which rarely want them
        self.keeps_due_keys = False  # in a pause: who looks does not see a key that is due, but it stays
        self.expires = True  # False while a log is read, in which every deletion is written down
        self._clock = clock
        self._changes = changes  # of all databases in the order they happened; dispatch empties it
        self._uses = uses or Uses(Random(), clock.now_ms)  # says what a use of a key is
        self._remains = remains or Remains()  # takes large values that nobody needs any more
        self._start_empty()
        self._versions: dict[bytes, int] = {}  # of watched keys only
        self._watchers: dict[bytes, int] = {}  # how many connections watch a key
        self._pictured: dict[bytes, Any] | None = None  # values of a photograph that is being developed

    def _start_empty(self) -> None:
        self._values: dict[bytes, Any] = {}
        self._words: dict[bytes, int] = {}  # how each key was used
        self._due_ms: dict[bytes, int] = {}  # Unix time at which a key expires, of those that do
        self._timetable = Timetable()  # the same, by time
        self._index: IndexedSet[bytes] | None = None  # made when somebody first samples or scans
        self._due_index: IndexedSet[bytes] | None = None  # of those that expire
        self._size = EMPTY_DATABASE  # in bytes, the stale ones as they were
        self._sizes: dict[bytes, int] = {}  # of values that are changed in place, as they were last measured
        self._stale: set[bytes] = set()  # the keys among them whose value has changed since

    # Looking.

    def get(self, key: bytes, kind: type[Value]) -> Value | None:
        """The value of `key`, None when there is none, WRONGTYPE when it is not a `kind`."""
        value = self._values.get(key)
        if key in self._due_ms and self._is_expired(key):
            value = None
        if value is None:
            self.misses += 1
            if self.records_misses:
                self._changes.append(("keymiss", key, self.index))
            return None
        self.hits += 1
        self._words[key] = self._uses.moment or self._uses.next(self._words[key])
        if isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    def edit(self, key: bytes, kind: type[Value]) -> Value | None:
        """As get(), for a value that is about to be changed in place and then stored."""
        if key in self._due_ms:
            self._expire_if_due(key)
        value = self._values.get(key)
        if self._pictured:
            self._save_picture(key)
        if value is None:
            return None
        self._words[key] = self._uses.moment or self._uses.next(self._words[key])
        if isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    def glance(self, key: bytes) -> Any:
        """As get(), of any type, but no use: TYPE, TTL and EXISTS leave a key as idle as it was."""
        value = self.peek(key)
        if value is not None:
            self.hits += 1
        else:
            self.misses += 1
            if self.records_misses:
                self._changes.append(("keymiss", key, self.index))
        return value

    def peek(self, key: bytes) -> Any:
        """As glance(), and not even a hit or a miss: for those who ask about a value, not for it."""
        if key in self._due_ms and self._is_expired(key):
            return None
        return self._values.get(key)

    def __contains__(self, key: bytes) -> bool:
        """For those who are about to change the key, so it is a use."""
        if self.peek(key) is None:
            return False
        self._words[key] = self._uses.moment or self._uses.next(self._words[key])
        return True

    def has(self, key: bytes) -> bool:
        """Whether it is there, due or not; as `in`, for who must not let it expire."""
        return key in self._values

    def __len__(self) -> int:
        """As DBSIZE counts: with the keys that are due and that nobody has touched since."""
        return len(self._values)

    def live_keys(self) -> list[bytes]:
        """Every key that is not due."""
        now_ms = self._clock.now_ms
        return [key for key in self._values if self._due_ms.get(key, now_ms + 1) > now_ms]

    def entries(self) -> Iterator[tuple[bytes, Any, int | None]]:
        """Every key, due or not, with its value and the time at which it expires."""
        for key, value in self._values.items():
            yield key, value, self._due_ms.get(key)

    def random_key(self, random: Random) -> bytes | None:
        """Any key, all equally likely; O(1), but O(n) the first time."""
        if self.keeps_due_keys:  # then the loop below might not end, and in Redis 7.0 it does not
            live = self.live_keys()
            return random.choice(live) if live else None
        while self._values:
            key = self._sampled().sample(random)
            if self.peek(key) is not None:
                return key
        return None

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """About `count` keys and the cursor that goes on; see structures/indexed_set.py for the promise."""
        cursor, keys = self._sampled().scan(cursor, count)
        return cursor, [key for key in keys if self.peek(key) is not None]

    # Changing.

    def store(self, key: bytes, value: Any, event: str) -> None:
        """Keep a value, its time to live as before.  One that is empty goes, and the key with it."""
        old = self._values.get(key)
        if old is None:
            self._note_new(key)
        self._values[key] = value
        self._words[key] = self._uses.moment or self._words.get(key) or self._uses.first()
        if type(value) is type(old) is bytes:  # the usual case, in a line
            self._size += len(value) - len(old)
        else:
            self._note_size(key, old, value)
        self._note(event, key)
        if not value and not isinstance(value, STRING):
            self.delete(key)

    def overwrite(self, key: bytes, value: Any, event: str, due_ms: int | None = None) -> None:
        """Keep a value as SET does: whatever was there goes, the time to live too.

        `due_ms` is a time to live that belongs to the value, as for COPY, and is no event of its own.
        """
        if key in self._due_ms:
            self._expire_if_due(key)
            if key in self._due_ms:
                self._forget_due(key)
        if not self._uses.moment and key in self._words:
            self._words[key] = self._uses.next(self._words[key])
        self.store(key, value, event)
        if due_ms is not None:
            self._set_due(key, due_ms)

    def delete(self, key: bytes, event: str = "del") -> bool:
        """True when the key was there."""
        if key in self._due_ms:
            self._expire_if_due(key)
        if key not in self._values:
            return False
        self._drop(key)
        self._note(event, key)
        return True

    def mention(self, key: bytes, event: str) -> None:
        """Record a change that does not count as one of the value, as who has read which entry of a stream.

        It goes to the log and to the replicas, but for WATCH the key is as it was.
        """
        self._changes.append((event, key, self.index))

    def rename(self, source: bytes, target: bytes) -> None:
        """Move an existing key over whatever `target` was, the time to live with it."""
        if self._pictured:
            self._save_picture(source)  # it will be edited under another name
        due_ms = self._due_ms.get(source)
        if self.peek(target) is not None:
            self._drop(target)  # it is told as the renaming alone, without a "del"
        value = self._take_out(source)
        self._adopt(target, value, due_ms)
        self._note("rename_from", source)
        self._note("rename_to", target)

    def take_from(self, other: "Database", key: bytes) -> None:
        """MOVE: bring a key that exists there, and not here, over from another database."""
        if other._pictured:
            other._save_picture(key)
        due_ms = other._due_ms.get(key)
        value = other._take_out(key)
        self._adopt(key, value, due_ms)
        other._note("move_from", key)
        self._note("move_to", key)

    def clear(self) -> int:
        """FLUSHDB.  Returns how many keys were here."""
        count = len(self._values)
        self._touch_watched(self._values)
        for table in (self._values, self._words, self._due_ms, self._timetable, self._index, self._sizes):
            self._remains.put(table)
        self._start_empty()
        self._changes.append(("flushdb", b"", self.index))
        return count

    def swap(self, other: "Database") -> None:
        """SWAPDB: the contents change places; connections and watches stay where they are."""
        for database in (self, other):
            database._touch_watched({**self._values, **other._values} if database._versions else {})
        for name in CONTENTS:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)
        self._changes.append(("swapdb", b"", self.index))

    def load(self, key: bytes, value: Any, due_ms: int | None) -> None:
        """Take in what a file says, over whatever was there: no event, and no change to write to a file."""
        if key in self._values:
            self._drop(key)
        before = len(self._changes)
        self._adopt(key, value, due_ms)
        del self._changes[before:]

    # The snapshot.

    def photograph(self) -> Photograph:
        """All that is here now, while the database lives on.  O(n), 35 ms for a million keys.

        Only editing a value in place could change it, so edit() lays a copy into the photograph first.
        Who develops it takes values out as he goes, and says forget_photograph() in the end.
        """
        self._pictured = self._values.copy()
        return Photograph(self.index, self._pictured, self._due_ms.copy())

    def forget_photograph(self) -> None:
        self._pictured = None

    # Time to live.

    def due_ms(self, key: bytes) -> int | None:
        """The Unix time in milliseconds at which `key` expires; None when it lives for ever."""
        return self._due_ms.get(key)

    def is_past(self, due_ms: int) -> bool:
        """Whether a key that expires at that time is gone already."""
        return due_ms <= self._clock.now_ms and self.expires

    def expire_at(self, key: bytes, due_ms: int) -> None:
        """Let an existing key expire at that time."""
        self._set_due(key, due_ms)
        self._note("expire", key)

    def persist(self, key: bytes) -> bool:
        """Let a key live for ever; True when it was going to expire."""
        if key not in self._due_ms:
            return False
        self._forget_due(key)
        self._note("persist", key)
        return True

    def expire_some(self, count: int) -> bool:
        """Look at up to `count` keys that may be due, and delete those that are.  False: no more are due."""
        now_ms = self._clock.now_ms
        if self.keeps_due_keys or not self.expires:
            return False
        keys = self._timetable.take(now_ms, count)
        for key in keys:
            if self._due_ms[key] > now_ms:
                self._timetable.add(key, self._due_ms[key], now_ms)
            else:
                self._expire_if_due(key)
        return len(keys) == count

    def overdue(self) -> int:
        """How many keys are due and still here, nearly.  O(slots of the timetable)"""
        return self._timetable.overdue(self._clock.now_ms)

    @property
    def expiring(self) -> int:
        """How many keys have a time to live."""
        return len(self._due_ms)

    def average_ttl_ms(self) -> int:
        """Of the keys that have one, as INFO shows it: from a few of them, for there may be a million."""
        sample = list(itertools.islice(self._due_ms.values(), TTL_SAMPLES))
        left_ms = [max(due_ms - self._clock.now_ms, 0) for due_ms in sample]
        return sum(left_ms) // len(left_ms) if left_ms else 0

    # Size.

    def size(self) -> int:
        """In bytes: the keys, the values, and what is kept beside them.  O(1), O(keys changed in place)"""
        for key in self._stale:
            self._measure(key)
        self._stale.clear()
        return self._size

    def size_of_key(self, key: bytes, samples: int) -> int:
        """Of an existing key, as size() counts it."""
        due = PER_DEADLINE if key in self._due_ms else 0
        return PER_KEY + len(key) + due + size_of(self._values[key], samples)

    def _note_size(self, key: bytes, old: Any, new: Any) -> None:
        """A value came or went (None: there is none), or was changed in place (old is new)."""
        if type(old) is bytes:
            self._size -= BYTES_HEAD + len(old)
        elif old is not None and old is not new:
            self._size -= self._sizes.pop(key, 0)
            self._stale.discard(key)
            if new is not None:
                self._let_go(old)  # overwritten
        if type(new) is bytes:
            self._size += BYTES_HEAD + len(new)
        elif new is not None:
            self._stale.add(key)

    def _measure(self, key: bytes) -> None:
        size = size_of(self._values[key])
        self._size += size - self._sizes.get(key, 0)
        self._sizes[key] = size

    # Uses.

    def word(self, key: bytes) -> int:
        """How an existing key was used; cache/uses.py reads it."""
        return self._words[key]

    def set_word(self, key: bytes, word: int) -> None:
        """Say how an existing key was used."""
        self._words[key] = word

    def forget_uses(self) -> None:
        """As if all keys were new: what is kept of uses changes its meaning.  O(n)"""
        self._words = dict.fromkeys(self._values, self._uses.first())

    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]:
        """Some keys picked at random, one perhaps twice.  O(count), but O(n) the first time."""
        index = self._sampled_due() if expiring_only else self._sampled()
        return [index.sample(random) for _ in range(count if len(index) else 0)]

    # Watching.

    def watch(self, key: bytes) -> int:
        """The version of `key`, kept from now on until unwatch()."""
        if key in self._due_ms:
            self._is_expired(key)  # so that its expiry counts as past, not as a change to come
        self._watchers[key] = self._watchers.get(key, 0) + 1
        return self._versions.setdefault(key, 0)

    def unwatch(self, key: bytes) -> None:
        """Forget one watch() of `key`; with the last one the version goes, so nothing is left behind."""
        self._watchers[key] -= 1
        if not self._watchers[key]:
            del self._watchers[key], self._versions[key]

    def version(self, key: bytes) -> int:
        """How often a watched key was written since it was first watched; a key that fell due was written."""
        if key in self._due_ms and self._is_expired(key):
            return self._versions.get(key, 0) + self.keeps_due_keys
        return self._versions[key]

    # Within.

    def _note_new(self, key: bytes) -> None:
        self._size += PER_KEY + len(key)
        if self._index is not None:
            self._index.add(key)
        if self.records_new_keys:
            self._changes.append(("new", key, self.index))

    def _note(self, event: str, key: bytes) -> None:
        self._changes.append((event, key, self.index))
        if key in self._versions:
            self._versions[key] += 1

    def _save_picture(self, key: bytes) -> None:
        """Copy a value that is about to change, if the photograph shows this very one."""
        assert self._pictured is not None
        value = self._values.get(key)
        if value is not None and self._pictured.get(key) is value:
            self._pictured[key] = still(value)

    def _touch_watched(self, existing: dict[bytes, Any]) -> None:
        """A whole database changes: a watched key has changed if it was there, or will be."""
        for key in self._versions.keys() & existing.keys():
            self._versions[key] += 1

    def _drop(self, key: bytes) -> None:
        self._let_go(self._take_out(key))

    def _take_out(self, key: bytes) -> Any:
        """The value, and nothing is left of its key."""
        value = self._values.pop(key)
        del self._words[key]
        self._size -= PER_KEY + len(key)
        self._note_size(key, value, None)
        if key in self._due_ms:
            self._forget_due(key)
        if self._index is not None:
            self._index.remove(key)
        return value

    def _adopt(self, key: bytes, value: Any, due_ms: int | None) -> None:
        self._note_new(key)
        self._values[key] = value
        self._words[key] = self._uses.first()
        self._note_size(key, None, value)
        if due_ms is not None:
            self._set_due(key, due_ms)

    def _let_go(self, value: Any) -> None:
        if not isinstance(value, STRING) and (isinstance(value, Stream) or len(value) > LARGE):
            self._remains.put(value)

    def _set_due(self, key: bytes, due_ms: int) -> None:
        if key in self._due_ms:
            self._forget_due(key)
        self._due_ms[key] = due_ms
        self._timetable.add(key, due_ms, self._clock.now_ms)
        self._size += PER_DEADLINE
        if self._due_index is not None:
            self._due_index.add(key)

    def _forget_due(self, key: bytes) -> None:
        self._timetable.remove(key, self._due_ms.pop(key))
        self._size -= PER_DEADLINE
        if self._due_index is not None:
            self._due_index.remove(key)

    def _is_expired(self, key: bytes) -> bool:
        """For those who look: is a key due that has a time to live?  Then it goes, but not in a pause."""
        if not self.keeps_due_keys:
            self._expire_if_due(key)
            return key not in self._due_ms
        return self._due_ms[key] <= self._clock.now_ms

    def _expire_if_due(self, key: bytes) -> None:
        if self._due_ms[key] <= self._clock.now_ms and self.expires:
            self._drop(key)
            self.expired += 1
            self._note("expired", key)

    def _sampled(self) -> IndexedSet[bytes]:
        if self._index is None:
            self._index = IndexedSet(self._values)
        return self._index

    def _sampled_due(self) -> IndexedSet[bytes]:
        if self._due_index is None:
            self._due_index = IndexedSet(self._due_ms)
        return self._due_index


# What a database consists of, and SWAPDB swaps: all that _start_empty() makes, and the photograph of it.
CONTENTS = (
    "_values", "_words", "_due_ms", "_timetable", "_index", "_due_index", "_size", "_sizes", "_stale",
    "_pictured",
)  # fmt: skip
