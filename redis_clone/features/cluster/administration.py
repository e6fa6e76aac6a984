"""What an administrator tells a node: the subcommands of CLUSTER that change its view.

The caller has checked the arguments' form.  RedisError with Redis's own words says why a node refuses.
"""

from ipaddress import ip_address

from redis_clone.features.cluster import election, gossip, manual_failover
from redis_clone.features.cluster.actions import EmptyData, FollowNobody
from redis_clone.features.cluster.node import FAIL, HANDSHAKE, MEET, Node
from redis_clone.features.cluster.roles import becomes_master, follow, move_slots
from redis_clone.features.cluster.sending import send_pongs
from redis_clone.features.cluster.slots import slot_set
from redis_clone.features.cluster.state import Cluster, Election
from redis_clone.protocol.errors import RedisError

HIGHEST_PORT = 65535


def known_node(cluster: Cluster, id_: str) -> Node:
    """The node with this ID, or RedisError."""
    node = cluster.nodes.get(id_)
    if node is None or node.in_handshake:
        raise RedisError(f"ERR Unknown node {id_}")
    return node


# Nodes come and go.


def meet(cluster: Cluster, ip: str, port: int, bus_port: int, now_ms: int) -> None:
    """CLUSTER MEET: shake hands with the node at this address."""
    if not _is_address(ip) or not 0 < port <= HIGHEST_PORT or not 0 < bus_port <= HIGHEST_PORT:
        raise RedisError(f"ERR Invalid node address specified: {ip}:{port}")
    if any(node.in_handshake and node.address == (ip, port, bus_port) for node in cluster.nodes.values()):
        return  # it is on the way
    node = Node(cluster.random_id(), HANDSHAKE | MEET, now_ms)
    node.move_to(ip, port, bus_port)
    cluster.add_node(node)


def _is_address(ip: str) -> bool:
    """Names are not resolved, for that takes time."""
    try:
        ip_address(ip)
    except ValueError:
        return False
    return True


def forget(cluster: Cluster, id_: str, now_ms: int) -> None:
    """CLUSTER FORGET: remove a node here; other nodes hear of it."""
    node = cluster.nodes.get(id_)
    if node is None:
        if gossip.is_forgotten(cluster, id_, now_ms):
            return  # another node has told us already
        raise RedisError(f"ERR Unknown node {id_}")
    if node is cluster.myself:
        raise RedisError("ERR I tried hard but I can't forget myself...")
    if node is cluster.myself.master:
        raise RedisError("ERR Can't forget my master!")
    gossip.forget(cluster, node, now_ms)


def reset(cluster: Cluster, hard: bool) -> None:
    """CLUSTER RESET: forget the cluster; `hard`: and who we were."""
    myself = cluster.myself
    if myself.is_master and cluster.instance.has_keys():
        raise RedisError("ERR CLUSTER RESET can't be called with master nodes containing keys")
    if not myself.is_master:
        becomes_master(cluster, myself)
        cluster.do(FollowNobody())
        cluster.do(EmptyData())
    cluster.end_moves()
    cluster.election = Election()
    manual_failover.reset(cluster)
    cluster.lose_slots(myself, myself.slots)
    for node in cluster.others:
        cluster.remove_node(node)
    cluster.forgotten_ms.clear()
    if hard:
        cluster.current_epoch = cluster.last_vote_epoch = myself.config_epoch = 0
        cluster.rename_node(myself, cluster.random_id())
        myself.shard_id = cluster.random_id()
    cluster.must_save = cluster.must_judge = True


# Slots.


def add_slots(cluster: Cluster, slots: list[int]) -> None:
    """CLUSTER ADDSLOTS, ADDSLOTSRANGE: all of these slots, or none."""
    for slot in slots:
        if cluster.owners[slot] is not None:
            raise RedisError(f"ERR Slot {slot} is already busy")
    _require_different(slots)
    for slot in slots:
        cluster.importing.pop(slot, None)
    move_slots(cluster, slot_set(slots), cluster.myself)
    cluster.must_save = cluster.must_judge = True


def delete_slots(cluster: Cluster, slots: list[int]) -> None:
    """CLUSTER DELSLOTS, DELSLOTSRANGE: this node does not know any more to whom they belong."""
    for slot in slots:
        if cluster.owners[slot] is None:
            raise RedisError(f"ERR Slot {slot} is already unassigned")
    _require_different(slots)
    for slot in slots:
        owner = cluster.owners[slot]
        assert owner is not None
        cluster.lose_slots(owner, 1 << slot)
        cluster.migrating.pop(slot, None)
    cluster.must_save = cluster.must_judge = True


def _require_different(slots: list[int]) -> None:
    seen = set()
    for slot in slots:
        if slot in seen:
            raise RedisError(f"ERR Slot {slot} specified multiple times")
        seen.add(slot)


def flush_slots(cluster: Cluster) -> None:
    """CLUSTER FLUSHSLOTS"""
    if cluster.instance.has_keys():
        raise RedisError("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.")
    cluster.lose_slots(cluster.myself, cluster.myself.slots)
    cluster.migrating.clear()
    cluster.must_save = cluster.must_judge = True


def set_migrating(cluster: Cluster, slot: int, id_: str) -> None:
    """CLUSTER SETSLOT slot MIGRATING id: the slot goes from here to another node, key by key."""
    if cluster.owners[slot] is not cluster.myself:
        raise RedisError(f"ERR I'm not the owner of hash slot {slot}")
    cluster.migrating[slot] = _target(cluster, id_)
    cluster.must_save = True


