"""The smallest form of a conversation that fails: first without whole commands, then without arguments."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Argv = list[bytes]


def smallest(commands: Sequence[Argv], fails: Callable[[list[Argv]], object]) -> list[Argv]:
    """The fewest commands, with the fewest arguments, of which `fails` is still true.

    >>> smallest([[b"GET", b"a"], [b"SET", b"a", b"1"], [b"GET", b"b"]], lambda some: "SET" in str(some))
    [[b'SET']]
    """
    left = _without(list(commands), fails)
    for at, argv in enumerate(left):
        name = argv[:1]

        def still_fails(arguments: list[bytes], at: int = at, name: Argv = name) -> object:
            return fails([*left[:at], name + arguments, *left[at + 1 :]])

        left[at] = name + _without(argv[1:], still_fails)
    return left


def _without(items: list[Item], fails: Callable[[list[Item]], object]) -> list[Item]:
    """The items that are needed, found by leaving out halves first, and then ever smaller parts."""
    size = len(items)
    while size:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size :]
            if fails(fewer):
                items = fewer
            else:
                at += size
        size //= 2
    return items
