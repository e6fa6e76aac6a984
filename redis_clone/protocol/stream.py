"""Bytes read through a buffer: by lines, by counts, and with a look at what is already here.

The source of the bytes is a function, `receive(at_most) -> bytes`, that answers b"" at the end: a
socket's recv in the server and the client, a file's read for an append-only file, BytesIO.read in a test.

Why not the `rfile` that socketserver offers: it cannot say whether more bytes are here already, and the
parser wants to look at a whole pipeline at once.  Imports nothing of ours.
"""

from collections.abc import Callable

CHUNK = 64 * 1024  # asked for at a time; large enough for a pipeline, small enough for many connections


class LineTooLong(Exception):
    """No end of line within the limit; whoever sends that is no client of ours."""


class Stream:
    """
    >>> import io
    >>> stream = Stream(io.BytesIO(b"first\\r\\nsecond").read)
    >>> stream.read_line(), stream.read_exactly(3), stream.unread
    (b'first', b'sec', 3)
    """

    __slots__ = ("_buffer", "_position", "_receive", "refills")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._buffer = b""
        self._position = 0  # what stands before it has been read
        self.refills = 0  # how often the buffer was filled

    @property
    def unread(self) -> int:
        """How many bytes are here and not yet read."""
        return len(self._buffer) - self._position

    def peek(self) -> bytes:
        """The next byte, left where it is; b"" at the end of the stream."""
        if not self.unread and not self._fill():
            return b""
        return self._buffer[self._position : self._position + 1]

    def read_line(self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0) -> bytes:
        """The bytes up to `end`, which is taken too.  EOFError when the stream ends before it.

        `beyond`: so many bytes behind the end are taken with it, whatever they are.
        """
        searched = self._position
        while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0:
            if self.unread > limit:
                raise LineTooLong
            seen = max(self.unread - beyond - len(end) + 1, 0)
            self._fill_or_fail()
            searched = self._position + seen  # what was searched once is not searched again
        line = self._buffer[self._position : found]
        self._position = found + len(end) + beyond
        return line

    def read_exactly(self, count: int) -> bytes:
        """`count` bytes.  EOFError when the stream ends before; memory grows only with what has come."""
        if count <= self.unread:
            start = self._position
            self._position += count
            return self._buffer[start : self._position]
        gathered = bytearray(self._buffer[self._position :])  # no list: its parts may be of a byte each
        self._buffer, self._position = b"", 0
        while missing := count - len(gathered):
            part = self._receive(min(missing, 16 * CHUNK))
            if not part:
                raise EOFError
            gathered += part
        return bytes(gathered)

    def take_all(self) -> bytes:
        """All that is here, or if that is nothing the next that comes; b"" at the end of the stream."""
        if not self._buffer:
            self.refills += 1
            return self._receive(CHUNK)
        rest = self._buffer[self._position :]
        self._buffer, self._position = b"", 0
        return rest or self.take_all()

    def put_back(self, unread: bytes) -> None:
        """Have `unread` come next; the other half of take_all()."""
        self._buffer = unread + self._buffer[self._position :]
        self._position = 0

    def read_ahead(self) -> bool:
        """Add to what is here, without taking any of it; False at the end of the stream."""
        return self._fill()

    def _fill(self) -> bool:
        self._buffer, self._position = self._buffer[self._position :], 0  # what was read is let go of now
        received = self._receive(CHUNK)
        self.refills += 1
        self._buffer += received
        return bool(received)

    def _fill_or_fail(self) -> None:
        if not self._fill():
            raise EOFError
