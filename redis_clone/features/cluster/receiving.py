"""What a node does with a message: first the news in the header, then what the message is for."""

from redis_clone.features.cluster import claims, election, failures, gossip, manual_failover, messages
from redis_clone.features.cluster.actions import Link, Publish
from redis_clone.features.cluster.messages import EXTENSIONS, MEET, PING, PONG, Message
from redis_clone.features.cluster.node import HANDSHAKE, MASTER, NOADDR, NOFAILOVER, REPLICA, Node
from redis_clone.features.cluster.roles import becomes_master, becomes_replica, follow, join_shard
from redis_clone.features.cluster.sending import send_news
from redis_clone.features.cluster.state import Cluster

NEWS = (PING, PONG, MEET)


def receive(cluster: Cluster, link: Link, message: Message, now_ms: int) -> None:
    """A message has come on a connection."""
    cluster.received[message.type] += 1
    if message.type == cluster.dropped_type:
        return
    sender = _sender_of(cluster, link, message)
    if sender is not None:
        _hear_header(cluster, sender, link, message, now_ms)
    if message.type in NEWS:
        _hear_news(cluster, sender, link, message, now_ms)
    elif sender is not None:
        _hear_order(cluster, sender, link, message, now_ms)


def _sender_of(cluster: Cluster, link: Link, message: Message) -> Node | None:
    """The node that sent it; None if we do not know it yet."""
    node = cluster.nodes.get(message.sender)
    if node is None or node.in_handshake or node is cluster.myself:
        return None
    if link.is_inbound and link.node is not node:
        if link.node is not None:
            link.node.inbound = None  # it was reset, and has another ID now
        cluster.close(node.inbound)  # an older one
        link.node, node.inbound = node, link
    return node


def _hear_header(cluster: Cluster, sender: Node, link: Link, message: Message, now_ms: int) -> None:
    sender.heard_ms = now_ms
    sender.takes_extensions = bool(message.message_flags & EXTENSIONS) or sender.takes_extensions
    epoch = max(message.current_epoch, message.config_epoch)
    if epoch > cluster.current_epoch:
        cluster.current_epoch = epoch
        cluster.must_save = True
    if message.config_epoch > sender.config_epoch:
        sender.config_epoch = message.config_epoch
        cluster.must_save = True
    sender.offset = message.offset
    manual_failover.hear_offset(cluster, sender, message)


# PING, PONG, MEET.


def _hear_news(cluster: Cluster, sender: Node | None, link: Link, message: Message, now_ms: int) -> None:
    if message.type != PONG:
        if message.type == MEET or not cluster.myself.ip:
            _learn_own_address(cluster, link)
        if sender is None and message.type == MEET:
            _accept(cluster, link, message, now_ms)
        send_news(cluster, link, PONG, now_ms)
    if not link.is_inbound and not _is_whom_we_called(cluster, sender, link, message):
        return
    if message.type == PONG and not link.is_inbound and link.node is not None:
        link.node.pong_received_ms, link.node.ping_sent_ms = now_ms, 0
        failures.has_answered(cluster, link.node, now_ms)
    if sender is None:
        return  # what it says of itself is heard when it is no stranger any more
    if message.type == PING and _address_changed(cluster, sender, link, message):
        cluster.must_save = cluster.must_judge = True
    sender.flags = sender.flags & ~NOFAILOVER | message.flags & NOFAILOVER
    _hear_role(cluster, sender, message)
    claims.hear_claim(cluster, sender, message)
    gossip.hear_gossip(cluster, sender, message, now_ms)
    gossip.hear_extensions(cluster, sender, message, now_ms)


def _learn_own_address(cluster: Cluster, link: Link) -> None:
    """Where others reach us, we only know from those who do."""
    if not cluster.settings.announced_ip and link.own_address not in ("", cluster.myself.ip):
        cluster.myself.ip = link.own_address
        cluster.notice(f"IP address for this node updated to {link.own_address}")
        cluster.must_save = True


def _accept(cluster: Cluster, link: Link, message: Message, now_ms: int) -> None:
    """Somebody was told to meet us: meet it too, and believe its gossip."""
    node = Node(cluster.random_id(), HANDSHAKE, now_ms)
    _note_address(node, link, message)
    cluster.add_node(node)
    cluster.must_save = True


