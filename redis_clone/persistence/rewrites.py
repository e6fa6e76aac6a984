"""What there is to know about rewriting the append-only file: how it went last, and when it is due again.

The doing itself is in rewriting.py, which has the lock and the threads.  The caller holds the lock.
"""

from typing import Any

RETRY_SECONDS = 60  # after the third failure in a row


class Rewrites:
    """The history.  Times are Unix times in seconds."""

    def __init__(self) -> None:
        self.count = 0
        self.ok = True  # the last one
        self.failures = 0  # in a row
        self.last_took_s = -1
        self.last_try_s = 0
        self.scheduled = False  # BGREWRITEAOF that waits for its turn, or a log that was just switched on
        self.job: Any = None  # the one at work; rewriting.py's

    def growth(self, size: int, base_size: int) -> int:
        """By how many percent the file has grown since it was last rewritten.

        >>> Rewrites().growth(300, 100)
        200
        """
        return size * 100 // (base_size or 1) - 100

    def may_try(self, now_s: int) -> bool:
        """Not while one is at work, and after three failures only now and then."""
        return self.job is None and (self.failures < 3 or now_s - self.last_try_s > RETRY_SECONDS)

    def began(self, now_s: int, job: Any) -> None:
        self.count += 1
        self.scheduled = False
        self.last_try_s = now_s
        self.job = job

    def ended(self, now_s: int, ok: bool) -> None:
        self.job = None
        self.last_took_s = now_s - self.last_try_s
        self.ok = ok
        self.failures = 0 if ok else self.failures + 1
