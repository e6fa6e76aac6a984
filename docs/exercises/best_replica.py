"""Which replica is promoted?

The master is dead, and a Sentinel has been elected to replace it. It knows these things of each replica:

- `name`, and `answers`: whether it answers at all;
- `priority`: a number from its configuration, by which the operator says which one is to be preferred,
  the lowest first; 0 means never;
- `link_down_ms`: for how long it had no link to its master, when it was last asked;
- `offset`: how much of the stream it has;
- `run_id`: a random name of the process.

Write `best(replicas, longest_ms)`. It answers the name of the replica to promote, or None if there is
none that could be.

Not every replica can: it must answer, its priority must not be 0, and its link must not have been down
for more than `longest_ms`, for then its data are too old. Of those that can, the one with the lowest
priority wins; of these the one with the most data; and if there are still several, the one whose run_id
comes first in the alphabet. The last rule means nothing. It is there so that the answer is always the
same.
"""

from types import ModuleType
from typing import Any

from exercises.machinery.trial import calling

CHAPTER = 20
LEVEL = 1
CONCEPT = "a total order"
FILE = "docs/exercises/yours/best_replica.py"
HINTS = (
    "First make a list of those that can be promoted at all.",
    "min() with a key: the key may be a tuple, which is compared from left to right.",
    "The most data first: put -offset into the tuple. min(..., default=None) is for an empty list.",
)


def replica(yours: ModuleType, name: str, **changed: Any) -> Any:
    about = {"answers": True, "priority": 100, "link_down_ms": 0, "offset": 1000, "run_id": name} | changed
    return yours.Replica(name=name, **about)


def asking(yours: ModuleType, *replicas: Any) -> calling:
    given = "\n".join(map(str, replicas)) or "no replica"
    return calling(yours.best, list(replicas), 10_000, given=given, shown="best(replicas, longest_ms=10000)")


def test_the_only_one(yours: ModuleType) -> None:
    asking(yours, replica(yours, "a")).gives("a")


def test_one_that_cannot_be_promoted(yours: ModuleType) -> None:
    asking(yours).gives(None)
    asking(yours, replica(yours, "a", answers=False)).gives(None)
    asking(yours, replica(yours, "a", priority=0)).gives(None)
    asking(yours, replica(yours, "a", link_down_ms=10_001)).gives(None)
    asking(yours, replica(yours, "a", link_down_ms=10_000)).gives("a")


def test_the_most_data(yours: ModuleType) -> None:
    asking(yours, replica(yours, "a", offset=900), replica(yours, "b", offset=1000)).gives("b")
    asking(yours, replica(yours, "a", offset=1000), replica(yours, "b", offset=900)).gives("a")


def test_the_priority_counts_before_the_data(yours: ModuleType) -> None:
    asking(yours, replica(yours, "a"), replica(yours, "b", priority=10, offset=5)).gives("b")


def test_the_alphabet_decides_last(yours: ModuleType) -> None:
    asking(yours, replica(yours, "a", run_id="f00"), replica(yours, "b", run_id="c0d")).gives("b")


def test_the_best_one_that_can(yours: ModuleType) -> None:
    dead = replica(yours, "a", priority=1, offset=5000, answers=False)
    never = replica(yours, "b", priority=0, offset=5000)
    asking(yours, dead, never, replica(yours, "c", offset=7)).gives("c")


def test_a_number_is_no_text(yours: ModuleType) -> None:
    asking(yours, replica(yours, "a", priority=9), replica(yours, "b", priority=10)).gives("a")
    asking(yours, replica(yours, "a", offset=999), replica(yours, "b", offset=1000)).gives("b")
