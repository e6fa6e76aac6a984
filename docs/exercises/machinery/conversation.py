"""A live server in the student's process, and clients that record what was sent and what came.

    first = server.client("first")
    first("SET greeting hello")               returns the reply, as a Python value
    first.expect("GET greeting", b"hello")    fails unless the reply is this
    first.expect_error("LPOP greeting", "WRONGTYPE")

When a check does not hold, the student reads the conversation up to there, and the traceback of an exception
in the server.  The client here uses none of the server's code, for that may be what the student writes.
"""

import shlex
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from exercises.machinery.shown import LONGEST, show
from exercises.machinery.trial import NotYet

PATIENCE_S = 6.0  # for a reply; a server that needs longer has failed
REMEMBERED = 14  # exchanges that are shown, the last ones
WIDTH = 16  # of the column with the names

Words = str | Sequence[bytes]
Exchange = tuple[str, str, str]  # who, what was sent, what came


class Failure(str):
    """An error reply."""

    def __repr__(self) -> str:
        return f"(error) {self}"


class Status(str):
    """A reply such as OK; equal to the str."""


class Record:
    """What all clients sent and received, and what went wrong in the server."""

    def __init__(self, bugs: Any = None) -> None:
        self._bugs = bugs
        self._exchanges: list[Exchange] = []

    def add(self, name: str, sent: str = "", came: str = "") -> None:
        self._exchanges.append((name, sent, came))

    def not_yet(self, *more: str) -> NotYet:
        """The exception to raise: the conversation so far, and what is wrong with it."""
        lines = ["..."] if len(self._exchanges) > REMEMBERED else []
        speaker = ""
        for name, sent, came in self._exchanges[-REMEMBERED:]:
            lines += [f"{name + '>':<{WIDTH}}{sent}"] if sent else _reply_lines(came, name, name == speaker)
            speaker = name
        bugs = [f"in the server:  {bug}" for bug in (self._bugs.formatted[-1:] if self._bugs else [])]
        return NotYet("\n".join([*lines, *more, *bugs]))


class LiveServer:
    """A server in the student's process (live_server.py), as the checks talk to it."""

    def __init__(self, port: int, databases: Any, bugs: Any) -> None:
        self.port, self.databases = port, databases
        self.record = Record(bugs)

    def client(self, name: str = "client") -> "TalkingClient":
        """A new connection; the student reads `name` before each command."""
        return TalkingClient(self.record, name, self.port)


