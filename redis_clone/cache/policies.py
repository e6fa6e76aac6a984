"""The eight values of `maxmemory-policy`: which keys may go, and which of two goes first.

A policy ranks a key by one number, and the higher one goes first: how long ago it was used (lru), how rarely
it is used (lfu), how soon it falls due (ttl).  Without a rank any key is as good as another (random).
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple, Protocol

from redis_clone.cache.access import HIGHEST, AccessClock


class Cached(Protocol):
    """One database, as far as eviction looks at it."""

    index: int

    def __len__(self) -> int: ...
    def size(self) -> int: ...
    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]: ...
    def get_no_stats(self, key: bytes) -> object: ...
    def access_field(self, key: bytes) -> int: ...
    def expire_at_ms(self, key: bytes) -> int | None: ...
    def delete(self, key: bytes, event: str) -> bool: ...


Rank = Callable[[Cached, bytes, AccessClock], int]


def _by_last_use(database: Cached, key: bytes, access: AccessClock) -> int:
    return -database.access_field(key)


def _by_count(database: Cached, key: bytes, access: AccessClock) -> int:
    return HIGHEST - access.counter(database.access_field(key))


def _by_due_time(database: Cached, key: bytes, access: AccessClock) -> int:
    return -(database.expire_at_ms(key) or 0)


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
