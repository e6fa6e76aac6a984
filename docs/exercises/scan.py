"""SCAN walks over keys while others change them.

SCAN walks over a million keys a few at a time, and in between other clients add and remove keys. Its
promise: a key that is there during the whole walk is answered at least once. The server may remember
nothing about the walk; all there is is the cursor that the client sends back. Here it is a position in
the list `self._keys`, and the walk goes *backwards*, from the end to the front: the cursor says where the
part that was already seen begins.

Cursor 0 begins a walk (at the end of the list), and a 0 that is answered ends it. A cursor beyond the end,
for many keys have gone meanwhile, begins at the end. `scan` answers the next cursor and up to `count` keys,
in the order of the walk. The docstring of the module says why the walk must go backwards.
"""

from random import Random

from exercises.machinery.trial import calling, not_yet
from redis_clone.structures.indexed_set import IndexedSet

CHAPTER = 4
LEVEL = 2
CONCEPT = "a cursor without memory"
HOLE = "redis_clone/structures/indexed_set.py:IndexedSet.scan"
HINTS = (
    "The keys to answer are those between start and stop of the list; stop is what the cursor says, "
    "and start is the next cursor.",
    "stop is the cursor, or the length when it is 0 or beyond the end: min(cursor or len(...), len(...)).",
    "start is stop - count, and 0 at least. A slice turned round: [start:stop][::-1].",
)


def test_a_walk_from_the_end_to_the_front() -> None:
    some = IndexedSet("abcde")
    calling(some.scan, 0, 3, given="a b c d e").gives((2, ["e", "d", "c"]))
    calling(some.scan, 2, 3, given="a b c d e").gives((0, ["b", "a"]))


def test_all_at_once() -> None:
    calling(IndexedSet("abc").scan, 0, 10, given="a b c").gives((0, ["c", "b", "a"]))


def test_nothing_at_all() -> None:
    calling(IndexedSet().scan, 0, 10, given="an empty set").gives((0, []))


def test_a_cursor_beyond_the_end_begins_at_the_end() -> None:
    calling(IndexedSet("abc").scan, 1000, 2, given="a b c").gives((1, ["c", "b"]))


def test_a_key_that_moves_is_not_missed() -> None:
    some = IndexedSet("abcde")
    cursor, seen = some.scan(0, 2)
    some.remove("a")  # e moves to its place
    while cursor:
        cursor, more = some.scan(cursor, 2)
        seen += more
    calling(
        sorted,
        set(seen),
        shown="what was seen of a b c d e, two at a time; a was removed after the first two",
    ).gives(["b", "c", "d", "e"])


def test_what_is_there_all_the_time_is_seen() -> None:
    chance = Random(3)
    for _ in range(50):
        staying = {f"stays-{number}" for number in range(20)}
        some = IndexedSet([*staying, *range(20)])
        cursor, seen = some.scan(0, 3)
        while cursor:
            if chance.random() < 0.7 and len(others := [key for key in some if key not in staying]):
                some.remove(chance.choice(others))
            else:
                some.add(chance.randrange(1000))
            cursor, more = some.scan(cursor, 3)
            seen += more
        if missed := staying - set(seen):
            raise not_yet("20 keys that stay are seen", f"{missed} missed", "keys come and go during a walk")
