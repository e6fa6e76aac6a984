"""Which history of changes the data belong to, and how far they have come in it.

    replication ID   40 hex digits, a name for a history; a master draws one at random
    offset           how many bytes of the history's stream are in the data

Two servers with the same replication ID and the same offset have the same data.  So a replica that comes back
says its ID and its offset, and if its master has the bytes after it, it needs no others (PSYNC).

A replica that becomes a master begins a history of its own, but its past is that of the old master.  It keeps
the old ID as a second one, valid up to the offset at which the two part, so that the other replicas of the
old master can follow it without a full synchronization.

Pure: no socket, no clock.  The caller holds the lock.
"""

import os
from collections.abc import Callable

NO_ID = "0" * 40
NO_OFFSET = -1


def random_id() -> str:
    return os.urandom(20).hex()


class History:
    """
    >>> history = History(new_id=iter("abc").__next__)
    >>> history.offset = 100
    >>> history.branch(); history.replid, history.replid2, history.second_offset
    ('b', 'a', 101)
    >>> history.has("a", 101), history.has("a", 102), history.has("b", 500), history.has("x", 1)
    (True, False, True, False)
    """

    def __init__(self, new_id: Callable[[], str] = random_id) -> None:
        self._new_id = new_id
        self.offset = 0  # bytes of the stream that are in the data
        self.begin()

    def begin(self) -> None:
        """A new history, which has nothing in common with any other; the offset goes on."""
        self.replid = self._new_id()
        self.replid2, self.second_offset = NO_ID, NO_OFFSET

    def branch(self) -> None:
        """A replica becomes a master: a new history, whose past is that of the old master."""
        self.continue_as(self._new_id())

    def continue_as(self, replid: str) -> None:
        """The same past under another ID from now on: the master has become another."""
        self.replid2, self.second_offset = self.replid, self.offset + 1
        self.replid = replid

    def adopt(self, replid: str, offset: int) -> None:
        """The data are another server's now, after a full synchronization."""
        self.replid, self.offset = replid, offset
        self.replid2, self.second_offset = NO_ID, NO_OFFSET

    def restore(self, replid: str, offset: int) -> None:
        """A master has been restarted: what it writes now is a new history, whose past is in the file."""
        self.replid2, self.second_offset = replid, offset + 1
        self.offset += offset

    def has(self, replid: str, next_offset: int) -> bool:
        """Whether the data of somebody who has this history up to `next_offset` are a past of ours."""
        if replid == self.replid:
            return True
        return replid == self.replid2 and next_offset <= self.second_offset
