"""Up to which offset of the stream a replica has everything on its disk: the FACK of REPLCONF ACK.

The append-only file counts bytes of its own, its positions.  So now and then a replica takes a mark: all of
the stream up to this offset is in the log up to that position.  Once the log is synced up to the position,
the offset is on the disk.  Two marks are enough, the oldest and the newest that are not synced: the oldest is
reached by the next fsync, however fast the stream goes on.  Pure: no file, no clock.
"""


class SyncedOffset:
    """
    >>> synced = SyncedOffset()
    >>> synced.look(offset=100, position=10, synced=0), synced.look(offset=200, position=20, synced=5)
    (0, 0)
    >>> synced.look(offset=300, position=30, synced=12), synced.look(offset=300, position=30, synced=30)
    (100, 300)
    """

    def __init__(self) -> None:
        self._offset = 0
        self._marks: list[tuple[int, int]] = []  # two at most: a position, and the offset that belongs to it

    def look(self, offset: int, position: int, synced: int) -> int:
        """Take a mark; returns the offset that is on the disk, if the log is synced up to `synced`."""
        self._marks[1:] = [(position, offset)]
        while self._marks and self._marks[0][0] <= synced:
            self._offset = self._marks.pop(0)[1]
        return self._offset
