"""The view that one node has of its cluster.

Always true, and checked by check():
  * a slot belongs to one node at most, and only a master owns slots;
  * a slot that moves away is ours, and one that we import is not;
  * no epoch is above the current epoch, and the current epoch never falls.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Protocol

from redis_clone.features.cluster.actions import Action, Close, Follow, Link, Log
from redis_clone.features.cluster.node import FAIL, MASTER, MYSELF, NOFAILOVER, PFAIL, REPLICA, Node
from redis_clone.features.cluster.slots import SLOTS, ranges


class Settings:
    """The parameters cluster-..., in the units of their names; those of a real node by default."""

    def __init__(self) -> None:
        self.node_timeout_ms = 15000
        self.ping_interval_ms = 0  # 0: half the timeout
        self.require_full_coverage = True
        self.allow_replica_migration = True
        self.migration_barrier = 1
        self.replica_no_failover = False
        self.replica_validity_factor = 10
        self.repl_ping_period_ms = 10000
        self.allow_reads_when_down = False
        self.allow_shard_channels_when_down = True
        self.preferred_endpoint_type = "ip"  # "hostname", "unknown-endpoint"
        # What the node says of itself, "" and 0: nothing.
        self.announced_ip = ""
        self.port = self.bus_port = self.other_port = 0
        self.bus_uses_tls = self.replication_uses_tls = False
        self.hostname = self.nodename = ""


class Instance(Protocol):
    """What a node asks the server that it is part of."""

    def replication_offset(self) -> int:
        """How many bytes of the stream the data have: of our own, or of our master's."""

    def data_age_ms(self, now_ms: int) -> int:
        """How long ago our master was last heard of."""

    def count_keys(self, slot: int) -> int: ...

    def keys_in_slot(self, slot: int) -> Iterable[bytes]: ...

    def has_keys(self) -> bool: ...


class Election:
    """Where this replica stands with taking over for its master; election.py."""

    def __init__(self) -> None:
        self.begins_ms = 0  # when it asks for votes
        self.is_asked = False  # it has asked
        self.voters: set[str] = set()  # the IDs of the masters that have voted for us
        self.rank = 0  # how many replicas of the same master have more data
        self.epoch = 0  # of this election


class ManualFailover:
    """CLUSTER FAILOVER; manual_failover.py."""

    def __init__(self) -> None:
        self.ends_ms = 0  # when it is given up; 0: there is none
        self.replica: Node | None = None  # on the master: who takes over
        self.master_offset = -1  # on the replica: where the master has stopped; -1: it has not said so
        self.may_begin = False  # on the replica: it has all data


