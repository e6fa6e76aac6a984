"""The end of a link at which a test plays the master: it answers the handshake, and sends what it likes."""

import io
import socket

from harness import PATIENCE

from redis_clone import commands
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import sizes_of, walk
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

REPLID, OTHER_REPLID = b"a" * 40, b"b" * 40
MARK = b"m" * 40


class FakeMaster:
    """Listens from the beginning; accept() waits for the replica."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]
        self._link = None

    def accept(self):
        """Answer the handshake of the next link; returns the replication ID and the offset it asks for."""
        self.cut()
        self._link, _ = self._listener.accept()
        self._link.settimeout(PATIENCE)
        lines = self._link.makefile("rb")
        while True:
            words = read_command(lines)
            if words[0] == b"PSYNC":
                return words[1], int(words[2])
            self.send(b"+PONG\r\n" if words[0] == b"PING" else b"+OK\r\n")

    def send(self, data):
        self._link.sendall(data)

    def begin(self, offset, replid=REPLID, length=0):
        """Announce a file, of a length or with a mark at its end."""
        self.send(b"+FULLRESYNC %b %d\r\n" % (replid, offset))
        self.send(b"$%d\r\n" % length if length else b"$EOF:" + MARK + b"\r\n")

    def synchronize(self, offset, file, replid=REPLID):
        """Send a whole file, and wait until it is loaded."""
        self.begin(offset, replid)
        self.send(file + MARK)
        assert self.receive_until(b"ACK")[2:].startswith(b"\r\n$8\r\nREPLCONF\r\n")  # and perhaps FACK

    def receive_until(self, word):
        """What the replica sends up to this word, without the newlines that it sends while it loads."""
        received = b""
        while word not in received:
            received += self.receive().lstrip(b"\n")
        return received

    def receive(self):
        data = self._link.recv(65536)
        assert data, "the replica has closed the link"
        return data

    def cut(self):
        if self._link is not None:
            self._link.close()

    def close(self):
        self.cut()
        self._listener.close()


def read_command(lines):
    count = int(lines.readline()[1:])
    return [lines.read(int(lines.readline()[1:]) + 2)[:-2] for _ in range(count)]


def file_of(*lines, values=0):
    """An RDB file of what these commands leave, each a line or its words, and of so many keys more."""
    commands.load()
    server = Server()
    client = Client(server)
    for line in [*lines, *(f"SET many:{number} {'x' * 100}" for number in range(values))]:
        argv = [word.encode() for word in (line.split() if isinstance(line, str) else line)]
        assert not execute(client, argv).startswith(b"-"), line
    file = io.BytesIO()
    writer = RdbWriter(file.write, sizes_of(server.databases), False, True)
    writer.begin({"redis-ver": "7.2.4", "used-mem": 10**6}, tuple(server.dataset.libraries))
    for entry in walk(server.databases):
        writer.add(entry)
    writer.end()
    return file.getvalue()
