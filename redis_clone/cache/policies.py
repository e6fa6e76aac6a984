"""The eight values of `maxmemory-policy`: which keys may be evicted, and in which order.

A policy ranks each key by one number, and the key with the highest rank is evicted first: the one accessed
longest ago (lru), least often (lfu), or expiring first (ttl).  Without a rank any key will do (random).
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple, Protocol

from redis_clone.cache.access import HIGHEST, AccessClock


class Cached(Protocol):
    """The part of a database that eviction uses."""

    index: int

    def __len__(self) -> int: ...
    def size(self) -> int: ...
    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]: ...
    def get_no_stats(self, key: bytes) -> object: ...
    def access_field(self, key: bytes) -> int: ...
    def expire_at_ms(self, key: bytes) -> int | None: ...
    def delete(self, key: bytes, event: str, count: int) -> bool: ...


Rank = Callable[[Cached, bytes, AccessClock], int]


def _by_last_access(database: Cached, key: bytes, access: AccessClock) -> int:
    return -database.access_field(key)


def _by_count(database: Cached, key: bytes, access: AccessClock) -> int:
    return HIGHEST - access.counter(database.access_field(key))


def _by_expiry(database: Cached, key: bytes, access: AccessClock) -> int:
    return -(database.expire_at_ms(key) or 0)


class Policy(NamedTuple):
    """Whether only keys with a time to live may be evicted, and the rank; None: any key will do."""

    expiring_only: bool
    rank: Rank | None


POLICIES: dict[str, Policy | None] = {
    "volatile-lru": Policy(True, _by_last_access),
    "volatile-lfu": Policy(True, _by_count),
    "volatile-random": Policy(True, None),
    "volatile-ttl": Policy(True, _by_expiry),
    "allkeys-lru": Policy(False, _by_last_access),
    "allkeys-lfu": Policy(False, _by_count),
    "allkeys-random": Policy(False, None),
    "noeviction": None,
}
