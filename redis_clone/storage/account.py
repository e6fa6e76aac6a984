"""How many bytes a database takes, counted as it changes, in steps of O(1).

A string's length is known before and after a change.  A value that was changed in place cannot be compared
with what it was, so its key is marked stale, and total() measures it again, perhaps after a thousand changes.
No locks here: the caller holds the server's lock.
"""

from collections.abc import Mapping
from typing import Any

from redis_clone.storage.sizes import BYTES_HEAD, size_of

# Bytes beside the value: an entry in a dict is 45 on average, as its table grows by doubling.
PER_ENTRY = 2 * 45  # in the values and in the access fields
PER_KEY = BYTES_HEAD + PER_ENTRY
EMPTY_DATABASE = 1_000  # what the tables of an empty one take
PER_EXPIRE = 45 + 32 + 45  # the entry, the time, the entry in the timing wheel

PER_INDEXED = 45 + 32 + 9  # in an index for random picks: the entry, the position, the place in the list


class Account:
    """
    >>> account, values = Account(), {b"fruit": b"apple"}
    >>> account.add_key(b"fruit"); account.change(b"fruit", None, b"apple")
    >>> account.total(values, expiring=0) - Account().total({}, expiring=0) == PER_KEY + 5 + BYTES_HEAD + 5
    True
    """

    __slots__ = ("_measured", "bytes", "stale")

    def __init__(self) -> None:
        self.bytes = EMPTY_DATABASE  # with the stale values as last measured; without the times to live
        self._measured: dict[bytes, int] = {}  # the last size of each value that is not `bytes`
        self.stale: set[bytes] = set()  # the keys whose value has changed since it was measured

    def add_key(self, key: bytes) -> None:
        self.bytes += PER_KEY + len(key)

    def remove_key(self, key: bytes) -> None:
        self.bytes -= PER_KEY + len(key)

    def change(self, key: bytes, old: Any, new: Any) -> None:
        """A key has another value now (None: no value before, or none after)."""
        if type(old) is bytes:
            self.bytes -= BYTES_HEAD + len(old)
        elif old is not None:
            self.bytes -= self._measured.pop(key, 0)
            self.stale.discard(key)
        if type(new) is bytes:
            self.bytes += BYTES_HEAD + len(new)
        elif new is not None:
            self.stale.add(key)

    def total(self, values: Mapping[bytes, Any], expiring: int) -> int:
        """In bytes: the keys, the values, and what is kept beside them.  O(1), O(keys changed in place)"""
        if self.stale:
            self.measure_some(values, len(self.stale))
        return self.bytes + PER_EXPIRE * expiring

    def measure_some(self, values: Mapping[bytes, Any], count: int) -> bool:
        """Measure up to `count` of the values changed in place; True when some are left.  O(count)"""
        for _ in range(min(count, len(self.stale))):
            key = self.stale.pop()
            size = size_of(values[key])
            self.bytes += size - self._measured.get(key, 0)
            self._measured[key] = size
        return bool(self.stale)

    def check(self, values: Mapping[bytes, Any]) -> None:
        """Asserts what is always true.  O(n)"""
        assert self.stale | self._measured.keys() <= values.keys(), "nothing is kept of a deleted key"


def size_of_key(key: bytes, value: Any, expires: bool, samples: int) -> int:
    """The bytes of one key, counted as an account counts them."""
    return PER_KEY + len(key) + PER_EXPIRE * expires + size_of(value, samples)
