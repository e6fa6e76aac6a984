"""Plays the other servers that a stage needs: a master that the student's server follows, a replica of it."""

import socket
from typing import TYPE_CHECKING, NamedTuple

from exercises.judge.values import OK, Failure, Status
from exercises.judge.wire import Connection, Record

if TYPE_CHECKING:
    from exercises.judge.judge import Judge

REPLICATION_ID = "0123456789abcdef0123456789abcdef01234567"


class Listener:
    """A port at which the judge waits for the student's server."""

    def __init__(self, record: Record, seconds: float) -> None:
        self._record, self._seconds = record, seconds
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(seconds)
        self.port = int(self._socket.getsockname()[1])
        self._accepted: list[Connection] = []

    def accept(self, name: str) -> Connection:
        """The connection of the student's server; StageFailed when it does not come."""
        try:
            peer, _ = self._socket.accept()
        except TimeoutError:
            raise self._record.failed(
                f"came       no connection to port {self.port}, for {self._seconds:g} seconds",
                "expected   your server connects to the server that it was named",
            ) from None
        self._accepted.append(Connection(self._record, name, peer, self._seconds))
        return self._accepted[-1]

    def close(self) -> None:
        self._socket.close()
        for each in self._accepted:
            each.close()


def play_master(listener: Listener, rdb: bytes) -> tuple[Connection, list[bytes]]:
    """Answer a replica's handshake and send it an RDB file; returns the link, and the commands' names."""
    link = listener.accept("master")
    names = []
    while True:
        words = link.read()
        name = bytes(words[0]).upper() if isinstance(words, list) and words else b""
        names.append(name)
        if name == b"PSYNC":
            link.reply(Status(f"FULLRESYNC {REPLICATION_ID} 0"))
            link.send_bytes(b"$%d\r\n" % len(rdb) + rdb)
            return link, names
        link.reply(Status("PONG") if name == b"PING" else OK)


class Following(NamedTuple):
    """What a replica knows after its full synchronization."""

    link: Connection
    id: str
    offset: int
    rdb: bytes


def play_replica(judge: "Judge") -> Following:
    """Follow the student's server as a new replica does, up to the RDB file."""
    link = judge.client("replica")
    link.expect("PING", Status("PONG"))
    link.expect("REPLCONF listening-port 6399", OK, "a replica says at which port it listens")
    link.expect("REPLCONF capa psync2", OK, "a replica says what it can do")
    link.send("PSYNC ? -1")
    words = _line(link).decode("latin-1").split(" ")
    if len(words) != 3 or words[0] != "+FULLRESYNC" or len(words[1]) != 40 or not words[2].isdigit():
        raise judge.record.failed(
            f"received   {' '.join(words)}", "expected   +FULLRESYNC, 40 characters, an offset"
        )
    length = _line(link)
    if length[:1] != b"$" or not length[1:].isdigit():
        raise judge.record.failed(f"received   {length!r}", "expected   $ and the length of an RDB file")
    return Following(link, words[1], int(words[2]), link.read_exactly(int(length[1:])))


def _line(link: Connection) -> bytes:
    """The next line; a master that is not ready yet sends a lone \\n now and then."""
    return link.read_line().lstrip(b"\n")


def next_command(link: Connection) -> list[bytes]:
    """The next command of a stream that is not SELECT, PING, MULTI or EXEC; a replica counts them all."""
    while True:
        words = link.read()
        if isinstance(words, Failure) or not isinstance(words, list) or not words:
            raise link.failed(f"received   {words!r}", "expected   a command as an array of bulk strings")
        if bytes(words[0]).upper() not in (b"SELECT", b"PING", b"MULTI", b"EXEC"):
            return words
