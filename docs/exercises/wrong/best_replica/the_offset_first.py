"""A wrong answer: the offset is looked at before the priority."""

from collections.abc import Sequence
from typing import NamedTuple


class Replica(NamedTuple):
    name: str
    answers: bool
    priority: int
    link_down_ms: int
    offset: int
    run_id: str


def best(replicas: Sequence[Replica], longest_ms: int) -> str | None:
    """The name of the replica to promote; None if none can be."""
    able = [each for each in replicas if each.answers and each.priority and each.link_down_ms <= longest_ms]
    chosen = min(able, key=lambda each: (-each.offset, each.priority, each.run_id), default=None)
    return chosen.name if chosen else None
