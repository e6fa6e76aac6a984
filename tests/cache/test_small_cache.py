"""An LRU and an LFU cache of a hundred keys, made of the server's own parts around a plain dict."""

from random import Random

import pytest

from redis_clone.cache.access import AccessClock
from redis_clone.cache.eviction import Eviction

NOW_MS = 1_700_000_000_000
LIMIT = 100


class SmallCache:
    """A dict that evicts keys.  For Eviction it is also its only database; each key counts as a byte."""

    index = 0

    def __init__(self, policy):
        self._values, self._fields, self._random = {}, {}, Random(4)
        self._now_ms = NOW_MS
        self._access = AccessClock(self._random, NOW_MS)
        self._access.use_lfu("lfu" in policy)
        self._eviction = Eviction(self._access, self._random)
        self._eviction.choose_policy(policy)
        self._eviction.limit(LIMIT)

    def get(self, key):
        if key in self._values:
            self._fields[key] = self._access.lru_clock or self._access.touched(self._fields[key])
        return self._values.get(key)

    def put(self, key, value):
        self._values[key] = value
        self._fields[key] = self._access.initial()
        self._eviction.record_written([("set", key, self.index)])
        self._eviction.make_room([self])

    def pass_time(self, ms):
        self._now_ms += ms
        self._access.look_at_clock(self._now_ms)

    # The methods that Eviction calls on a database.

    def __len__(self):
        return len(self._values)

    size = __len__

    def candidates(self, count, expiring_only, random):
        return random.choices(list(self._values), k=count)

    def get_no_stats(self, key):
        return self._values.get(key)

    def access_field(self, key):
        return self._fields[key]

    def delete(self, key, event, count):
        del self._values[key], self._fields[key]
        return True


def fill(cache):
    for number in range(LIMIT):
        cache.put(b"%d" % number, number)
        cache.pass_time(1000)


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_the_cache_never_holds_more_than_its_limit(policy):
    cache = SmallCache(policy)
    fill(cache)
    assert len(cache) == LIMIT
    for number in range(LIMIT):
        cache.put(b"new:%d" % number, number)
        assert len(cache) == LIMIT


def test_lru_keeps_the_keys_that_were_used_lately():
    cache = SmallCache("allkeys-lru")
    fill(cache)
    for number in range(10):
        assert cache.get(b"%d" % number) == number
    for number in range(50):
        cache.put(b"new:%d" % number, number)
        cache.pass_time(1000)
    assert [cache.get(b"%d" % number) for number in range(10)] == list(range(10)), "the oldest, but just used"


def test_lfu_keeps_the_keys_that_were_used_often_although_all_others_are_newer():
    cache = SmallCache("allkeys-lfu")
    fill(cache)
    for _ in range(200):
        for number in range(10):
            cache.get(b"%d" % number)
    for number in range(500):
        cache.put(b"new:%d" % number, number)
    assert [cache.get(b"%d" % number) for number in range(10)] == list(range(10))
