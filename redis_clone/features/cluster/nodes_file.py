"""The file nodes.conf: what a node must remember of its cluster, in the format of CLUSTER NODES.

    <id> <ip>:<port>@<bus port>,<hostname>,<name>=<value>,... <flags> <master>
        <ping> <pong> <epoch> <link> <slot> <slot>-<slot> ...
    vars currentEpoch <n> lastVoteEpoch <n>

Nodes of Redis 7.0 write nothing after the hostname; 7.2 adds the shard.  Both are read.
"""

import shlex

from redis_clone.features.cluster.description import node_line
from redis_clone.features.cluster.node import FAIL, FLAG_NAMES, MYSELF, Node
from redis_clone.features.cluster.slots import SLOTS
from redis_clone.features.cluster.state import Cluster

ID_LENGTH = 40
FEWEST_WORDS = 8
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
    if not text.endswith("\n"):
        raise BadNodesFile("the last line is not complete")
    rows = [shlex.split(line) for line in text.splitlines()]
    for step in (_add_node, _fill_node):  # a line may name a node of a later one
        for number, words in enumerate(rows, 1):
            try:
                step(cluster, words, now_ms)
            except (ValueError, IndexError, KeyError) as problem:
                raise BadNodesFile(f"line {number}: {problem}") from problem
    if sum("myself" in words[2].split(",") for words in rows if words[0] != "vars") != 1:
        raise BadNodesFile("not exactly one line has the flag myself")
    highest = max(node.config_epoch for node in cluster.nodes.values())
    cluster.current_epoch = max(cluster.current_epoch, highest)


def _add_node(cluster: Cluster, words: list[str], now_ms: int) -> None:
    if words[0] == "vars":
        return
    if len(words[0]) != ID_LENGTH or not words[0].isalnum():
        raise ValueError(f"{words[0]!r} is no node ID")
    flags = 0
    for name in words[2].split(","):
        flags |= FLAGS[name]
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
        moving, direction, id_ = word[1:-1].split("-", 2)
        table = cluster.migrating if direction == ">" else cluster.importing
        table[_slot(moving)] = cluster.nodes[id_.lstrip("-")]
        return
    first, _, last = word.partition("-")
    for slot in range(_slot(first), _slot(last or first) + 1):
        cluster.give_slot(slot, node)


def _slot(word: str) -> int:
    slot = int(word)
    if not 0 <= slot < SLOTS:
        raise ValueError(f"there is no slot {slot}")
    return slot
