"""The sorted set commands that add, find, pop or pick members.

Those that take a range are in sorted_set_ranges.py, those that combine sets in sorted_set_algebra.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from itertools import takewhile
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import counted_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import (
    Options,
    double,
    negatable_integer,
    one_or_more,
    pairs,
    picks,
    positive,
)
from redis_clone.commands.scanning import read_cursor, scan_members
from redis_clone.protocol.errors import OUT_OF_RANGE, SYNTAX, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, NullArray, Pairs
from redis_clone.storage.sorted_sets import Item, SortedSet
from redis_clone.structures.numbers import INT64_MAX, format_double

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("sorted-set")

ADD_OPTIONS = frozenset([b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"])
NX_WITH_XX = "ERR XX and NX options at the same time are not compatible"
GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible"
CONTRADICTIONS = [
    ({b"NX", b"XX"}, NX_WITH_XX),
    ({b"GT", b"NX"}, GT_LT_NX),
    ({b"LT", b"NX"}, GT_LT_NX),
    ({b"GT", b"LT"}, GT_LT_NX),
]
RankReply = int | None | list[object] | NullArray
POP_EVENTS = {b"MIN": "zpopmin", b"MAX": "zpopmax"}


class MultiPop:
    """The arguments of ZMPOP: pop up to `count` members, b"MIN" or b"MAX", of the first key that has any."""

    def __init__(self, keys: Sequence[bytes], end: bytes, count: int) -> None:
        self.keys = keys
        self.end = end
        self.count = count


@command("ZADD", arity=-4, flags="write denyoom fast", keys=one_key("RW update"))
def zadd(client: Client, key: bytes, *args: bytes) -> int | float | None:
    """Adds members with their scores to a sorted set, or changes the scores of those that it has.

    ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]
    Since 1.2.0, O(log(N)) for each item added, where N is the number of members.
    """
    taken = list(takewhile(_is_add_option, args))
    options = {word.upper() for word in taken}
    given = _read_scores(options, args[len(taken) :])
    stored = client.db.edit(key, SortedSet)
    if stored is None:
        stored = SortedSet()
    size, changed, score = len(stored), 0, None
    for score_or_increment, member in given:
        score = score_or_increment
        if options:
            score = _new_score(stored.scores.get(member), score_or_increment, options)
        if score is not None:
            changed += stored.set(member, score)
    if changed:
        client.db.update(key, stored, "zincr" if b"INCR" in options else "zadd", changed)
    if b"INCR" in options:
        return score
    return changed if b"CH" in options else len(stored) - size


@command("ZINCRBY", arity=4, flags="write denyoom fast", keys=one_key("RW access update"))
def zincrby(client: Client, key: bytes, increment: bytes, member: bytes) -> int | float | None:
    """Adds to the score of a member, which is 0 if it is new, and returns the score.

    ZINCRBY key increment member
    Since 1.2.0, O(log(N)) where N is the number of members.
    """
    return zadd(client, key, b"INCR", increment, member)


@command("ZREM", arity=-3, flags="write fast", keys=one_key("RW delete"))
def zrem(client: Client, key: bytes, *members: bytes) -> int:
    """Removes members from a sorted set, and the sorted set with the last of them.

    ZREM key member [member ...]
    Since 1.2.0, O(M*log(N)) where N is the number of members and M the number of members to remove.
    """
    stored = client.db.edit(key, SortedSet) or SortedSet()
    removed = sum([stored.remove(member) for member in members])
    if removed:
        client.db.update(key, stored, "zrem", removed)
    return removed


@command("ZCARD", arity=2, flags="readonly fast", keys=one_key("RO"))
def zcard(client: Client, key: bytes) -> int:
    """Returns the number of members of a sorted set.

    ZCARD key
    Since 1.2.0, O(1)
    """
    return len(client.db.get(key, SortedSet) or ())


@command("ZSCORE", arity=3, flags="readonly fast", keys=one_key("RO access"))
def zscore(client: Client, key: bytes, member: bytes) -> float | None:
    """Returns the score of a member.

    ZSCORE key member
    Since 1.2.0, O(1)
    """
    stored = client.db.get(key, SortedSet)
    return stored.scores.get(member) if stored else None


@command("ZMSCORE", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def zmscore(client: Client, key: bytes, *members: bytes) -> list[float | None]:
    """Returns the scores of members.

    ZMSCORE key member [member ...]
    Since 6.2.0, O(N) where N is the number of members asked for.
    """
    stored = client.db.get(key, SortedSet)
    return [stored.scores.get(member) if stored else None for member in members]


@command("ZRANK", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def zrank(client: Client, key: bytes, member: bytes, option: bytes | None = None) -> RankReply:
    """Returns how many members stand before a member, counted from the lowest score.

    ZRANK key member [WITHSCORE]
    Since 2.0.0, O(log(N))
    """
    return _rank(client, key, member, option)


@command("ZREVRANK", arity=-3, flags="readonly fast", keys=one_key("RO access"))
def zrevrank(client: Client, key: bytes, member: bytes, option: bytes | None = None) -> RankReply:
    """Returns how many members stand before a member, counted from the highest score.

    ZREVRANK key member [WITHSCORE]
    Since 2.0.0, O(log(N))
    """
    return _rank(client, key, member, option, reverse=True)


@command("ZPOPMIN", arity=-2, flags="write fast", keys=one_key("RW access delete"))
def zpopmin(client: Client, key: bytes, *count: bytes) -> list[object] | Pairs:
    """Removes the members with the lowest scores, and returns them with these.

    ZPOPMIN key [count]
    Since 5.0.0, O(log(N)*M) where N is the number of members and M the number of members popped.
    """
    return _pop(client, key, b"MIN", count)


@command("ZPOPMAX", arity=-2, flags="write fast", keys=one_key("RW access delete"))
def zpopmax(client: Client, key: bytes, *count: bytes) -> list[object] | Pairs:
    """Removes the members with the highest scores, and returns them with these.

    ZPOPMAX key [count]
    Since 5.0.0, O(log(N)*M) where N is the number of members and M the number of members popped.
    """
    return _pop(client, key, b"MAX", count)


@command("ZMPOP", arity=-4, flags="write", keys=counted_keys("RW access delete"))
def zmpop(client: Client, numkeys: bytes, *args: bytes) -> list[object] | NullArray:
    """Pops members with their scores off the first of the sorted sets that has any.

    ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]
    Since 7.0.0, O(K) + O(M*log(N)) where K is the number of keys, N that of members and M of members popped.
    """
    return pop_first(client, read_mpop(numkeys, args)) or NULL_ARRAY


@command("ZRANDMEMBER", arity=-2, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def zrandmember(
    client: Client, key: bytes, count: bytes | None = None, *options: bytes
) -> bytes | None | list[bytes] | Pairs:
    """Returns members picked at random; a negative count may return one more than once.

    ZRANDMEMBER key [count [WITHSCORES]]
    Since 6.2.0, O(N) where N is the number of members returned.
    """
    random = client.server.random
    if count is None:
        stored = client.db.get(key, SortedSet)
        return stored.sample(random)[0] if stored else None
    wanted = _read_sample_size(count, options)
    stored = client.db.get(key, SortedSet)
    if stored is None:
        return []
    if wanted < 0:
        items = [stored.sample(random) for _ in picks(client, wanted)]
    else:
        items = stored.sample_many(wanted, random)
    return Pairs(items) if options else [member for member, _ in items]


@command("ZSCAN", arity=-3, flags="readonly", keys=one_key("RO access"), tips="nondeterministic_output")
def zscan(client: Client, key: bytes, cursor: bytes, *options: bytes) -> list[object]:
    """Walks the members of a sorted set, and their scores, step by step.

    ZSCAN key cursor [MATCH pattern] [COUNT count]
    Since 2.8.0, O(1) for every call, O(N) for the whole sorted set.
    """
    start = read_cursor(cursor)
    stored = client.db.get(key, SortedSet)
    if stored is None:
        return [b"0", []]
    following, members = scan_members(stored.scan, start, options)
    # A flat list with the scores as texts, in RESP3 too.
    return [b"%d" % following, [text for m in members for text in (m, format_double(stored.scores[m]))]]


def _is_add_option(word: bytes) -> bool:
    return word.upper() in ADD_OPTIONS


def _read_scores(options: Set[bytes], args: Sequence[bytes]) -> list[tuple[float, bytes]]:
    if not args or len(args) % 2:
        raise RedisError(SYNTAX)
    if options:
        _check_contradictions(options, args)
    return [(double(score), member) for score, member in pairs(args)]


def _check_contradictions(options: Set[bytes], args: Sequence[bytes]) -> None:
    for together, error in CONTRADICTIONS:
        if together <= options:
            raise RedisError(error)
    if b"INCR" in options and len(args) > 2:
        raise RedisError("ERR INCR option supports a single increment-element pair")


def _new_score(current: float | None, given: float, options: Set[bytes]) -> float | None:
    """The score that ZADD gives to a member whose score is `current`; None where the options forbid it."""
    if current is None:
        return None if b"XX" in options else given
    if b"NX" in options:
        return None
    score = current + given if b"INCR" in options else given
    if math.isnan(score):  # inf - inf; INCR takes one member only, so nothing was changed before
        raise RedisError("ERR resulting score is not a number (NaN)")
    if (b"GT" in options and score <= current) or (b"LT" in options and score >= current):
        return None
    return score


def _rank(
    client: Client, key: bytes, member: bytes, option: bytes | None, reverse: bool = False
) -> RankReply:
    if option is not None and option.upper() != b"WITHSCORE":  # an option of 7.2
        raise RedisError(SYNTAX)
    stored = client.db.get(key, SortedSet)
    rank = stored.rank(member, reverse) if stored else None
    if option is None:
        return rank
    return NULL_ARRAY if stored is None or rank is None else [rank, stored.scores[member]]


def _pop(client: Client, key: bytes, end: bytes, args: Sequence[bytes]) -> list[object] | Pairs:
    if len(args) > 1:
        raise RedisError(SYNTAX)  # for most commands this is an arity error
    popped = pop_items(client, key, end, positive(args[0]) if args else 1)
    if args:
        return Pairs(popped)
    return list(popped[0]) if popped else []


def pop_items(client: Client, key: bytes, end: bytes, count: int) -> list[Item]:
    """Pops up to `count` members of one key, at the end b"MIN" or b"MAX"; none when there is no such key."""
    stored = client.db.edit(key, SortedSet)
    if stored is None or count == 0:
        return []
    popped = stored.remove_at(stored.ranks(reverse=end == b"MAX")[:count])
    client.db.update(key, stored, POP_EVENTS[end], len(popped))
    return popped


def pop_first(client: Client, asked: MultiPop) -> list[object] | None:
    """The key and the members with their scores; None when none of the sorted sets is there."""
    for key in asked.keys:
        popped = pop_items(client, key, asked.end, asked.count)
        if popped:
            client.server.propagation.replicate_as(b"ZPOP" + asked.end, key, b"%d" % len(popped))
            return [key, popped]
    return None


def read_mpop(numkeys: bytes, args: Sequence[bytes]) -> MultiPop:
    """Reads the arguments that ZMPOP and BZMPOP share."""
    key_count = one_or_more(numkeys, "ERR numkeys should be greater than 0")
    options = Options(args[key_count:])
    end, count = options.word(), None
    if end not in POP_EVENTS:
        raise options.error()
    while options:
        if options.word() != b"COUNT" or count is not None:
            raise options.error()
        count = one_or_more(options.value(), "ERR count should be greater than 0")
    return MultiPop(args[:key_count], end, count or 1)


def _read_sample_size(count: bytes, options: Sequence[bytes]) -> int:
    wanted = negatable_integer(count)
    if len(options) > 1 or (options and options[0].upper() != b"WITHSCORES"):
        raise RedisError(SYNTAX)
    if options and abs(wanted) > INT64_MAX // 2:
        raise RedisError(OUT_OF_RANGE)
    return wanted
