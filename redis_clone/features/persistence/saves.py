"""When to save: how the last save went, and whether a save point is reached.

These are the rules and the history; rdb_saving.py does the work.  The caller holds the lock; the thread of a
save looks at `cancelled` without it too, which once set stays set.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

from redis_clone.features.persistence.dataset import Locked
from redis_clone.features.persistence.disk import Disk
from redis_clone.features.persistence.snapshot import Snapshot

RETRY_SECONDS = 5  # after a save that failed


class SavePoint(Protocol):
    """Save after so many changes, when the last save is so many seconds ago."""

    @property
    def seconds(self) -> int: ...
    @property
    def changes(self) -> int: ...


class SaveJob:
    """One save in the background."""

    def __init__(
        self,
        snapshot: Snapshot,
        locked: Locked,
        started_s: int,
        changes: int,
        aux_fields: Mapping[str, str | int],
    ) -> None:
        self.snapshot = snapshot
        self.locked = locked
        self.started_s = started_s
        self.changes = changes  # since the last save; they are in this one
        self.aux_fields = aux_fields  # of the instant of the snapshot
        self.cancelled = False
        self.thread: threading.Thread  # once it has begun


class Saves:
    """The history of saving.  Times are Unix times in seconds, as Redis counts them."""

    def __init__(self, last_s: int, disk: Disk) -> None:
        self.last_s = last_s  # when the last good save ended; at first, when the server started
        self.last_try_s = 0  # when the last background save began
        self.last_took_s = -1
        self.ok = True  # the last one
        self.count = 0
        self.scheduled = False  # BGSAVE SCHEDULE: the cron is to start one
        self.keys_loaded = 0
        self.keys_expired = 0
        self.job: SaveJob | None = None  # the save in the background, while there is one
        self.is_sending = False  # a full synchronization of replicas has the one snapshot
        self._disk = disk  # rejects writing commands after a save that failed

    @property
    def in_progress(self) -> bool:
        """Whether a file is being made in the background, for the disk or for replicas."""
        return self.job is not None or self.is_sending

    def is_due(self, now_s: int, points: Sequence[SavePoint], changes: int) -> SavePoint | None:
        """The save point that is reached, if any.

        >>> from collections import namedtuple
        >>> point = namedtuple("Point", "seconds changes")(60, 100)
        >>> saves = Saves(1000, Disk(set()))
        >>> saves.is_due(1061, [point], 99), saves.is_due(1060, [point], 100)
        (None, None)
        >>> saves.is_due(1061, [point], 100)
        Point(seconds=60, changes=100)
        """
        if not self.may_try(now_s):
            return None
        for point in points:
            if changes >= point.changes and now_s - self.last_s > point.seconds:
                return point
        return None

    def may_try(self, now_s: int) -> bool:
        """Whether a save may start: not while one runs, and not at once after one that failed."""
        return not self.in_progress and (self.ok or now_s - self.last_try_s > RETRY_SECONDS)

    def succeeded(self, now_s: int) -> None:
        self.last_s, self.ok = now_s, True
        self._disk.record(rdb_failed=False)

    def failed(self) -> None:
        self.ok = False
        self._disk.record(rdb_failed=True)
