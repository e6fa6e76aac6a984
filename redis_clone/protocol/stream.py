"""Stream: a buffer in front of a source of bytes, read by lines or by counts, or as a whole.

The source is a function, `receive(at_most) -> bytes`, that returns b"" at the end: a socket's recv in the
server and the client, a file's read for an append-only file, BytesIO.read in a test.

Why not the `rfile` that socketserver offers: it cannot tell whether more bytes are here already, and the
parser takes a whole pipeline at once.  Imports nothing of ours.
"""

from collections.abc import Callable

CHUNK = 64 * 1024  # bytes asked for at once: enough for a pipeline, few enough for many connections


class LineTooLong(Exception):
    """There is no end of line within the limit, so the sender does not speak this protocol."""


class Stream:
    """The bytes that `receive` returns, read piece by piece.

    >>> import io
    >>> stream = Stream(io.BytesIO(b"first\\r\\nsecond").read)
    >>> stream.read_line(), stream.read_exactly(3), stream.unread
    (b'first', b'sec', 3)
    """

    __slots__ = ("_buffer", "_position", "_receive", "refills")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._buffer = b""
        self._position = 0  # the bytes before it have been read
        self.refills = 0  # how often the buffer was filled

    @property
    def unread(self) -> int:
        """The number of bytes in the buffer that are not read yet."""
        return len(self._buffer) - self._position

    def peek(self) -> bytes:
        """The next byte, which stays in the buffer; b"" at the end of the stream."""
        if not self.unread and not self._fill():
            return b""
        return self._buffer[self._position : self._position + 1]

    def read_line(
        self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
    ) -> bytes:
        """The bytes before `end`, which is removed too.  EOFError when the stream ends before it.

        `beyond` is the number of bytes behind `end` that are removed with it, whatever they are.  Unless it
        `ends_after_nul`, a line with a zero byte has no end.
        """
        searched = self._position
        while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
            not ends_after_nul and b"\0" in self._buffer[self._position : found]
        ):
            if self.unread > limit:
                raise LineTooLong
            seen = max(self.unread - beyond - len(end) + 1, 0)
            self._fill_or_fail()
            searched = self._position + seen  # what was searched once is not searched again
        line = self._buffer[self._position : found]
        self._position = found + len(end) + beyond
        return line

    def read_exactly(self, count: int) -> bytes:
        """The next `count` bytes.  EOFError when the stream ends before; takes memory only as bytes come."""
        if count <= self.unread:
            start = self._position
            self._position += count
            return self._buffer[start : self._position]
        gathered = bytearray(
            self._buffer[self._position :]
        )  # not a list of parts, which may be of one byte each
        self._buffer, self._position = b"", 0
        while missing := count - len(gathered):
            part = self._receive(min(missing, 16 * CHUNK))
            if not part:
                raise EOFError
            gathered += part
        return bytes(gathered)

    def take_all(self) -> bytes:
        """All bytes in the buffer; if it is empty, the next that arrive; b"" at the end of the stream."""
        if not self._buffer:
            self.refills += 1
            return self._receive(CHUNK)
        rest = self._buffer[self._position :]
        self._buffer, self._position = b"", 0
        return rest or self.take_all()

    def put_back(self, unread: bytes) -> None:
        """Put bytes from take_all() back, to be read next."""
        self._buffer = unread + self._buffer[self._position :]
        self._position = 0

    def read_ahead(self) -> bool:
        """Receive more bytes into the buffer and leave them there; False at the end of the stream."""
        return self._fill()

    def _fill(self) -> bool:
        self._buffer, self._position = self._buffer[self._position :], 0  # frees what has been read
        received = self._receive(CHUNK)
        self.refills += 1
        self._buffer += received
        return bool(received)

    def _fill_or_fail(self) -> None:
        if not self._fill():
            raise EOFError
