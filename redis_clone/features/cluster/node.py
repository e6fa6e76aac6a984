"""What a node of the cluster knows of another one, or of itself.

The flags are the bits that travel in messages; CLUSTER NODES and nodes.conf show their names.  `pfail` (shown
as fail?) is the opinion of one node, `fail` that of a majority.
"""

from typing import Any

MASTER, REPLICA, PFAIL, FAIL, MYSELF = 1, 2, 4, 8, 16
HANDSHAKE = 32  # met by address; its ID is not known yet
NOADDR = 64  # its address is not known any more
MEET = 128  # it gets MEET first, so that it accepts us
MIGRATE_TO = 256  # a master that has or had replicas, so if they fail it may get others'
NOFAILOVER = 512  # a replica that does not want to take over
FLAG_NAMES = {MYSELF: "myself", MASTER: "master", REPLICA: "slave", PFAIL: "fail?", FAIL: "fail",
              HANDSHAKE: "handshake", NOADDR: "noaddr", NOFAILOVER: "nofailover"}  # fmt: skip


class Node:
    """One node.  Times are milliseconds, 0: never.  Two nodes are equal only if they are the same object."""

    def __init__(self, id_: str, flags: int, now_ms: int) -> None:
        self.id = id_
        self.flags = flags
        self.created_ms = now_ms
        # Where it is.
        self.ip = ""
        self.port = self.bus_port = self.other_port = 0
        self.hostname = self.nodename = self.shard_id = ""
        self.takes_extensions = False  # it has said so
        # What it is.
        self.config_epoch = 0
        self.slots = 0  # bit s: it owns slot s
        self.master: Node | None = None
        self.replicas: list[Node] = []
        self.offset = 0  # of the replication stream, as it last said
        # How it is.
        self.link: Any = None  # the connection that we have made to it; state.Link
        self.inbound: Any = None  # the one that it has made to us
        self.ping_sent_ms = 0  # since when a ping waits for its answer
        self.pong_received_ms = 0
        self.heard_ms = 0  # when anything came from it
        self.failed_ms = 0  # since when it has the flag `fail`
        self.reports: dict[Node, int] = {}  # the masters that find it failing, and when each last said so
        self.voted_ms = 0  # when we last gave a vote to a replica of it
        self.orphaned_ms = 0  # since when it has slots but no replica that works

    def has(self, flags: int) -> bool:
        """Whether it has any of these flags."""
        return bool(self.flags & flags)

    def set(self, flags: int) -> None:
        self.flags |= flags

    def clear(self, flags: int) -> None:
        self.flags &= ~flags

    @property
    def is_master(self) -> bool:
        return self.has(MASTER)

    @property
    def in_handshake(self) -> bool:
        return self.has(HANDSHAKE)

    @property
    def shard_master(self) -> "Node | None":
        """The master of its shard: itself, or the one that it replicates."""
        return self if self.is_master else self.master

    @property
    def address(self) -> tuple[str, int, int]:
        return self.ip, self.port, self.bus_port

    def move_to(self, ip: str, port: int, bus_port: int, other_port: int = 0) -> None:
        """Note where it is now."""
        self.ip, self.port, self.bus_port, self.other_port = ip, port, bus_port, other_port

    def working_replicas(self) -> int:
        return sum(not replica.has(FAIL | PFAIL) for replica in self.replicas)

    def leave_master(self) -> None:
        if self.master is not None:
            self.master.replicas.remove(self)
            if not self.master.replicas:
                self.master.clear(MIGRATE_TO)
            self.master = None

    def set_master(self, master: "Node") -> None:
        self.leave_master()
        self.master = master
        master.replicas.append(self)
        master.set(MIGRATE_TO)


def flag_names(node: Node) -> str:
    """As CLUSTER NODES shows them.

    >>> flag_names(Node("a" * 40, MASTER | MYSELF | MIGRATE_TO, 0))
    'myself,master'
    """
    return ",".join(name for flag, name in FLAG_NAMES.items() if node.has(flag)) or "noflags"
