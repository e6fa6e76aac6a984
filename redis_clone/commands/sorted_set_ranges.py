"""The sorted set commands that take a range: by rank, by score, or by member ("lex", where scores are equal).

The two ends of a range are read into a Selection, which finds the ranks in a sorted set.  Reading, counting,
storing and removing do not know which of the three kinds it was.  The older commands, such as ZREVRANGEBYLEX,
are ZRANGE with some options already chosen, in Redis too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Pairs
from redis_clone.storage.sorted_sets import AFTER_ALL, BEFORE_ALL, Item, LexCut, ScoreCut, SortedSet
from redis_clone.structures.numbers import strtod

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("sorted-set")

Selection = Callable[[SortedSet], range]  # from a sorted set to the ranks that are asked for
Shown = list[bytes] | Pairs  # members, and their scores if those are asked for

NOT_A_SCORE = "ERR min or max is not a float"
NOT_A_MEMBER = "ERR min or max not valid string range item"
NO_LIMIT = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
NO_SCORES = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"


class RangeOptions:
    """The options besides the range.  An option may set `by` and `reverse` only while they are None."""

    def __init__(self, by: bytes | None = None, reverse: bool | None = None) -> None:
        self.by = by
        self.reverse = reverse
        self.offset = 0
        self.count = -1  # a negative one: all there are
        self.with_scores = False

    def limited(self, ranks: range) -> range:
        if self.offset < 0:
            return ranks[:0]
        ranks = ranks[self.offset :]
        return ranks if self.count < 0 else ranks[: self.count]


@command("ZRANGE", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrange(client: Client, key: bytes, start: bytes, stop: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of ranks, scores or members.

    ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
    Since 1.2.0, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, start, stop, read_options(options, RangeOptions()))


@command("ZREVRANGE", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrevrange(client: Client, key: bytes, start: bytes, stop: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of ranks, counted from the highest score.

    ZREVRANGE key start stop [WITHSCORES]
    Since 1.2.0, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, start, stop, read_options(options, RangeOptions(b"BYRANK", reverse=True)))


@command("ZRANGEBYSCORE", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrangebyscore(client: Client, key: bytes, min_: bytes, max_: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of scores.

    ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]
    Since 1.0.5, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, min_, max_, read_options(options, RangeOptions(b"BYSCORE", reverse=False)))


@command("ZREVRANGEBYSCORE", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrevrangebyscore(client: Client, key: bytes, max_: bytes, min_: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of scores, from the highest to the lowest.

    ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]
    Since 2.2.0, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, max_, min_, read_options(options, RangeOptions(b"BYSCORE", reverse=True)))


@command("ZRANGEBYLEX", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrangebylex(client: Client, key: bytes, min_: bytes, max_: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of members, all scores being equal.

    ZRANGEBYLEX key min max [LIMIT offset count]
    Since 2.8.9, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, min_, max_, read_options(options, RangeOptions(b"BYLEX", reverse=False)))


@command("ZREVRANGEBYLEX", arity=-4, flags="readonly", keys=one_key("RO access"))
def zrevrangebylex(client: Client, key: bytes, max_: bytes, min_: bytes, *options: bytes) -> Shown:
    """Returns the members in a range of members, all scores being equal, from the last to the first.

    ZREVRANGEBYLEX key max min [LIMIT offset count]
    Since 2.8.9, O(log(N)+M) where N is the number of members and M the number of members returned.
    """
    return _range(client, key, max_, min_, read_options(options, RangeOptions(b"BYLEX", reverse=True)))


@command(
    "ZRANGESTORE",
    arity=-5,
    flags="write denyoom",
    keys=[one_key("OW update"), one_key("RO access", at=2)],
)
def zrangestore(
    client: Client, destination: bytes, source: bytes, first: bytes, second: bytes, *options: bytes
) -> int:
    """Stores the members in a range under another key, with their scores, and returns their number.

    ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]
    Since 6.2.0, O(log(N)+M) where N is the number of members and M the number of members stored.
    """
    asked = read_options(options, RangeOptions(), storing=True)
    items = _items(client, source, first, second, asked)
    if items:
        client.db.set_value(destination, SortedSet(items), "zrangestore")
    else:
        client.db.delete(destination)
    return len(items)


@command("ZCOUNT", arity=4, flags="readonly fast", keys=one_key("RO access"))
def zcount(client: Client, key: bytes, min_: bytes, max_: bytes) -> int:
    """Returns the number of members in a range of scores.

    ZCOUNT key min max
    Since 2.0.0, O(log(N)) where N is the number of members.
    """
    return _count(client, key, by_score(min_, max_))


@command("ZLEXCOUNT", arity=4, flags="readonly fast", keys=one_key("RO access"))
def zlexcount(client: Client, key: bytes, min_: bytes, max_: bytes) -> int:
    """Returns the number of members in a range of members, all scores being equal.

    ZLEXCOUNT key min max
    Since 2.8.9, O(log(N)) where N is the number of members.
    """
    return _count(client, key, by_lex(min_, max_))


@command("ZREMRANGEBYRANK", arity=4, flags="write", keys=one_key("RW delete"))
def zremrangebyrank(client: Client, key: bytes, start: bytes, stop: bytes) -> int:
    """Removes the members in a range of ranks, and returns their number.

    ZREMRANGEBYRANK key start stop
    Since 2.0.0, O(log(N)+M) where N is the number of members and M the number of members removed.
    """
    return _remove(client, key, by_rank(start, stop), "zremrangebyrank")


@command("ZREMRANGEBYSCORE", arity=4, flags="write", keys=one_key("RW delete"))
def zremrangebyscore(client: Client, key: bytes, min_: bytes, max_: bytes) -> int:
    """Removes the members in a range of scores, and returns their number.

    ZREMRANGEBYSCORE key min max
    Since 1.2.0, O(log(N)+M) where N is the number of members and M the number of members removed.
    """
    return _remove(client, key, by_score(min_, max_), "zremrangebyscore")


@command("ZREMRANGEBYLEX", arity=4, flags="write", keys=one_key("RW delete"))
def zremrangebylex(client: Client, key: bytes, min_: bytes, max_: bytes) -> int:
    """Removes the members in a range of members, all scores being equal, and returns their number.

    ZREMRANGEBYLEX key min max
    Since 2.8.9, O(log(N)+M) where N is the number of members and M the number of members removed.
    """
    return _remove(client, key, by_lex(min_, max_), "zremrangebylex")


def read_options(args: Sequence[bytes], asked: RangeOptions, storing: bool = False) -> RangeOptions:
    """Fills in the options that `args` contain."""
    options = Options(args)
    while options:
        match options.word():
            case b"WITHSCORES" if not storing:
                asked.with_scores = True
            case b"LIMIT" if options.left >= 2:
                asked.offset, asked.count = integer(options.value()), integer(options.value())
            case b"REV" if asked.reverse is None:
                asked.reverse = True
            case b"BYSCORE" | b"BYLEX" as by if asked.by is None:
                asked.by = by
            case _:
                raise options.error()
    if asked.by in (None, b"BYRANK"):
        if asked.count != -1:
            raise RedisError(NO_LIMIT)
        asked.offset = 0  # an offset without a count is accepted, and has no effect
    if asked.by == b"BYLEX" and asked.with_scores:
        raise RedisError(NO_SCORES)
    return asked


def _range(client: Client, key: bytes, first: bytes, second: bytes, asked: RangeOptions) -> Shown:
    items = _items(client, key, first, second, asked)
    return Pairs(items) if asked.with_scores else [member for member, _ in items]


def _items(client: Client, key: bytes, first: bytes, second: bytes, asked: RangeOptions) -> list[Item]:
    select = SELECTORS[asked.by or b"BYRANK"](first, second, bool(asked.reverse))
    stored = client.db.get(key, SortedSet)
    return stored.items_at(asked.limited(select(stored))) if stored else []


def _count(client: Client, key: bytes, select: Selection) -> int:
    stored = client.db.get(key, SortedSet)
    return len(select(stored)) if stored else 0


def _remove(client: Client, key: bytes, select: Selection, event: str) -> int:
    stored = client.db.edit(key, SortedSet)
    removed = stored.remove_at(select(stored)) if stored else []
    if removed:
        client.db.update(key, stored, event, len(removed))
    return len(removed)


# From two arguments to a Selection.  In reverse, scores and members are given from the highest to the lowest;
# ranks are still given as start and stop, but counted from the other end.


def by_rank(start: bytes, stop: bytes, reverse: bool = False) -> Selection:
    """Both ends belong to the range; negative ones count from the end."""
    first, last = integer(start), integer(stop)
    return lambda stored: stored.ranks(reverse)[first : last + 1 or None]  # -1 + 1 is 0, which is no end


def by_score(first: bytes, second: bytes, reverse: bool = False) -> Selection:
    low, high = (second, first) if reverse else (first, second)
    start, stop = _score_cut(low, is_high=False), _score_cut(high, is_high=True)
    return lambda stored: _turned(stored.ranks_by_score(start, stop), reverse)


def by_lex(first: bytes, second: bytes, reverse: bool = False) -> Selection:
    low, high = (second, first) if reverse else (first, second)
    start, stop = _lex_cut(low, is_high=False), _lex_cut(high, is_high=True)
    return lambda stored: _turned(stored.ranks_by_lex(start, stop), reverse)


SELECTORS: dict[bytes, Callable[[bytes, bytes, bool], Selection]] = {
    b"BYRANK": by_rank,
    b"BYSCORE": by_score,
    b"BYLEX": by_lex,
}


def _turned(ranks: range, reverse: bool) -> range:
    return ranks[::-1] if reverse else ranks


def _score_cut(text: bytes, is_high: bool) -> ScoreCut:
    """
    >>> _score_cut(b"5", is_high=True), _score_cut(b"(5", is_high=True)
    (ScoreCut(score=5.0, after=True), ScoreCut(score=5.0, after=False))
    """
    exclusive = text.startswith(b"(")
    return ScoreCut(_lenient_score(text[exclusive:]), after=exclusive != is_high)


def _lex_cut(text: bytes, is_high: bool) -> LexCut | None:
    """
    >>> _lex_cut(b"[a", is_high=True), _lex_cut(b"(a", is_high=True), _lex_cut(b"+", is_high=True)
    (LexCut(member=b'a', after=True), LexCut(member=b'a', after=False), None)
    """
    if text == b"-":
        return BEFORE_ALL
    if text == b"+":
        return AFTER_ALL
    if not text.startswith((b"[", b"(")):
        raise RedisError(NOT_A_MEMBER)
    return LexCut(text[1:], after=text.startswith(b"(") != is_high)


def _lenient_score(text: bytes) -> float:
    """An end of a range.  Unlike in a score, leading spaces are allowed, empty is 0 and 1e400 is infinite."""
    try:
        return strtod(text.lstrip()) if text else 0.0
    except ValueError:
        raise RedisError(NOT_A_SCORE) from None
