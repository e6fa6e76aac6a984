"""A failover: a master hands its role over to one of its replicas, and no write is lost.

    NO_FAILOVER
        |  FAILOVER: no client writes from now on
    WAITING          until a replica has acknowledged the whole stream
        |  HandOver: this server follows the replica, and asks it to become the master (PSYNC ... FAILOVER)
    IN_PROGRESS      until the replica has answered
        |  it accepts: this server is its replica
    NO_FAILOVER

An Abort leads back to NO_FAILOVER as well: by FAILOVER ABORT, by the replica's refusal, or because no replica
had everything in time.  With FORCE the role is handed over when the time is up, whatever the replica has.

next_step() takes what the replicas have acknowledged and the time, and returns what is to be done; the caller
does it (server/failover.py).  Pure: no socket, no clock.  The caller holds the lock.
"""

from collections.abc import Iterable
from typing import NamedTuple

NO_FAILOVER, WAITING, IN_PROGRESS = "no-failover", "waiting-for-sync", "failover-in-progress"  # as in INFO


class Address(NamedTuple):
    """Where a replica listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class HandOver(NamedTuple):
    """Follow `target` now, and ask it to become the master."""

    target: Address
    reason: str  # for the log


class Abort(NamedTuple):
    """Go on as the master."""

    reason: str  # for the log


class Failover:
    """
    >>> failover, replica = Failover(), Address("10.0.0.2", 6379)
    >>> failover.begin(None, now_ms=0, timeout_ms=0, is_forced=False); failover.state
    'waiting-for-sync'
    >>> failover.next_step(100, [(replica, 93)], now_ms=50)
    >>> str(failover.next_step(100, [(replica, 100)], now_ms=60).target), failover.state
    ('10.0.0.2:6379', 'failover-in-progress')
    """

    def __init__(self) -> None:
        self.end()

    def end(self) -> None:
        """The failover has succeeded or was aborted."""
        self.state = NO_FAILOVER
        self.target: Address | None = None  # None: whichever replica is the first to have everything
        self._ends_ms = 0  # when the wait for a replica is over; 0: never
        self._is_forced = False

    def begin(self, target: Address | None, now_ms: int, timeout_ms: int, is_forced: bool) -> None:
        """Wait until the target has everything, for `timeout_ms` at most; 0: without limit."""
        self.state, self.target, self._is_forced = WAITING, target, is_forced
        self._ends_ms = now_ms + timeout_ms if timeout_ms else 0

    @property
    def is_on(self) -> bool:
        return self.state != NO_FAILOVER

    @property
    def is_in_progress(self) -> bool:
        """Whether the target has been chosen, and must only accept."""
        return self.state == IN_PROGRESS

    def next_step(
        self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
    ) -> HandOver | Abort | None:
        """What is to be done now; None: nothing yet.  O(replicas)

        `offset` is how long the stream is, `acknowledged` says how much of it each replica has.
        """
        if self.state != WAITING:
            return None
        if self._ends_ms and now_ms >= self._ends_ms:
            if self._is_forced and self.target is not None:
                return self._hand_over(self.target, "time out exceeded")
            return Abort("Replica never caught up before timeout")
        for address, acknowledged_offset in acknowledged:
            if acknowledged_offset == offset and self.target in (None, address):
                return self._hand_over(address, "is synced")
        return None

    def _hand_over(self, target: Address, reason: str) -> HandOver:
        self.state, self.target = IN_PROGRESS, target
        return HandOver(target, reason)
