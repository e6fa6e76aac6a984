"""Which keys have to go when there is no room for more: `maxmemory` and `maxmemory-policy`.

As in Redis, a few keys picked at random (`maxmemory-samples`) are looked at, the policy ranks them
(policies.py), and the best of all that were seen wait in a pool (pool.py).  The best of these is the next to
go: one of the best of hundreds, though only five are looked at each time.

One thing is done better than there: a key that was used since it came into the pool is not evicted.

No sockets, no commands, and of a database only what `Cached` says.  The caller holds the lock.
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
    """The limit, the policy, the pool and what INFO counts."""

    def __init__(self, access: AccessClock, random: Random) -> None:
        self.maxmemory = 0  # bytes; 0: there is no limit, and nobody should ask
        self.policy: Policy | None = None  # None: no key ever goes
        self.samples, self.tenacity = 5, 10
        self.evicted = 0
        self._access, self._random = access, random
        self._used, self._pool = Used(), Pool()
        self._turn = 0  # whose turn it is, among the databases, when any key may go
        self._exceeded_ns, self._exceeded_since_ns = 0, 0  # how long the limit was exceeded

    def limit(self, maxmemory: int) -> None:
        """What applies `maxmemory`."""
        self.maxmemory = maxmemory
        self._used.forget()  # without a limit nobody said what was written

    def record_written(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Changes of the keyspace, of which we must hear while there is a limit."""
        self._used.record(changes)

    def choose_policy(self, name: str) -> None:
        """What applies `maxmemory-policy`."""
        self.policy = POLICIES[name]
        self._pool.clear()  # its ranks were another policy's

    def is_exceeded(self, databases: Sequence[Cached]) -> bool:
        """Whether the limit is not kept now; for who may evict nothing."""
        return bool(self.maxmemory) and self._used.by(databases) > self.maxmemory

    def make_room(self, databases: Sequence[Cached]) -> bool:
        """Evict keys until the limit is kept; False when that cannot be.  O(keys evicted)

        It may be True a little too soon, for no command should wait long: the cron goes on with it.
        """
        if self._used.by(databases) <= self.maxmemory:
            return self._remember(is_exceeded=False, could=True)
        deadline_ns = time.monotonic_ns() + patience_ns(self.tenacity)
        while self._used.by(databases) > self.maxmemory:
            found = self._choose(databases)
            if found is None:
                return self._remember(is_exceeded=True, could=False)
            database, key = found
            self.evicted += database.delete(key, "evicted")
            self._used.record_one(database.index)
            if self.evicted % CHECK_TIME_EVERY == 0 and time.monotonic_ns() > deadline_ns:
                return self._remember(is_exceeded=True, could=True)
        return self._remember(is_exceeded=False, could=True)

    def _choose(self, databases: Sequence[Cached]) -> tuple[Cached, bytes] | None:
        """The next key to go, None when there is none that may."""
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
            self._turn = (self._turn + 1) % len(databases)
            database = databases[self._turn]
            for key in database.candidates(1, policy.expiring_only, self._random):
                return database, key
        return None

    def _fill_pool(self, databases: Sequence[Cached], policy: Policy, rank: Rank) -> bool:
        """Look at some keys of each database; False when there are none."""
        found = False
        for database in filter(len, databases):
            for key in database.candidates(self.samples, policy.expiring_only, self._random):
                found = True
                self._pool.offer(Candidate(rank(database, key, self._access), database.index, key))
        return found

    def _still_ranks(self, database: Cached, candidate: Candidate, policy: Policy) -> bool:
        """It is still there, may still go, and was not used since."""
        key = candidate.key
        if database.get_no_stats(key) is None or (
            policy.expiring_only and database.expire_at_ms(key) is None
        ):
            return False
        return policy.rank is not None and policy.rank(database, key, self._access) >= candidate.rank

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
        """How long the limit was exceeded: in all, and since when it is again."""
        now_ns = time.monotonic_ns()
        current_ns = now_ns - self._exceeded_since_ns if self._exceeded_since_ns else 0
        return (self._exceeded_ns + current_ns) // 1_000_000, current_ns // 1_000_000


def patience_ns(tenacity: int) -> int:
    """How long one command may evict, by maxmemory-eviction-tenacity: as Redis has it.

    >>> [patience_ns(tenacity) // 1000 for tenacity in (0, 5, 10, 20)]
    [0, 250, 500, 2022]
    """
    if tenacity >= NEVER_TIRED:
        return 2**62
    microseconds = 50 * tenacity if tenacity <= 10 else 500 * 1.15 ** (tenacity - 10)
    return int(microseconds) * 1000
