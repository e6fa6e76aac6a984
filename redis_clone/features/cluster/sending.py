"""The messages that a node sends: each has the news of itself in its header."""

from redis_clone.features.cluster import messages
from redis_clone.features.cluster.actions import Link, Send
from redis_clone.features.cluster.messages import EXTENSIONS, PAUSED, PING, PONG, Gossip, Message, Owner
from redis_clone.features.cluster.node import HANDSHAKE, NOADDR, PFAIL, Node
from redis_clone.features.cluster.state import Cluster

FEWEST_GOSSIP = 3
FORGOTTEN_MS = 60_000  # for so long a node that was forgotten does not come back by gossip


def send(cluster: Cluster, link: Link | None, message: Message) -> None:
    """Send on a link; without one, the message is lost, as messages may be."""
    if link is not None and link.is_open:
        cluster.sent[message.type] += 1
        cluster.do(Send(link, message))


def broadcast(cluster: Cluster, message: Message) -> None:
    """Send to all nodes that we have a connection to."""
    for node in cluster.others:
        if not node.in_handshake:
            send(cluster, node.link, message)


def header(cluster: Cluster, type_: int) -> Message:
    """A message without a body: who we are, and what we or our master own."""
    myself, settings = cluster.myself, cluster.settings
    owner = myself.shard_master or myself
    is_paused = myself.is_master and cluster.manual_failover.ends_ms != 0
    return Message(
        type_, myself.id, cluster.current_epoch, owner.config_epoch,
        cluster.instance.replication_offset(), owner.slots, myself.master.id if myself.master else "",
        settings.announced_ip, settings.port, settings.bus_port, settings.other_port, myself.flags,
        cluster.is_ok, (PAUSED if is_paused else 0) | EXTENSIONS,
    )  # fmt: skip


def send_news(cluster: Cluster, link: Link, type_: int, now_ms: int) -> None:
    """Send PING, PONG or MEET, with gossip about other nodes."""
    node = link.node
    if type_ == PING and node is not None and not link.is_inbound:
        node.ping_sent_ms = now_ms
    message = header(cluster, type_)._replace(gossip=_gossip(cluster, node))
    if node is not None and node.takes_extensions:
        message = message._replace(
            hostname=cluster.settings.hostname, nodename=cluster.settings.nodename,
            shard_id=cluster.myself.shard_id, forgotten=_forgotten(cluster, now_ms),
        )  # fmt: skip
    send(cluster, link, message)


def _gossip(cluster: Cluster, receiver: Node | None) -> tuple[Gossip, ...]:
    """A tenth of the nodes, drawn at random, and all that seem to fail: of these all must hear soon."""
    others = [node for node in cluster.others if node is not receiver and not node.has(HANDSHAKE | NOADDR)]
    failing = [node for node in others if node.has(PFAIL)]
    worth_it = [node for node in others if not node.has(PFAIL) and (node.link or node.slots)]
    number = min(max(FEWEST_GOSSIP, len(cluster.nodes) // 10), len(worth_it))
    return tuple(_entry(node) for node in cluster.draw.sample(worth_it, number) + failing)


def _entry(node: Node) -> Gossip:
    return Gossip(
        node.id, node.ping_sent_ms // 1000, node.pong_received_ms // 1000, node.ip, node.port, node.bus_port,
        node.flags, node.other_port,
    )  # fmt: skip


def _forgotten(cluster: Cluster, now_ms: int) -> tuple[tuple[str, int], ...]:
    """Nodes that were forgotten here lately, so that others forget them too."""
    left = ((id_, (until_ms - now_ms) // 1000) for id_, until_ms in cluster.forgotten_ms.items())
    return tuple((id_, seconds) for id_, seconds in left if seconds > 0)


def send_pongs(cluster: Cluster, now_ms: int, only_own_shard: bool = False) -> None:
    """Tell all nodes at once what has changed here, or those with the same master."""
    myself = cluster.myself
    for node in cluster.others:
        is_sibling = node.master is not None and node.master in (myself, myself.master)
        if node.link is not None and not node.in_handshake and (is_sibling or not only_own_shard):
            send_news(cluster, node.link, PONG, now_ms)


def send_update(cluster: Cluster, node: Node, owner: Node) -> None:
    """Tell a node who owns the slots that it claims with an old epoch."""
    body = Owner(owner.config_epoch, owner.id, owner.slots)
    send(cluster, node.link, header(cluster, messages.UPDATE)._replace(owner=body))


def broadcast_fail(cluster: Cluster, failing: Node) -> None:
    broadcast(cluster, header(cluster, messages.FAIL)._replace(failing=failing.id))


def publish(cluster: Cluster, channel: bytes, payload: bytes, is_sharded: bool) -> None:
    """Bring a message to the subscribers at all nodes; that of a shard channel to those of this shard."""
    type_ = messages.PUBLISHSHARD if is_sharded else messages.PUBLISH
    message = header(cluster, type_)._replace(channel=channel, payload=payload)
    if not is_sharded:
        broadcast(cluster, message)
        return
    for node in cluster.others:
        if node.shard_master is cluster.myself.shard_master:
            send(cluster, node.link, message)
