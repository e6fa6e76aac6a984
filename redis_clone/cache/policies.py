"""The eight values of `maxmemory-policy`: which keys may go, and which of two goes first.

A policy ranks a key by one number, and the higher one goes first: how long ago it was used (lru), how rarely
it is used (lfu), how soon it falls due (ttl).  Without a rank any key is as good as another (random).
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple, Protocol

from redis_clone.cache.uses import HIGHEST, Uses


class Cached(Protocol):
    """One database, as far as eviction looks at it."""

    index: int

    def __len__(self) -> int: ...
    def size(self) -> int: ...
    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]: ...
    def peek(self, key: bytes) -> object: ...
    def word(self, key: bytes) -> int: ...
    def due_ms(self, key: bytes) -> int | None: ...
    def delete(self, key: bytes, event: str) -> bool: ...


Rank = Callable[[Cached, bytes, Uses], int]


def _by_last_use(database: Cached, key: bytes, uses: Uses) -> int:
    return -database.word(key)


def _by_count(database: Cached, key: bytes, uses: Uses) -> int:
    return HIGHEST - uses.counter(database.word(key))


def _by_due_time(database: Cached, key: bytes, uses: Uses) -> int:
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