class TalkingClient:
    """One connection, in RESP2.  Call it with a line, or with the words as bytes."""

    def __init__(self, record: Record, name: str, port: int) -> None:
        self._record, self._name = record, name
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._unread = b""

    def __call__(self, words: Words) -> Any:
        """Returns the reply; an error is returned as a Failure, not raised."""
        self.send(words)
        return self.read()

    def send(self, words: Words) -> None:
        """Sends a command and does not wait for the reply, as for a command that blocks."""
        self._record.add(self._name, sent=_line(words))
        arguments = [word.encode() for word in shlex.split(words)] if isinstance(words, str) else words
        parts = [b"*%d\r\n" % len(arguments)]
        parts += [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments]
        self.send_bytes(b"".join(parts), recorded=False)

    def send_bytes(self, data: bytes, recorded: bool = True) -> None:
        if recorded:
            self._record.add(self._name, sent=show(data))
        try:
            self._socket.sendall(data)
        except OSError:
            raise self._record.not_yet("came      the server hung up") from None

    def read(self) -> Any:
        """Returns the next reply, or the next message that was pushed."""
        try:
            reply = _read(self._read_line, self._read_exactly)
        except TimeoutError:
            raise self._record.not_yet(f"came      nothing, for {PATIENCE_S:.0f} seconds") from None
        except (OSError, EOFError, ValueError) as problem:
            what = "the server hung up" if isinstance(problem, (OSError, EOFError)) else f"no RESP: {problem}"
            raise self._record.not_yet(f"came      {what}") from None
        self._record.add(self._name, came=pretty(reply))
        if isinstance(reply, Failure) and reply.startswith("ERR internal error"):
            raise self._record.not_yet()
        return reply

    def close(self) -> None:
        self._socket.close()

    def says_nothing(self, seconds: float = 0.1) -> None:
        """Fails if anything comes within this time."""
        self._socket.settimeout(seconds)
        try:
            if not self._unread:
                self._fill()
        except TimeoutError:
            return
        finally:
            self._socket.settimeout(PATIENCE_S)
        self.read()
        raise self._record.not_yet(f"expected  nothing for {self._name}")

    def expect(self, words: Words, expected: Any) -> Any:
        """Fails unless the reply is this."""
        self.send(words)
        return self.expect_message(expected)

    def expect_message(self, expected: Any) -> Any:
        """Fails unless the next reply or message is this."""
        came = self.read()
        if came != expected or isinstance(came, Failure) != isinstance(expected, Failure):
            raise self._record.not_yet(f"expected  {pretty(expected).strip()}")
        return came

    def expect_error(self, words: Words, beginning: str) -> None:
        """Fails unless the reply is an error that begins so."""
        came = self(words)
        if not isinstance(came, Failure) or not came.startswith(beginning):
            raise self._record.not_yet(f"expected  (error) {beginning} ...")

    def expect_that(self, words: Words, claim: Callable[[Any], Any], sentence: str) -> Any:
        """Fails unless the claim holds for the reply; the sentence says it in words."""
        came = self(words)
        if isinstance(came, Failure) or not claim(came):
            raise self._record.not_yet(f"expected  {sentence}")
        return came

    def _fill(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise EOFError
        self._unread += received

    def _read_line(self) -> bytes:
        while b"\r\n" not in self._unread:
            self._fill()
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line

    def _read_exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._fill()
        data, self._unread = self._unread[:count], self._unread[count:]
        return data


def wait_until(claim: Callable[[], Any], sentence: str = "it happens in the end") -> None:
    """Waits until the claim holds, and fails if that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        if time.monotonic() > deadline:
            raise NotYet(f"expected  {sentence}\ncame      nothing of the kind, for {PATIENCE_S:.0f} seconds")
        time.sleep(0.005)


def pretty(reply: Any, indent: str = "") -> str:
    """A reply as redis-cli prints it.

    >>> pretty([1, b"a", None])
    '1) (integer) 1\\n2) "a"\\n3) (nil)'
    """
    if reply is None:
        return "(nil)"
    if isinstance(reply, list):
        items = [f"{n}) {pretty(item, indent + '   ')}" for n, item in enumerate(reply, 1)]
        return ("\n" + indent).join(items) or "(empty array)"
    if isinstance(reply, Failure):
        return repr(reply)
    if isinstance(reply, int):
        return f"(integer) {reply}"
    if isinstance(reply, bytes):
        return '"' + _format_bytes(reply).replace('"', '\\"') + '"'
    return str(reply)


def _read(read_line: Callable[[], bytes], read: Callable[[int], bytes]) -> Any:
    line = read_line()
    kind, text = line[:1], line[1:]
    if kind == b"+":
        return Status(text.decode("latin-1"))
    if kind == b"-":
        return Failure(text.decode("latin-1"))
    if kind == b":":
        return int(text)
    if kind == b"$":
        return None if text == b"-1" else read(int(text) + 2)[:-2]
    if kind == b"*":
        return None if text == b"-1" else [_read(read_line, read) for _ in range(int(text))]
    raise ValueError(show(line))


def _line(words: Words) -> str:
    return words if isinstance(words, str) else " ".join(map(_format_bytes, words))


def _format_bytes(data: bytes) -> str:
    """Bytes as Python writes them, without the quotes; cut off where it gets long."""
    text = repr(data)[2:-1]
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(data)} bytes)"


def _reply_lines(came: str, name: str, is_clear: bool) -> list[str]:
    """A reply below its command; with the name of the client, if another one spoke in between."""
    first, *others = came.splitlines() or [""]
    head = "" if is_clear else f"{name} gets"
    return [f"{head:<{WIDTH}}{first}", *(" " * WIDTH + line for line in others)]
