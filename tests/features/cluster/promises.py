"""What a cluster promises, looked at after every event of a simulated one.

Always: an epoch has one winner in a shard (another shard may win the same one where a view lacks some of
the masters, for a majority of what it knows is enough, in Redis too; the two part then); a node votes once
in an epoch, also across restarts; the epochs that a node names never fall; a node owns no slot that it was
not given, has not won or inherited; no slot becomes unowned in a view without a reason; a replica owns
nothing; a manual failover loses no write.

When the faults are over: all nodes have the same view, the masters' config epochs differ, all slots are owned
by a node that works, and no write is lost that all replicas of its shard had.
"""

from redis_clone.features.cluster.actions import Log
from redis_clone.features.cluster.manual_failover import LONGEST_MS
from redis_clone.features.cluster.messages import AUTH_ACK, decode, encode
from redis_clone.features.cluster.node import FAIL, PFAIL
from redis_clone.features.cluster.slots import ALL_SLOTS, SLOTS

ROUND_TRIPS = 50  # one message of so many is encoded and decoded
LOOKS_CLOSER = 200  # and one event of so many has all slots looked at


class Promises:
    def __init__(self):
        self.winners = {}  # by the epoch of an election, and the shard
        self.votes = {}  # by a node's ID and an epoch: for whom
        self.epochs = {}  # by a node's ID: the highest current epoch that it has named
        self.config_epochs = {}  # and the highest config epoch of its own
        self.excused = set()  # the names of nodes that got an old file, in which they may have an old ID too
        self.is_majority_one = True  # TAKEOVER makes masters in a minority, so two sides may have a majority
        self.events = self.messages = 0

    def excuse(self, node):
        """Do not hold a node to what it has said and voted before."""
        self.excused.add(node.name)

    def before(self, node):
        return self._owned_in_view_of(node), node.cluster.myself.slots, self._stopped_master(node)

    def _stopped_master(self, node):
        """The master that has stopped its writes for this node to take over, if it has run all the time."""
        master = node.world.by_port.get(node.instance.follows)
        has_stopped = node.cluster.manual_failover.master_offset != -1
        runs = master is not None and master.is_up and master.awake_ms < node.world.now_ms - LONGEST_MS
        return master if has_stopped and runs else None

    def after(self, node, kind, before, actions):
        """One event has happened at a node; nobody else knows of it yet."""
        cluster = node.cluster
        self.events += 1
        cluster.check()
        if self.events % LOOKS_CLOSER == 0:
            cluster.check_owners()
        has_won = any(isinstance(each, Log) and "election won" in each.text for each in actions)
        owned, mine, master = before
        if kind != "command":
            gained = cluster.myself.slots & ~mine
            assert not gained or has_won, f"{node.name} owns slots that nobody gave it"
            self._look_at_lost_slots(node, owned)
        if has_won:
            self._note_winner(node, cluster.myself.config_epoch)
            assert not master or node.instance.log == master.instance.log, "a manual failover has lost writes"

    def _owned_in_view_of(self, node):
        return {other: other.slots for other in node.cluster.nodes.values() if other.slots}

    def _look_at_lost_slots(self, node, owned):
        """A slot may lose its owner when that turns into a replica, or is forgotten."""
        cluster = node.cluster
        if self._owned_in_view_of(node) == owned:
            return
        still = 0
        for other in cluster.nodes.values():
            still |= other.slots
        for other, slots in owned.items():
            has_reason = not other.is_master or cluster.nodes.get(other.id) is not other
            assert has_reason or not slots & ~still, f"in {node.name}'s view slots have no owner any more"

    def _note_winner(self, node, epoch):
        first = self.winners.setdefault((epoch, node.cluster.myself.shard_id), node.name)
        is_only_winner = first == node.name or self.excused or not self.is_majority_one
        assert is_only_winner, f"{first} and {node.name} both won epoch {epoch}"

    def sent(self, node, message, link):
        """A message leaves the node, after all that must be saved before."""
        self.messages += 1
        if self.messages % ROUND_TRIPS == 0:
            assert decode(encode(message)) == message
        assert message.config_epoch <= message.current_epoch
        if node.name in self.excused:
            return
        highest = self.epochs.get(message.sender, 0)
        assert message.current_epoch >= highest, f"the epoch of {node.name} fell from {highest}"
        self.epochs[message.sender] = message.current_epoch
        if message.slots and not message.master:
            highest = self.config_epochs.get(message.sender, 0)
            assert message.config_epoch >= highest, f"the config epoch of {node.name} fell from {highest}"
            self.config_epochs[message.sender] = message.config_epoch
        if message.type == AUTH_ACK:
            vote = message.sender, message.current_epoch
            assert vote not in self.votes, f"{node.name} votes twice in epoch {message.current_epoch}"
            self.votes[vote] = link.node.id


def view_of(node):
    """What all nodes must agree about, in an order."""
    others = sorted(node.cluster.nodes.values(), key=lambda each: each.id)
    return [(other.id, other.is_master, other.master and other.master.id, other.slots) for other in others]


def disagreement(world):
    """Why the cluster has not converged; "" if it has."""
    up = [node for node in world.nodes if node.is_up]
    first = view_of(up[0])
    for node in up:
        cluster = node.cluster
        others = cluster.nodes.values()
        if len(others) != len(world.nodes) or any(other.in_handshake for other in others):
            return f"{node.name} knows {len(others)} nodes"
        if any(other.has(FAIL | PFAIL) and world.by_id(other.id).is_up for other in others):
            return f"{node.name} finds a node failing that works"
        if view_of(node) != first:
            return f"{node.name} and {up[0].name} have different views"
        if not cluster.is_ok:
            return f"{node.name} is not ok"
    return _bad_owners(up)


def _bad_owners(nodes):
    owners = [node.cluster.myself for node in nodes if node.cluster.myself.slots]
    if len({owner.config_epoch for owner in owners}) != len(owners):
        return "two masters have the same config epoch"
    owned = 0
    for owner in owners:
        owned |= owner.slots
    for node in nodes:
        for owner in owners:
            # Higher it may be: a node that was a replica once is remembered with the epoch of its master.
            if node.cluster.nodes[owner.id].config_epoch < owner.config_epoch:
                return f"{node.name} does not know all epochs"
    return "" if owned == ALL_SLOTS else f"{SLOTS - owned.bit_count()} slots have no owner"
