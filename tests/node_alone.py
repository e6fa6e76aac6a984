"""One node whose file says that there is another one: the real server, and ours without a socket.

The other node has a few slots, and does not run; nobody notices, for the timeout is long.  So a test needs no
cluster to see where a client is sent.
"""

from collections import deque
from contextlib import contextmanager
from itertools import count

from harness import Client, free_port, real_server, wait_until

from redis_clone import commands
from redis_clone.features.cluster.slots import SLOTS, key_slot, ranges, slot_set
from redis_clone.protocol.inline import split_words
from redis_clone.protocol.replies import read_reply
from redis_clone.protocol.stream import Stream
from redis_clone.server import clustering
from redis_clone.server.locking import execute_pipeline, locked
from redis_clone.server.state import Client as ServersClient
from redis_clone.server.state import Server
from redis_clone.structures.clock import Clock

MYSELF, OTHER = "a" * 40, "b" * 40
OTHERS_PORT = 1
CONFIGURATION = {"cluster-node-timeout": "100000000", "cluster-require-full-coverage": "no", "save": ""}
# Keys, and where their slots are.
THERE, COMES, GOES, NOBODYS = "there", "comes", "goes", "nobodys"


def nodes_conf(port, bus_port, is_replica=False):
    there, comes, goes, nobodys = (key_slot(key.encode()) for key in (THERE, COMES, GOES, NOBODYS))
    mine = slot_set(set(range(SLOTS)) - {there, comes, nobodys})
    others = slot_set({there, comes})
    if is_replica:
        return (
            f"{MYSELF} 127.0.0.1:{port}@{bus_port} myself,slave {OTHER} 0 0 0 connected\n"
            f"{OTHER} 127.0.0.1:{OTHERS_PORT}@2 master - 0 0 2 connected {_words(mine | others)}\n"
            "vars currentEpoch 2 lastVoteEpoch 0\n"
        )
    return (
        f"{MYSELF} 127.0.0.1:{port}@{bus_port} myself,master - 0 0 1 connected {_words(mine)} "
        f"[{goes}->-{OTHER}] [{comes}-<-{OTHER}]\n"
        f"{OTHER} 127.0.0.1:{OTHERS_PORT}@2 master - 0 0 2 connected {_words(others)}\n"
        "vars currentEpoch 2 lastVoteEpoch 0\n"
    )


def _words(slots):
    return " ".join(f"{first}-{last}" for first, last in ranges(slots))


class WithoutSocket:
    """A client of our node, to be used as harness.Client is."""

    def __init__(self, server):
        self.client = ServersClient(server, id=next(server.client_ids), address="127.0.0.1:1")
        self._replies = bytearray()
        self._stream = Stream(self._receive)

    def send(self, line, *arguments):
        argv = [line, *arguments] if arguments else split_words(line.encode())
        words = [word if isinstance(word, bytes) else str(word).encode() for word in argv]
        execute_pipeline(self.client, deque([words]), self._replies)

    def _receive(self, most):
        self._replies += self.client.output_buffer.drain()
        assert self._replies, "there is nothing to read"
        received = bytes(self._replies[:most])
        del self._replies[:most]
        return received

    def read(self):
        return read_reply(self._stream)

    def __call__(self, line, *arguments):
        self.send(line, *arguments)
        return self.read()

    def leave(self):
        pass


class OurNode:
    """Our server as a node, without threads: a test lets its time pass."""

    def __init__(self, is_replica=False):
        commands.load()
        self.now_ms = 1_000_000
        self.for_bus = []
        self.server = Server(clock=Clock(lambda: self.now_ms * 1_000_000))
        self.server.port = 7000
        self.server.config.set_all({**CONFIGURATION, "enable-debug-command": "yes"}, starting=True)
        clustering.join(self.server, nodes_conf(7000, 17000, is_replica))
        clustering.listens(self.server, 17000)
        self.server.cluster.ring = self._save
        clustering.begin(self.server)
        self.let_time_pass(3000)  # a master waits a little before it finds the cluster well

    def _save(self):
        """Take what the bus is to do; nobody waits for the file."""
        self.for_bus += self.server.cluster.for_bus
        self.server.cluster.for_bus.clear()
        self.server.cluster.saves_done = self.server.cluster.saves_begun

    def let_time_pass(self, ms):
        for _ in range(0, ms, 100):
            self.now_ms += 100
            with locked(self.server):
                clustering.tick(self.server)

    def connect(self):
        return WithoutSocket(self.server)


class RealNode:
    def __init__(self, address):
        self._address = address
        client = self.connect()
        wait_until(lambda: b"cluster_state:ok" in client("CLUSTER INFO"))
        client.leave()

    def connect(self):
        return Client(self._address)

    def let_time_pass(self, ms):
        """It passes by itself."""


@contextmanager
def real_node(folder, is_replica=False):
    port, bus_port = free_port(), free_port()
    (folder / "nodes.conf").write_text(nodes_conf(port, bus_port, is_replica))
    words = {"port": port, "cluster-port": bus_port, "cluster-enabled": "yes", **CONFIGURATION}
    options = [str(word) for name, value in words.items() for word in (f"--{name}", value)]
    with real_server(folder, *options) as address:
        yield RealNode(address)


def connections(node):
    """Makes clients, the first of which removes all keys; and a function that lets them all leave."""
    clients, numbers = [], count()

    def connect():
        client = node.connect()
        clients.append(client)
        if not next(numbers):
            client("FLUSHALL")
        return client

    def leave():
        for client in clients:
            client.leave()

    return connect, leave
