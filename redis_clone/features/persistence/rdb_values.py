"""Writes a value as the bytes that RDB files and DUMP hold, and reads it back.

A type byte says how the value was written, and it says more than TYPE does: Redis has written each type in
several forms over the years.  We read all that Redis 2.6 to 7.2 wrote, modules excepted, and write what Redis
7.0 writes: small values packed (listpack, intset), large ones plainly, item by item.

    strings         0 a string
    lists           1 plain    10 one ziplist    14 many ziplists    18 many listpacks, large elements alone
    sets            2 plain    11 an intset      20 a listpack (7.2)
    sorted sets     3 plain, scores as text    5 plain, as doubles    12 a ziplist    17 a listpack
    hashes          4 plain    9 a zipmap    13 a ziplist    16 a listpack
    streams         15, 19, 21: see rdb_streams.py

The bytes may be damaged, by a disk or by an attacker: every fault is a ValueError, and a value that is
returned is sound.  May import: numbers, structures, storage.
"""

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from redis_clone.features.persistence.rdb_primitives import Reader, write_length, write_many, write_string
from redis_clone.features.persistence.rdb_streams import STREAM_2, STREAM_READERS, write_stream
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import Item, SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import EmbeddedNumber
from redis_clone.storage.types import Scores
from redis_clone.structures import intset, listpack, ziplist, zipmap
from redis_clone.structures.numbers import format_double, is_integer, parse_double
from redis_clone.structures.quicklist import QuickList

STRING, LIST, SET, SORTED_SET, HASH, SORTED_SET_2 = 0, 1, 2, 3, 4, 5
HASH_ZIPMAP, LIST_ZIPLIST, SET_INTSET, SORTED_SET_ZIPLIST, HASH_ZIPLIST = 9, 10, 11, 12, 13
LIST_QUICKLIST, HASH_LISTPACK, SORTED_SET_LISTPACK, LIST_QUICKLIST_2, SET_LISTPACK = 14, 16, 17, 18, 20

# The default limits of Redis, above which a value is written plainly.
MOST_PACKED = 128  # members
LONGEST_PACKED = 64  # bytes of one of them
MOST_INTEGERS = 512  # in an intset
NODE_BYTES = 8192  # of one listpack of a list

PLAIN_NODE, PACKED_NODE = 1, 2  # of a quicklist
ITEM_OVERHEAD = 11  # bytes that an item takes in a listpack besides its own, at most

pack_double = struct.Struct("<d").pack

Pair = tuple[bytes, Any]
Pack = Callable[[bytes], bytes]  # write_string or write_string_uncompressed


class EmptyValue(ValueError):
    """A list, set, hash or sorted set with nothing in it, which Redis never keeps."""


def write_value(value: Any, pack: Pack = write_string) -> tuple[int, bytes]:
    """The type byte and the bytes after it, of a value or its frozen copy (storage/types.py).  O(n)

    >>> write_value(b"hello"), write_value(Set([b"1", b"2"]))
    ((0, b'\\x05hello'), (11, b'\\x0c\\x02\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x01\\x00\\x02\\x00'))
    """
    return WRITERS[type(value)](value, pack)


def read_value(type_byte: int, reader: Reader) -> Any:
    """Read a value; ValueError for damaged data, EmptyValue for a sound value that is empty.  O(n)

    >>> import io
    >>> read_value(STRING, Reader(io.BytesIO(b"\\x05hello").read))
    b'hello'
    """
    if type_byte not in READERS:
        raise ValueError(f"no value has the type {type_byte}")
    value = READERS[type_byte](reader)
    if not value and not isinstance(value, bytes):
        raise EmptyValue("a value without anything in it")
    return value


# Writing.


def _write_string(value: bytes, pack: Pack) -> tuple[int, bytes]:
    return STRING, pack(bytes(value))


def _write_list(value: Iterable[bytes], pack: Pack) -> tuple[int, bytes]:
    nodes = [write_length(container) + pack(data) for container, data in _list_nodes(value)]
    return LIST_QUICKLIST_2, write_many(nodes)


