"""What a node does ten times a second: it calls others, asks how they are, and sees who does not answer."""

from redis_clone.features.cluster import election, failures, manual_failover, replica_migration
from redis_clone.features.cluster.actions import Connect, Link
from redis_clone.features.cluster.messages import MEET, PING
from redis_clone.features.cluster.node import FAIL, HANDSHAKE, MYSELF, NOADDR, Node
from redis_clone.features.cluster.node import MEET as MUST_MEET
from redis_clone.features.cluster.sending import send_news
from redis_clone.features.cluster.state import Cluster

PERIOD_MS = 100
SHORTEST_HANDSHAKE_MS = 1000
RANDOM_PING_TICKS = 10  # every so many ticks a node drawn at random is asked
SAMPLES = 5


def tick(cluster: Cluster, now_ms: int) -> None:
    cluster.ticks += 1
    for node in list(cluster.nodes.values()):
        _connect_if_needed(cluster, node, now_ms)
    if cluster.ticks % RANDOM_PING_TICKS == 0:
        _ping_one(cluster, now_ms)
    for node in list(cluster.nodes.values()):
        if not node.has(MYSELF | NOADDR | HANDSHAKE):
            _look_after(cluster, node, now_ms)
    manual_failover.end_if_late(cluster, now_ms)
    if not cluster.myself.is_master:
        manual_failover.begin_if_complete(cluster)
        election.take_over_if_due(cluster, now_ms)
        replica_migration.migrate_if_needed(cluster, now_ms)
    if not cluster.is_ok:
        cluster.must_judge = True


def _connect_if_needed(cluster: Cluster, node: Node, now_ms: int) -> None:
    if node.has(MYSELF | NOADDR):
        return
    handshake_ms = max(cluster.settings.node_timeout_ms, SHORTEST_HANDSHAKE_MS)
    if node.in_handshake and now_ms - node.created_ms > handshake_ms:
        cluster.remove_node(node)
    elif node.link is None:
        node.link = Link(node, now_ms, node.ip)
        node.ping_sent_ms = node.ping_sent_ms or now_ms  # while it lets us wait, it does not answer
        cluster.do(Connect(node.link))


def connected(cluster: Cluster, link: Link, now_ms: int) -> None:
    """The connection that we wanted is made: say hello."""
    node = link.node
    if node is None:
        return  # it was forgotten meanwhile
    link.is_open = True
    waits_since_ms = node.ping_sent_ms
    send_news(cluster, link, MEET if node.has(MUST_MEET) else PING, now_ms)
    node.ping_sent_ms = waits_since_ms
    node.clear(MUST_MEET)


def _ping_one(cluster: Cluster, now_ms: int) -> None:
    """Of a few nodes drawn at random, ask the one that we have not heard of for longest."""
    idle = [
        node
        for node in cluster.others
        if node.link is not None and node.link.is_open and not node.ping_sent_ms and not node.in_handshake
    ]
    drawn = cluster.draw.sample(idle, min(SAMPLES, len(idle)))
    if drawn:
        oldest = min(drawn, key=lambda node: node.pong_received_ms)
        send_news(cluster, oldest.link, PING, now_ms)


def _look_after(cluster: Cluster, node: Node, now_ms: int) -> None:
    timeout_ms = cluster.settings.node_timeout_ms
    silent_ms = min(now_ms - node.ping_sent_ms, now_ms - node.heard_ms)
    if node.link is not None and node.ping_sent_ms and _is_stuck(node, silent_ms, timeout_ms, now_ms):
        cluster.close(node.link)  # perhaps only the connection is dead
    is_open = node.link is not None and node.link.is_open
    if is_open and not node.ping_sent_ms:
        interval_ms = cluster.settings.ping_interval_ms or timeout_ms // 2
        if now_ms - node.pong_received_ms > interval_ms:
            send_news(cluster, node.link, PING, now_ms)
            return
    if is_open and cluster.manual_failover.replica is node:
        send_news(cluster, node.link, PING, now_ms)  # it waits for our offset
        return
    if node.ping_sent_ms and silent_ms > timeout_ms and not node.has(FAIL):
        failures.suspect(cluster, node, now_ms)


def _is_stuck(node: Node, silent_ms: int, timeout_ms: int, now_ms: int) -> bool:
    return now_ms - node.link.created_ms > timeout_ms and silent_ms > timeout_ms // 2
