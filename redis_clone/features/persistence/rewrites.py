"""When to rewrite the append-only file: by how much it has grown, and how the last rewrite went.

These are the rules and the history; aof_rewriting.py does the work.  The caller holds the lock; the thread of
a rewrite looks at `cancelled` without it too, which once set stays set.
"""

import threading

from redis_clone.features.persistence.dataset import Locked
from redis_clone.features.persistence.snapshot import Snapshot

RETRY_SECONDS = 60  # after the third failure in a row


class RewriteJob:
    """One rewrite."""

    def __init__(self, locked: Locked, locked_outside_scripts: Locked, suffix: str) -> None:
        self.locked = locked
        self.locked_outside_scripts = locked_outside_scripts
        self.suffix = suffix  # of the base: .rdb or .aof
        self.is_logged = False  # there are increments, or will be
        self.begins_log = False  # there was no log until now
        self.position = 0  # of the log, in the instant of the snapshot
        self.cancelled = False
        self.snapshot: Snapshot | None = None  # once it has begun
        self.thread: threading.Thread  # once it has begun
        self.previous: threading.Thread | None = None  # that of the rewrite before


class Rewrites:
    """The history.  Times are Unix times in seconds."""

    def __init__(self) -> None:
        self.count = 0
        self.ok = True  # the last one
        self.failures = 0  # in a row
        self.last_took_s = -1
        self.last_try_s = 0
        self.scheduled = False  # the cron is to start one: a postponed BGREWRITEAOF, or a new log
        self.job: RewriteJob | None = None  # the one that runs

    def growth(self, size: int, base_size: int) -> int:
        """By how many percent the file has grown since it was last rewritten.

        >>> Rewrites().growth(300, 100)
        200
        """
        return size * 100 // (base_size or 1) - 100

    def may_try(self, now_s: int) -> bool:
        """Whether a rewrite may start: not while one runs, and after three failures only once a minute."""
        return self.job is None and (self.failures < 3 or now_s - self.last_try_s > RETRY_SECONDS)

    def began(self, now_s: int, job: RewriteJob) -> None:
        self.count += 1
        self.scheduled = False
        self.last_try_s = now_s
        self.job = job

    def ended(self, now_s: int, ok: bool) -> None:
        self.job = None
        self.last_took_s = now_s - self.last_try_s
        self.ok = ok
        self.failures = 0 if ok else self.failures + 1
