"""Union, intersection and difference of sorted sets.  A plain set may be a source; its scores are 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, cast

from redis_clone.command_table.keyspecs import counted_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, double, integer, positive
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import Pairs
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("sorted-set")

ANY_SET = cast("type[SortedSet | Set]", (SortedSet, Set))
Shown = list[bytes] | Pairs  # members, and their scores if those are asked for
COMBINING = frozenset([b"WEIGHTS", b"AGGREGATE"])  # the options of a union and of an intersection
SHOWING = frozenset([b"WITHSCORES"])
COUNTING = frozenset([b"LIMIT"])


def _sum(score: float, other: float) -> float:
    """The sum of two scores; inf plus -inf is 0, as in Redis."""
    total = score + other
    return 0.0 if math.isnan(total) else total


# Where the second is NaN, min and max keep the first, as Redis does.
AGGREGATES: dict[bytes, Callable[[float, float], float]] = {b"SUM": _sum, b"MIN": min, b"MAX": max}


class Source(NamedTuple):
    """One of the sets that are combined."""

    members: Collection[bytes]
    score_of: Callable[[bytes], float]
    weight: float = 1.0

    def weighted(self, member: bytes) -> float:
        """The score times the weight; NaN for infinity times zero."""
        return self.score_of(member) * self.weight


class Request:
    """The arguments of a command, read."""

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        self.aggregate: Callable[[float, float], float] = _sum
        self.with_scores = False
        self.limit: int | None = None

    def smallest_first(self) -> list[Source]:
        """The sources in Redis's order, on which the rounding of sums of fractions depends."""
        return sorted(self.sources, key=lambda source: len(source.members))


@command("ZUNION", arity=-3, flags="readonly", keys=counted_keys("RO access"))
def zunion(client: Client, numkeys: bytes, *args: bytes) -> Shown:
    """Returns the members that any of the sorted sets has, with their scores combined.

    ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]
    Since 6.2.0, O(N)+O(M*log(M)) where N is the number of members of all the sets and M of the result.
    """
    request = _read(client, "zunion", numkeys, args, COMBINING | SHOWING)
    return _shown(_union(request), request)


@command("ZINTER", arity=-3, flags="readonly", keys=counted_keys("RO access"))
def zinter(client: Client, numkeys: bytes, *args: bytes) -> Shown:
    """Returns the members that all the sorted sets have, with their scores combined.

    ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]
    Since 6.2.0, O(N*K)+O(M*log(M)) where N is the size of the smallest set, K the number of sets and M the
    size of the result.
    """
    request = _read(client, "zinter", numkeys, args, COMBINING | SHOWING)
    return _shown(_intersection(request), request)


@command("ZDIFF", arity=-3, flags="readonly", keys=counted_keys("RO access"))
def zdiff(client: Client, numkeys: bytes, *args: bytes) -> Shown:
    """Returns the members of the first sorted set that none of the others has.

    ZDIFF numkeys key [key ...] [WITHSCORES]
    Since 6.2.0, O(L + (N-K)log(N)) where L is the number of members of all the sets, N the size of the first
    set and K that of the result.
    """
    request = _read(client, "zdiff", numkeys, args, SHOWING)
    return _shown(_difference(request), request)


@command("ZINTERCARD", arity=-3, flags="readonly", keys=counted_keys("RO access"))
def zintercard(client: Client, numkeys: bytes, *args: bytes) -> int:
    """Returns how many members all the sorted sets have, counting no further than the limit.

    ZINTERCARD numkeys key [key ...] [LIMIT limit]
    Since 7.0.0, O(N*K) where N is the size of the smallest set and K is the number of sets.
    """
    request = _read(client, "zintercard", numkeys, args, COUNTING)
    return sum(1 for _ in islice(_members_of_all(request), request.limit))


@command(
    "ZUNIONSTORE",
    arity=-4,
    flags="write denyoom",
    keys=[one_key("OW update"), counted_keys("RO access", at=2)],
)
def zunionstore(client: Client, destination: bytes, numkeys: bytes, *args: bytes) -> int:
    """Stores the members that any of the sorted sets has, with their scores combined; returns their number.

    ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]
    Since 2.0.0, O(N)+O(M*log(M)) where N is the number of members of all the sets and M of the result.
    """
    request = _read(client, "zunionstore", numkeys, args, COMBINING)
    return _store(client, destination, _union(request), "zunionstore")


