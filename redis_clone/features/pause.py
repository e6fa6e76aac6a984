"""CLIENT PAUSE: for a while no command runs, or none that may write, and nothing disappears by itself.

Operators use it to move clients to another server: what is there stands still, so that a replica can catch
up.  A command that comes meanwhile is postponed: its client waits as one that waits for a key, and at the end
of the pause the command is run as if it came then (dispatch).  The caller holds the lock.
"""

from collections.abc import Callable

MAY_REPLICATE = {"PUBLISH", "SPUBLISH", "PFCOUNT", "EVAL", "EVALSHA", "FCALL"}  # they write, in a way


def _nobody_to_tell(is_on: bool) -> None:
    """A pause without a server, as in a test."""


class Pause:
    """
    >>> pause = Pause()
    >>> pause.begin(1000, everything=False); pause.begin(500, everything=True)  # the longer one counts
    >>> pause.is_on, pause.holds(may_write=False), pause.end_if_over(999), pause.end_if_over(1000)
    (True, True, False, True)
    """

    def __init__(self, tell: Callable[[bool], None] = _nobody_to_tell) -> None:
        self._tell = tell  # called with True when a pause begins, and with False when it ends
        self._end_ms = 0
        self._everything = False
        self.is_on = False  # for looking, at each command

    def begin(self, end_ms: int, everything: bool) -> None:
        """Pause until then, or go on as long and as strictly as a pause that is on already."""
        self._end_ms = max(self._end_ms, end_ms)
        self._everything = self._everything or everything
        self.is_on = True
        self._tell(True)

    def end(self) -> None:
        self._end_ms, self._everything, self.is_on = 0, False, False
        self._tell(False)

    def end_if_over(self, now_ms: int) -> bool:
        if now_ms < self._end_ms:
            return False
        self.end()
        return True

    def holds(self, may_write: bool) -> bool:
        """Is such a command to wait?"""
        return self._everything or may_write
