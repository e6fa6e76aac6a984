"""What there is to know about saving: when it was done last, whether it went well, and when to do it again.

The doing itself is in saving.py, which has the lock and the threads.  The caller holds the lock.
"""

from collections.abc import Sequence
from typing import Any, Protocol

RETRY_SECONDS = 5  # after a save that failed

RDB_REFUSAL = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
    "Commands that may modify the data set are disabled, because this instance is configured to report "
    "errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the "
    "Redis logs for details about the RDB error."
)
SHUTTING_DOWN = "ERR the server is shutting down"


class SavePoint(Protocol):
    """Save when there were so many changes and the last save is so long ago."""

    @property
    def seconds(self) -> int: ...
    @property
    def changes(self) -> int: ...


class Disk:
    """Why nothing may be written at the moment.  Asked before each command, so it is worked out beforehand.

    `restrictions` is the server's; it has "disk" while there is a reason.

    >>> disk = Disk(restrictions := set())
    >>> disk.note(rdb_failed=True, rdb_matters=True)
    >>> disk.refusal[:7], restrictions
    ('MISCONF', {'disk'})
    """

    def __init__(self, restrictions: set[str]) -> None:
        self.refusal: str | None = None  # the error line
        self._restrictions = restrictions
        self._rdb_failed = False
        self._rdb_matters = False
        self._log_error = ""
        self._closing = False

    def note(
        self,
        rdb_failed: bool | None = None,
        rdb_matters: bool | None = None,
        log_error: str | None = None,
        closing: bool | None = None,
    ) -> None:
        """Something has changed; None: not this.

        `rdb_matters`: snapshots are wanted, and a failed one shall be noticed.  `log_error`: what the system
        said when the append-only file was written, "" when all is well.  `closing`: the last save was made.
        """
        self._rdb_failed = self._rdb_failed if rdb_failed is None else rdb_failed
        self._rdb_matters = self._rdb_matters if rdb_matters is None else rdb_matters
        self._log_error = self._log_error if log_error is None else log_error
        self._closing = self._closing if closing is None else closing
        self.refusal = self._reason()
        if self.refusal:
            self._restrictions.add("disk")
        else:
            self._restrictions.discard("disk")

    def _reason(self) -> str | None:
        if self._closing:
            return SHUTTING_DOWN
        if self._rdb_failed and self._rdb_matters:
            return RDB_REFUSAL
        return f"MISCONF Errors writing to the AOF file: {self._log_error}" if self._log_error else None


class Saves:
    """The history of saving.  Times are Unix times in seconds, as Redis counts them."""

    def __init__(self, last_s: int) -> None:
        self.last_s = last_s  # when the last good one ended; at first, when the server started
        self.last_try_s = 0  # when the last background save began
        self.last_took_s = -1
        self.ok = True  # the last one
        self.count = 0
        self.scheduled = False  # BGSAVE SCHEDULE, which waits for its turn
        self.keys_loaded = 0
        self.keys_expired = 0
        self.libraries: list[bytes] = []  # code of functions, written back as it was read
        self.job: Any = None  # the save in the background, while there is one; saving.py's

    def is_due(self, now_s: int, points: Sequence[SavePoint], changes: int) -> SavePoint | None:
        """The save point that is reached, if any.

        >>> from collections import namedtuple
        >>> point = namedtuple("Point", "seconds changes")(60, 100)
        >>> saves = Saves(last_s=1000)
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
        """Not while one is being made, and not at once after one that failed."""
        return self.job is None and (self.ok or now_s - self.last_try_s > RETRY_SECONDS)

    def succeeded(self, now_s: int) -> None:
        self.last_s, self.ok = now_s, True

    def failed(self) -> None:
        self.ok = False
