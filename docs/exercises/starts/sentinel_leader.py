"""Who may act?"""

from collections.abc import Iterable

Vote = tuple[str, int, str]  # who voted, in which epoch, for whom


def leader(votes: Iterable[Vote], epoch: int, sentinels: int, quorum: int) -> str | None:
    """Who was elected in this epoch; None if nobody was."""
    raise NotImplementedError("leader is yours to write")
