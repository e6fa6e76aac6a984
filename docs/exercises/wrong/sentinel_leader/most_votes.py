"""A wrong answer: the most votes are enough."""

from collections import Counter
from collections.abc import Iterable

Vote = tuple[str, int, str]  # who voted, in which epoch, for whom


def leader(votes: Iterable[Vote], epoch: int, sentinels: int, quorum: int) -> str | None:
    """Who was elected in this epoch; None if nobody was."""
    chosen: dict[str, str] = {}
    for voter, voted_in, candidate in votes:
        if voted_in == epoch:
            chosen.setdefault(voter, candidate)
    needed = max(sentinels // 2 + 1, quorum)
    return next((each for each, count in Counter(chosen.values()).items() if count), None)
