"""Wrong answers to `synced_offset`.  Each function is one mistake, and takes the place of `SyncedOffset.look`."""


def the_newest(self, offset: int, position: int, synced: int) -> int:
    """All that was written is said to be on the disk."""
    self._marks[1:] = [(position, offset)]
    while self._marks and self._marks[0][0] <= synced:
        self._offset = self._marks.pop(0)[1]
    return offset


def too_many_marks(self, offset: int, position: int, synced: int) -> int:
    """Each look keeps a mark, for ever."""
    self._marks.append((position, offset))
    while self._marks and self._marks[0][0] <= synced:
        self._offset = self._marks.pop(0)[1]
    return self._offset


def one_byte_short(self, offset: int, position: int, synced: int) -> int:
    """A mark at exactly the synced position is not taken."""
    self._marks[1:] = [(position, offset)]
    while self._marks and self._marks[0][0] < synced:
        self._offset = self._marks.pop(0)[1]
    return self._offset


def the_mark_that_waits_is_replaced(self, offset: int, position: int, synced: int) -> int:
    """The mark that waits for the disk is replaced at each look, so under load none ever comes through."""
    self._marks[:] = [(position, offset)]
    while self._marks and self._marks[0][0] <= synced:
        self._offset = self._marks.pop(0)[1]
    return self._offset


def what_is_synced_now(self, offset: int, position: int, synced: int) -> int:
    """What it said at the last call is forgotten."""
    self._marks[1:] = [(position, offset)]
    found = 0
    while self._marks and self._marks[0][0] <= synced:
        found = self._marks.pop(0)[1]
    return found