def set_importing(cluster: Cluster, slot: int, id_: str) -> None:
    """CLUSTER SETSLOT slot IMPORTING id: the slot comes here from another node."""
    if cluster.owners[slot] is cluster.myself:
        raise RedisError(f"ERR I'm already the owner of hash slot {slot}")
    cluster.importing[slot] = _target(cluster, id_)
    cluster.must_save = True


def set_stable(cluster: Cluster, slot: int) -> None:
    """CLUSTER SETSLOT slot STABLE: the slot does not move after all."""
    cluster.migrating.pop(slot, None)
    cluster.importing.pop(slot, None)
    cluster.must_save = True


def set_owner(cluster: Cluster, slot: int, id_: str, now_ms: int) -> None:
    """CLUSTER SETSLOT slot NODE id: the slot has moved."""
    node = known_node(cluster, id_)
    _require_master(node)
    myself, was_mine = cluster.myself, cluster.owners[slot] is cluster.myself
    keys = cluster.instance.count_keys(slot)
    if was_mine and node is not myself and keys:
        raise RedisError(
            f"ERR Can't assign hashslot {slot} to a different node while I still hold keys for this hash "
            "slot."
        )
    if not keys:
        cluster.migrating.pop(slot, None)
    has_come = node is myself and slot in cluster.importing
    move_slots(cluster, 1 << slot, node)
    cluster.must_save = cluster.must_judge = True
    if was_mine and node is not myself and not myself.slots and cluster.settings.allow_replica_migration:
        cluster.notice(
            f"Lost my last slot during slot migration. Reconfiguring myself as a replica of {node.id}"
        )
        follow(cluster, node)
    if has_come:
        bump_epoch(cluster)
        del cluster.importing[slot]
        send_pongs(cluster, now_ms)


def _target(cluster: Cluster, id_: str) -> Node:
    node = cluster.nodes.get(id_)
    if node is None or node.in_handshake:
        raise RedisError(f"ERR I don't know about node {id_}")
    _require_master(node)
    return node


def _require_master(node: Node) -> None:
    if not node.is_master:
        raise RedisError("ERR Target node is not a master")


# Epochs.


def bump_epoch(cluster: Cluster) -> bool:
    """CLUSTER BUMPEPOCH: take the highest config epoch; False if it is ours already."""
    if cluster.has_own_epoch():
        return False
    cluster.raise_epoch()
    cluster.warning(f"New configEpoch set to {cluster.current_epoch}")
    return True


def set_config_epoch(cluster: Cluster, epoch: int) -> None:
    """CLUSTER SET-CONFIG-EPOCH: the first one of a new node, so that no two begin with the same."""
    if epoch < 0:
        raise RedisError(f"ERR Invalid config epoch specified: {epoch}")
    if len(cluster.nodes) > 1:
        raise RedisError(
            "ERR The user can assign a config epoch only when the node does not know any other node."
        )
    if cluster.myself.config_epoch:
        raise RedisError("ERR Node config epoch is already non-zero")
    cluster.myself.config_epoch = epoch
    cluster.current_epoch = max(cluster.current_epoch, epoch)
    cluster.must_save = cluster.must_judge = True


def save(cluster: Cluster) -> None:
    """CLUSTER SAVECONFIG"""
    cluster.must_save = True


# Roles.


def replicate(cluster: Cluster, id_: str) -> None:
    """CLUSTER REPLICATE: be a replica of this master."""
    node, myself = known_node(cluster, id_), cluster.myself
    if node is myself:
        raise RedisError("ERR Can't replicate myself")
    if not node.is_master:
        raise RedisError("ERR I can only replicate a master, not a replica.")
    if myself.is_master and (myself.slots or cluster.instance.has_keys()):
        raise RedisError("ERR To set a master the node must be empty and without assigned slots.")
    follow(cluster, node)


def fail_over(cluster: Cluster, how: str, now_ms: int) -> None:
    """CLUSTER FAILOVER: take over for our master; `how` is "", "FORCE" or "TAKEOVER"."""
    myself = cluster.myself
    if myself.is_master:
        raise RedisError("ERR You should send CLUSTER FAILOVER to a replica")
    master = myself.master
    if master is None:
        raise RedisError("ERR I'm a replica but my master is unknown to me")
    if not how and (master.has(FAIL) or master.link is None):
        raise RedisError("ERR Master is down or failed, please use CLUSTER FAILOVER FORCE")
    if how == "TAKEOVER":
        cluster.notice("Taking over the master (user request).")
        manual_failover.reset(cluster)
        bump_epoch(cluster)
        election.replace_master(cluster, now_ms)
        return
    manual_failover.begin(cluster, master, how == "FORCE", now_ms)


# For tests.


def close_links(cluster: Cluster, id_: str, direction: str) -> None:
    """DEBUG CLUSTERLINK KILL: close the connection to a node, the one from it, or both ("all")."""
    node = known_node(cluster, id_)
    links = {"to": [node.link], "from": [node.inbound], "all": [node.link, node.inbound]}
    if direction.lower() not in links:
        raise RedisError(f"ERR Unknown direction {direction}")
    for link in links[direction.lower()]:
        cluster.close(link)
