"""The commands that make a cluster of empty nodes, as `redis-cli --cluster create` sends them.

    distribute     each master has an epoch of its own and its part of the slots; all nodes meet
    have_met       whether each node knows all others by now
    appoint        each replica follows its master, once it knows it
    lines          what a node says of its cluster: CLUSTER NODES

The nodes may be in this process or in others: the functions need only `execute`.  The first `masters` nodes
are the masters; the others are replicas of the first, the second, ... and then of the first again.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from redis_clone.features.cluster.slots import SLOTS
from redis_clone.testing.looking import Word


class Node(Protocol):
    """A server with cluster-enabled."""

    @property
    def host(self) -> str: ...

    def execute(self, *words: Word) -> Any: ...


class Line(NamedTuple):
    """A line of CLUSTER NODES."""

    id: str
    port: int
    bus_port: int
    flags: frozenset[str]
    master: str  # "-" for a master
    is_connected: bool
    slots: list[str]  # "0-5460"

    @property
    def is_master(self) -> bool:
        return "master" in self.flags

    @property
    def has_failed(self) -> bool:
        return "fail" in self.flags

    @property
    def is_suspected(self) -> bool:
        return "fail?" in self.flags

    @property
    def slot_count(self) -> int:
        """How many slots the node owns; those that move stand in brackets, beside the others."""
        ranges = [word.partition("-") for word in self.slots if not word.startswith("[")]
        return sum(int(last or first) - int(first) + 1 for first, _, last in ranges)


def lines(node: Node) -> list[Line]:
    return [_line(text.split()) for text in node.execute("CLUSTER", "NODES").decode().splitlines()]


def _line(words: list[str]) -> Line:
    """
    >>> _line("c0ffee 127.0.0.1:7000@17000,name myself,master - 0 0 1 connected 0-5460".split()).bus_port
    17000
    """
    port, _, bus_port = words[1].partition(",")[0].rpartition(":")[2].partition("@")
    flags = frozenset(words[2].split(","))
    return Line(words[0], int(port), int(bus_port), flags, words[3], words[7] == "connected", words[8:])


def own_line(node: Node) -> Line:
    return next(line for line in lines(node) if "myself" in line.flags)


def distribute(nodes: Sequence[Node], masters: int) -> None:
    """Give each master its slots, and tell each node of all others: so they know each other at once."""
    for epoch, node in enumerate(nodes, 1):
        node.execute("CLUSTER", "SET-CONFIG-EPOCH", epoch)
    for node, (first, last) in zip(nodes, parts(masters), strict=False):
        node.execute("CLUSTER", "ADDSLOTSRANGE", first, last)
    places = [(node.host, own_line(node)) for node in nodes]
    for number, node in enumerate(nodes):
        for host, line in places[:number]:
            node.execute("CLUSTER", "MEET", host, line.port, line.bus_port)


def parts(masters: int) -> Iterator[tuple[int, int]]:
    """The first and the last slot of each master, as redis-cli --cluster create shares them.

    >>> list(parts(3))
    [(0, 5460), (5461, 10922), (10923, 16383)]
    """
    bounds = [round(SLOTS * number / masters) for number in range(masters + 1)]
    return ((first, behind - 1) for first, behind in pairwise(bounds))


def have_met(nodes: Sequence[Node]) -> bool:
    ids = {own_line(node).id for node in nodes}
    return all(
        {line.id for line in lines(node)} == ids and all(line.is_connected for line in lines(node))
        for node in nodes
    )


def appoint(nodes: Sequence[Node], masters: int) -> None:
    """Have each replica follow its master."""
    ids = [own_line(node).id for node in nodes[:masters]]
    for number, node in enumerate(nodes[masters:]):
        node.execute("CLUSTER", "REPLICATE", ids[number % masters])


def is_ok(node: Node) -> bool:
    """Whether the cluster is well, and the node has all data of its master if it follows one."""
    role = node.execute("ROLE")
    state: bytes = node.execute("CLUSTER", "INFO")
    return b"cluster_state:ok" in state and (role[0] == b"master" or role[3] == b"connected")
