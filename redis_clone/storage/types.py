"""The types of values by the names that TYPE answers, and two ways to copy a value of any type."""

from collections.abc import Callable
from typing import Any

from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import EmbeddedNumber
from redis_clone.structures.quicklist import QuickList

TYPE_NAMES: dict[type, str] = {
    bytes: "string",
    bytearray: "string",
    EmbeddedNumber: "string",
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
    """A copy that can be changed without changing the value; O(n)."""
    return value if isinstance(value, bytes) else value.copy()


def frozen_copy(value: Any) -> Any:
    """A copy that is only read, by the writer of a file; O(n), about 20 ms for a million members.

    It is quick because it is a plain Python container without our indexes and high-water marks: `list`,
    `set`, `dict`, and Scores for a sorted set, in no order.
    """
    return FROZEN_COPIES[type(value)](value)


class Scores(dict[bytes, float]):
    """The frozen copy of a sorted set: members and their scores."""


def _as_it_is(value: Any) -> Any:
    return value


FROZEN_COPIES: dict[type, Callable[[Any], Any]] = {
    bytes: _as_it_is,
    bytearray: bytes,
    EmbeddedNumber: bytes,
    QuickList: QuickList.all_items,
    Set: lambda value: value.members.copy(),
    Hash: lambda value: value.fields.copy(),
    SortedSet: lambda value: Scores(value.scores),
    Stream: Stream.copy,
    **dict.fromkeys((list, set, dict, Scores), _as_it_is),  # these are frozen copies already
}
