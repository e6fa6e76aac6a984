"""What a replica does with what its master sends: the test plays the master, and sees and says every byte.

The replica is our server, and the real one.
"""

import socket

import pytest
from harness import PATIENCE, Client, has_real_server, our_server, real_server, wait_until

from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

REPLID = b"0123456789abcdef0123456789abcdef01234567"
EMPTY_FILE = bytes.fromhex("524544495330303130ff") + bytes(8)  # an RDB file without a checksum


class FakeMaster:
    """Listens, and talks to the replica that connects."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]
        self._socket = None

    def accept(self):
        """Wait for the replica, which may have closed the connection before."""
        if self._socket is not None:
            self._socket.close()
        self._socket, _ = self._listener.accept()
        self._socket.settimeout(PATIENCE)
        self._stream = Stream(self._socket.recv)

    def command(self):
        """The next command of the replica."""
        return b" ".join(read_command(self._stream))

    def acknowledged(self):
        """The next offset that the replica says it has."""
        word, kind, offset = self.command().split()[:3]
        assert (word, kind) == (b"REPLCONF", b"ACK")
        return int(offset)

    def send(self, data):
        self._socket.sendall(data)

    def is_closed(self):
        """Wait until the replica closes the connection; what it says before does not matter."""
        try:
            while self._socket.recv(1000):
                pass
        except ConnectionError:
            pass
        return True

    def meet(self):
        """Accept the replica, and let it introduce itself; returns its PSYNC."""
        self.accept()
        while not (command := self.command()).startswith((b"PSYNC", b"SYNC")):
            self.send(b"+PONG\r\n" if command == b"PING" else b"+OK\r\n")
        return command

    def synchronize(self, offset=1000):
        """Give the replica an empty file with all data; the stream begins after the offset."""
        self.meet()
        self.send(b"+FULLRESYNC %b %d\r\n$%d\r\n%b" % (REPLID, offset, len(EMPTY_FILE), EMPTY_FILE))

    def close(self):
        self._listener.close()
        if self._socket is not None:
            self._socket.close()


def encoded(*lines):
    return b"".join(encode_command(line.encode().split()) for line in lines)


@pytest.fixture(scope="module", params=["ours", "real"])
def replica_address(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replica")
    if request.param == "ours":
        with our_server(dir=str(folder)) as address:
            yield address
    elif not has_real_server():
        pytest.skip("needs redis-server")
    else:
        with real_server(folder) as address:
            yield address


@pytest.fixture
def replica(replica_address):
    client = Client(replica_address)
    yield client
    client("REPLICAOF NO ONE")
    client("FLUSHALL")
    client.close()


@pytest.fixture
def master(replica):
    master = FakeMaster()
    replica(f"REPLICAOF 127.0.0.1 {master.port}")
    yield master
    master.close()


@pytest.mark.parametrize("size", [50_000, 100_000, 700_000])
def test_a_long_command_is_run_as_soon_as_it_has_come(replica, master, size):
    master.synchronize()
    command = encode_command([b"SET", b"k", b"v" * size])
    master.send(command)
    wait_until(lambda: replica("STRLEN k") == size)
    master.send(encoded("REPLCONF GETACK *"))
    offset = 1000 + len(command)
    wait_until(lambda: master.acknowledged() >= offset)
