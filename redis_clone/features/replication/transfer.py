"""The transfer of the file with all data, as a replica receives it: where it begins and where it ends.

    $<length>\\r\\n  file                 or      $EOF:<mark of 40 bytes>\\r\\n  file  mark

Newlines before it are signs of life.  After a length the stream follows at once; after a mark it waits for
the replica's first acknowledgement.  Transfer takes the bytes as they come; IncomingFile asks for them, so
that the file can be read like any other.  Pure: no socket, no clock.
"""

from collections.abc import Callable

MARK_BYTES = 40
MOST_DIGITS = 20  # of a length
LONGEST_LINE = 1024  # bytes of the first line; a master that sends more sends no file
UNKNOWN = -1  # the length, before the first line has come


class BadTransfer(Exception):
    """What comes is no file; the text is for the log."""


class Transfer:
    r"""
    >>> transfer = Transfer()
    >>> transfer.receive(b"\n\n$5\r"), transfer.receive(b"\nREDISand more"), transfer.is_over, transfer.rest
    (b'', b'REDIS', True, b'and more')
    """

    def __init__(self) -> None:
        self._head = b""  # of the first line, until it is whole
        self._tail = b""  # the last bytes, which may be the mark or a part of it
        self.mark = b""
        self.length = UNKNOWN  # of the file; 0 where a mark ends it, as INFO shows it
        self.received = 0  # bytes of the file
        self.is_over = False
        self.rest = b""  # what came after the file: the stream

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the master; returns those that belong to the file.  BadTransfer."""
        if self.length == UNKNOWN:
            data = self._read_head(data)
            if self.length == UNKNOWN:
                return b""
        file = self._until_mark(data) if self.mark else self._until_length(data)
        self.received += len(file)
        return file

    def _read_head(self, data: bytes) -> bytes:
        """Read the first line; returns what follows it."""
        self._head = (self._head + data).lstrip(b"\n")
        line, end, rest = self._head.partition(b"\r\n")
        if not end and len(line) <= LONGEST_LINE:
            return b""
        if line.startswith(b"$EOF:") and len(line) == len(b"$EOF:") + MARK_BYTES:
            self.mark, self.length = line.removeprefix(b"$EOF:"), 0
        elif line.startswith(b"$") and line[1:].isdigit() and len(line) < MOST_DIGITS:
            self.length = int(line[1:])
        else:
            raise BadTransfer(_complaint(line[:100].decode("latin-1")))
        return rest

    def _until_length(self, data: bytes) -> bytes:
        left = self.length - self.received
        self.is_over = len(data) >= left
        self.rest = data[left:]
        return data[:left]

    def _until_mark(self, data: bytes) -> bytes:
        """All but the last bytes, for they may be the mark."""
        whole = self._tail + data
        if whole.endswith(self.mark):
            self.is_over = True
            return whole[:-MARK_BYTES]
        self._tail = whole[-MARK_BYTES:]
        return whole[:-MARK_BYTES]


def _complaint(line: str) -> str:
    if line.startswith("-"):
        return f"MASTER aborted replication with an error: {line[1:]}"
    return (
        f"Bad protocol from MASTER, it sends no file but {line!r}, are you sure the host and port are right?"
    )


class IncomingFile:
    r"""The file of a transfer, which is read while it comes.

    >>> pieces = iter([b"\n$5\r\nRE", b"DIS*1\r\n"])
    >>> file = IncomingFile(pieces.__next__)
    >>> file.begin(), file.length, file.read(4), file.read(4), file.read(4), file.read(4), file.rest
    (None, 5, b'RE', b'DIS', b'', b'', b'*1\r\n')
    """

    def __init__(self, receive: Callable[[], bytes]) -> None:
        """`receive` waits for the next bytes from the master; an error of its own comes through."""
        self._receive = receive
        self._transfer = Transfer()
        self._piece = b""  # came, and is not read yet
        self._read = 0

    def begin(self) -> None:
        """Wait until the first line has come, which says how the file will end."""
        while self._transfer.length == UNKNOWN:
            self._piece = self._transfer.receive(self._receive())

    def read(self, at_most: int) -> bytes:
        """Some bytes, as soon as there are any; none at the end."""
        while not self._piece and not self._transfer.is_over:
            self._piece = self._transfer.receive(self._receive())
        piece, self._piece = self._piece[:at_most], self._piece[at_most:]
        self._read += len(piece)
        return piece

    def tell(self) -> int:
        """How many bytes were read."""
        return self._read

    @property
    def length(self) -> int:
        """Of the file, once it has begun; 0 where a mark ends it."""
        return self._transfer.length

    @property
    def rest(self) -> bytes:
        """What came after the file: the stream."""
        return self._transfer.rest
