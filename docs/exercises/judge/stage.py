"""What a stage is, and the list of all stages in the order of the course."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from exercises.judge.judge import Judge

Function = Callable[[Judge], None]

GROUPS = [  # in the order of the course: each needs only those before it
    "base", "first_keys", "strings", "keys", "lists", "hashes", "sets", "expiry", "transactions", "pubsub",
    "blocking", "sorted_sets", "streams", "bits_and_places", "access", "eviction", "persistence", "leading",
    "following", "scripting", "resp3", "tracking", "cluster",
]  # fmt: skip

BEFORE_FLUSHALL = ("base", "first_keys")


@dataclass(frozen=True)
class Stage:
    """One step of a server that grows: a short conversation which must go as Redis's would."""

    name: str
    group: str
    title: str  # the first line of the function's docstring
    text: str  # the rest of it
    level: int  # 1 to 5 stars
    minutes: int  # for a student who has done all stages before it
    teaches: str
    hints: tuple[str, ...]
    is_alone: bool  # whether it starts and stops a server of its own, with --run
    function: Function

    @property
    def begins_empty(self) -> bool:
        """Whether it begins with FLUSHALL: all do, from the stage on that teaches it."""
        return self.group not in BEFORE_FLUSHALL and not self.is_alone


_COLLECTED: list[Stage] = []


def stage(
    level: int, minutes: int, teaches: str, *hints: str, alone: bool = False
) -> Callable[[Function], Function]:
    """The decorator of a stage; its name is the function's, with - for _."""

    def collect(function: Function) -> Function:
        title, _, text = inspect.cleandoc(function.__doc__ or "").partition("\n")
        name, group = function.__name__.strip("_").replace("_", "-"), function.__module__.rpartition(".")[2]
        _COLLECTED.append(
            Stage(name, group, title, text.strip(), level, minutes, teaches, hints, alone, function)
        )
        return function

    return collect


@cache
def all_stages() -> list[Stage]:
    """All stages, each after those that it needs."""
    for group in GROUPS:
        importlib.import_module(f"exercises.stages.{group}")
    return sorted(_COLLECTED, key=lambda each: GROUPS.index(each.group))


def group_title(group: str) -> str:
    """The first line of a group's docstring."""
    module = importlib.import_module(f"exercises.stages.{group}")
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")


def find(name: str) -> Stage | None:
    return next((each for each in all_stages() if each.name == name), None)
