"""The file nodes.conf: what a node must remember of its cluster, in the format of CLUSTER NODES.

    <id> <ip>:<port>@<bus port>,<hostname>,<name>=<value>,... <flags> <master>
        <ping> <pong> <epoch> <link> <slot> <slot>-<slot> ...
    vars currentEpoch <n> lastVoteEpoch <n>

Nodes of Redis 7.0 write nothing after the hostname; 7.2 adds the shard.  Both are read.  A file that
tells what cannot be is refused as a whole: a node that forgets a vote is worse than one that is down.
"""

import re
import shlex

from redis_clone.features.cluster.description import node_line
from redis_clone.features.cluster.messages import ID
from redis_clone.features.cluster.node import FAIL, FLAG_NAMES, MASTER, MYSELF, PFAIL, REPLICA, Node
from redis_clone.features.cluster.slots import SLOTS
from redis_clone.features.cluster.state import Cluster

FEWEST_WORDS = 8
MOVE = re.compile(r"\[(\d+)-([<>])-(\w+)\]")
FLAGS = {name: flag for flag, name in FLAG_NAMES.items()} | {"noflags": 0}


class BadNodesFile(Exception):
    """The file cannot be understood; says where and why."""


def to_text(cluster: Cluster) -> str:
    lines = [
        node_line(cluster, node, _address(node)) for node in cluster.nodes.values() if not node.in_handshake
    ]
    epochs = f"vars currentEpoch {cluster.current_epoch} lastVoteEpoch {cluster.last_vote_epoch}"
    return "".join(f"{line}\n" for line in (*lines, epochs))


def _address(node: Node) -> str:
    fields = [f"{node.ip}:{node.port}@{node.bus_port}", node.hostname, f"tls-port={node.other_port}"]
    if node.nodename:
        fields.append(f"nodename={node.nodename}")
    return ",".join([*fields, f"shard-id={node.shard_id}"])


def load_text(cluster: Cluster, text: str, now_ms: int) -> None:
    """Fill the view of a new node from its file.  BadNodesFile."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not text.endswith("\n") or not lines or not lines[-1][1].startswith("vars "):
        raise BadNodesFile("the end is missing")  # so no vote is forgotten
    cluster.myself.clear(MYSELF)  # until its line comes
    for step in (_add_node, _fill_node):  # a line may name a node of a later one
        for number, line in lines:
            try:
                step(cluster, shlex.split(line), now_ms)
            except (ValueError, IndexError, KeyError) as problem:
                raise BadNodesFile(f"line {number}: {problem}") from problem
    if not cluster.myself.has(MYSELF):
        raise BadNodesFile("no line has the flag myself")
    _drop_old_moves(cluster)
    highest = max(node.config_epoch for node in cluster.nodes.values())
    cluster.current_epoch = max(cluster.current_epoch, highest)


def _add_node(cluster: Cluster, words: list[str], now_ms: int) -> None:
    if words[0] == "vars":
        return
    if not ID.fullmatch(words[0]):
        raise ValueError(f"{words[0]!r} is no node ID")
    flags = 0
    for name in words[2].split(","):
        flags |= FLAGS[name]
    if (flags & MASTER and flags & REPLICA) or (flags & PFAIL and flags & FAIL):
        raise ValueError(f"{words[2]} contradict each other")
    if words[0] in cluster.nodes:
        raise ValueError(f"node {words[0]} has a line already")
    if flags & MYSELF:
        cluster.rename_node(cluster.myself, words[0])
        cluster.myself.flags = flags
    else:
        cluster.add_node(Node(words[0], flags, now_ms))


def _fill_node(cluster: Cluster, words: list[str], now_ms: int) -> None:
    if words[0] == "vars":
        values = dict(zip(words[1::2], words[2::2], strict=True))
        cluster.current_epoch = int(values["currentEpoch"])
        cluster.last_vote_epoch = int(values["lastVoteEpoch"])
        return
    node = cluster.nodes[words[0]]
    _load_address(node, words[1])
    node.failed_ms = now_ms if node.has(FAIL) else 0
    if words[3] != "-":
        node.set_master(cluster.nodes[words[3]])
    node.ping_sent_ms = now_ms if int(words[4]) else 0
    node.pong_received_ms = now_ms if int(words[5]) else 0
    if node.is_master:  # a replica's line shows the epoch of its master
        node.config_epoch = int(words[6])
    for word in words[FEWEST_WORDS:]:
        _load_slots(cluster, node, word)


def _load_address(node: Node, word: str) -> None:
    place, *more = word.split(",")
    host, _, bus_port = place.partition("@")
    node.ip, _, port = host.rpartition(":")
    node.port = int(port)
    node.bus_port = int(bus_port) if bus_port else node.port + 10000
    node.hostname = more[0] if more else ""
    values = dict(field.split("=", 1) for field in more[1:])
    node.shard_id = values.get("shard-id", "")
    node.nodename = values.get("nodename", "")
    node.other_port = int(values.get("tls-port", values.get("tcp-port", 0)))


def _load_slots(cluster: Cluster, node: Node, word: str) -> None:
    if word.startswith("["):
        move = MOVE.fullmatch(word)
        if move is None:
            raise ValueError(f"{word!r} is no move of a slot")
        slot, direction, id_ = move.groups()
        table = cluster.migrating if direction == ">" else cluster.importing
        table[_slot(slot)] = cluster.nodes[id_]
        return
    if not node.is_master:
        raise ValueError("only a master owns slots")
    first, dash, last = word.partition("-")
    begin, end = _slot(first), _slot(last if dash else first)
    if begin > end:
        raise ValueError(f"{word!r} is no range of slots")
    cluster.give_slots((2 << end) - (1 << begin), node)


def _drop_old_moves(cluster: Cluster) -> None:
    """Redis may still show a move of a slot that has come to its end otherwise."""
    for table, is_ours in ((cluster.migrating, True), (cluster.importing, False)):
        for slot in [slot for slot in table if (cluster.owners[slot] is cluster.myself) != is_ours]:
            del table[slot]


def _slot(word: str) -> int:
    slot = int(word)
    if not 0 <= slot < SLOTS:
        raise ValueError(f"there is no slot {slot}")
    return slot
