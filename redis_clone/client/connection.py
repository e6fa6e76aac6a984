"""One connection to a server: it sends commands and reads replies.

A connection knows RESP, and nothing of terminals or options.  Sending and reading are two methods,
because in a pipeline several commands are sent before the first reply is read.
"""

import select
import socket
import sys
from collections.abc import Callable
from typing import NamedTuple, Protocol

from redis_clone.client.tls import Tls
from redis_clone.protocol.replies import Reply, encode_command, read_reply
from redis_clone.protocol.stream import CHUNK, LineTooLong, Stream

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 6379


class Address(NamedTuple):
    """Where a server listens: at a host and port, or at the path of a Unix socket."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    path: str = ""

    def __str__(self) -> str:
        """
        >>> str(Address()), str(Address(host="::1")), str(Address(path="/tmp/redis.sock"))
        ('127.0.0.1:6379', '[::1]:6379', '/tmp/redis.sock')
        """
        if self.path:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ConnectionLost(Exception):
    """The conversation is over; the text says why."""


class Watcher(Protocol):
    """An observer that is shown the bytes of each request and each reply."""

    @property
    def is_watching(self) -> bool: ...

    def sending(self, commands: bytes) -> None:
        """Called just before the bytes are sent, so that the time of showing them is not measured."""

    def received(self, reply: bytes) -> None:
        """Called with exactly one reply or message, from its first byte to its last."""


class RecordedStream(Stream):
    """A stream that keeps what is taken from it, so that a reply can be shown as the bytes it was."""

    __slots__ = ("taken",)

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        super().__init__(receive)
        self.taken: list[bytes] = []

    def read_line(
        self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
    ) -> bytes:
        line = super().read_line(end, limit, beyond, ends_after_nul)
        self.taken += (line, end)
        return line

    def read_exactly(self, count: int) -> bytes:
        read = super().read_exactly(count)
        self.taken.append(read)
        return read


class Connection:
    """An open connection.  Whatever ends it is raised as ConnectionLost; failing to open it as OSError."""

    def __init__(self, address: Address, tls: Tls | None = None, watcher: Watcher | None = None) -> None:
        opened = _open_socket(address)
        self._socket = tls.secured(opened) if tls else opened
        self._watcher = watcher
        self._stream = RecordedStream(self._receive) if watcher else Stream(self._receive)

    def fileno(self) -> int:
        """The file descriptor, so that select() can wait for a message or for something else."""
        return self._socket.fileno()

    @property
    def has_unread(self) -> bool:
        """Whether more has come already than was read."""
        return self._stream.unread > 0 or self._has_decrypted()

    def send(self, *words: bytes) -> None:
        """Send one command, and do not wait for its reply."""
        self.send_encoded(encode_command(words))

    def send_encoded(self, commands: bytes) -> None:
        """Send any number of commands that encode_command() has made bytes of."""
        if self._watcher and self._watcher.is_watching:
            self._watcher.sending(commands)
        try:
            self._socket.sendall(commands)
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from None

    def read(self) -> Reply:
        """Read the next reply, or the next message that the server pushes."""
        try:
            reply = read_reply(self._stream)
        except EOFError:
            raise ConnectionLost("Server closed the connection") from None
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from None
        except (ValueError, LineTooLong) as error:
            raise ConnectionLost(f"Protocol error, {error}") from None
        self._show_to_watcher()
        return reply

    def _show_to_watcher(self) -> None:
        if isinstance(self._stream, RecordedStream) and self._watcher:
            if self._watcher.is_watching:
                self._watcher.received(b"".join(self._stream.taken))
            self._stream.taken.clear()

    def call(self, *words: bytes) -> Reply:
        """Send one command and read its reply."""
        self.send(*words)
        return self.read()

    def close(self) -> None:
        self._socket.close()

    def _receive(self, at_most: int) -> bytes:
        if sys.platform == "win32":  # there Ctrl-C does not interrupt recv(), so come up for air
            while not (self._has_decrypted() or select.select([self._socket], [], [], 0.2)[0]):
                pass
        return self._socket.recv(at_most)

    def _has_decrypted(self) -> bool:
        return hasattr(self._socket, "pending") and self._socket.pending() > 0  # only ssl's sockets have it


def _open_socket(address: Address) -> socket.socket:
    if not address.path:
        try:
            opened = socket.create_connection((address.host, address.port))
        except ValueError:  # a name that cannot even be asked for
            raise OSError(0, "Name or service not known") from None
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened
    if not hasattr(socket, "AF_UNIX"):
        raise OSError(0, "This Python has no Unix sockets")
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.connect(address.path)
    except OSError:
        opened.close()
        raise
    return opened
