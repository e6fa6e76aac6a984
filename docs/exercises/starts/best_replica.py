"""Which replica is promoted?"""

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
    raise NotImplementedError("best is yours to write")
