"""The encoding of a value, as OBJECT ENCODING names it.

Redis packs a small value into one piece of memory (a listpack, an intset) and turns it into a real structure
when it outgrows the limits of the configuration, never back.  Our values have one form each, so here an
encoding is only a name.  To give the right one, hashes, sets and sorted sets remember their high-water
marks: `most` members at a time, and the `longest` of them.

Two answers differ from Redis, because they are derived from the value as it is now: a list that has shrunk,
and the reference count of a small integer that COPY made, or that was set before maxmemory was.
"""

from collections.abc import Callable
from typing import Any, Protocol

from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import EmbeddedNumber
from redis_clone.structures.numbers import is_integer
from redis_clone.structures.quicklist import QuickList

EMBEDDED = 44  # bytes of a string that fits into one allocation with its header
SHARED_INTEGERS = 10_000  # from 0 on, of which Redis keeps one copy for all
SHARED = 2**31 - 1  # the number of references that Redis reports for these

# list-max-listpack-size: a positive one counts elements, these stand for bytes.
LIST_BYTES = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
LIST_BYTES_AT_MOST = 8192  # when elements are counted


class Settings(Protocol):
    """The part of the configuration that encodings depend on."""

    def __getitem__(self, name: str) -> Any: ...


def encoding_of(value: Any, settings: Settings) -> str:
    return ENCODINGS[type(value)](value, settings)


def reference_count(value: Any, settings: Settings) -> int:
    """1, but for the small integers that all keys share in Redis.

    They do not share them while LRU or LFU evicts, for then each key's value has an access field of its own.
    """
    evicts_by_access = settings["maxmemory"] and settings["maxmemory-policy"].endswith(("lru", "lfu"))
    if type(value) is not bytes or not is_integer(value) or evicts_by_access:
        return 1
    return SHARED if 0 <= int(value) < SHARED_INTEGERS else 1


def _string(value: bytes, settings: Settings) -> str:
    return "int" if is_integer(value) else _text(value, settings)


def _text(value: bytes, settings: Settings) -> str:
    return "embstr" if len(value) <= EMBEDDED else "raw"


def _list(value: QuickList[bytes], settings: Settings) -> str:
    limit = settings["list-max-listpack-size"]
    if 0 < limit < len(value):
        return "quicklist"
    room = LIST_BYTES.get(limit, LIST_BYTES_AT_MOST)
    for element in value:
        room -= _packed_size(element)
        if room < 0:
            return "quicklist"
    return "listpack"


def _packed_size(element: bytes) -> int:
    """About what an element takes in a listpack: itself, a head and the length backwards."""
    return len(element) + (2 if len(element) < 64 else 4)


def _set(value: Set, settings: Settings) -> str:
    if value.integers_only and value.most <= settings["set-max-intset-entries"]:
        return "intset"
    return _packed(value, "set", settings, "hashtable") if not value.integers_only else "hashtable"


def _hash(value: Hash, settings: Settings) -> str:
    return _packed(value, "hash", settings, "hashtable")


def _sorted_set(value: SortedSet, settings: Settings) -> str:
    return _packed(value, "zset", settings, "skiplist")


def _packed(value: Set | Hash | SortedSet, kind: str, settings: Settings, otherwise: str) -> str:
    fits = (
        value.most <= settings[f"{kind}-max-listpack-entries"]
        and value.longest <= settings[f"{kind}-max-listpack-value"]
    )
    return "listpack" if fits else otherwise


ENCODINGS: dict[type, Callable[[Any, Settings], str]] = {
    bytes: _string,
    bytearray: lambda value, settings: "raw",
    EmbeddedNumber: _text,
    QuickList: _list,
    Set: _set,
    Hash: _hash,
    SortedSet: _sorted_set,
    Stream: lambda value, settings: "stream",
}
