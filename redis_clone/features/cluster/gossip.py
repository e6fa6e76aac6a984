"""What a node learns of others from the gossip in a message."""

from redis_clone.features.cluster import failures
from redis_clone.features.cluster.messages import Gossip, Message
from redis_clone.features.cluster.node import FAIL, MASTER, NOADDR, NOFAILOVER, PFAIL, REPLICA, Node
from redis_clone.features.cluster.roles import join_shard
from redis_clone.features.cluster.sending import FORGOTTEN_MS
from redis_clone.features.cluster.state import Cluster

CLOCKS_MAY_DIFFER_MS = 500


def hear_gossip(cluster: Cluster, sender: Node, message: Message, now_ms: int) -> None:
    """A node that we know tells us of others."""
    for entry in message.gossip:
        node = cluster.nodes.get(entry.id)
        if node is not None:
            _hear_of_known(cluster, node, sender, entry, now_ms)
        elif not entry.flags & NOADDR and not is_forgotten(cluster, entry.id, now_ms):
            _add(cluster, entry, now_ms)


def _hear_of_known(cluster: Cluster, node: Node, sender: Node, entry: Gossip, now_ms: int) -> None:
    is_failing = bool(entry.flags & (FAIL | PFAIL))
    if node is cluster.myself:
        return
    if sender.is_master:
        failures.report(cluster, node, sender, is_failing, now_ms)
    if not is_failing and not node.has(FAIL | PFAIL) and node.ping_sent_ms == 0:
        _believe_pong(cluster, node, entry.pong_received_s * 1000, now_ms)
    is_elsewhere = (entry.ip, entry.port, entry.bus_port) != node.address
    if node.has(FAIL | PFAIL) and not is_failing and not entry.flags & NOADDR and is_elsewhere:
        cluster.close(node.link)  # it has moved: somebody reaches it where we do not
        node.move_to(entry.ip, entry.port, entry.bus_port, entry.other_port)
        node.clear(NOADDR)


def _believe_pong(cluster: Cluster, node: Node, pong_ms: int, now_ms: int) -> None:
    """It has answered somebody else, so we need not ask so soon ourselves."""
    is_newer = node.pong_received_ms < pong_ms <= now_ms + CLOCKS_MAY_DIFFER_MS
    if is_newer and not failures.count_reports(cluster, node, now_ms):
        node.pong_received_ms = pong_ms


def _add(cluster: Cluster, entry: Gossip, now_ms: int) -> None:
    """A node of our cluster knows it, so we connect to it without a handshake."""
    node = Node(entry.id, entry.flags & (MASTER | REPLICA | NOFAILOVER), now_ms)
    if entry.flags & FAIL:
        failures.has_failed(cluster, node, now_ms)  # a fact, while PFAIL is an opinion
    node.move_to(entry.ip, entry.port, entry.bus_port, entry.other_port)
    cluster.add_node(node)
    cluster.must_save = True


def hear_extensions(cluster: Cluster, sender: Node, message: Message, now_ms: int) -> None:
    """What nodes of 7.0 (the first line) and 7.2 add to their news."""
    if sender.hostname != message.hostname or sender.nodename != message.nodename:
        sender.hostname, sender.nodename = message.hostname, message.nodename
        cluster.must_save = True
    for id_, seconds in message.forgotten:
        _forget_too(cluster, id_, seconds, now_ms)
    if message.shard_id:
        join_shard(cluster, sender, message.shard_id)
    elif sender.master is not None:
        join_shard(cluster, sender, sender.master.shard_id)


def _forget_too(cluster: Cluster, id_: str, seconds: int, now_ms: int) -> None:
    """Another node was told to forget this one, so we forget it too; but not ourselves, nor our master."""
    node = cluster.nodes.get(id_)
    if node is None or node in (cluster.myself, cluster.myself.master):
        return
    cluster.forgotten_ms[id_] = now_ms + seconds * 1000
    cluster.remove_node(node)
    cluster.must_save = cluster.must_judge = True


def forget(cluster: Cluster, node: Node, now_ms: int) -> None:
    """Remove a node, and do not let gossip bring it back for a while."""
    cluster.forgotten_ms[node.id] = now_ms + FORGOTTEN_MS
    cluster.remove_node(node)
    cluster.must_save = cluster.must_judge = True


def is_forgotten(cluster: Cluster, id_: str, now_ms: int) -> bool:
    for each in [each for each, until_ms in cluster.forgotten_ms.items() if until_ms <= now_ms]:
        del cluster.forgotten_ms[each]
    return id_ in cluster.forgotten_ms
