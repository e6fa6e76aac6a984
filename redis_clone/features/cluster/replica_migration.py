"""A master that has lost its last working replica is lent one by a master that has several.

The replica that moves is found without a word: all replicas of the masters with the most replicas compare
IDs, and the one with the smallest follows the orphaned master.
"""

from redis_clone.features.cluster.node import FAIL, MIGRATE_TO, PFAIL, Node
from redis_clone.features.cluster.roles import follow
from redis_clone.features.cluster.state import Cluster

ORPHANED_MS = 5000  # a replica may only be restarting


def migrate_if_needed(cluster: Cluster, now_ms: int) -> None:
    """Let this node follow an orphaned master, if it is a replica that can be spared, and the one to go."""
    target = _note_orphans(cluster, now_ms)
    my_master, settings = cluster.myself.master, cluster.settings
    if target is None or my_master is None or not cluster.is_ok or not settings.allow_replica_migration:
        return
    masters = [node for node in cluster.nodes.values() if node.is_master and not node.has(FAIL)]
    most = max((node.working_replicas() for node in masters), default=0)
    spare = my_master.working_replicas()
    if spare < most or most < 2 or spare <= settings.migration_barrier or settings.replica_no_failover:
        return
    candidates = [
        replica
        for node in masters
        if node.working_replicas() == most
        for replica in node.replicas
        if not replica.has(FAIL | PFAIL)
    ]
    goes = min(candidates, key=lambda node: node.id)
    if goes is cluster.myself and now_ms - target.orphaned_ms > ORPHANED_MS:
        cluster.notice(f"Migrating to orphaned master {target.id}")
        follow(cluster, target)


def _note_orphans(cluster: Cluster, now_ms: int) -> Node | None:
    """The first master that needs a replica; each of them remembers since when."""
    target = None
    for node in cluster.nodes.values():
        if node.is_master and not node.has(FAIL) and node.has(MIGRATE_TO) and not node.working_replicas():
            node.orphaned_ms = node.orphaned_ms or now_ms
            if target is None and node.slots:
                target = node
        else:
            node.orphaned_ms = 0
    return target
