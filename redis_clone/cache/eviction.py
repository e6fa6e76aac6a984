"""Which keys have to go when there is no room for more: `maxmemory` and `maxmemory-policy`.

A policy says which keys may go, and which of two goes first: the one that was used longest ago (lru), the one
that is used least (lfu), the one that falls due next (ttl), or any (random).  To find the very first of a
million at each command would need an order that each GET changes.  So, as Redis does, we look at a few keys
picked at random (`maxmemory-samples`), and remember the best that we have seen so far in a small *pool*.
What goes is the best of hundreds then, though only five are looked at each time.

One thing is done better than there: a key that was used since it came into the pool is not evicted.

No sockets, no commands, and of a database only what `Keyspace` says.  The caller holds the lock.
"""

import time
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import NamedTuple, Protocol

from redis_clone.cache.uses import HIGHEST, Uses

POOL_SIZE = 16
CHECK_TIME_EVERY = 16  # keys
NEVER_TIRED = 100  # a tenacity


class Keyspace(Protocol):
    """One database, as far as eviction looks at it."""

    index: int

    def size(self) -> int: ...
    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]: ...
    def peek(self, key: bytes) -> object: ...
    def word(self, key: bytes) -> int: ...
    def due_ms(self, key: bytes) -> int | None: ...
    def delete(self, key: bytes, event: str) -> bool: ...


Rank = Callable[[Keyspace, bytes, Uses], int]


def _by_last_use(database: Keyspace, key: bytes, uses: Uses) -> int:
    return -database.word(key)


def _by_count(database: Keyspace, key: bytes, uses: Uses) -> int:
    return HIGHEST - uses.counter(database.word(key))


def _by_due_time(database: Keyspace, key: bytes, uses: Uses) -> int:
    return -(database.due_ms(key) or 0)


class Policy(NamedTuple):
    """Whether only keys with a time to live may go, and the higher rank goes first (None: any)."""

    expiring_only: bool
    rank: Rank | None


POLICIES: dict[str, Policy | None] = {
    "volatile-lru": Policy(True, _by_last_use),
    "volatile-lfu": Policy(True, _by_count),
    "volatile-random": Policy(True, None),
    "volatile-ttl": Policy(True, _by_due_time),
    "allkeys-lru": Policy(False, _by_last_use),
    "allkeys-lfu": Policy(False, _by_count),
    "allkeys-random": Policy(False, None),
    "noeviction": None,
}


class Candidate(NamedTuple):
    """What lies in the pool; they compare by their rank first."""

    rank: int
    db: int
    key: bytes


class Used:
    """How many bytes all databases take together: asked before each command, so only those are measured again
    in which something was written since.
    """

    def __init__(self) -> None:
        self._total = 0
        self._sizes: list[int] = []  # of each database; empty: none is known
        self._written: set[int] = set()

    def note(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        for _, key, index in changes:
            self._written.add(index)
            if not key:  # the change is about whole databases, and perhaps about two (SWAPDB)
                self.forget()

    def note_one(self, index: int) -> None:
        self._written.add(index)

    def forget(self) -> None:
        self._sizes.clear()

    def by(self, databases: Sequence[Keyspace]) -> int:
        """O(databases written to)"""
        if not self._sizes:
            self._sizes = [database.size() for database in databases]
            self._total = sum(self._sizes)
        for index in self._written:
            before, self._sizes[index] = self._sizes[index], databases[index].size()
            self._total += self._sizes[index] - before
        self._written.clear()
        return self._total


class Eviction:
    """The limit, the policy, the pool and what INFO counts."""

    def __init__(self, uses: Uses, random: Random) -> None:
        self.maxmemory = 0  # bytes; 0: there is no limit, and nobody should ask
        self._used = Used()
        self.policy: Policy | None = None  # None: no key ever goes
        self.samples, self.tenacity = 5, 10
        self.evicted = 0
        self._uses, self._random = uses, random
        self._pool: list[Candidate] = []  # ascending
        self._turn = 0  # whose turn it is, among the databases, when any key may go
        self._exceeded_ns, self._exceeded_since_ns = 0, 0  # how long the limit was exceeded

    def limit(self, maxmemory: int) -> None:
        """What applies `maxmemory`."""
        self.maxmemory = maxmemory
        self._used.forget()  # without a limit nobody said what was written

    def note_written(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Changes of the keyspace, of which we must hear while there is a limit."""
        self._used.note(changes)

    def choose_policy(self, name: str) -> None:
        """What applies `maxmemory-policy`."""
        self.policy = POLICIES[name]
        self._pool.clear()  # its ranks were another policy's

    def is_exceeded(self, databases: Sequence[Keyspace]) -> bool:
        """Whether the limit is not kept now; for who may evict nothing."""
        return bool(self.maxmemory) and self._used.by(databases) > self.maxmemory

    def make_room(self, databases: Sequence[Keyspace]) -> bool:
        """Evict keys until the limit is kept; False when that cannot be.  O(keys evicted)

        It may be True a little too soon, for no command should wait long: the cron goes on with it.
        """
        if self._used.by(databases) <= self.maxmemory:
            return self._remember(is_exceeded=False, could=True)
        deadline_ns = time.monotonic_ns() + patience_ns(self.tenacity)
        evicted = 0
        while self._used.by(databases) > self.maxmemory:
            found = self._choose(databases)
            if found is None:
                return self._remember(is_exceeded=True, could=False)
            database, key = found
            evicted += database.delete(key, "evicted")
            self._used.note_one(database.index)
            if evicted % CHECK_TIME_EVERY == 0 and time.monotonic_ns() > deadline_ns:
                self.evicted += evicted
                return self._remember(is_exceeded=True, could=True)
        self.evicted += evicted
        return self._remember(is_exceeded=False, could=True)

    def _choose(self, databases: Sequence[Keyspace]) -> tuple[Keyspace, bytes] | None:
        """The next key to go, None when there is none that may."""
        if self.policy is None:
            return None
        if self.policy.rank is None:
            return self._choose_any(databases, self.policy)
        while self._fill_pool(databases, self.policy, self.policy.rank):
            while self._pool:
                candidate = self._pool.pop()
                database = databases[candidate.db]
                if self._still_ranks(database, candidate, self.policy):
                    return database, candidate.key
        return None

    def _choose_any(self, databases: Sequence[Keyspace], policy: Policy) -> tuple[Keyspace, bytes] | None:
        for _ in databases:
            self._turn = (self._turn + 1) % len(databases)
            database = databases[self._turn]
            for key in database.candidates(1, policy.expiring_only, self._random):
                return database, key
        return None

    def _fill_pool(self, databases: Sequence[Keyspace], policy: Policy, rank: Rank) -> bool:
        """Look at some keys of each database; False when there are none."""
        found = False
        for database in databases:
            for key in database.candidates(self.samples, policy.expiring_only, self._random):
                found = True
                self._offer(Candidate(rank(database, key, self._uses), database.index, key))
        return found

    def _offer(self, candidate: Candidate) -> None:
        """Take it into the pool if that has room, or holds a worse one."""
        pool = self._pool
        if (len(pool) == POOL_SIZE and candidate.rank <= pool[0].rank) or candidate in pool:
            return
        insort(pool, candidate)
        if len(pool) > POOL_SIZE:
            del pool[0]

    def _still_ranks(self, database: Keyspace, candidate: Candidate, policy: Policy) -> bool:
        """It is still there, may still go, and was not used since."""
        key = candidate.key
        if database.peek(key) is None or (policy.expiring_only and database.due_ms(key) is None):
            return False
        return policy.rank is not None and policy.rank(database, key, self._uses) >= candidate.rank

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
