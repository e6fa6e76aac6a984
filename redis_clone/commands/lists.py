"""The list commands.

LPUSH and RPUSH, LPOP and RPOP do the same at two ends, so what differs stands in a table of the ENDS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import counted_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer, negatable_integer, one_or_more, positive
from redis_clone.protocol.errors import INDEX_OUT_OF_RANGE, NO_SUCH_KEY, SYNTAX, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, OK, NullArray, SimpleString
from redis_clone.structures.quicklist import QuickList

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("list")


class End(NamedTuple):
    """One end of a list: the functions that push and pop there, and the names of their events."""

    push: Callable[[QuickList[bytes], Sequence[bytes]], int]
    pop: Callable[[QuickList[bytes], int], list[bytes]]
    push_event: str
    pop_event: str
    pop_name: bytes


LEFT = End(QuickList.push_left, QuickList.pop_left, "lpush", "lpop", b"LPOP")
RIGHT = End(QuickList.push_right, QuickList.pop_right, "rpush", "rpop", b"RPOP")
ENDS = {b"LEFT": LEFT, b"RIGHT": RIGHT}

INSERT_OFFSETS = {b"BEFORE": 0, b"AFTER": 1}


@command("LPUSH", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def lpush(client: Client, key: bytes, *elements: bytes) -> int:
    """Puts elements at the head of a list one by one, so that the last of them comes first.

    LPUSH key element [element ...]
    Since 1.0.0, O(N) where N is the number of elements.
    """
    return push(client, key, elements, LEFT)


@command("RPUSH", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def rpush(client: Client, key: bytes, *elements: bytes) -> int:
    """Puts elements at the tail of a list, and makes the list when there is none.

    RPUSH key element [element ...]
    Since 1.0.0, O(N) where N is the number of elements.
    """
    return push(client, key, elements, RIGHT)


@command("LPUSHX", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def lpushx(client: Client, key: bytes, *elements: bytes) -> int:
    """Puts elements at the head of a list if there is one.

    LPUSHX key element [element ...]
    Since 2.2.0, O(N) where N is the number of elements.
    """
    return push(client, key, elements, LEFT) if client.db.edit(key, QuickList) else 0


@command("RPUSHX", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
def rpushx(client: Client, key: bytes, *elements: bytes) -> int:
    """Puts elements at the tail of a list if there is one.

    RPUSHX key element [element ...]
    Since 2.2.0, O(N) where N is the number of elements.
    """
    return push(client, key, elements, RIGHT) if client.db.edit(key, QuickList) else 0


def push(client: Client, key: bytes, elements: Sequence[bytes], end: End) -> int:
    stored = client.db.edit(key, QuickList)
    if stored is None:
        stored = QuickList()
    length = end.push(stored, elements)
    client.db.update(key, stored, end.push_event, len(elements))
    return length


@command("LPOP", arity=-2, flags="write fast", keys=one_key("RW access delete"))
def lpop(client: Client, key: bytes, count: bytes | None = None) -> bytes | None | list[bytes] | NullArray:
    """Takes the first element off a list and returns it, or as many as the count says.

    LPOP key [count]
    Since 1.0.0, O(N) where N is the number of elements returned.
    """
    return _pop(client, key, count, LEFT)


@command("RPOP", arity=-2, flags="write fast", keys=one_key("RW access delete"))
def rpop(client: Client, key: bytes, count: bytes | None = None) -> bytes | None | list[bytes] | NullArray:
    """Takes the last element off a list and returns it, or as many as the count says, the last one first.

    RPOP key [count]
    Since 1.0.0, O(N) where N is the number of elements returned.
    """
    return _pop(client, key, count, RIGHT)


def _pop(client: Client, key: bytes, count: bytes | None, end: End) -> bytes | None | list[bytes] | NullArray:
    wanted = 1 if count is None else positive(count)
    stored = client.db.edit(key, QuickList)
    if stored is None:
        return None if count is None else NULL_ARRAY
    popped = end.pop(stored, wanted)
    if popped:
        client.db.update(key, stored, end.pop_event, len(popped))
    return popped[0] if count is None else popped


@command("LMPOP", arity=-4, flags="write", keys=counted_keys("RW access delete"))
def lmpop(client: Client, numkeys: bytes, *keys_and_options: bytes) -> list[object] | NullArray:
    """Takes elements off the first of the lists that exists, and returns its key and the elements.

    LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]
    Since 7.0.0, O(N+M) where N is the number of keys and M is the number of elements returned.
    """
    asked = read_mpop(numkeys, keys_and_options)
    return pop_first(client, asked) or NULL_ARRAY


class MultiPop:
    """The arguments of LMPOP: pop up to `count` elements at one end of the first list that has any."""

    def __init__(self, keys: Sequence[bytes], end: End, count: int | None) -> None:
        self.keys = keys
        self.end = end
        self.count = count  # None: one, as LPOP without a count


def read_mpop(numkeys: bytes, args: Sequence[bytes]) -> MultiPop:
    """Reads the arguments that LMPOP and BLMPOP share."""
    key_count = one_or_more(numkeys, "ERR numkeys should be greater than 0")
    options = Options(args[key_count:])
    end, count = end_named(options.value()), None
    while options:
        if options.word() != b"COUNT" or count is not None:
            raise options.error()
        count = one_or_more(options.value(), "ERR count should be greater than 0")
    return MultiPop(args[:key_count], end, count or 1)


def pop_first(client: Client, asked: MultiPop) -> list[object] | None:
    """The key and the elements; None when none of the lists is there."""
    for key in asked.keys:
        stored = client.db.edit(key, QuickList)
        if stored is not None:
            popped = asked.end.pop(stored, asked.count or 1)
            client.db.update(key, stored, asked.end.pop_event, len(popped))
            counted = [b"%d" % len(popped)] if asked.count else []
            client.server.propagation.replicate_as(asked.end.pop_name, key, *counted)
            return [key, popped]
    return None


@command(
    "LMOVE", arity=5, flags="write denyoom", keys=[one_key("RW access delete"), one_key("RW insert", at=2)]
)
def lmove(client: Client, source: bytes, destination: bytes, from_: bytes, to: bytes) -> bytes | None:
    """Moves an element from an end of one list to an end of another; within one list it rotates.

    LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>
    Since 6.2.0, O(1)
    """
    return move(client, source, destination, end_named(from_), end_named(to))


@command(
    "RPOPLPUSH",
    arity=3,
    flags="write denyoom",
    keys=[one_key("RW access delete"), one_key("RW insert", at=2)],
)
def rpoplpush(client: Client, source: bytes, destination: bytes) -> bytes | None:
    """Moves the last element of a list to the head of another: LMOVE RIGHT LEFT, under its name of old.

    RPOPLPUSH source destination
    Since 1.2.0, O(1)
    """
    return move(client, source, destination, RIGHT, LEFT)


def move(client: Client, source: bytes, destination: bytes, from_: End, to: End) -> bytes | None:
    giver = client.db.edit(source, QuickList)
    if giver is None:
        return None  # before the destination is looked at, whatever its type
    taker = client.db.edit(destination, QuickList) or QuickList()
    moved = from_.pop(giver, 1)
    to.push(taker, moved)
    client.db.update(destination, taker, to.push_event, count=0)  # one element moves: one change
    # Last: a list of one element that rotates is empty until the push.
    client.db.update(source, giver, from_.pop_event)
    return moved[0]


@command("LLEN", arity=2, flags="readonly fast", keys=one_key("RO"))
def llen(client: Client, key: bytes) -> int:
    """Returns the number of elements of a list.

    LLEN key
    Since 1.0.0, O(1)
    """
    return len(client.db.get(key, QuickList) or ())


@command("LRANGE", arity=4, flags="readonly", keys=one_key("RO access"))
def lrange(client: Client, key: bytes, start: bytes, stop: bytes) -> list[bytes]:
    """Returns a part of a list, both ends included; negative places count from the tail.

    LRANGE key start stop
    Since 1.0.0, O(S+N) where S is the distance of start from the nearer end and N is the number of elements.
    """
    first, last = integer(start), integer(stop)
    stored = client.db.get(key, QuickList)
    return stored.slice(first, _slice_stop(last, len(stored))) if stored else []


@command("LTRIM", arity=4, flags="write", keys=one_key("RW delete"))
def ltrim(client: Client, key: bytes, start: bytes, stop: bytes) -> SimpleString:
    """Keeps a part of a list, both ends included, and removes the rest.

    LTRIM key start stop
    Since 1.0.0, O(N) where N is the number of elements removed.
    """
    first, last = integer(start), integer(stop)
    stored = client.db.edit(key, QuickList)
    if stored:
        before = len(stored)
        stored.trim(first, _slice_stop(last, before))
        client.db.update(key, stored, "ltrim", before - len(stored))
        if len(stored) == before:
            client.server.propagation.prevent_propagation()
    return OK


def _slice_stop(last: int, length: int) -> int:
    """The end of a Python slice, which is excluded, from Redis's last index, which is included.

    >>> _slice_stop(2, 5), _slice_stop(-1, 5), _slice_stop(-9, 5)
    (3, 5, 0)
    """
    return max(last + length + 1, 0) if last < 0 else last + 1


@command("LINDEX", arity=3, flags="readonly", keys=one_key("RO access"))
def lindex(client: Client, key: bytes, index: bytes) -> bytes | None:
    """Returns the element at a place in a list; a negative place counts from the tail.

    LINDEX key index
    Since 1.0.0, O(N) where N is the distance from the nearer end.
    """
    stored = client.db.get(key, QuickList)
    if stored is None:
        return None
    at = integer(index)
    return stored[at] if _has_place(stored, at) else None


@command("LSET", arity=4, flags="write denyoom", keys=one_key("RW update"))
def lset(client: Client, key: bytes, index: bytes, element: bytes) -> SimpleString:
    """Puts an element in the place of another.

    LSET key index element
    Since 1.0.0, O(N) where N is the distance from the nearer end.
    """
    stored = client.db.edit(key, QuickList)
    if stored is None:
        raise RedisError(NO_SUCH_KEY)
    at = integer(index)
    if not _has_place(stored, at):
        raise RedisError(INDEX_OUT_OF_RANGE)
    stored[at] = element
    client.db.update(key, stored, "lset")
    return OK


def _has_place(stored: QuickList[bytes], index: int) -> bool:
    return -len(stored) <= index < len(stored)


@command("LINSERT", arity=5, flags="write denyoom", keys=one_key("RW insert"))
def linsert(client: Client, key: bytes, where: bytes, pivot: bytes, element: bytes) -> int:
    """Puts an element beside the first one that equals the pivot; -1 when there is no such one.

    LINSERT key <BEFORE | AFTER> pivot element
    Since 2.2.0, O(N) where N is the distance of the pivot from the head.
    """
    offset = INSERT_OFFSETS.get(where.upper())
    if offset is None:
        raise RedisError(SYNTAX)
    stored = client.db.edit(key, QuickList)
    if stored is None:
        return 0
    at = next(stored.positions(pivot), None)
    if at is None:
        return -1
    stored.insert(at + offset, element)
    client.db.update(key, stored, "linsert")
    return len(stored)


@command("LREM", arity=4, flags="write", keys=one_key("RW delete"))
def lrem(client: Client, key: bytes, count: bytes, element: bytes) -> int:
    """Removes that many equal elements, counted from the tail when negative; all of them when 0.

    LREM key count element
    Since 1.0.0, O(N) where N is the length of the list.
    """
    wanted = integer(count)
    stored = client.db.edit(key, QuickList)
    if stored is None:
        return 0
    removed = stored.remove(element, wanted)
    if removed:
        client.db.update(key, stored, "lrem", removed)
    return removed


@command("LPOS", arity=-3, flags="readonly", keys=one_key("RO access"))
def lpos(client: Client, key: bytes, element: bytes, *options: bytes) -> int | None | list[int]:
    """Returns the place of an element in a list, or with COUNT the places of all that equal it.

    LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]
    Since 6.0.6, O(N) where N is the number of elements looked at.
    """
    search = _read_search(options)
    stored = client.db.get(key, QuickList) or QuickList()
    found = stored.positions(element, reverse=search.rank < 0, limit=search.max_length)
    matches = islice(found, abs(search.rank) - 1, None)
    if search.count is None:
        return next(matches, None)
    return list(islice(matches, search.count or None))


class _Search:
    """The options of LPOS; without any, it returns the first match."""

    def __init__(self) -> None:
        self.rank = 1  # of the match to begin with; negative: the search begins at the tail
        self.count: int | None = None  # of matches to return; 0: all of them; None: one, and not in a list
        self.max_length: int | None = None  # of the part of the list that is looked at


def _read_search(args: Sequence[bytes]) -> _Search:
    search = _Search()
    options = Options(args)
    while options:
        match options.word():
            case b"RANK":
                search.rank = _read_rank(options.value())
            case b"COUNT":
                search.count = positive(options.value(), "ERR COUNT can't be negative")
            case b"MAXLEN":
                search.max_length = positive(options.value(), "ERR MAXLEN can't be negative") or None
            case _:
                raise options.error()
    return search


def _read_rank(argument: bytes) -> int:
    """The rank, checked as in 7.2; 7.0 takes the lowest 64-bit integer for -1."""
    rank = negatable_integer(argument)
    if rank == 0:
        raise RedisError(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
            "or use negative to start from the end of the list"
        )
    return rank


def end_named(word: bytes) -> End:
    """The end with this name: LEFT or RIGHT, in any letter case."""
    end = ENDS.get(word.upper())
    if end is None:
        raise RedisError(SYNTAX)
    return end
