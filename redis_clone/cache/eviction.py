"""Which keys are evicted when memory is full: `maxmemory` and `maxmemory-policy`.

As in Redis, a few random keys (`maxmemory-samples`) are looked at, the policy ranks them (policies.py), and
the best candidates so far stay in a pool (pool.py).  The best of these is evicted next: one of the best of
hundreds, though only five are looked at each time.

It differs from Redis in one thing: a key that was accessed since it came into the pool is not evicted.

Knows no sockets and no commands, and of a database only what `Cached` lists.  The caller holds the server's
lock.
"""

import time
from collections.abc import Iterable, Sequence
from random import Random

from redis_clone.cache.access import AccessClock
from redis_clone.cache.policies import POLICIES, Cached, Policy, Rank
from redis_clone.cache.pool import Candidate, Pool
from redis_clone.cache.used_memory import Used

CHECK_TIME_EVERY = 16  # keys
NEVER_TIRED = 100  # a tenacity


class Eviction:
    """The memory limit, the policy, the pool, and the counters for INFO."""

    def __init__(self, access: AccessClock, random: Random) -> None:
        self.maxmemory = 0  # bytes; 0: no limit, and make_room() is not called
        self.policy: Policy | None = None  # None: no key is ever evicted
        self.samples, self.tenacity = 5, 10
        self.evicted = 0
        self._access, self._random = access, random
        self.used, self._pool = Used(), Pool()
        self._last = 0  # the database that a random policy evicted from last: they take turns
        self._exceeded_ns, self._exceeded_since_ns = 0, 0  # how long the limit was exceeded

    def limit(self, maxmemory: int) -> None:
        """Apply `maxmemory`."""
        self.maxmemory = maxmemory
        self.used.forget()  # without a limit no writes were recorded

    def record_written(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Take the changes of the keyspace; must be called with all of them while there is a limit."""
        self.used.record(changes)

    def choose_policy(self, name: str) -> None:
        """Apply `maxmemory-policy`."""
        self.policy = POLICIES[name]
        self._pool.clear()  # its ranks are another policy's

    def is_exceeded(self, databases: Sequence[Cached]) -> bool:
        """Whether more memory is used than the limit allows; evicts nothing."""
        return bool(self.maxmemory) and self.used.by(databases) > self.maxmemory

    def make_room(self, databases: Sequence[Cached]) -> bool:
        """Evict keys until the limit is kept; False when that is impossible.  O(keys evicted)

        One command evicts for a limited time (patience_ns), and then gets True as well; the cron goes on.
        """
        if self.used.by(databases) <= self.maxmemory:
            return self._remember(is_exceeded=False, could=True)
        deadline_ns = time.monotonic_ns() + patience_ns(self.tenacity)
        while self.used.by(databases) > self.maxmemory:
            found = self._choose(databases)
            if found is None:
                return self._remember(is_exceeded=True, could=False)
            database, key = found
            self.evicted += database.delete(key, "evicted", count=0)
            self.used.record_one(database.index)
            if self.evicted % CHECK_TIME_EVERY == 0 and time.monotonic_ns() > deadline_ns:
                return self._remember(is_exceeded=True, could=True)
        return self._remember(is_exceeded=False, could=True)

    def _choose(self, databases: Sequence[Cached]) -> tuple[Cached, bytes] | None:
        """The next key to evict; None when there is no candidate."""
        if self.policy is None:
            return None
        if self.policy.rank is None:
            return self._choose_any(databases, self.policy)
        while self._fill_pool(databases, self.policy, self.policy.rank):
            while self._pool:
                candidate = self._pool.take_best()
                database = databases[candidate.db]
                if self._still_ranks(database, candidate, self.policy):
                    return database, candidate.key
        return None

    def _choose_any(self, databases: Sequence[Cached], policy: Policy) -> tuple[Cached, bytes] | None:
        for _ in databases:
            self._last = (self._last + 1) % len(databases)
            database = databases[self._last]
            for key in database.candidates(1, policy.expiring_only, self._random):
                return database, key
        return None

    def _fill_pool(self, databases: Sequence[Cached], policy: Policy, rank: Rank) -> bool:
        """Offer some keys of each database to the pool; False when no key may be evicted."""
        found = False
        for database in filter(len, databases):
            for key in database.candidates(self.samples, policy.expiring_only, self._random):
                found = True
                self._pool.offer(Candidate(rank(database, key, self._access), database.index, key))
        return found

    def _still_ranks(self, database: Cached, candidate: Candidate, policy: Policy) -> bool:
        """Whether a candidate still exists, may still be evicted, and was not accessed since."""
        key = candidate.key
        if database.get_no_stats(key) is None or (
            policy.expiring_only and database.expire_at_ms(key) is None
        ):
            return False
        return policy.rank is not None and policy.rank(database, key, self._access) >= candidate.rank

    def next_candidates(self) -> list[Candidate]:
        """The keys in the pool, the one to be evicted next first; some may be gone or accessed since."""
        return self._pool.candidates()

    def reset(self) -> None:
        """CONFIG RESETSTAT."""
        self.evicted = self._exceeded_ns = self._exceeded_since_ns = 0

    # How long the limit was exceeded.

    def _remember(self, is_exceeded: bool, could: bool) -> bool:
        if is_exceeded:
            self._exceeded_since_ns = self._exceeded_since_ns or time.monotonic_ns()
        elif self._exceeded_since_ns:
            self._exceeded_ns += time.monotonic_ns() - self._exceeded_since_ns
            self._exceeded_since_ns = 0
        return could

    @property
    def exceeded_ms(self) -> tuple[int, int]:
        """How long the limit was exceeded: in all, and this time."""
        now_ns = time.monotonic_ns()
        current_ns = now_ns - self._exceeded_since_ns if self._exceeded_since_ns else 0
        return (self._exceeded_ns + current_ns) // 1_000_000, current_ns // 1_000_000


def patience_ns(tenacity: int) -> int:
    """How long one command may evict, by maxmemory-eviction-tenacity, as in Redis (evictionTimeLimitUs).

    >>> [patience_ns(tenacity) // 1000 for tenacity in (0, 5, 10, 20)]
    [0, 250, 500, 2022]
    """
    if tenacity >= NEVER_TIRED:
        return 2**62
    microseconds = 50 * tenacity if tenacity <= 10 else 500 * 1.15 ** (tenacity - 10)
    return int(microseconds) * 1000
