"""An eviction policy of your own.

A cache is full, and one key must go. LRU (evict the key that was used longest ago) is good, until a
client walks once through a million keys that no client will ask for again: then all that is useful is
thrown out. In 2024 a policy was published that is simpler than LRU and often better, SIEVE:

    Keys stand in a queue in the order in which they came in. A hit only marks the key; it moves nothing.
    A hand walks from the oldest key to the newest. To evict, look at the key where the hand stands. If it is
    marked, take the mark away, and move the hand on to the next newer key. If it is not, evict it, and leave
    the hand at the next newer key. Beyond the newest the hand begins again at the oldest.

Write the class Sieve of the file that `start` gives you: it says which key goes, and holds no values. Any
policy that passes the checks will do, if you have a better one: the last two measure how often a key is
found.
"""

from collections import OrderedDict
from random import Random
from types import ModuleType
from typing import Protocol

from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import NotYet, calling, expect

CHAPTER = 9
LEVEL = 4
CONCEPT = "an eviction policy, measured"
FILE = "docs/exercises/yours/sieve.py"
HINTS = (
    "A dict keeps the order in which keys came in. To begin with, let the hand be the key it points "
    "to, and find the next newer one by walking over list(self._marked).",
    "That walk costs as much as there are keys, at each eviction. A doubly linked list of nodes "
    "(older, newer, key, marked) finds the neighbour at once.",
    "evict(): node = hand or oldest; while node.marked: unmark, node = node.newer or oldest. Then "
    "hand = node.newer (None beyond the newest), unlink the node, answer its key.",
)


class Policy(Protocol):
    def used(self, key: str) -> None: ...
    def evict(self) -> str: ...


class Lru:
    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()

    def used(self, key: str) -> None:
        self._keys[key] = None
        self._keys.move_to_end(key)

    def evict(self) -> str:
        return self._keys.popitem(last=False)[0]


class Told:
    """The student's policy, told what was used only when it has to evict: so there are few requests."""

    def __init__(self, process: StudentPeer, policy: Policy) -> None:
        self._process, self._used, self._evict = process, policy.used, policy.evict
        self._waiting: list[tuple[str]] = []

    def used(self, key: str) -> None:
        self._waiting.append((key,))

    def evict(self) -> str:
        self._process.each(self._used, *self._waiting)
        self._waiting.clear()
        return self._evict()


def hits(policy: Policy, trace: list[str], room: int) -> int:
    """How many of the keys asked for were there."""
    there: set[str] = set()
    found = 0
    for key in trace:
        if key in there:
            found += 1
        elif len(there) == room:
            gone = policy.evict()
            if gone not in there:
                raise NotYet(f"expected  evict() answers a key that is there\ncame      {gone!r}")
            there.remove(gone)
        policy.used(key)
        there.add(key)
    return found


def popular(chance: Random, length: int) -> list[str]:
    """A few keys are asked for often, most of them seldom."""
    return [f"key:{int(chance.paretovariate(0.9))}" for _ in range(length)]


def test_the_first_that_came_goes_first(yours: ModuleType) -> None:
    policy = yours.Sieve()
    for key in "abc":
        policy.used(key)
    calling(policy.evict, given="a, b and c came in, and were not used again").gives("a")
    calling(policy.evict, given="and once more").gives("b")


def test_a_key_that_was_used_again_stays(yours: ModuleType) -> None:
    policy = yours.Sieve()
    for key in "abca":
        policy.used(key)
    calling(policy.evict, given="a, b and c came in, and then a was used again").gives("b")


def test_even_when_all_were_used_again_one_goes(yours: ModuleType) -> None:
    policy = yours.Sieve()
    for key in "abcabc":
        policy.used(key)
    calling(policy.evict, given="a, b and c came in, and each was used again").passes(
        lambda key: key in ("a", "b", "c"), "one of a, b and c"
    )


def test_what_has_gone_does_not_go_twice(yours: ModuleType) -> None:
    policy = yours.Sieve()
    for key in "abcdeabx":
        policy.used(key)
    gone = [policy.evict() for _ in range(6)]
    calling(sorted, gone, shown="the six keys a b c d e x, evicted one after the other, sorted").gives(
        list("abcdex")
    )


def test_a_key_may_come_back(yours: ModuleType) -> None:
    policy = yours.Sieve()
    for key in "ab":
        policy.used(key)
    policy.evict()
    policy.used("a")
    rest = [policy.evict(), policy.evict()]
    calling(sorted, rest, shown="a and b came, a went and came again; both evicted, sorted").gives(["a", "b"])


def test_it_is_as_good_as_lru_with_popular_keys(yours: ModuleType, process: StudentPeer) -> None:
    trace = popular(Random(1), 8_000)
    lru, own = hits(Lru(), trace, 200), hits(Told(process, yours.Sieve()), trace, 200)
    expect(own >= 0.98 * lru, f"as many hits as LRU, which has {lru} of 8,000", f"{own} hits")


def test_it_takes_no_longer_with_many_keys(yours: ModuleType, process: StudentPeer) -> None:
    policy = yours.Sieve()
    names = [(f"key:{number}",) for number in range(50_000)]
    process.each(policy.used, *names)
    process.each(policy.used, *names[25_000:])
    gone = process.each(policy.evict, *[()] * 20_000)
    calling(len, gone, given="50,000 keys", shown="how many are evicted").gives(20_000)


def test_a_walk_through_everything_does_little_harm(yours: ModuleType, process: StudentPeer) -> None:
    chance = Random(2)
    trace: list[str] = []
    for number in range(15):
        trace += popular(chance, 400)
        trace += [f"walked:{number}:{step}" for step in range(200)]
    lru, own = hits(Lru(), trace, 200), hits(Told(process, yours.Sieve()), trace, 200)
    expect(own > 1.03 * lru, f"more hits than LRU, which has {lru} of {len(trace)}", f"{own} hits")
