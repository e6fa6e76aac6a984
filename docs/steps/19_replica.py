"""Step 19: a replica that keeps nothing, but prints the stream with its offsets, and acknowledges it.

python docs/steps/19_replica.py 7000
"""

import socket
import sys
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.replication.handshake import NOWHERE, Handshake, HandshakeFailed, Introduction
from redis_clone.features.replication.transfer import BadTransfer, IncomingFile
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream


class Link:
    """The connection to a master.  What it sends arrives through receive()."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.stream = Stream(self.receive)
        self.received = 0  # bytes
        self.offset = 0  # of the last command that was read

    def receive(self, at_most: int = 65536) -> bytes:
        """The next bytes; while none come, an acknowledgement goes out each second."""
        while True:
            try:
                data = self._socket.recv(at_most)
            except TimeoutError:
                self.acknowledge()
            else:
                self.received += len(data)
                return data

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def acknowledge(self) -> None:
        self._socket.settimeout(1)  # from now on
        self.send(encode_command([b"REPLCONF", b"ACK", b"%d" % self.offset]))


def introduce(link: Link) -> int:
    """Ask for everything; returns the offset that the file will have."""
    handshake = Handshake(Introduction(port=0), NOWHERE)
    link.send(handshake.begin())
    while handshake.outcome is None:
        said = handshake.said
        line = link.stream.read_line() or b""
        for command in said:
            print(">", b" ".join(command).decode())
        print("<", line.decode(), flush=True)
        handshake.said = []
        link.send(handshake.receive(line))
    return handshake.outcome.offset


def skip_file(link: Link) -> bytes:
    """Read the file with all data, and keep nothing; returns the bytes of the stream that came behind it."""
    pieces = chain([link.stream.take_all()], iter(link.receive, b""))
    file = IncomingFile(pieces.__next__)
    file.begin()
    size = sum(map(len, iter(lambda: file.read(65536), b"")))
    print(f"the file: {size} bytes", flush=True)
    return file.rest


def follow(link: Link, offset: int, rest: bytes) -> None:
    """Print each command of the stream, with the offset that it ends at."""
    link.stream.put_back(rest)
    link.received, link.offset = len(rest), offset
    link.acknowledge()
    while (argv := read_command(link.stream)) is not None:
        link.offset = offset + link.received - link.stream.unread
        print(f"{link.offset:6} {' '.join(word.decode(errors='replace') for word in argv)}", flush=True)
        link.acknowledge()


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"Of which master? python {sys.argv[0]} 7000")
    try:
        link = Link(port)
        begins_at = introduce(link)
        follow(link, begins_at, skip_file(link))
    except (OSError, EOFError, HandshakeFailed, BadTransfer) as problem:
        sys.exit(str(problem) or "the master has hung up")
    except KeyboardInterrupt:
        pass
