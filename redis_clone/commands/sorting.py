"""SORT and SORT_RO: the elements of a list, a set or a sorted set, ordered by themselves or by other keys.

A pattern such as `weight_*` or `user_*->age` leads from an element to another value: the star becomes the
element, and the text behind `->` is a field of the hash at that key.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from sys import float_info
from typing import TYPE_CHECKING, Any, NamedTuple

from redis_clone.command_table.keyspecs import KeyAt, one_key, unknown_keys
from redis_clone.command_table.registry import command_group, find
from redis_clone.commands.arguments import Options, integer
from redis_clone.protocol.errors import WRONG_TYPE, RedisError
from redis_clone.storage.database import Database
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.strings import STRING
from redis_clone.structures.numbers import parse_double, parse_long_double
from redis_clone.structures.quicklist import QuickList

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("generic")

NOT_NUMBERS = "ERR One or more scores can't be converted into double"
DENIED = "ERR {} option of SORT denied due to insufficient ACL permissions."
DENIED_IN_CLUSTER = "ERR {} option of SORT denied in Cluster mode."
CATEGORIES = "-keyspace set sortedset list dangerous"
BY_NOTE = (
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content "
    "of the key we sort"
)
STORE_NOTE = (
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the "
    "argument array"
)

WHITE_SPACE = b" \t\n\v\f\r"


TAKES = {b"LIMIT": 2, b"GET": 1, b"BY": 1}  # words that follow an option


class Request(NamedTuple):
    """The options of SORT."""

    by: bytes | None = None
    unsorted: bool = False  # BY a pattern without a star: the order stays as it is
    get: Sequence[bytes] = ()
    descending: bool = False
    alphabetic: bool = False
    offset: int = 0
    limit: int = -1  # negative: no limit
    store: bytes | None = None


def find_keys(argv: Sequence[bytes]) -> list[KeyAt]:
    """The key that is sorted, and the one behind the last STORE (sortGetKeys in db.c)."""
    keys, at = [KeyAt(1, ("RO", "access"))], 2
    while at < len(argv) - 1:
        word = argv[at].upper()
        if word == b"STORE":
            keys[1:] = [KeyAt(at + 1, ("OW", "update"))]
        at += 1 + TAKES.get(word, 0)
    return keys


@command(
    "SORT",
    arity=-2,
    flags="write denyoom",
    keys=[
        one_key("RO access"),
        unknown_keys("RO access", notes=BY_NOTE),
        unknown_keys("OW update", notes=STORE_NOTE),
    ],
    find_keys=find_keys,
    categories=CATEGORIES,
)
def sort(client: Client, key: bytes, *options: bytes) -> int | list[bytes | None]:
    """Returns the elements of a key in order, or stores them as a list.

    SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
        [STORE destination]
    Since 1.0.0, O(N+M*log(M)) where N is the number of elements and M the number of those returned.
    """
    refusal = _refusal(client, [b"SORT", key, *options])
    request = _read(options, refusal, may_store=True)
    found = _sorted(client, key, request)
    if request.store is None:
        return found
    if found:
        stored = QuickList([element or b"" for element in found])
        client.db.set_value(request.store, stored, "sortstore", count=len(found))
    else:
        client.db.delete(request.store)
    return len(found)


@command(
    "SORT_RO",
    arity=-2,
    flags="readonly",
    keys=[one_key("RO access"), unknown_keys("RO access", notes=BY_NOTE)],
    categories=CATEGORIES,
)
def sort_ro(client: Client, key: bytes, *options: bytes) -> list[bytes | None]:
    """Returns the elements of a key in order; SORT without STORE, so that a replica may run it.

    SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
    Since 7.0.0, O(N+M*log(M)) where N is the number of elements and M the number of those returned.
    """
    refusal = _refusal(client, [b"SORT_RO", key, *options])
    return _sorted(client, key, _read(options, refusal, may_store=False))


def _refusal(client: Client, argv: Sequence[bytes]) -> str:
    """The error for a pattern, or nothing: the keys that it leads to are not known beforehand.

    They may be on another node of a cluster, or the user may not read them.
    """
    if client.server.cluster is not None:
        return DENIED_IN_CLUSTER
    may_follow = client.user.may_do_everything or client.user.may_read_all_keys(find(argv), argv)
    return "" if may_follow else DENIED


def _read(args: Sequence[bytes], refusal: str, may_store: bool) -> Request:
    request = Request()
    options = Options(args)
    while options:
        match options.word():
            case b"ASC" | b"DESC" as direction:
                request = request._replace(descending=direction == b"DESC")
            case b"ALPHA":
                request = request._replace(alphabetic=True)
            case b"LIMIT" if options.left >= 2:
                request = request._replace(offset=integer(options.value()), limit=integer(options.value()))
            case b"BY" if options.left:
                by = options.value()
                if b"*" in by and refusal:
                    raise RedisError(refusal.format("BY"))
                request = request._replace(by=by, unsorted=request.unsorted or b"*" not in by)
            case b"GET" if options.left:
                if refusal:
                    raise RedisError(refusal.format("GET"))
                request = request._replace(get=[*request.get, options.value()])
            case b"STORE" if may_store and options.left:
                request = request._replace(store=options.value())
            case _:
                raise options.error()
    return request


def _sorted(client: Client, key: bytes, request: Request) -> list[bytes | None]:
    value = client.db.get(key, object)
    must_be_same = request.store is not None or client.server.scripting.run is not None
    if isinstance(value, Set) and request.unsorted and must_be_same:
        request = request._replace(unsorted=False, alphabetic=True, by=None)  # or replicas would differ
    elements = _elements(value, request)
    if not request.unsorted:
        elements = _in_order(client.db, elements, request)
    start = max(request.offset, 0)
    chosen = elements[start:] if request.limit < 0 else elements[start : start + request.limit]
    if not request.get:
        return list(chosen)
    return [_look_up(client.db, pattern, element) for element in chosen for pattern in request.get]


def _elements(value: object, request: Request) -> list[bytes]:
    if value is None:
        return []
    if isinstance(value, QuickList):
        return list(reversed(value)) if request.unsorted and request.descending else list(value)
    if isinstance(value, Set):
        return list(value.in_order())
    if isinstance(value, SortedSet):
        value.unpack()
        ranks = value.ranks(reverse=request.unsorted and request.descending)
        return [member for member, _ in value.items_at(ranks)]
    raise RedisError(WRONG_TYPE)


def _in_order(database: Database, elements: Sequence[bytes], request: Request) -> list[bytes]:
    """The elements by their weights, which are all looked up before the first is read as a number.

    Elements of equal numbers are ordered by themselves; those of equal texts stay in their order.
    """
    by = request.by
    weights = elements if by is None else [_look_up(database, by, element) for element in elements]
    ranks: list[Any] = list(map(_text_weight, weights))
    if not request.alphabetic:
        ranks = list(zip(map(_number, weights), elements, strict=True))
    ranked = sorted(zip(ranks, elements, strict=True), key=itemgetter(0), reverse=request.descending)
    return [element for _, element in ranked]


def _text_weight(weight: bytes | None) -> tuple[bool, bytes]:
    """A missing one comes first."""
    return (weight is not None, weight or b"")


def _number(text: bytes | None) -> float:
    """A weight as a number, read as strtod does after white space; a missing or empty one is 0."""
    if not text:
        return 0.0
    text = text.lstrip(WHITE_SPACE)
    try:
        number = parse_double(text)
        is_tiny = 0 < abs(number) < float_info.min
        if is_tiny and parse_long_double(text) != number:
            raise ValueError("digits were lost")  # strtod reports that of such a small number alone
    except ValueError:
        raise RedisError(NOT_NUMBERS) from None
    return number


def _look_up(database: Database, pattern: bytes, element: bytes) -> bytes | None:
    """The value that a pattern leads to: the element itself for #, None where there is none."""
    if pattern == b"#":
        return element
    before, star, after = pattern.partition(b"*")
    if not star:
        return None
    rest, arrow, field = after.partition(b"->")
    if arrow and field:
        value = database.get(before + element + rest, object)
        return value.fields.get(field) if isinstance(value, Hash) else None
    value = database.get(before + element + after, object)
    return bytes(value) if isinstance(value, STRING) else None
