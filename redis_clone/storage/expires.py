"""When the keys of a database expire: a dict from key to time, and a timing wheel that finds the expired.

Times are Unix times in milliseconds.  Read it like any dict; only set(), forget() and pop_expired() change
it, because the timing wheel (cache/expiry.py) must hold the same keys, and so must the index for random
picks, which is built on first use.  No locks here: the caller holds the server's lock.
"""

import itertools
from random import Random

from redis_clone.cache.expiry import TimingWheel
from redis_clone.structures.indexed_set import IndexedSet

TTL_SAMPLES = 100


class Expires(dict[bytes, int]):
    """
    >>> expires = Expires()
    >>> expires.set(b"soon", 1_000, now_ms=900); expires.set(b"later", 9_000, now_ms=900)
    >>> expires[b"soon"], expires.pop_expired(2_000, 10), expires.average_left_ms(1_000)
    (1000, ([b'soon'], False), 8000)
    """

    __slots__ = ("_index", "_latest_ms", "_timing_wheel")

    def __init__(self) -> None:
        self._timing_wheel = TimingWheel()
        self._index: IndexedSet[bytes] | None = None
        self._latest_ms = 0  # the time that was set last

    def set(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
        """Let a key expire at that time instead of any earlier one.  Nearly always O(1)"""
        if key in self:
            self.forget(key)
        if expire_at_ms == self._latest_ms:
            expire_at_ms = self._latest_ms  # one object for keys that were set together: 32 bytes less each
        self._latest_ms = self[key] = expire_at_ms
        self._timing_wheel.add(key, expire_at_ms, now_ms)
        if self._index is not None:
            self._index.add(key)

    def forget(self, key: bytes) -> None:
        """Take the time to live of a key away; KeyError when it has none."""
        self._timing_wheel.remove(key, self.pop(key))
        if self._index is not None:
            self._index.remove(key)

    def pop_expired(self, now_ms: int, count: int) -> tuple[list[bytes], bool]:
        """Look at up to `count` keys of slots that have begun; forget and return the expired ones.

        The second answer is whether there may be more.  The caller deletes the keys.
        """
        expired = []
        keys = self._timing_wheel.pop_begun(now_ms, count)
        for key in keys:
            if self[key] > now_ms:
                self._timing_wheel.add(key, self[key], now_ms)
                continue
            expired.append(key)
            del self[key]
            if self._index is not None:
                self._index.remove(key)
        return expired, len(keys) == count

    def overdue(self, now_ms: int) -> int:
        """About how many keys have expired and are still here.  O(slots of the timing wheel)"""
        return self._timing_wheel.overdue(now_ms)

    def slots(self, count: int) -> list[tuple[int, list[bytes]]]:
        """The first slots of the timing wheel, each with its start and its keys, for looking at."""
        return self._timing_wheel.slots(count)

    def count_slots(self) -> int:
        """How many slots the timing wheel has.  O(1)"""
        return self._timing_wheel.count_slots()

    def average_left_ms(self, now_ms: int) -> int:
        """The average time to live, for INFO; from a sample, for there may be a million keys."""
        sample = list(itertools.islice(self.values(), TTL_SAMPLES))
        left_ms = [max(expire_at_ms - now_ms, 0) for expire_at_ms in sample]
        return sum(left_ms) // len(left_ms) if left_ms else 0

    def samples(self, count: int, random: Random) -> list[bytes]:
        """Some keys picked at random, one perhaps twice.  O(count), but O(n) the first time."""
        if self._index is None:
            self._index = IndexedSet(self)
        return [self._index.sample(random) for _ in range(count if self else 0)]

    @property
    def indexed(self) -> int:
        """How many keys stand in the index for random picks."""
        return len(self._index) if self._index is not None else 0

    def put_away(self) -> list[object]:
        """Its parts, for lazyfree to free in slices; it must not be used afterwards."""
        parts = [self, self._timing_wheel, self._index]
        self._timing_wheel, self._index = TimingWheel(), None  # for lazyfree keeps what is still referenced
        return parts

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        self._timing_wheel.check(self)
        if self._index is not None:
            self._index.check()
            assert set(self._index) == self.keys(), "the index knows every key that expires"
