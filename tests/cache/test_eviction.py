"""Which keys are evicted first, in real databases with a clock and random numbers of the test."""

from random import Random

import pytest

from redis_clone.cache.access import AccessClock
from redis_clone.cache.eviction import Eviction
from redis_clone.cache.pool import SIZE
from redis_clone.storage.database import Database
from redis_clone.structures.clock import Clock

NOW_MS = 1_700_000_000_000
COUNT = 300


class World:
    """Two databases of keys 0 to 299 each; a higher number was accessed later and more often."""

    def __init__(self, policy):
        random, self.changes = Random(3), []
        self.access = AccessClock(random, NOW_MS)
        self.access.use_lfu("lfu" in policy)
        clock = Clock(lambda: NOW_MS * 1_000_000)
        self.dbs = [Database(index, clock, self.changes, self.access) for index in range(2)]
        self.eviction = Eviction(self.access, random)
        self.eviction.choose_policy(policy)
        self.eviction.tenacity = 100
        for database in self.dbs:
            for number in range(COUNT):
                self.add(database, number)
        self.changes.clear()

    def add(self, database, number):
        key = b"%d" % number
        database.update(key, b"v" * 10, "set")
        if self.access.is_lfu:
            database.set_access_field(key, self.access.field_of_counter(number * 255 // COUNT))
        else:
            database.set_access_field(key, self.access.field_of_idle(COUNT * 1000 - number * 1000))
        if number % 2:
            database.expire_at(key, NOW_MS + 1000 * (number + 1))

    def shrink_to(self, share):
        used = sum(database.size() for database in self.dbs)
        self.eviction.limit(int(used * share))
        return self.eviction.make_room(self.dbs)

    def evicted(self):
        return [int(key) for event, key, _ in self.changes if event == "evicted"]


@pytest.mark.parametrize(
    "policy", ["allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"]
)
def test_the_keys_that_are_used_least_are_evicted_first(policy):
    world = World(policy)
    assert world.shrink_to(0.7)
    gone = world.evicted()
    assert sum(database.size() for database in world.dbs) <= world.eviction.maxmemory
    assert world.eviction.evicted == len(gone) > 100
    assert sum(gone) / len(gone) < COUNT * 0.4, "on average keys of the lower half"
    if policy.startswith("volatile"):
        assert all(number % 2 for number in gone)
    assert {index for _, _, index in world.changes} == {0, 1}


@pytest.mark.parametrize("policy", ["allkeys-random", "volatile-random"])
def test_the_random_policies_evict_all_keys_equally_likely(policy):
    world = World(policy)
    assert world.shrink_to(0.8)
    gone = world.evicted()
    assert COUNT * 0.4 < sum(gone) / len(gone) < COUNT * 0.6
    assert all(number % 2 for number in gone) or policy == "allkeys-random"


def test_with_noeviction_no_key_is_evicted():
    world = World("noeviction")
    assert not world.shrink_to(0.9)
    assert world.shrink_to(1.0) and not world.changes


def test_there_is_no_room_when_no_key_may_be_evicted():
    world = World("volatile-lru")
    assert not world.shrink_to(0.1)
    assert all(not database.expires and len(database) == COUNT // 2 for database in world.dbs)
    in_all, current = world.eviction.exceeded_ms
    assert in_all >= current >= 0
    assert world.shrink_to(1.0) and world.eviction.exceeded_ms[1] == 0


def test_a_candidate_that_was_accessed_since_is_not_evicted():
    world = World("allkeys-lru")
    world.eviction.samples = COUNT * 3
    world.shrink_to(0.999)
    pool = list(world.eviction._pool._candidates)
    assert len(pool) > SIZE / 2
    for candidate in pool:
        world.dbs[candidate.db].get(candidate.key, bytes)
    world.changes.clear()
    world.eviction.samples = 1
    world.shrink_to(0.9)
    assert not {(key, db) for _, key, db in world.changes} & {(c.key, c.db) for c in pool}


def test_one_command_evicts_for_a_limited_time():
    world = World("allkeys-lru")
    world.eviction.tenacity = 0
    assert world.shrink_to(0.1), "True a little too soon: the next command goes on"
    assert 0 < world.eviction.evicted <= 32
