"""What there is to know about rewriting the append-only file: how it went last, and when it is due again.

The doing itself is in rewriting.py, which has the lock and the threads.  The caller holds the lock.
"""

from dataclasses import dataclass
from typing import Any

RETRY_SECONDS = 60  # after the third failure in a row


@dataclass
class Rewrites:
    """The history.  Times are Unix times in seconds."""

    count: int = 0
    ok: bool = True  # the last one
    failures: int = 0  # in a row
    last_took_s: int = -1
    last_try_s: int = 0
    scheduled: bool = False  # BGREWRITEAOF that waits for its turn, or a log that was just switched on
    job: Any = None  # the one at work; rewriting.py's

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
