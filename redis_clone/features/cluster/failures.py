"""How a node is found to have failed, and to be back.

    pfail   we have had no answer from it for the node timeout: our opinion
    report  a master says in its gossip that it finds the node failing: good for twice the timeout
    fail    a majority of the masters say so: a fact, which is sent to everybody at once

A replica that answers again is back.  A master with slots is back only after a while, for a replica of it may
have taken over, and then it will hear so.
"""

from redis_clone.features.cluster.health import quorum
from redis_clone.features.cluster.node import FAIL, MYSELF, PFAIL, Node
from redis_clone.features.cluster.sending import broadcast_fail
from redis_clone.features.cluster.state import Cluster


def suspect(cluster: Cluster, node: Node, now_ms: int) -> None:
    """It has not answered for too long."""
    if node.has(PFAIL | FAIL):
        return
    cluster.debug(f"*** NODE {node.id} possibly failing")
    node.set(PFAIL)
    cluster.must_judge = True
    if cluster.myself.is_master and cluster.size == 1:
        _fail_if_agreed(cluster, node, now_ms)  # nobody else has a say


def report(cluster: Cluster, node: Node, reporter: Node, is_failing: bool, now_ms: int) -> None:
    """A master says in its gossip what it thinks of a node."""
    if is_failing:
        if reporter not in node.reports:
            cluster.notice(f"Node {reporter.id} reported node {node.id} as not reachable.")
        node.reports[reporter] = now_ms
        _fail_if_agreed(cluster, node, now_ms)
    elif node.reports.pop(reporter, None) is not None:
        cluster.notice(f"Node {reporter.id} reported node {node.id} is back online.")


def count_reports(cluster: Cluster, node: Node, now_ms: int) -> int:
    """How many masters find it failing; old reports are dropped."""
    oldest_ms = now_ms - 2 * cluster.settings.node_timeout_ms
    for reporter in [each for each, said_ms in node.reports.items() if said_ms < oldest_ms]:
        del node.reports[reporter]
    return len(node.reports)


def _fail_if_agreed(cluster: Cluster, node: Node, now_ms: int) -> None:
    if not node.has(PFAIL):
        return
    votes = count_reports(cluster, node, now_ms) + (1 if cluster.myself.is_master else 0)
    if votes < quorum(cluster):
        return
    cluster.notice(f"Marking node {node.id} as failing (quorum reached).")
    has_failed(cluster, node, now_ms)
    broadcast_fail(cluster, node)


def has_failed(cluster: Cluster, node: Node, now_ms: int) -> None:
    """A majority agrees; we found it ourselves, or were told."""
    if node.has(FAIL | MYSELF):
        return
    node.clear(PFAIL)
    node.set(FAIL)
    node.failed_ms = now_ms
    cluster.must_save = cluster.must_judge = True


def has_answered(cluster: Cluster, node: Node, now_ms: int) -> None:
    """It has answered our ping."""
    if node.has(PFAIL):
        node.clear(PFAIL)
        cluster.must_save = cluster.must_judge = True
    if not node.has(FAIL):
        return
    may_have_been_replaced = node.is_master and node.slots
    if may_have_been_replaced and now_ms - node.failed_ms <= 2 * cluster.settings.node_timeout_ms:
        return
    what = (
        "is reachable again and nobody is serving its slots after some time"
        if node.slots
        else "is reachable again"
    )
    cluster.notice(f"Clear FAIL state for node {node.id}: {what}.")
    node.clear(FAIL)
    cluster.must_save = cluster.must_judge = True