def _note_address(node: Node, link: Link, message: Message) -> None:
    node.move_to(message.ip or link.address, message.port, message.bus_port, message.other_port)


def _is_whom_we_called(cluster: Cluster, sender: Node | None, link: Link, message: Message) -> bool:
    """Whether the node that answers is the one that we wanted; ends a handshake."""
    called = link.node
    if called is None:
        return False
    if called.in_handshake:
        return _end_handshake(cluster, sender, called, link, message)
    if called.id != message.sender:
        cluster.debug(f"PONG contains mismatching sender ID. About node {called.id} added {called.address}")
        called.set(NOADDR)
        called.move_to("", 0, 0)
        cluster.close(link)
        cluster.must_save = True
        return False
    return True


def _end_handshake(cluster: Cluster, sender: Node | None, called: Node, link: Link, message: Message) -> bool:
    """Now we know its ID.  It may be a node that we know already, or this one."""
    if message.sender in cluster.nodes:
        if sender is not None:
            _address_changed(cluster, sender, link, message)
        cluster.remove_node(called)
        return False
    cluster.rename_node(called, message.sender)
    called.clear(HANDSHAKE)
    called.set(message.flags & (MASTER | REPLICA))
    cluster.must_save = True
    cluster.debug(f"Handshake with node {called.id} completed.")
    return True


def _address_changed(cluster: Cluster, node: Node, link: Link, message: Message) -> bool:
    """Note from where it speaks to us now.  Our own calls go to its old address, so they end."""
    if link is node.link:
        return False  # there it is, for we have called it there
    address = message.ip or link.address, message.port, message.bus_port
    if address == node.address and message.other_port == node.other_port:
        return False
    _note_address(node, link, message)
    cluster.close(node.link)
    node.clear(NOADDR)
    cluster.warning(f"Address updated for node {node.id}, now {node.ip}:{node.port}")
    if cluster.myself.master is node:
        cluster.replicate(node)
    return True


def _hear_role(cluster: Cluster, sender: Node, message: Message) -> None:
    if not message.master:
        becomes_master(cluster, sender)
        return
    if not sender.has(REPLICA):
        becomes_replica(cluster, sender)
    master = cluster.nodes.get(message.master)
    if master is not None and sender.master is not master:
        sender.set_master(master)
        join_shard(cluster, sender, master.shard_id)
        cluster.must_save = True
    _leave_chain(cluster)


def _leave_chain(cluster: Cluster) -> None:
    """Our master has become a replica: follow its master, but not in circles."""
    master = cluster.myself.master
    its_master = master and master.master
    if master and its_master and its_master.is_master:
        cluster.notice(f"I'm a sub-replica! Reconfiguring myself from {master.id} to {its_master.id}")
        follow(cluster, its_master)


# The other messages, of nodes that we know.


def _hear_order(cluster: Cluster, sender: Node, link: Link, message: Message, now_ms: int) -> None:
    if message.type == messages.FAIL:
        _hear_fail(cluster, sender, message, now_ms)
    elif message.type in (messages.PUBLISH, messages.PUBLISHSHARD):
        is_sharded = message.type == messages.PUBLISHSHARD
        cluster.do(Publish(message.channel, message.payload, is_sharded))
    elif message.type == messages.AUTH_REQUEST:
        election.vote_if_right(cluster, sender, message, now_ms)
    elif message.type == messages.AUTH_ACK:
        election.hear_vote(cluster, sender, message)
    elif message.type == messages.UPDATE and message.owner is not None:
        claims.hear_update(cluster, message.owner)
    elif message.type == messages.MFSTART:
        manual_failover.hear_start(cluster, sender, link, now_ms)


def _hear_fail(cluster: Cluster, sender: Node, message: Message, now_ms: int) -> None:
    failing = cluster.nodes.get(message.failing)
    if failing is not None and failing is not cluster.myself:
        cluster.notice(f"FAIL message received from {sender.id} about {failing.id}")
        failures.has_failed(cluster, failing, now_ms)
