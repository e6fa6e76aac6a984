"""A bug, and the history that shows it.

A small store has transactions with `watch` and `exec`, and a bug: in production, once a month, an exec goes
through that should not. The log of one such day:

    ada     get balance              -> 100
    ada     watch balance
    bob     set balance 250          a payment comes in ...
    bob     set balance 100          ... and is booked out again
    ada     exec: set balance 90     -> True, and Bob's two bookings were never seen

No other client may write the key between watch and exec, even if the value is the same again in the end.
Find the bug in the file that `start` gives you, and correct it. Then think of keys that are deleted: a
second log showed the same fault with a key that was gone for a moment.
"""

from types import ModuleType
from typing import Any

from exercises.machinery.trial import NotYet

CHAPTER = 6
LEVEL = 2
CONCEPT = "versions, not values: the ABA problem"
FILE = "docs/exercises/yours/aba.py"
HINTS = (
    "What does watch remember, and what can be the same twice?",
    "Each write needs a number of its own. Remember that number in watch, and compare it in exec.",
    "A count for each key, kept beside its value, begins anew when the key is deleted and comes back:"
    " and then the same number can stand there twice. One counter for the whole store, which only "
    "grows, does not.",
)


class Recorded:
    """A store that records its calls, for the message."""

    def __init__(self, yours: ModuleType) -> None:
        self._store = yours.Store()
        self._lines: list[str] = []

    def do(self, name: str, *arguments: Any) -> Any:
        call = f"{name}({', '.join(map(repr, arguments))})"
        try:
            result = getattr(self._store, name)(*arguments)
        except Exception as problem:
            raise NotYet("\n".join([*self._lines, f"{call}  raises {problem!r}"])) from None
        self._lines.append(call if result is None else f"{call}  -> {result!r}")
        return result

    def expect(self, expected: Any, name: str, *arguments: Any) -> None:
        if self.do(name, *arguments) != expected:
            raise NotYet("\n".join([*self._lines, f"expected  {expected!r}"]))


def test_no_client_wrote(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("set", "balance", 100)
    store.do("watch", "ada", "balance")
    store.expect(True, "exec", "ada", {"balance": 90})
    store.expect(90, "get", "balance")


def test_another_client_wrote_another_value(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("set", "balance", 100)
    store.do("watch", "ada", "balance")
    store.do("set", "balance", 250)
    store.expect(False, "exec", "ada", {"balance": 90})
    store.expect(250, "get", "balance")


def test_the_history_of_the_first_log(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("set", "balance", 100)
    store.do("watch", "ada", "balance")
    store.do("set", "balance", 250)
    store.do("set", "balance", 100)
    store.expect(False, "exec", "ada", {"balance": 90})
    store.expect(100, "get", "balance")


def test_the_history_of_the_second_log(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("set", "balance", 100)
    store.do("watch", "ada", "balance")
    store.do("delete", "balance")
    store.do("set", "balance", 100)
    store.expect(False, "exec", "ada", {"balance": 90})


def test_a_key_that_was_not_there_came_and_went(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("watch", "ada", "balance")
    store.do("set", "balance", 100)
    store.do("delete", "balance")
    store.expect(False, "exec", "ada", {"balance": 90})
    store.expect(None, "get", "balance")


def test_an_exec_of_another_client_counts_too(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("watch", "ada", "balance")
    store.do("watch", "bob", "balance")
    store.expect(True, "exec", "ada", {"balance": 1})
    store.expect(False, "exec", "bob", {"balance": 1})


def test_a_client_that_watched_twice_watches_from_the_first_time_on(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("watch", "ada", "balance")
    store.do("set", "balance", 5)
    store.do("watch", "ada", "balance")
    store.expect(False, "exec", "ada", {"balance": 90})


def test_after_an_exec_nothing_is_watched(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("watch", "ada", "balance")
    store.do("set", "balance", 5)
    store.expect(False, "exec", "ada", {"balance": 90})
    store.do("set", "balance", 6)
    store.expect(True, "exec", "ada", {"other": 1})


def test_other_keys_do_not_matter(yours: ModuleType) -> None:
    store = Recorded(yours)
    store.do("watch", "ada", "balance")
    store.do("set", "other", 5)
    store.do("delete", "another")
    store.expect(True, "exec", "ada", {"balance": 90})
