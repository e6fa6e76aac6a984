"""Whether the cluster is well, as this node sees it: else it refuses the commands of its clients.

The cluster fails when a slot has no owner that works (`cluster-require-full-coverage`), or when this node
reaches no majority of the masters: then the others may elect a new owner of its slots, and it does not hear
of it.
"""

from redis_clone.features.cluster.node import FAIL, PFAIL
from redis_clone.features.cluster.slots import ALL_SLOTS
from redis_clone.features.cluster.state import Cluster

FIRST_WAIT_MS = 2000  # after its start a master lets others tell it first what has changed
SHORTEST_REJOIN_MS, LONGEST_REJOIN_MS = 500, 5000


def quorum(cluster: Cluster) -> int:
    """How many masters are a majority; only those that own slots count."""
    return cluster.size // 2 + 1


def judge(cluster: Cluster, now_ms: int) -> None:
    """Look anew whether the cluster is well."""
    cluster.started_ms = cluster.started_ms or now_ms
    masters = cluster.masters_with_slots()
    cluster.size = len(masters)
    reachable = sum(not node.has(FAIL | PFAIL) for node in masters)
    is_minority = reachable < quorum(cluster)
    if is_minority:
        cluster.in_minority_ms = now_ms
    is_ok = not is_minority and _is_covered(cluster)
    if is_ok == cluster.is_ok or (is_ok and _must_wait(cluster, now_ms)):
        return
    cluster.is_ok = is_ok
    cluster.notice(f"Cluster state changed: {'ok' if is_ok else 'fail'}")


def _is_covered(cluster: Cluster) -> bool:
    if not cluster.settings.require_full_coverage:
        return True
    covered = 0
    for node in cluster.masters_with_slots():
        if not node.has(FAIL):
            covered |= node.slots
    return covered == ALL_SLOTS


def _must_wait(cluster: Cluster, now_ms: int) -> bool:
    """A master that was away waits a little, so that it hears first who owns its slots now."""
    if not cluster.myself.is_master:
        return False
    if now_ms - cluster.started_ms < FIRST_WAIT_MS:
        return True
    rejoin_ms = min(max(cluster.settings.node_timeout_ms, SHORTEST_REJOIN_MS), LONGEST_REJOIN_MS)
    return cluster.in_minority_ms != 0 and now_ms - cluster.in_minority_ms < rejoin_ms
