"""The few commands that pipelines are full of, many at a time.

Commands alike mostly come together: a thousand keys are set, a list is filled.  Then what takes longest is to
call, for each of them, one function that calls another.  Here is what does as many as it can at once:

    @batch(set_)
    def set_batch(client: Client, keys: Sequence[bytes], values: Sequence[bytes]) -> Sequence[Reply]

Its arguments are the columns of the commands' words, and it returns the replies to the first of them: to
all, to some, or to none.  The others are then performed one by one, and so are all when it raises RedisError,
which it may do as long as nothing is changed.  A command that writes leaves one change, as it would alone;
or who writes the log could not tell whose each is.

No command needs one.  What they are worth stands in the chapter on performance.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from redis_clone.commands.hashes import hset
from redis_clone.commands.lists import LEFT, RIGHT, End, lpush, push, rpush
from redis_clone.commands.sets import sadd
from redis_clone.commands.strings import add, decr, get, incr, set_
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.registry import batch
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.strings import STRING

if TYPE_CHECKING:
    from redis_clone.state import Client

Column = Sequence[bytes]


@batch(get)
def get_batch(client: Client, keys: Column) -> Sequence[bytes | None]:
    return client.db.get_many(keys, STRING)


@batch(set_)
def set_batch(client: Client, keys: Column, values: Column) -> Sequence[SimpleString]:
    client.db.overwrite_many(keys, values, "set")
    return [OK] * len(keys)


# Commands on one key, for which there is one that does the same: INCR three times is INCRBY 3.  It stores
# once, and the other changes are mentioned; for WATCH it does not matter how often a key was written.


def _same(keys: Column) -> int:
    """How many of them, from the first one on, are one key; 0 when that one stands alone."""
    if keys.count(keys[0]) < len(keys):
        keys = list(takewhile(keys[0].__eq__, keys))
    return len(keys) if len(keys) > 1 else 0


@batch(incr)
def incr_batch(client: Client, keys: Column) -> Sequence[int]:
    return _add_batch(client, keys, 1)


@batch(decr)
def decr_batch(client: Client, keys: Column) -> Sequence[int]:
    return _add_batch(client, keys, -1)


def _add_batch(client: Client, keys: Column, amount: int) -> Sequence[int]:
    count = _same(keys)
    if not count:
        return ()
    total = add(client, keys[0], amount * count)
    client.db.mention(keys[0], "incrby", count - 1)
    return range(total - amount * (count - 1), total + amount, amount)


@batch(lpush)
def lpush_batch(client: Client, keys: Column, elements: Column) -> Sequence[int]:
    return _push_batch(client, keys, elements, LEFT)


@batch(rpush)
def rpush_batch(client: Client, keys: Column, elements: Column) -> Sequence[int]:
    return _push_batch(client, keys, elements, RIGHT)


def _push_batch(client: Client, keys: Column, elements: Column, end: End) -> Sequence[int]:
    count = _same(keys)
    if not count:
        return ()
    length = push(client, keys[0], elements[:count], end)
    client.db.mention(keys[0], end.push_event, count - 1)
    return range(length - count + 1, length + 1)


@batch(hset)
def hset_batch(client: Client, keys: Column, fields: Column, values: Column) -> Sequence[int]:
    count, key, db = _same(keys), keys[0], client.db
    if not count:
        return ()
    stored = db.edit(key, Hash) or Hash()
    answers = [int(stored.set(fields[place], values[place])) for place in range(count)]
    db.grow(key, stored, "hset")
    db.mention(key, "hset", count - 1)
    return answers


@batch(sadd)
def sadd_batch(client: Client, keys: Column, members: Column) -> Sequence[int]:
    count, key, db = _same(keys), keys[0], client.db
    if not count or client.server.propagation.is_on:
        return ()  # who writes the log must know which of them has added something
    stored = db.edit(key, Set) or Set()
    answers = [int(stored.add(member)) for member in members[:count]]
    added = sum(answers)
    if added:
        db.grow(key, stored, "sadd")
        db.mention(key, "sadd", added - 1)
    return answers
