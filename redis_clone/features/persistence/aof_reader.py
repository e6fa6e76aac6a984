"""Reads one file of an append-only file: commands, and comments (#TS:1700000000) that are passed over.

Each command comes with the offset of its end, up to which the file is good, so that a loader knows where to
cut.  The commands between MULTI and EXEC come together; if the EXEC is missing, they do not come at all.

Pure: bytes in, commands out.
"""

import contextlib
import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from redis_clone.protocol.pipelines import Pipeline, PipelineReader
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.resp import ProtocolError
from redis_clone.protocol.stream import LineTooLong, Stream

Argv = list[bytes]
MOST_DIGITS = 20  # of a time stamp


class Transaction(NamedTuple):
    """One command, or those between a MULTI and its EXEC; the file is good up to `end`."""

    commands: list[Argv]
    end: int


class CutShort(Exception):
    """The file ends within a command, or within a transaction.  It is good up to `offset`."""

    def __init__(self, offset: int, in_transaction: bool) -> None:
        super().__init__(offset)
        self.offset = offset
        self.in_transaction = in_transaction


class BadFormat(Exception):
    """What stands at `offset` is no command."""

    def __init__(self, offset: int, reason: str, what: str = "Bad file format") -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.what = what


def read_transactions(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    r"""Yields the transactions in order.  `start` is the offset at which `read` begins.

    `skips_newlines`: a master may send lone newlines as signs of life; in a file they are damage.

    >>> import io
    >>> ping = b"*1\r\n$4\r\nPING\r\n"
    >>> [transaction.end for transaction in read_transactions(io.BytesIO(ping + b"#TS:1\r\n" + ping).read)]
    [14, 35]
    """
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            queued.append(argv)
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)


def offset_after_time(read: Callable[[int], bytes], start: int, latest_s: int) -> int | None:
    r"""The offset of the first time stamp that is later; None if there is none.

    >>> import io
    >>> ping = b"*1\r\n$4\r\nPING\r\n"
    >>> offset_after_time(io.BytesIO(b"#TS:5\r\n" + ping + b"#TS:6\r\n" + ping).read, 0, 5)
    21
    """
    commands = _Commands(read, start, latest_s)
    with contextlib.suppress(EOFError, BadFormat):
        while commands.next() is not None and commands.too_late is None:
            pass
    return commands.too_late


class _Commands:
    """The commands of a file one by one, and the offset of the next."""

    def __init__(
        self,
        read: Callable[[int], bytes],
        start: int,
        latest_s: float = math.inf,
        skips_newlines: bool = False,
    ) -> None:
        self._latest_s = latest_s
        self._skips_newlines = skips_newlines
        self.too_late: int | None = None  # the offset of the first time stamp that is later
        self._taken = start  # bytes that the stream has got
        self._stream = Stream(self._counted(read))
        self._reader = PipelineReader(self._stream)
        self._parsed: Pipeline = deque()  # the next commands
        self.offset = self._end = start  # of the next command, and of the end of those

    def _counted(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def receive(at_most: int) -> bytes:
            data = read(at_most)
            self._taken += len(data)
            return data

        return receive

    def next(self) -> Argv | None:
        """The next command; None at the end of the file, EOFError when it ends too early."""
        if not self._parsed and not self._parse():
            return None
        argv = self._parsed.popleft()
        # Those that are parsed together are in the usual spelling, so that tells how many bytes each takes.
        self.offset = self.offset + len(encode_command(argv)) if self._parsed else self._end
        return argv

    def _parse(self) -> bool:
        """Parse the next commands, as many as have been read; False at the end of the file."""
        while (kind := self._stream.peek()) == b"#" or (self._skips_newlines and kind == b"\n"):
            comment = self._stream.read_line(b"\n")
            if self.too_late is None and _stamp_in(comment.rstrip(b"\r")) > self._latest_s:
                self.too_late = self.offset
            self.offset = self._taken - self._stream.unread
        if not kind:
            return False
        if kind != b"*":
            raise BadFormat(self.offset, f"expected prefix '*', got: '{kind.decode('latin-1')}'")
        try:
            parsed = self._reader.next()
        except (ProtocolError, LineTooLong) as problem:
            raise BadFormat(self.offset, str(problem)) from None
        if not parsed:
            raise BadFormat(self.offset, "a command without words")
        self._parsed, self._end = parsed, self._taken - self._stream.unread
        return True


def _stamp_in(comment: bytes) -> int:
    """The time in a comment, as Unix time in seconds; 0 when it has none."""
    digits = comment.removeprefix(b"#TS:")
    return int(digits) if digits.isdigit() and len(digits) < MOST_DIGITS else 0
