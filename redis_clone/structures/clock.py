"""Time, read when the lock is taken and then held, so that one command sees one instant.

A key that lives at the start of a command lives to its end, and EXEC runs a whole transaction in one instant
(Redis 7.2 does the same: commandTimeSnapshot in server.c).  The commands of a pipeline share the instant of
their time slice.  The time is set under the server's lock; a thread that reads it without, as the log does,
gets that of the last time slice.  Imports nothing of ours.
"""

import time
from collections.abc import Callable


class Clock:
    """Wall-clock time.  Tests pass a `source` of their own and set it forward; they never sleep.

    >>> clock = Clock(source=lambda: 1_700_000_000_123_456_789)
    >>> clock.now_ms
    1700000000123
    """

    def __init__(self, source: Callable[[], int] = time.time_ns) -> None:
        self._source = source
        self.tick()

    def tick(self) -> None:
        """Read the time again.  Called where the lock is taken, and nowhere else (server/locking.py)."""
        self.now_ns = self._source()

    @property
    def now_ms(self) -> int:
        """Unix time in milliseconds, the unit in which keys expire."""
        return self.now_ns // 1_000_000

    @property
    def now_us(self) -> int:
        return self.now_ns // 1_000
