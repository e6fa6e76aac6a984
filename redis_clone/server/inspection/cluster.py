"""The cluster as this node sees it.  The caller holds the lock."""

from itertools import islice
from typing import Any

from redis_clone.features.cluster.node import Node, flag_names
from redis_clone.features.cluster.slots import ranges
from redis_clone.server.state import Server

MOST_NODES = 32
MOST_RANGES = 64


def cluster_panel(server: Server, _: int) -> dict[str, Any] | None:
    """None when this server is no node of a cluster."""
    if server.cluster is None:
        return None
    view = server.cluster.view
    election = view.election
    return {
        "is_ok": view.is_ok,
        "current_epoch": view.current_epoch,
        "last_vote_epoch": view.last_vote_epoch,
        "size": view.size,
        "migrating": len(view.migrating),
        "importing": len(view.importing),
        "election": {
            "is_asked": election.is_asked,
            "epoch": election.epoch,
            "voters": sorted(election.voters),
            "begins_ms": election.begins_ms,
        },
        "nodes": [_node(node) for node in islice(view.nodes.values(), MOST_NODES)],
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "address": f"{node.ip}:{node.port}",
        "flags": flag_names(node),
        "config_epoch": node.config_epoch,
        "slots": ranges(node.slots)[:MOST_RANGES],
        "slot_count": node.slots.bit_count(),
        "master": node.master.id if node.master else "",
        "has_link": node.link is not None,
        "ping_sent_ms": node.ping_sent_ms,
        "pong_received_ms": node.pong_received_ms,
        "reports": sorted(reporter.id for reporter in node.reports),
    }
