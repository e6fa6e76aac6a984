"""Remove from a list in constant time.

To pick a random member, a set needs its members in a list; to know whether one is there, a dict. An
IndexedSet has both: `self._keys`, and `self._positions`, which says where in the list each key stands.
But to delete in the middle of a list moves all keys behind the hole. Here their order means nothing, so
moving one key is enough: the *last* one takes the place that becomes free.
"""

from random import Random

from exercises.machinery.trial import calling, expect
from redis_clone.structures.indexed_set import IndexedSet

CHAPTER = 4
LEVEL = 1
CONCEPT = "swap with the last: O(1)"
HOLE = "redis_clone/structures/indexed_set.py:IndexedSet.remove"
HINTS = (
    "dict.pop(key) answers the position and takes it out (and raises the KeyError for you); "
    "list.pop() takes the last key.",
    "Put the last key into the hole, and set its new position in the dict.",
    "One case needs no move: the key that goes *is* the last one. Then the hole is behind the end of "
    "the list.",
)


def letters(word: str) -> IndexedSet[str]:
    return IndexedSet(word)


def test_the_last_one_takes_the_free_place() -> None:
    some = letters("abcde")
    calling(some.remove, "b", given="a b c d e").gives(None)
    calling(list, some, shown="list(...) after it").gives(["a", "e", "c", "d"])
    calling(some.check, shown="check(), which asserts what must always be true").gives(None)


def test_the_last_one_itself() -> None:
    some = letters("abc")
    calling(some.remove, "c", given="a b c").gives(None)
    calling(list, some, shown="list(...) after it").gives(["a", "b"])
    calling(some.check, shown="check()").gives(None)


def test_the_only_one() -> None:
    some = letters("a")
    calling(some.remove, "a", given="a alone").gives(None)
    calling(len, some, shown="len(...) after it").gives(0)
    calling(some.check, shown="check()").gives(None)


def test_what_is_not_there() -> None:
    some = letters("abc")
    calling(some.remove, "x", given="a b c").raises(KeyError)
    calling(list, some, shown="list(...) after it").gives(["a", "b", "c"])


def test_again_and_again() -> None:
    chance = Random(7)
    some, model = IndexedSet(range(200)), set(range(200))
    while model:
        gone = chance.choice(sorted(model))
        some.remove(gone)
        model.remove(gone)
        calling(some.check, shown=f"check() after remove({gone})").gives(None)
        calling(lambda: set(some) == model, shown=f"the same members as a set, after remove({gone})").gives(
            True
        )


def test_nothing_is_searched() -> None:
    class Counted:
        compared = 0

        def __init__(self, number: int) -> None:
            self.number = number

        def __hash__(self) -> int:
            return hash(self.number)

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return isinstance(other, Counted) and self.number == other.number

    keys = [Counted(number) for number in range(2000)]
    some = IndexedSet(keys)
    Counted.compared = 0
    some.remove(keys[1000])
    expect(Counted.compared < 20, "no key is searched in the list", f"{Counted.compared} comparisons")
