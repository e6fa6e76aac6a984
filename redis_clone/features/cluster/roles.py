"""The roles: a node becomes a master, or a replica of one, in our view or by our own decision."""

from redis_clone.features.cluster import manual_failover
from redis_clone.features.cluster.node import MASTER, MIGRATE_TO, REPLICA, Node
from redis_clone.features.cluster.state import Cluster, Election


def becomes_master(cluster: Cluster, node: Node) -> None:
    """In our view a replica is a master from now on."""
    if node.is_master:
        return
    node.leave_master()
    if node is not cluster.myself:
        node.set(MIGRATE_TO)
    node.clear(REPLICA)
    node.set(MASTER)
    cluster.must_save = cluster.must_judge = True


def becomes_replica(cluster: Cluster, node: Node) -> None:
    """In our view a master is a replica from now on, and has no slots."""
    cluster.lose_slots(node, node.slots)
    node.clear(MASTER | MIGRATE_TO)
    node.set(REPLICA)
    cluster.must_save = cluster.must_judge = True


def follow(cluster: Cluster, master: Node) -> None:
    """This node replicates the master from now on."""
    myself = cluster.myself
    if myself.is_master:
        myself.clear(MASTER | MIGRATE_TO)
        myself.set(REPLICA)
        cluster.end_moves()
    myself.set_master(master)
    join_shard(cluster, myself, master.shard_id)
    cluster.replicate(master)
    cluster.election = Election()
    manual_failover.reset(cluster)
    cluster.must_save = cluster.must_judge = True


def join_shard(cluster: Cluster, node: Node, shard_id: str) -> None:
    """A node and its replicas have the ID of a shard from now on."""
    if shard_id and node.shard_id != shard_id:
        node.shard_id = shard_id
        cluster.must_save = True


def move_slots(cluster: Cluster, slots: int, node: Node) -> None:
    """The node owns these slots from now on."""
    cluster.give_slots(slots, node)
    if node is not cluster.myself:
        for slot in [slot for slot in cluster.migrating if slots >> slot & 1]:
            del cluster.migrating[slot]
