"""The backlog: the last part of the stream, for a replica that was away for a while or is not ready yet.

It holds at least the last `size` bytes, and more while a replica whose full synchronization is going on will
need them.  An offset is a count of the stream's bytes, the first of which has the offset 1.  Pure: no socket,
no clock.  The caller holds the lock.
"""

from collections import deque


class Backlog:
    """
    >>> backlog = Backlog(first_offset=101, size=4)
    >>> backlog.append(b"abc"); backlog.append(b"def"); backlog.first_offset, backlog.next_offset
    (101, 107)
    >>> backlog.since(103), backlog.since(107), backlog.reaches(100), backlog.reaches(108)
    (b'cdef', b'', False, False)
    >>> backlog.trim(); backlog.first_offset  # all of a piece or nothing of it
    101
    >>> backlog.append(b"g"); backlog.trim(); backlog.first_offset
    104
    """

    def __init__(self, first_offset: int, size: int) -> None:
        self._pieces: deque[bytes] = deque()
        self.first_offset = first_offset  # of the oldest byte that is here
        self.next_offset = first_offset  # of the byte that will come next
        self.size = size

    def __len__(self) -> int:
        """How many bytes are here."""
        return self.next_offset - self.first_offset

    def append(self, piece: bytes) -> None:
        """Continue the stream by these bytes.  O(1)"""
        self._pieces.append(piece)
        self.next_offset += len(piece)

    def trim(self, needed: int | None = None) -> None:
        """Drop the oldest pieces, as many as leave `size` bytes and all from offset `needed` on."""
        keep_from = self.next_offset - self.size
        if needed is not None:
            keep_from = min(keep_from, needed)
        while self._pieces and self.first_offset + len(self._pieces[0]) <= keep_from:
            self.first_offset += len(self._pieces.popleft())

    def reaches(self, offset: int) -> bool:
        """Whether all from this offset on is here; it may be the one that will come next."""
        return self.first_offset <= offset <= self.next_offset

    def since(self, offset: int) -> bytes:
        """All bytes from this offset on, which must be here.  O(pieces after it)"""
        wanted, found = self.next_offset - offset, []
        for piece in reversed(self._pieces):
            if wanted <= 0:
                break
            found.append(piece[-wanted:] if wanted < len(piece) else piece)
            wanted -= len(piece)
        return b"".join(reversed(found))