def _list_nodes(elements: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Listpacks of neighbours; an element that is too large for one is a node by itself."""
    node: list[bytes] = []
    size = 0
    for element in elements:
        is_large = len(element) > NODE_BYTES - listpack.HEADER.size - ITEM_OVERHEAD
        size += len(element) + ITEM_OVERHEAD
        if node and (is_large or size > NODE_BYTES):
            yield PACKED_NODE, listpack.encode(node)
            node, size = [], len(element) + ITEM_OVERHEAD
        if is_large:
            yield PLAIN_NODE, element
            size = 0
        else:
            node.append(element)
    if node:
        yield PACKED_NODE, listpack.encode(node)


def _write_set(members: AbstractSet[bytes], pack: Pack) -> tuple[int, bytes]:
    if len(members) <= MOST_INTEGERS and all(map(is_integer, members)):
        return SET_INTSET, pack(intset.encode(map(int, members)))
    return SET, _plainly(len(members), members, pack)


def _write_hash(fields: Mapping[bytes, bytes], pack: Pack) -> tuple[int, bytes]:
    flat = [text for pair in fields.items() for text in pair]
    if _fits_packed(len(fields), flat):
        return HASH_LISTPACK, pack(listpack.encode(flat))
    return HASH, _plainly(len(fields), flat, pack)


def _write_sorted_set(value: SortedSet, pack: Pack) -> tuple[int, bytes]:
    return _write_ascending(value.items_at(value.ranks()), pack)


def _write_scores(scores: Scores, pack: Pack) -> tuple[int, bytes]:
    """Write a frozen copy, which has no order.  A large one is not sorted, for every reader sorts it anyway:
    to sort a million members in one go would hold up every thread of Python for a second."""
    if len(scores) > MOST_PACKED:
        return SORTED_SET_2, _doubles(scores.items(), len(scores), pack)
    ascending = [(member, score) for score, member in sorted(zip(scores.values(), scores, strict=True))]
    return _write_ascending(ascending, pack)


def _write_ascending(items: list[Item], pack: Pack) -> tuple[int, bytes]:
    """Write it packed in ascending order, or plainly in descending order, which Redis reads fastest."""
    if _fits_packed(len(items), [member for member, _ in items]):
        flat = [text for member, score in items for text in (member, format_double(score))]
        return SORTED_SET_LISTPACK, pack(listpack.encode(flat))
    return SORTED_SET_2, _doubles(reversed(items), len(items), pack)


def _doubles(items: Iterable[Item], count: int, pack: Pack) -> bytes:
    return write_length(count) + b"".join([pack(member) + pack_double(score) for member, score in items])


def _fits_packed(count: int, texts: Iterable[bytes]) -> bool:
    return count <= MOST_PACKED and all(len(text) <= LONGEST_PACKED for text in texts)


def _plainly(count: int, texts: Iterable[bytes], pack: Pack) -> bytes:
    return write_length(count) + b"".join([pack(text) for text in texts])


WRITERS: dict[type, Callable[[Any, Pack], tuple[int, bytes]]] = {
    bytes: _write_string,
    bytearray: _write_string,
    EmbeddedNumber: _write_string,
    QuickList: _write_list,
    list: _write_list,
    Set: lambda value, pack: _write_set(value.members, pack),
    set: _write_set,
    Hash: lambda value, pack: _write_hash(value.fields, pack),
    dict: _write_hash,
    SortedSet: _write_sorted_set,
    Scores: _write_scores,
    Stream: lambda value, pack: (STREAM_2, write_stream(value, pack)),
}


# Reading.  First what the forms have in common, then the table of the forms.


def _plain_strings(reader: Reader) -> list[bytes]:
    return [reader.string() for _ in range(reader.length())]


def _plain_pairs(reader: Reader) -> list[Pair]:
    return [(reader.string(), reader.string()) for _ in range(reader.length())]


def _listpack(reader: Reader) -> list[bytes]:
    return listpack.decode(reader.string())


def _ziplist(reader: Reader) -> list[bytes]:
    return ziplist.decode(reader.string())


def _ziplist_nodes(reader: Reader) -> list[bytes]:
    return [element for _ in range(reader.length()) for element in _ziplist(reader)]


def _nodes(reader: Reader) -> list[bytes]:
    return [element for _ in range(reader.length()) for element in _node(reader)]


def _node(reader: Reader) -> list[bytes]:
    container = reader.length()
    if container == PLAIN_NODE:
        return [reader.string()]
    if container == PACKED_NODE:
        return _listpack(reader)
    raise ValueError("no such node in a list")


def _in_pairs(texts: Sequence[bytes]) -> list[Pair]:
    if len(texts) % 2:
        raise ValueError("a half of a pair is missing")
    return list(zip(texts[::2], texts[1::2], strict=True))


def _scored(pairs: Iterable[Pair]) -> list[Item]:
    return [(member, parse_double(score)) for member, score in pairs]


def _scored_as_text(reader: Reader) -> list[Item]:
    return [(reader.string(), _text_double(reader)) for _ in range(reader.length())]


def _scored_as_doubles(reader: Reader) -> list[Item]:
    return [(reader.string(), reader.double()) for _ in range(reader.length())]


SPECIAL_DOUBLES = {253: math.nan, 254: math.inf, 255: -math.inf}


def _text_double(reader: Reader) -> float:
    length = reader.byte()
    return SPECIAL_DOUBLES[length] if length in SPECIAL_DOUBLES else parse_double(reader.exactly(length))


def _set(members: Sequence[bytes]) -> Set:
    value = Set(members)
    if len(value) != len(members):
        raise ValueError("a member stands twice in a set")
    return value


def _hash(pairs: Sequence[Pair]) -> Hash:
    value = Hash(dict(pairs))
    if len(value) != len(pairs):
        raise ValueError("a field stands twice in a hash")
    return value


def _packed_sorted_set(texts: Sequence[bytes]) -> SortedSet:
    """One in a ziplist or a listpack, where the text -0 stays what it is."""
    return _sorted_set(_scored(_in_pairs(texts)), keeps_minus_zero=True)


def _sorted_set(items: Sequence[Item], keeps_minus_zero: bool = False) -> SortedSet:
    scores = dict(items)
    if len(scores) != len(items) or any(map(math.isnan, scores.values())):
        raise ValueError("a member stands twice in a sorted set, or has no score")
    return SortedSet(scores, keeps_minus_zero)


READERS: dict[int, Callable[[Reader], Any]] = {
    STRING: Reader.string,
    LIST: lambda reader: QuickList(_plain_strings(reader)),
    LIST_ZIPLIST: lambda reader: QuickList(_ziplist(reader)),
    LIST_QUICKLIST: lambda reader: QuickList(_ziplist_nodes(reader)),
    LIST_QUICKLIST_2: lambda reader: QuickList(_nodes(reader)),
    SET: lambda reader: _set(_plain_strings(reader)),
    SET_INTSET: lambda reader: Set(b"%d" % number for number in intset.decode(reader.string())),
    SET_LISTPACK: lambda reader: _set(_listpack(reader)),
    HASH: lambda reader: _hash(_plain_pairs(reader)),
    HASH_ZIPMAP: lambda reader: _hash(zipmap.decode(reader.string())),
    HASH_ZIPLIST: lambda reader: _hash(_in_pairs(_ziplist(reader))),
    HASH_LISTPACK: lambda reader: _hash(_in_pairs(_listpack(reader))),
    SORTED_SET: lambda reader: _sorted_set(_scored_as_text(reader)),
    SORTED_SET_2: lambda reader: _sorted_set(_scored_as_doubles(reader)),
    SORTED_SET_ZIPLIST: lambda reader: _packed_sorted_set(_ziplist(reader)),
    SORTED_SET_LISTPACK: lambda reader: _packed_sorted_set(_listpack(reader)),
    **STREAM_READERS,
}
