"""Find the order in which an update is lost.

Two clients, A and B, each add 1 to a counter, in a few steps: read it, compute, write it. If B's steps fall
between A's, one of the two additions may be lost. *May*: most orders are harmless, and that is what makes
such faults hard to find by trying. But there are not many orders, and a program can try all of them.

`find_lost_update(make)` gets a function that makes a fresh counter, and answers an order in which an update
is lost, such as "AABB" (the letter of the client that makes the next step), or None if there is no such
order. A counter has

    counter.can_step("A")     has A a step to make, and need it not wait for a lock?
    counter.step("A")         A makes its next step
    counter.value             2 is right, when no client has a step left

What you write is a model checker; the real ones differ in how they leave out orders that cannot matter.
"""

from collections.abc import Callable, Iterator
from types import ModuleType

from exercises.machinery.trial import calling, not_yet

CHAPTER = 5
LEVEL = 3
CONCEPT = "a race is an order of steps"
FILE = "docs/exercises/yours/lost_update.py"
HINTS = (
    "Steps cannot be taken back, so make a fresh counter for each order that you look at, and repeat "
    "the steps.",
    "Recursion does it: explore(order) repeats `order` on a fresh counter, sees which client can step, and "
    "goes on with explore(order + who) for each of them.",
    "When neither can step the order is complete: answer it if the value is not 2, else None. The "
    "first answer of a deeper call that is not None is yours.",
)


class Counter:
    """Two clients, whose steps are those of a generator; each yield is a place where another may come in."""

    def __init__(self, add: Callable[["Counter"], Iterator[None]]) -> None:
        self.value = 0
        self.version = 0
        self.holder = ""
        self._steps = {"A": add(self), "B": add(self)}
        self._left = {"A", "B"}
        self.who = ""

    def can_step(self, who: str) -> bool:
        return who in self._left and self.holder in ("", who)

    def step(self, who: str) -> None:
        assert self.can_step(who), f"{who} cannot make a step"
        self.who = who
        if next(self._steps[who], "end") == "end":
            self._left.discard(who)


def careless(counter: Counter) -> Iterator[None]:
    seen = counter.value
    yield
    counter.value = seen + 1


def slow_and_careless(counter: Counter) -> Iterator[None]:
    yield
    yield
    seen = counter.value
    yield
    seen += 1
    yield
    counter.value = seen


def locked(counter: Counter) -> Iterator[None]:
    counter.holder = counter.who
    yield
    seen = counter.value
    yield
    counter.value = seen + 1
    counter.holder = ""


def compared_too_early(counter: Counter) -> Iterator[None]:
    """Looks whether the value is still the same, and then, a step later, writes."""
    while True:
        seen = counter.value
        yield
        if counter.value == seen:
            yield
            counter.value = seen + 1
            return


def compared_and_set(counter: Counter) -> Iterator[None]:
    """Looks and writes in one step."""
    while True:
        seen = counter.value
        yield
        if counter.value == seen:
            counter.value = seen + 1
            return


def made(add: Callable[[Counter], Iterator[None]]) -> Callable[[], Counter]:
    def make() -> Counter:
        return Counter(add)

    make.__name__ = add.__name__
    return make


def loses(yours: ModuleType, add: Callable[[Counter], Iterator[None]]) -> None:
    """The order that is answered does lose an update."""
    given = f"clients that are {add.__name__.replace('_', ' ')}"
    order = calling(yours.find_lost_update, made(add), given=given, shown="find_lost_update(make)").passes(
        lambda order: isinstance(order, str), "an order, such as 'AABB'"
    )
    counter = Counter(add)
    for who in order:
        if who not in "AB" or not counter.can_step(who):
            raise not_yet("an order that is possible", f"{order!r}: {who} cannot step", given)
        counter.step(who)
    if counter.can_step("A") or counter.can_step("B") or counter.value == 2:
        able = " and ".join(each for each in "AB" if counter.can_step(each))
        came = f"{order!r}, and then " + (f"{able} can still step" if able else "it is 2")
        raise not_yet("an order to the end, after which the counter is not 2", came, given)


def test_careless_clients_lose_one(yours: ModuleType) -> None:
    loses(yours, careless)


def test_it_takes_the_right_order(yours: ModuleType) -> None:
    loses(yours, slow_and_careless)


def test_with_a_lock_none_is_lost(yours: ModuleType) -> None:
    calling(yours.find_lost_update, made(locked), given="a lock", shown="find_lost_update(make)").gives(None)


def test_comparing_too_early_is_not_enough(yours: ModuleType) -> None:
    loses(yours, compared_too_early)


def test_comparing_and_setting_in_one_step_is(yours: ModuleType) -> None:
    calling(
        yours.find_lost_update,
        made(compared_and_set),
        given="compare and set",
        shown="find_lost_update(make)",
    ).gives(None)
