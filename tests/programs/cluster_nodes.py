"""Nodes of a cluster, ours and real ones, each a program of its own: started, joined, killed, and so on."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

from harness import REPOSITORY, Client, free_port, serves, wait_until

TIMEOUT_MS = 1000
HANDSHAKE_S = 2.0
OURS, REAL = "ours", "real"


class Node:
    """A server that is a node: `kind` is OURS or REAL."""

    def __init__(self, kind, folder, *words, timeout_ms=TIMEOUT_MS):
        self.kind, self.folder, self.words, self.timeout_ms = kind, folder, words, timeout_ms
        self.port, self.bus_port = free_port(), free_port()
        self.process = None
        folder.mkdir()

    def start(self):
        self.begin()
        self.connect()

    def begin(self):
        program = ["redis-server"] if self.kind == REAL else [sys.executable, "server.py"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*program, "--port", str(self.port), "--cluster-enabled", "yes",
                 "--cluster-port", str(self.bus_port), "--cluster-node-timeout", str(self.timeout_ms),
                 "--dir", str(self.folder), "--save", "", "--enable-debug-command", "yes",
                 "--repl-diskless-sync-delay", "0", *self.words],
                cwd=REPOSITORY, stdout=log, stderr=log,
            )  # fmt: skip

    def connect(self):
        self.client = wait_until(self._connected)
        self.id = self.client("CLUSTER MYID").decode()

    def _connected(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return Client(self.address) if serves(self.address) else None

    @property
    def address(self):
        return "127.0.0.1", self.port

    def kill(self):
        """As kill -9 does."""
        self.process.kill()
        self.process.wait()

    def __call__(self, line, *arguments):
        return self.client(line, *arguments)

    def info(self, field):
        found = re.search(rf"^{field}:(.*)\r$", self.client("CLUSTER INFO").decode(), re.MULTILINE)
        return found and found.group(1)

    def is_master(self):
        return self.client("ROLE")[0] == b"master"

    def line_of(self, node):
        """The words of CLUSTER NODES about another node."""
        lines = self.client("CLUSTER NODES").decode().splitlines()
        return next((line.split() for line in lines if line.startswith(node.id)), None)

    def flags_of(self, node):
        line = self.line_of(node)
        return set(line[2].split(",")) - {"myself"} if line else set()


@contextmanager
def running(folder, kinds, *words, timeout_ms=TIMEOUT_MS):
    """Nodes of these kinds, which do not know each other yet.

    A test without a failover has a longer time-out: a busy machine does not fail a node then.
    """
    with ExitStack() as undo:
        nodes = []
        for number, kind in enumerate(kinds):
            node = Node(kind, folder / f"node-{number}", *words, timeout_ms=timeout_ms)
            undo.callback(lambda node=node: node.process and (node.process.kill(), node.process.wait()))
            node.begin()
            nodes.append(node)
        for node in nodes:
            node.connect()
        yield nodes


def redis_cli(verb, *words):
    """Run redis-cli --cluster; returns what it prints.  AssertionError if it fails."""
    done = subprocess.run(
        ["redis-cli", "--cluster", verb, *words, "--cluster-yes"],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def join(nodes, masters):
    """Make them one cluster: so many masters share the slots, and the others are their replicas, in turn."""
    for number, node in enumerate(nodes[:masters]):
        first, last = number * 16384 // masters, (number + 1) * 16384 // masters - 1
        for line in (f"ADDSLOTSRANGE {first} {last}", f"SET-CONFIG-EPOCH {number + 1}"):
            reply = node(f"CLUSTER {line}")
            assert reply == "OK", f"{line}: {reply}"
    meet(nodes)
    for number, node in enumerate(nodes[masters:]):
        assert node(f"CLUSTER REPLICATE {nodes[number % masters].id}") == "OK"
    wait_until(lambda: is_well(nodes))
    wait_until(lambda: all(is_synchronized(node) for node in nodes[masters:]))


def meet(nodes):
    """Wait until all know each other.  A handshake that takes too long, on a busy machine, is begun anew."""
    asked_s = 0.0

    def have_met():
        nonlocal asked_s
        if time.monotonic() - asked_s > HANDSHAKE_S:
            asked_s = time.monotonic()
            for node in nodes[1:]:
                if nodes[0].line_of(node) is None:
                    assert nodes[0](f"CLUSTER MEET 127.0.0.1 {node.port} {node.bus_port}") == "OK"
        return all(knows_all(node, nodes) for node in nodes)

    wait_until(have_met)


def knows_all(node, nodes):
    return all("master" in node.flags_of(other) for other in nodes if other is not node)


def is_well(nodes):
    """Whether all of them see a cluster that is well, and know who is a replica."""
    return all(
        node.info("cluster_state") == "ok"
        and all(("master" in node.flags_of(other)) == other.is_master() for other in nodes)
        for node in nodes
    )


def is_synchronized(replica):
    return replica("ROLE")[3] == b"connected"
