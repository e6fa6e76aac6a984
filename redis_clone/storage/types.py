"""The types of values, under the names that TYPE answers; a copy of any of them, and a still picture."""

from collections.abc import Callable
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


def frozen_copy(value: Any) -> Any:
    """A value as it is now, for the writer of a file, who only looks at it; O(n), yet as quick as can be.

    A million members take 20 ms or so, for the picture is a plain Python container without our indexes and
    marks: `list`, `set`, `dict`, and Scores for a sorted set, in no order.
    """
    return STILL[type(value)](value)


class Scores(dict[bytes, float]):
    """Members and their scores: what is left of a sorted set in a still picture."""


def _as_it_is(value: Any) -> Any:
    return value


STILL: dict[type, Callable[[Any], Any]] = {
    bytes: _as_it_is,
    bytearray: bytes,
    QuickList: QuickList.all_items,
    Set: lambda value: value.members.copy(),
    Hash: lambda value: value.fields.copy(),
    SortedSet: lambda value: Scores(value.scores),
    Stream: Stream.copy,
    **dict.fromkeys((list, set, dict, Scores), _as_it_is),  # a picture is still already
}
