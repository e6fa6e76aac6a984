"""One connection to the student's server: sends, reads, expects, and records the conversation."""

import shlex
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from exercises.judge import failure
from exercises.judge.failure import StageFailed
from exercises.judge.resp import Incomplete, Malformed, parse
from exercises.judge.values import Failure, encode, matches
from exercises.machinery.shown import show

Address = tuple[str, int] | str  # a port, or the path of a socket file
Words = str | Sequence[bytes | str | int | float]
OF_ANOTHER_FORM = (TypeError, ValueError, LookupError, AttributeError)  # when a claim meets such a reply
MOST_BYTES = 16 * 1024 * 1024  # of one reply


class Record:
    """What all connections of a stage sent and received."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[str, str, str]] = []

    def add(self, who: str, way: str, text: str) -> None:
        self.exchanges.append((who, way, text))

    def failed(self, *lines: str) -> StageFailed:
        """The exception to raise: the conversation so far, and these lines about what is wrong."""
        return StageFailed("\n".join([*failure.conversation(self.exchanges), "", *lines]))


class Connection:
    """A connection.  Commands are given as a line, or as a list of words where a word is binary."""

    def __init__(self, record: Record, name: str, peer: socket.socket, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self._record, self._socket, self._unread = record, peer, b""
        peer.settimeout(seconds)

    @classmethod
    def to(cls, address: Address, record: Record, name: str, seconds: float) -> "Connection":
        """Connect as a client; StageFailed when nobody listens there."""
        family = getattr(socket, "AF_UNIX", socket.AF_INET) if isinstance(address, str) else socket.AF_INET
        peer = socket.socket(family, socket.SOCK_STREAM)
        peer.settimeout(seconds)
        try:
            peer.connect(address)
        except OSError:
            peer.close()
            where = address if isinstance(address, str) else "{}:{}".format(*address)
            raise record.failed("came       " + failure.NOBODY.format(where)) from None
        return cls(record, name, peer, seconds)

    def close(self) -> None:
        self._socket.close()

    def failed(self, *lines: str) -> StageFailed:
        """The exception to raise: the conversation so far, and these lines about what is wrong."""
        return self._record.failed(*lines)

    # Sending.

    def send(self, words: Words) -> None:
        """Send a command and do not wait for the reply."""
        parts = split(words)
        self._record.add(self.name, ">", words if isinstance(words, str) else " ".join(map(_word, parts)))
        self._send(encode(parts))

    def send_bytes(self, data: bytes) -> None:
        """Send these bytes as they are."""
        self._record.add(self.name, ">", f"the bytes {show(data)[1:]}")
        self._send(data)

    def reply(self, value: Any) -> None:
        """Answer a command of the other side, where the judge plays a server."""
        self._record.add(self.name, ">", failure.shown_reply(value))
        self._send(encode(value))

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            raise self._record.failed(f"came       {failure.ENDED}") from None

    def end_sending(self) -> None:
        """Say that nothing more will come, as a client does that leaves."""
        self._record.add(self.name, ">", "(leaves)")
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    # Reading.

    def __call__(self, words: Words) -> Any:
        """Send a command; returns its reply."""
        self.send(words)
        return self.read()

    def read(self) -> Any:
        """The next reply, or the next message that was pushed."""
        return self._read()[0]

    def _read(self) -> tuple[Any, bytes]:
        missing = Incomplete("")
        while True:
            try:
                value, end = parse(self._unread)
                break
            except Malformed as fault:
                lines = failure.received(self._unread, fault.position)
                raise self._record.failed(*lines, f"this means {fault}") from None
            except Incomplete as so_far:
                missing = so_far
            self._fill(str(missing))
        data, self._unread = self._unread[:end], self._unread[end:]
        self._record.add(self.name, "<", failure.shown_reply(value))
        return value, data

    def _fill(self, missing: str) -> None:
        """Receive more; StageFailed when nothing comes."""
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise self._cut_short(f"nothing came for {self.seconds:g} seconds", missing) from None
        except OSError:
            data = b""
        if not data:
            raise self._cut_short(failure.ENDED, missing)
        self._unread += data
        if len(self._unread) > MOST_BYTES:
            raise self._record.failed("came       a reply that has no end")

    def _cut_short(self, what: str, missing: str) -> StageFailed:
        if not self._unread:
            return self._record.failed(f"came       {what}")
        lines = failure.received(self._unread, len(self._unread))
        return self._record.failed(*lines, f"then       {what}", f"this means {missing}")

    def read_line(self) -> bytes:
        """A line up to \\r\\n, which is not returned: for a conversation that is no RESP alone."""
        while b"\r\n" not in self._unread:
            self._fill("the line has no end yet: \\r\\n is missing")
        line, _, self._unread = self._unread.partition(b"\r\n")
        self._record.add(self.name, "<", show(line)[1:])
        return line

    def read_exactly(self, count: int) -> bytes:
        """So many bytes."""
        while len(self._unread) < count:
            self._fill(f"{count} bytes were announced, and {len(self._unread)} came")
        data, self._unread = self._unread[:count], self._unread[count:]
        self._record.add(self.name, "<", f"{count} bytes")
        return data

    # Expecting.

    def expect(self, words: Words, expected: Any, why: str = "") -> None:
        """Send a command; StageFailed unless this is the reply."""
        self._nothing_left()
        self.send(words)
        self.expect_message(expected, why)

    def expect_message(self, expected: Any, why: str = "") -> None:
        """StageFailed unless the next reply or message is this."""
        came, data = self._read()
        if not matches(expected, came):
            raise self._record.failed(*failure.wrong_reply(expected, came, data, why))

    def expect_that(self, words: Words, claim: Callable[[Any], Any], sentence: str) -> Any:
        """Send a command; StageFailed unless the claim holds for the reply, which is returned."""
        self._nothing_left()
        self.send(words)
        came, data = self._read()
        if isinstance(came, Failure) or not holds(claim, came):
            raise self._record.failed(*failure.received(data, 0), f"expected   {sentence}")
        return came

    def expect_soon(self, words: Words, expected: Any, why: str = "") -> None:
        """Send a command again and again until this is its reply; StageFailed when it never is."""
        came, data = self._ask_until(words, lambda came: matches(expected, came))
        if not matches(expected, came):
            raise self._not_soon(*failure.wrong_reply(expected, came, data, why))

    def expect_soon_that(self, words: Words, claim: Callable[[Any], Any], sentence: str) -> Any:
        """Send a command again and again until the claim holds for its reply, which is returned."""
        came, data = self._ask_until(words, lambda came: holds(claim, came))
        if not holds(claim, came):
            raise self._not_soon(*failure.received(data, 0), f"expected   {sentence}")
        return came

    def _ask_until(self, words: Words, claim: Callable[[Any], bool]) -> tuple[Any, bytes]:
        """The last reply: the first for which the claim holds, or that at the end of our patience."""
        deadline = time.monotonic() + 5 * self.seconds
        start = len(self._record.exchanges)
        while True:
            del self._record.exchanges[start:]
            self.send(words)
            came, data = self._read()
            if claim(came) or time.monotonic() > deadline:
                return came, data
            time.sleep(0.005)

    def _not_soon(self, *lines: str) -> StageFailed:
        return self._record.failed(f"asked      again and again for {5 * self.seconds:g} seconds", *lines)

    def pending(self, seconds: float = 0.05) -> bytes:
        """What has come and was not read yet, or comes within this time; nothing is taken away."""
        self._socket.settimeout(seconds)
        try:
            if not self._unread:
                self._unread += self._socket.recv(65536)
        except OSError:
            return b""
        finally:
            self._socket.settimeout(self.seconds)
        return self._unread

    def expect_nothing(self, why: str) -> None:
        """StageFailed if anything comes within a twentieth of a second, or the connection ends."""
        if came := self.pending():
            lines = failure.received(came, 0)
            raise self._record.failed(*lines, "expected   nothing for now", f"because    {why}")
        if self.is_closed():
            raise self._record.failed(f"came       {failure.ENDED}")

    def expect_end(self, why: str) -> None:
        """StageFailed unless the server closes the connection."""
        if self._unread or not self.is_closed(self.seconds):
            raise self._record.failed("expected   the server closes the connection", f"because    {why}")

    def is_closed(self, seconds: float = 0.0) -> bool:
        """Whether the other side has closed the connection, or does within this time."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except (TimeoutError, BlockingIOError):
            return False
        except OSError:
            return True
        finally:
            self._socket.settimeout(self.seconds)

    def _nothing_left(self) -> None:
        if self._unread:
            raise self._record.failed(
                *failure.received(self._unread, 0),
                "this means more came than one reply for each command",
            )


def holds(claim: Callable[[Any], Any], came: Any) -> bool:
    """Whether a claim is true of a reply; a reply of another kind than it speaks of is not."""
    try:
        return bool(claim(came))
    except OF_ANOTHER_FORM:
        return False


def split(words: Words) -> list[bytes]:
    """The words of a command as bytes."""
    parts = shlex.split(words) if isinstance(words, str) else words
    return [part if isinstance(part, bytes) else str(part).encode() for part in parts]


def _word(data: bytes) -> str:
    text = show(data)[2:-1]
    return f'"{text}"' if not text or " " in text or "\\" in text else text
