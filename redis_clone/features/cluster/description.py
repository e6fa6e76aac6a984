"""The view of a node as text and replies: CLUSTER NODES, INFO, SLOTS, SHARDS, LINKS."""

from collections.abc import Iterable, Iterator
from typing import Any

from redis_clone.features.cluster.messages import NAMES
from redis_clone.features.cluster.node import FAIL, MYSELF, PFAIL, Node, flag_names
from redis_clone.features.cluster.slots import ranges
from redis_clone.features.cluster.state import Cluster

UNKNOWN_HOSTNAME = "?"


def address(node: Node, port: int) -> str:
    """
    >>> node = Node("a" * 40, 0, 0)
    >>> node.ip, node.bus_port, node.hostname = "10.0.0.1", 16379, "example.org"
    >>> address(node, 6379)
    '10.0.0.1:6379@16379,example.org'
    """
    hostname = f",{node.hostname}" if node.hostname else ""
    return f"{node.ip}:{port}@{node.bus_port}{hostname}"


def slot_words(node: Node) -> Iterator[str]:
    return (str(begin) if begin == end else f"{begin}-{end}" for begin, end in ranges(node.slots))


def moves(cluster: Cluster) -> Iterator[str]:
    """The slots that move, as the line of this node shows them."""
    for slot in sorted({*cluster.migrating, *cluster.importing}):
        if slot in cluster.migrating:
            yield f"[{slot}->-{cluster.migrating[slot].id}]"
        else:
            yield f"[{slot}-<-{cluster.importing[slot].id}]"


def node_line(cluster: Cluster, node: Node, shown_address: str) -> str:
    """One line of CLUSTER NODES, and, with another address, of nodes.conf."""
    owner = node.shard_master or node
    is_connected = node.link is not None or node.has(MYSELF)
    words = [
        node.id, shown_address, flag_names(node), node.master.id if node.master else "-",
        str(node.ping_sent_ms), str(node.pong_received_ms), str(owner.config_epoch),
        "connected" if is_connected else "disconnected", *slot_words(node),
    ]  # fmt: skip
    if node is cluster.myself:
        words += moves(cluster)
    return " ".join(words)


def nodes_text(cluster: Cluster, uses_tls: bool = False) -> str:
    """CLUSTER NODES, for a client that uses TLS or does not."""
    return "".join(f"{line}\n" for line in _lines(cluster, cluster.nodes.values(), uses_tls))


def replica_lines(cluster: Cluster, master: Node, uses_tls: bool = False) -> list[str]:
    """CLUSTER REPLICAS"""
    return _lines(cluster, master.replicas, uses_tls)


def _lines(cluster: Cluster, nodes: Iterable[Node], uses_tls: bool) -> list[str]:
    return [node_line(cluster, node, address(node, cluster.port_of(node, uses_tls))) for node in nodes]


def info_text(cluster: Cluster) -> str:
    """CLUSTER INFO: lines that end in CR LF."""
    owned = [(node, node.slots.bit_count()) for node in cluster.nodes.values() if node.slots]
    failing = sum(number for node, number in owned if node.has(FAIL))
    suspected = sum(number for node, number in owned if node.has(PFAIL))
    assigned = sum(number for _, number in owned)
    fields = {
        "cluster_state": "ok" if cluster.is_ok else "fail",
        "cluster_slots_assigned": assigned,
        "cluster_slots_ok": assigned - failing - suspected,
        "cluster_slots_pfail": suspected,
        "cluster_slots_fail": failing,
        "cluster_known_nodes": len(cluster.nodes),
        "cluster_size": cluster.size,
        "cluster_current_epoch": cluster.current_epoch,
        "cluster_my_epoch": (cluster.myself.shard_master or cluster.myself).config_epoch,
        **_counts(cluster.sent, "sent"),
        **_counts(cluster.received, "received"),
        "total_cluster_links_buffer_limit_exceeded": cluster.buffer_limits_exceeded,
    }
    return "".join(f"{name}:{value}\r\n" for name, value in fields.items())


def _counts(counter: dict[int, int], what: str) -> dict[str, int]:
    each = {
        f"cluster_stats_messages_{name}_{what}": counter[type_]
        for type_, name in enumerate(NAMES)
        if counter.get(type_)
    }
    return {**each, f"cluster_stats_messages_{what}": sum(counter.values())}


# Where clients are sent.


def endpoint(cluster: Cluster, node: Node) -> str | None:
    """The name by which clients reach a node; None: at the address where they found this one."""
    kind = cluster.settings.preferred_endpoint_type
    if kind == "hostname":
        return node.hostname or UNKNOWN_HOSTNAME
    return node.ip if kind == "ip" else None


def _other_endpoints(cluster: Cluster, node: Node) -> dict[str, str]:
    """By what other names a node can be reached."""
    kind = cluster.settings.preferred_endpoint_type
    found = {}
    if kind != "ip":
        found["ip"] = node.ip
    if kind != "hostname" and node.hostname:
        found["hostname"] = node.hostname
    return found


def slots_reply(cluster: Cluster, uses_tls: bool = False) -> list[list[Any]]:
    """CLUSTER SLOTS: [first slot, last slot, master, replica, ...]; the ranges in their order."""
    found = []
    for node in cluster.masters_with_slots():
        shard = (node, *_available_replicas(cluster, node))
        places = [_place(cluster, each, uses_tls) for each in shard]
        found += [[begin, end, *places] for begin, end in ranges(node.slots)]
    return sorted(found, key=lambda row: int(row[0]))


def _place(cluster: Cluster, node: Node, uses_tls: bool) -> list[Any]:
    port = cluster.port_of(node, uses_tls)
    return [endpoint(cluster, node), port, node.id, _other_endpoints(cluster, node)]


def _available_replicas(cluster: Cluster, master: Node) -> Iterable[Node]:
    return (node for node in master.replicas if not node.has(FAIL) and offset_of(cluster, node))


def offset_of(cluster: Cluster, node: Node) -> int:
    """How much of the stream a node has, as far as we know."""
    return cluster.instance.replication_offset() if node is cluster.myself else node.offset


def shards_reply(cluster: Cluster) -> list[dict[str, Any]]:
    """CLUSTER SHARDS: the slots of each shard, and its nodes."""
    shards: dict[str, list[Node]] = {}
    for node in cluster.nodes.values():
        if not node.in_handshake:
            shards.setdefault(node.shard_id or node.id, []).append(node)
    return [_shard(cluster, nodes) for nodes in shards.values()]


def _shard(cluster: Cluster, nodes: list[Node]) -> dict[str, Any]:
    owned = next((node.slots for node in nodes if node.slots), 0)
    bounds = [bound for pair in ranges(owned) for bound in pair]
    return {"slots": bounds, "nodes": [_shard_node(cluster, node) for node in nodes]}


def _shard_node(cluster: Cluster, node: Node) -> dict[str, Any]:
    offset = offset_of(cluster, node)
    health = "fail" if node.has(FAIL | PFAIL) else "online" if node.is_master or offset else "loading"
    ports = ("tls-port", "port") if cluster.settings.bus_uses_tls else ("port", "tls-port")
    named = zip(ports, (node.port, node.other_port), strict=True)
    found: dict[str, Any] = {"id": node.id, **{name: port for name, port in named if port}, "ip": node.ip}
    found["endpoint"] = endpoint(cluster, node)
    if node.hostname:
        found["hostname"] = node.hostname
    role = "master" if node.is_master else "replica"
    return {**found, "role": role, "replication-offset": offset, "health": health}
