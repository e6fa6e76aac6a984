"""Why writing commands are rejected: a save has failed, or the append-only file cannot be written.

Threads that hold the server's lock report here, and others that write the append-only file without it; so
there is a lock of its own.  The refusal itself is read without one: it is a single attribute.  So is whether
"disk" is in the set of restrictions, which Python's sets add and remove in one step.
"""

import threading

RDB_REFUSAL = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
    "Commands that may modify the data set are disabled, because this instance is configured to report "
    "errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the "
    "Redis logs for details about the RDB error."
)


def log_refusal(error: str) -> str:
    """`error`: the system's, when the append-only file was written."""
    return f"MISCONF Errors writing to the AOF file: {error}"


class Disk:
    """Keeps the error line with which writing commands are rejected, made beforehand: each command reads it.

    `restrictions` is a set of the server's, which contains "disk" while there is such a line.

    >>> disk = Disk(restrictions := set())
    >>> disk.record(rdb_failed=True, rdb_matters=True)
    >>> disk.refusal[:7], restrictions
    ('MISCONF', {'disk'})
    """

    def __init__(self, restrictions: set[str]) -> None:
        self.refusal: str | None = None  # the error line
        self._lock = threading.Lock()  # held to change any of these
        self._restrictions = restrictions
        self._rdb_failed = False
        self._rdb_matters = False
        self._log_error = ""

    def record(
        self,
        rdb_failed: bool | None = None,
        rdb_matters: bool | None = None,
        log_error: str | None = None,
    ) -> None:
        """Record what has changed; None: no change.

        `rdb_matters`: there are save points, and a failed save shall stop writes.  `log_error`: the system's
        error when the append-only file was written, or "".
        """
        with self._lock:
            self._rdb_failed = self._rdb_failed if rdb_failed is None else rdb_failed
            self._rdb_matters = self._rdb_matters if rdb_matters is None else rdb_matters
            self._log_error = self._log_error if log_error is None else log_error
            self.refusal = self._reason()
            if self.refusal:
                self._restrictions.add("disk")
            else:
                self._restrictions.discard("disk")

    def _reason(self) -> str | None:
        if self._rdb_failed and self._rdb_matters:
            return RDB_REFUSAL
        return log_refusal(self._log_error) if self._log_error else None