class Cluster:
    """The view of one node.  The modules of this folder change it; `actions` is what follows."""

    def __init__(self, id_: str, settings: Settings, instance: Instance, draw: Random, now_ms: int) -> None:
        self.settings = settings
        self.instance = instance
        self.draw = draw
        self.myself = Node(id_, MYSELF | MASTER, now_ms)
        self.myself.shard_id = self.random_id()
        self.nodes: dict[str, Node] = {id_: self.myself}
        self.forgotten_ms: dict[str, int] = {}  # until when gossip may not bring back a node, by its ID
        # Slots.
        self.owners: list[Node | None] = [None] * SLOTS
        self.served = 0  # by this node or its master, when the last event was over
        self.unclaimed = 0  # the owners of these slots do not claim them any more, so anybody may
        self.migrating: dict[int, Node] = {}  # slots of ours that go to another node
        self.importing: dict[int, Node] = {}  # slots of another node that come to us
        # Epochs.
        self.current_epoch = 0
        self.last_vote_epoch = 0
        self.election = Election()
        self.manual_failover = ManualFailover()
        # Health.
        self.is_ok = False
        self.started_ms = 0  # when the state was first looked at
        self.in_minority_ms = 0  # when this node last reached no majority
        self.size = 1  # how many masters have slots
        self.dropped_type = -1  # messages of this type are ignored (DEBUG DROP-CLUSTER-PACKET-FILTER)
        # What the cron and the statistics count.
        self.ticks = 0
        self.sent: Counter[int] = Counter()
        self.received: Counter[int] = Counter()
        self.buffer_limits_exceeded = 0
        # What is to be done when the event is over.
        self.actions: list[Action] = []
        self.must_save = self.must_judge = self.must_elect = False
        self.announce()

    def announce(self) -> None:
        """Take over what the settings say about this node: they may have changed."""
        myself, settings = self.myself, self.settings
        myself.ip = settings.announced_ip or myself.ip
        myself.port, myself.bus_port, myself.other_port = (
            settings.port, settings.bus_port, settings.other_port,
        )  # fmt: skip
        myself.hostname, myself.nodename = settings.hostname, settings.nodename
        if settings.replica_no_failover:
            myself.set(NOFAILOVER)
        else:
            myself.clear(NOFAILOVER)

    def random_id(self) -> str:
        return f"{self.draw.getrandbits(160):040x}"

    # The nodes.

    @property
    def others(self) -> list[Node]:
        return [node for node in self.nodes.values() if node is not self.myself]

    def masters_with_slots(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.is_master and node.slots]

    def add_node(self, node: Node) -> None:
        self.nodes[node.id] = node

    def rename_node(self, node: Node, id_: str) -> None:
        del self.nodes[node.id]
        node.id = id_
        self.nodes[id_] = node

    def remove_node(self, node: Node) -> None:
        """Forget a node, its slots, its connections, and what it has reported of others."""
        self.lose_slots(node, node.slots)
        for table in (self.migrating, self.importing):
            for slot in [slot for slot, other in table.items() if other is node]:
                del table[slot]
        for other in self.nodes.values():
            other.reports.pop(node, None)
        node.leave_master()
        for replica in list(node.replicas):
            replica.leave_master()
        self.close(node.link)
        self.close(node.inbound)
        del self.nodes[node.id]

    def port_of(self, node: Node, uses_tls: bool) -> int:
        """Where to connect to a node, with TLS or without; the other port if it has told us only that."""
        is_first = uses_tls == self.settings.bus_uses_tls
        return node.port if is_first or not node.other_port else node.other_port

    # The slots.

    def give_slot(self, slot: int, node: Node) -> None:
        """The node owns the slot from now on, whoever did before."""
        self.give_slots(1 << slot, node)

    def give_slots(self, slots: int, node: Node) -> None:
        """The node owns these slots from now on, whoever did before."""
        for other in self.nodes.values():
            other.slots &= ~slots
        node.slots |= slots
        self._note_owner(slots, node)

    def lose_slots(self, node: Node, slots: int) -> None:
        """Nobody owns these slots of the node from now on."""
        node.slots &= ~slots
        self._note_owner(slots, None)

    def _note_owner(self, slots: int, owner: Node | None) -> None:
        for begin, end in ranges(slots):
            self.owners[begin : end + 1] = [owner] * (end + 1 - begin)
        self.unclaimed &= ~slots

    def end_moves(self) -> None:
        """No slot is on its way from or to us any more."""
        self.migrating.clear()
        self.importing.clear()

    # The epochs.

    def has_own_epoch(self) -> bool:
        """Whether the config epoch of this node is above that of all others."""
        mine = self.myself.config_epoch
        return mine != 0 and all(node.config_epoch < mine for node in self.others)

    def raise_epoch(self) -> None:
        """Take a config epoch that is above all others, without asking anybody."""
        self.current_epoch += 1
        self.myself.config_epoch = self.current_epoch
        self.must_save = True

    # The actions.

    def do(self, action: Action) -> None:
        self.actions.append(action)

    def replicate(self, master: Node) -> None:
        """Have the data of this master."""
        self.do(Follow(master.ip, self.port_of(master, self.settings.replication_uses_tls)))

    def close(self, link: Link | None) -> None:
        """Close a connection, and forget it."""
        if link is None:
            return
        self.forget_link(link)
        self.do(Close(link))

    def forget_link(self, link: Link) -> None:
        """The connection has ended."""
        link.is_open = False
        node = link.node
        if node is not None and node.link is link:
            node.link = None
        if node is not None and node.inbound is link:
            node.inbound = None
        link.node = None

    def notice(self, text: str) -> None:
        self.do(Log("notice", text))

    def debug(self, text: str) -> None:
        self.do(Log("debug", text))

    def warning(self, text: str) -> None:
        self.do(Log("warning", text))

    # For tests.

    def check(self) -> None:
        """AssertionError if a promise of the module's docstring is broken; check_owners() looks closer."""
        owned = 0
        for node in self.nodes.values():
            if node.slots:
                assert node.is_master, f"{node.id} owns slots, and is no master"
                assert not node.slots & owned, f"{node.id} and another node own the same slots"
                owned |= node.slots
            assert node.flags & (MASTER | REPLICA) != MASTER | REPLICA, f"{node.id} has two roles"
            assert node.flags & (FAIL | PFAIL) != FAIL | PFAIL, f"{node.id} is failing twice"
            assert node.config_epoch <= self.current_epoch, f"{node.id} has an epoch of the future"
            assert node.master is None or node in node.master.replicas
            assert node.master is not node, f"{node.id} follows itself"
        for slot in self.migrating:
            assert self.owners[slot] is self.myself, f"slot {slot} migrates, and is not ours"
        for slot in self.importing:
            assert self.owners[slot] is not self.myself, f"slot {slot} is imported, and ours"

    def check_owners(self) -> None:
        """AssertionError if the table of owners and the nodes' own sets of slots disagree; O(slots)."""
        owned = 0
        for node in self.nodes.values():
            owned += node.slots.bit_count()
            for begin, end in ranges(node.slots):
                assert self.owners[begin : end + 1].count(node) == end + 1 - begin, f"not all are {node.id}'s"
        assert self.owners.count(None) == SLOTS - owned
