"""CLIENT PAUSE: for a while no command runs, or none that may write; no key expires or is evicted.

Operators use it to move clients to another server: the data stand still, so that a replica can catch up.  A
command that comes during a pause is postponed: its client is blocked, and at the end of the pause the command
runs as if it had come then (server/blocked_clients.py).  The caller holds the lock.
"""

from collections.abc import Callable

MAY_REPLICATE = {"PUBLISH", "SPUBLISH", "PFCOUNT", "EVAL", "EVALSHA", "FCALL"}  # without the flag "write"


def _do_nothing(is_on: bool) -> None:
    """For a pause without a server, as in a test."""


class Pause:
    """
    >>> pause = Pause()
    >>> pause.begin(1000, everything=False); pause.begin(500, everything=True)  # the longer one counts
    >>> pause.is_on, pause.holds(may_write=False), pause.end_if_over(999), pause.end_if_over(1000)
    (True, True, False, True)
    """

    def __init__(self, on_change: Callable[[bool], None] = _do_nothing) -> None:
        self._on_change = on_change  # called with True when a pause begins, and with False when it ends
        self._end_ms = 0
        self._everything = False
        self.is_on = False  # read at each command

    def begin(self, end_ms: int, everything: bool) -> None:
        """Pause until `end_ms`; if a pause is on already, the later end and the stricter kind count."""
        self._end_ms = max(self._end_ms, end_ms)
        self._everything = self._everything or everything
        self.is_on = True
        self._on_change(True)

    def end(self) -> None:
        self._end_ms, self._everything, self.is_on = 0, False, False
        self._on_change(False)

    def end_if_over(self, now_ms: int) -> bool:
        """End the pause if its time is up; True when it has ended."""
        if now_ms < self._end_ms:
            return False
        self.end()
        return True

    def holds(self, may_write: bool) -> bool:
        """Whether a command must wait for the end of the pause."""
        return self._everything or may_write
