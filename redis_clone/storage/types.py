"""The types of values, under the names that TYPE answers; and a copy of any of them."""

from typing import Any

from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.structures.quicklist import QuickList

TYPE_NAMES: dict[type, str] = {
    bytes: "string",
    bytearray: "string",
    QuickList: "list",
    Set: "set",
    Hash: "hash",
    SortedSet: "zset",
    Stream: "stream",
}


def type_name(value: Any) -> str:
    """
    >>> type_name(b"hello"), type_name(Set())
    ('string', 'set')
    """
    return TYPE_NAMES[type(value)]


def copied(value: Any) -> Any:
    """A value that can be changed without changing the first; O(n)."""
    return value if isinstance(value, bytes) else value.copy()