@command(
    "ZINTERSTORE",
    arity=-4,
    flags="write denyoom",
    keys=[one_key("OW update"), counted_keys("RO access", at=2)],
)
def zinterstore(client: Client, destination: bytes, numkeys: bytes, *args: bytes) -> int:
    """Stores the members that all the sorted sets have, with their scores combined; returns their number.

    ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]
    Since 2.0.0, O(N*K)+O(M*log(M)) where N is the size of the smallest set, K the number of sets and M the
    size of the result.
    """
    request = _read(client, "zinterstore", numkeys, args, COMBINING)
    return _store(client, destination, _intersection(request), "zinterstore")


@command(
    "ZDIFFSTORE",
    arity=-4,
    flags="write denyoom",
    keys=[one_key("OW update"), counted_keys("RO access", at=2)],
)
def zdiffstore(client: Client, destination: bytes, numkeys: bytes, *args: bytes) -> int:
    """Stores the members of the first sorted set that none of the others has, and returns their number.

    ZDIFFSTORE destination numkeys key [key ...]
    Since 6.2.0, O(L + (N-K)log(N)) where L is the number of members of all the sets, N the size of the first
    set and K that of the result.
    """
    request = _read(client, "zdiffstore", numkeys, args, frozenset())
    return _store(client, destination, _difference(request), "zdiffstore")


def _read(
    client: Client, name: str, numkeys: bytes, args: Sequence[bytes], allowed: frozenset[bytes]
) -> Request:
    """Reads the keys first and the options afterwards, as Redis does: that decides which error is first."""
    count = integer(numkeys)
    if count < 1:
        raise RedisError(f"ERR at least 1 input key is needed for '{name}' command")
    if count > len(args):
        raise RedisError(SYNTAX)
    request = Request([_source(client, key) for key in args[:count]])
    options = Options(args[count:])
    while options:
        word = options.word()
        if word not in allowed:
            raise options.error()
        _read_option(request, word, options)
    return request


def _source(client: Client, key: bytes) -> Source:
    stored = client.db.get(key, ANY_SET)
    if isinstance(stored, SortedSet):
        return Source(stored.scores, stored.scores.__getitem__)
    return Source(stored.members if stored else (), lambda member: 1.0)


def _read_option(request: Request, word: bytes, options: Options) -> None:
    match word:
        case b"WEIGHTS":
            if options.left < len(request.sources):
                raise options.error()
            request.sources = [
                source._replace(weight=double(options.value(), "ERR weight value is not a float"))
                for source in request.sources
            ]
        case b"AGGREGATE":
            aggregate = AGGREGATES.get(options.word())
            if aggregate is None:
                raise options.error()
            request.aggregate = aggregate
        case b"WITHSCORES":
            request.with_scores = True
        case b"LIMIT":
            request.limit = positive(options.value(), "ERR LIMIT can't be negative") or None  # 0: no limit


def _union(request: Request) -> dict[bytes, float]:
    scores: dict[bytes, float] = {}
    for source in request.smallest_first():
        for member in source.members:
            score = _number(source.weighted(member))
            scores[member] = request.aggregate(scores[member], score) if member in scores else score
    return scores


def _intersection(request: Request) -> dict[bytes, float]:
    first, *others = request.smallest_first()
    scores = {member: _number(first.weighted(member)) for member in _members_of_all(request)}
    for source in others:
        for member, score in scores.items():
            scores[member] = request.aggregate(score, source.weighted(member))
    return scores


def _members_of_all(request: Request) -> Iterator[bytes]:
    first, *others = request.smallest_first()
    return (member for member in first.members if all(member in source.members for source in others))


def _difference(request: Request) -> dict[bytes, float]:
    first, *others = request.sources
    return {
        member: first.score_of(member)
        for member in first.members
        if not any(member in source.members for source in others)
    }


def _number(score: float) -> float:
    return 0.0 if math.isnan(score) else score


def _shown(scores: dict[bytes, float], request: Request) -> Shown:
    """The members by score, and members of equal score by their bytes."""
    items = sorted(scores.items(), key=lambda item: (item[1], item[0]))
    return Pairs(items) if request.with_scores else [member for member, _ in items]


def _store(client: Client, destination: bytes, scores: dict[bytes, float], event: str) -> int:
    if scores:
        client.db.set_value(destination, SortedSet(scores), event)
    else:
        client.db.delete(destination)
    return len(scores)
