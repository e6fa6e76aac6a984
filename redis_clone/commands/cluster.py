"""The commands of a node of a cluster: CLUSTER with its subcommands.

What they do is in features/cluster/: administration.py changes this node's view, description.py shows it.
Without `cluster-enabled` each of them has the same error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from redis_clone.command_table.registry import TABLE, Command, command_group, enter
from redis_clone.commands.arguments import integer, integer_within
from redis_clone.commands.containers import help_lines
from redis_clone.features.cluster.slots import SLOTS, key_slot
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import OK, Reply, SimpleString, Verbatim

if TYPE_CHECKING:
    from redis_clone.features.cluster.actions import Link
    from redis_clone.features.cluster.state import Cluster
    from redis_clone.server.clustering import Clustering
    from redis_clone.server.state import Client

command = command_group("cluster")

NO_CLUSTER = RedisError("ERR This instance has cluster support disabled")
BAD_SLOT = "ERR Invalid or out of range slot"
BAD_ACTION = RedisError("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP")
BUS_PORT_OFFSET = 10000
CHANGES = "admin stale no_async_loading"
UNORDERED = "nondeterministic_output"

enter(Command("CLUSTER", None, -2, frozenset(), "cluster", (), [], []))


def node_of(client: Client) -> Clustering:
    """This server as a node of a cluster; RedisError if it is none."""
    if client.server.cluster is None:
        raise NO_CLUSTER
    node: Clustering = client.server.cluster
    return node


def view_of(client: Client) -> Cluster:
    """The view that this node has of its cluster; RedisError if it is no node."""
    return node_of(client).view


def change(client: Client, function: Callable[..., object], *args: object, reply: Reply = OK) -> Reply:
    """Change the view.  The reply waits until the change is on the disk, so that nobody relies on less."""
    from redis_clone.server import clustering  # here, or every server would spend its start on importing it

    clustering.perform(client.server, function, *args)
    if not client.id:
        return reply  # it has no connection, so it cannot wait
    return clustering.when_saved(client.server, reply)


def id_of(argument: bytes) -> str:
    return argument.decode("latin-1")


def slot_of(argument: bytes) -> int:
    try:
        return integer_within(argument, 0, SLOTS - 1, BAD_SLOT)
    except RedisError:
        raise RedisError(BAD_SLOT) from None


@command("CLUSTER|HELP", arity=2, flags="loading stale")
def help_(client: Client) -> list[SimpleString]:
    """Tells what the subcommands are for.

    CLUSTER HELP
    Since 5.0.0, O(1)
    """
    node_of(client)
    return [SimpleString(line) for line in help_lines(TABLE["CLUSTER"])]


# What this node knows.


@command("CLUSTER|NODES", arity=2, flags="stale", tips=UNORDERED)
def nodes(client: Client) -> Verbatim:
    """Returns a line for each node.

    CLUSTER NODES
    Since 3.0.0, O(N) in nodes
    """
    text = node_of(client).description.nodes_text(view_of(client), client.uses_tls)
    return Verbatim(text.encode("latin-1"))


@command("CLUSTER|INFO", arity=2, flags="stale", tips=UNORDERED)
def info(client: Client) -> Verbatim:
    """Returns the state of the cluster.

    CLUSTER INFO
    Since 3.0.0, O(1)
    """
    return Verbatim(node_of(client).description.info_text(view_of(client)).encode("latin-1"))


@command("CLUSTER|SLOTS", arity=2, flags="loading stale", tips=UNORDERED)
def slots(client: Client) -> Reply:
    """Returns which nodes have which slots.

    CLUSTER SLOTS
    Since 3.0.0, O(N) in nodes
    """
    return node_of(client).description.slots_reply(view_of(client), client.uses_tls)


@command("CLUSTER|SHARDS", arity=2, flags="loading stale", tips=UNORDERED)
def shards(client: Client) -> Reply:
    """Returns which shards have which slots and nodes.

    CLUSTER SHARDS
    Since 7.0.0, O(N) in nodes
    """
    return node_of(client).description.shards_reply(view_of(client))


@command("CLUSTER|LINKS", arity=2, flags="stale", tips=UNORDERED)
def links(client: Client) -> Reply:
    """Returns the connections to and from other nodes.

    CLUSTER LINKS
    Since 7.0.0, O(N) in nodes
    """
    return [_show_link(link) for link in _open_links(view_of(client))]


def _open_links(view: Cluster) -> Iterator[Link]:
    for node in view.others:
        yield from (link for link in (node.link, node.inbound) if link is not None)


def _show_link(link: Link) -> dict[str, Any]:
    assert link.node is not None
    return {
        "direction": "from" if link.is_inbound else "to",
        "node": link.node.id,
        "create-time": link.created_ms,
        "events": "rw" if link.unsent_bytes else "r",
        "send-buffer-allocated": link.unsent_bytes,
        "send-buffer-used": link.unsent_bytes,
    }


@command("CLUSTER|MYID", arity=2, flags="stale")
def my_id(client: Client) -> bytes:
    """Returns the ID of this node.

    CLUSTER MYID
    Since 3.0.0, O(1)
    """
    return view_of(client).myself.id.encode()


@command("CLUSTER|MYSHARDID", arity=2, flags="stale", tips=UNORDERED)
def my_shard_id(client: Client) -> bytes:
    """Returns the ID of this node's shard.

    CLUSTER MYSHARDID
    Since 7.2.0, O(1)
    """
    return view_of(client).myself.shard_id.encode()


@command("CLUSTER|REPLICAS", arity=3, flags="admin stale", tips=UNORDERED)
def replicas(client: Client, node_id: bytes) -> Reply:
    """Returns the replicas of a master.

    CLUSTER REPLICAS node-id
    Since 5.0.0, O(N) in replicas
    """
    view = view_of(client)
    master = node_of(client).administration.known_node(view, id_of(node_id))
    if not master.is_master:
        raise RedisError("ERR The specified node is not a master")
    lines = node_of(client).description.replica_lines(view, master, client.uses_tls)
    return [line.encode("latin-1") for line in lines]


@command("CLUSTER|SLAVES", arity=3, flags="admin stale", tips=UNORDERED)
def slaves(client: Client, node_id: bytes) -> Reply:
    """Returns the replicas of a master.

    CLUSTER SLAVES node-id
    Since 3.0.0, O(N) in replicas
    """
    return replicas(client, node_id)


@command("CLUSTER|COUNT-FAILURE-REPORTS", arity=3, flags="admin stale", tips=UNORDERED)
def count_failure_reports(client: Client, node_id: bytes) -> int:
    """Returns how many nodes report that a node fails.

    CLUSTER COUNT-FAILURE-REPORTS node-id
    Since 3.0.0, O(N) in reports
    """
    view = view_of(client)
    failing = node_of(client).administration.known_node(view, id_of(node_id))
    count: int = node_of(client).failures.count_reports(view, failing, client.server.clock.now_ms)
    return count


# Keys and their slots.


@command("CLUSTER|KEYSLOT", arity=3, flags="stale")
def keyslot(client: Client, key: bytes) -> int:
    """Returns the hash slot of a key.

    CLUSTER KEYSLOT key
    Since 3.0.0, O(N) in bytes of the key
    """
    node_of(client)
    return key_slot(key)


@command("CLUSTER|COUNTKEYSINSLOT", arity=3, flags="stale")
def count_keys_in_slot(client: Client, slot: bytes) -> int:
    """Returns the number of keys in a slot.

    CLUSTER COUNTKEYSINSLOT slot
    Since 3.0.0, O(1)
    """
    view = view_of(client)
    return view.instance.count_keys(integer_within(slot, 0, SLOTS - 1, "ERR Invalid slot"))


@command("CLUSTER|GETKEYSINSLOT", arity=4, flags="stale", tips=UNORDERED)
def get_keys_in_slot(client: Client, slot: bytes, count: bytes) -> list[bytes]:
    """Returns the names of keys in a slot.

    CLUSTER GETKEYSINSLOT slot count
    Since 3.0.0, O(N) in keys returned
    """
    view = view_of(client)
    wanted, most = integer(slot), integer(count)
    if not 0 <= wanted < SLOTS or most < 0:
        raise RedisError("ERR Invalid slot or number of keys")
    return list(islice(view.instance.keys_in_slot(wanted), most))


# Nodes come and go.


@command("CLUSTER|MEET", arity=-4, flags=CHANGES)
def meet(client: Client, ip: bytes, port: bytes, bus_port: bytes | None = None) -> Reply:
    """Makes another node part of the cluster.

    CLUSTER MEET ip port [cluster-bus-port]
    Since 3.0.0, O(1)
    """
    node = node_of(client)
    base = integer(port, f"ERR Invalid TCP base port specified: {id_of(port)}")
    if bus_port is None:
        bus = base + BUS_PORT_OFFSET
    else:
        bus = integer(bus_port, f"ERR Invalid TCP bus port specified: {id_of(bus_port)}")
    return change(client, node.administration.meet, id_of(ip), base, bus, client.server.clock.now_ms)


@command("CLUSTER|FORGET", arity=3, flags=CHANGES)
def forget(client: Client, node_id: bytes) -> Reply:
    """Removes a node from the table of nodes.

    CLUSTER FORGET node-id
    Since 3.0.0, O(1)
    """
    node, now_ms = node_of(client), client.server.clock.now_ms
    return change(client, node.administration.forget, id_of(node_id), now_ms)


@command("CLUSTER|RESET", arity=-2, flags="admin noscript stale")
def reset(client: Client, how: bytes = b"SOFT") -> Reply:
    """Makes this node forget the cluster.

    CLUSTER RESET [HARD | SOFT]
    Since 3.0.0, O(N) in known nodes
    """
    node = node_of(client)
    if how.upper() not in (b"HARD", b"SOFT"):
        raise RedisError(SYNTAX)
    return change(client, node.administration.reset, how.upper() == b"HARD")


# Slots.


@command("CLUSTER|ADDSLOTS", arity=-3, flags=CHANGES)
def add_slots(client: Client, *slots: bytes) -> Reply:
    """Assigns hash slots to this node.

    CLUSTER ADDSLOTS slot [slot ...]
    Since 3.0.0, O(N) in slots
    """
    node = node_of(client)
    return change(client, node.administration.add_slots, [slot_of(slot) for slot in slots])


@command("CLUSTER|ADDSLOTSRANGE", arity=-4, flags=CHANGES)
def add_slots_range(client: Client, *bounds: bytes) -> Reply:
    """Assigns ranges of hash slots to this node.

    CLUSTER ADDSLOTSRANGE start-slot end-slot [start-slot end-slot ...]
    Since 7.0.0, O(N) in slots
    """
    node = node_of(client)
    return change(client, node.administration.add_slots, _slots_in_ranges("addslotsrange", bounds))


@command("CLUSTER|DELSLOTS", arity=-3, flags=CHANGES)
def delete_slots(client: Client, *slots: bytes) -> Reply:
    """Takes hash slots away from this node.

    CLUSTER DELSLOTS slot [slot ...]
    Since 3.0.0, O(N) in slots
    """
    node = node_of(client)
    return change(client, node.administration.delete_slots, [slot_of(slot) for slot in slots])


@command("CLUSTER|DELSLOTSRANGE", arity=-4, flags=CHANGES)
def delete_slots_range(client: Client, *bounds: bytes) -> Reply:
    """Takes ranges of hash slots away from this node.

    CLUSTER DELSLOTSRANGE start-slot end-slot [start-slot end-slot ...]
    Since 7.0.0, O(N) in slots
    """
    node = node_of(client)
    return change(client, node.administration.delete_slots, _slots_in_ranges("delslotsrange", bounds))


def _slots_in_ranges(name: str, bounds: tuple[bytes, ...]) -> list[int]:
    if len(bounds) % 2:
        raise RedisError(f"ERR wrong number of arguments for 'cluster|{name}' command")
    found: list[int] = []
    for begin, end in zip(bounds[::2], bounds[1::2], strict=True):
        first, last = slot_of(begin), slot_of(end)
        if first > last:
            raise RedisError(f"ERR start slot number {first} is greater than end slot number {last}")
        found += range(first, last + 1)
    return found


@command("CLUSTER|FLUSHSLOTS", arity=2, flags=CHANGES)
def flush_slots(client: Client) -> Reply:
    """Takes all hash slots away from this node.

    CLUSTER FLUSHSLOTS
    Since 3.0.0, O(1)
    """
    return change(client, node_of(client).administration.flush_slots)


@command("CLUSTER|SETSLOT", arity=-4, flags=CHANGES)
def set_slot(client: Client, slot: bytes, action: bytes, node_id: bytes | None = None) -> Reply:
    """Says to which node a hash slot belongs, or moves.

    CLUSTER SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>
    Since 3.0.0, O(1)
    """
    node = node_of(client)
    if not node.view.myself.is_master:
        raise RedisError("ERR Please use SETSLOT only with masters.")
    number, word = slot_of(slot), action.upper()
    if word == b"STABLE" and node_id is None:
        return change(client, node.administration.set_stable, number)
    if node_id is None:
        raise BAD_ACTION
    other = id_of(node_id)
    match word:
        case b"MIGRATING":
            return change(client, node.administration.set_migrating, number, other)
        case b"IMPORTING":
            return change(client, node.administration.set_importing, number, other)
        case b"NODE":
            now_ms = client.server.clock.now_ms
            return change(client, node.administration.set_owner, number, other, now_ms)
    raise BAD_ACTION


# Epochs and roles.


@command("CLUSTER|BUMPEPOCH", arity=2, flags=CHANGES, tips=UNORDERED)
def bump_epoch(client: Client) -> Reply:
    """Raises the config epoch of this node.

    CLUSTER BUMPEPOCH
    Since 3.0.0, O(1)
    """
    view = view_of(client)
    word = "STILL" if view.has_own_epoch() else "BUMPED"
    epoch = view.myself.config_epoch if view.has_own_epoch() else view.current_epoch + 1
    return change(client, node_of(client).administration.bump_epoch, reply=SimpleString(f"{word} {epoch}"))


@command("CLUSTER|SET-CONFIG-EPOCH", arity=3, flags=CHANGES)
def set_config_epoch(client: Client, epoch: bytes) -> Reply:
    """Sets the config epoch of a new node.

    CLUSTER SET-CONFIG-EPOCH config-epoch
    Since 3.0.0, O(1)
    """
    node = node_of(client)
    return change(client, node.administration.set_config_epoch, integer(epoch))


@command("CLUSTER|REPLICATE", arity=3, flags=CHANGES)
def replicate(client: Client, node_id: bytes) -> Reply:
    """Makes this node a replica of a master.

    CLUSTER REPLICATE node-id
    Since 3.0.0, O(1)
    """
    return change(client, node_of(client).administration.replicate, id_of(node_id))


@command("CLUSTER|FAILOVER", arity=-2, flags=CHANGES)
def failover(client: Client, how: bytes = b"") -> Reply:
    """Makes a replica take over the role of its master.

    CLUSTER FAILOVER [FORCE | TAKEOVER]
    Since 3.0.0, O(1)
    """
    node = node_of(client)
    if how.upper() not in (b"", b"FORCE", b"TAKEOVER"):
        raise RedisError(SYNTAX)
    return change(client, node.administration.fail_over, how.upper().decode(), client.server.clock.now_ms)


@command("CLUSTER|SAVECONFIG", arity=2, flags=CHANGES)
def save_config(client: Client) -> Reply:
    """Saves the state of the cluster to its file.

    CLUSTER SAVECONFIG
    Since 3.0.0, O(1)
    """
    return change(client, node_of(client).administration.save)
