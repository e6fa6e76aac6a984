"""Pauses: for a while no command runs, or none that may write; no key expires or is evicted.

Operators use CLIENT PAUSE to move clients to another server: the data stand still, so that a replica can
catch up.  On a replica the writes of its master wait too.  The server pauses writes by itself during a
failover and before it ends, for the same reason, and while keys are on their way to another server.  Each
cause has a pause of its own; a command waits as long as any of them holds it.

A command that comes during a pause is postponed: its client is blocked, and at the end of the pause the
command runs as if it had come then (server/blocked_clients.py).  The caller holds the lock.
"""

from collections.abc import Callable

MAY_REPLICATE = {"PUBLISH", "SPUBLISH", "PFCOUNT", "EVAL", "EVALSHA", "FCALL"}  # without the flag "write"
BY_CLIENT, BY_SHUTDOWN = "CLIENT PAUSE", "SHUTDOWN"  # the causes
BY_FAILOVER, BY_MIGRATE = "FAILOVER", "MIGRATE"


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
        self._on_change = on_change  # called with True when a pause begins, with False when all have ended
        self._pauses: dict[str, tuple[float, bool]] = {}  # by cause: when it ends, and if it holds everything
        self.is_on = False  # read at each command
        self.was_eased = False  # one of several has ended, so some of the postponed commands may run

    def begin(self, end_ms: float, everything: bool, cause: str = BY_CLIENT) -> None:
        """Pause until `end_ms`; of two with the same cause the later end and the stricter kind count."""
        before_ms, before_everything = self._pauses.get(cause, (0, False))
        self._pauses[cause] = max(before_ms, end_ms), everything or before_everything
        self.is_on = True
        self._on_change(True)

    def end(self, cause: str = BY_CLIENT) -> None:
        """End the pause of one cause."""
        if self._pauses.pop(cause, None) is not None:
            self.was_eased = True
        if not self._pauses:
            self.is_on = False
            self._on_change(False)

    def end_if_over(self, now_ms: int) -> bool:
        """End the pauses whose time is up; True when none is left."""
        for cause in [cause for cause, (end_ms, _) in self._pauses.items() if end_ms <= now_ms]:
            self.end(cause)
        return not self._pauses

    def holds(self, may_write: bool) -> bool:
        """Whether a command must wait for the end of a pause."""
        return may_write or any(everything for _, everything in self._pauses.values())
