"""The commands of Redis Cluster, answered by a server that is not part of one: each with the same error.

The specs of the subcommands are those of Redis, so that COMMAND shows them and ACL rules may name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from redis_clone.command_table.registry import Command, command_group, enter
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import SimpleString

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("cluster")

NO_CLUSTER = "ERR This instance has cluster support disabled"
CHANGES = "admin stale no_async_loading"
UNORDERED = "nondeterministic_output"


class Subcommand(NamedTuple):
    """One row of the table below; `syntax` is what follows CLUSTER."""

    syntax: str
    arity: int
    flags: str
    since: str
    cost: str
    summary: str
    tips: str = ""


SUBCOMMANDS = (
    Subcommand("ADDSLOTS slot [slot ...]", -3, CHANGES, "3.0.0", "O(N) in slots",
               "Assigns hash slots to this node."),
    Subcommand("ADDSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", -4, CHANGES, "7.0.0",
               "O(N) in slots", "Assigns ranges of hash slots to this node."),
    Subcommand("BUMPEPOCH", 2, CHANGES, "3.0.0", "O(1)", "Raises the config epoch of this node.", UNORDERED),
    Subcommand("COUNT-FAILURE-REPORTS node-id", 3, "admin stale", "3.0.0", "O(N) in reports",
               "Returns how many nodes report that a node fails.", UNORDERED),
    Subcommand("COUNTKEYSINSLOT slot", 3, "stale", "3.0.0", "O(1)", "Returns the number of keys in a slot."),
    Subcommand("DELSLOTS slot [slot ...]", -3, CHANGES, "3.0.0", "O(N) in slots",
               "Takes hash slots away from this node."),
    Subcommand("DELSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", -4, CHANGES, "7.0.0",
               "O(N) in slots", "Takes ranges of hash slots away from this node."),
    Subcommand("FAILOVER [FORCE | TAKEOVER]", -2, CHANGES, "3.0.0", "O(1)",
               "Makes a replica take over the role of its master."),
    Subcommand("FLUSHSLOTS", 2, CHANGES, "3.0.0", "O(1)", "Takes all hash slots away from this node."),
    Subcommand("FORGET node-id", 3, CHANGES, "3.0.0", "O(1)", "Removes a node from the table of nodes."),
    Subcommand("GETKEYSINSLOT slot count", 4, "stale", "3.0.0", "O(N) in keys returned",
               "Returns the names of keys in a slot.", UNORDERED),
    Subcommand("HELP", 2, "loading stale", "5.0.0", "O(1)", "Tells what the subcommands are for."),
    Subcommand("INFO", 2, "stale", "3.0.0", "O(1)", "Returns the state of the cluster.", UNORDERED),
    Subcommand("KEYSLOT key", 3, "stale", "3.0.0", "O(N) in bytes of the key",
               "Returns the hash slot of a key."),
    Subcommand("LINKS", 2, "stale", "7.0.0", "O(N) in nodes",
               "Returns the connections to and from other nodes.", UNORDERED),
    Subcommand("MEET ip port [cluster-bus-port]", -4, CHANGES, "3.0.0", "O(1)",
               "Makes another node part of the cluster."),
    Subcommand("MYID", 2, "stale", "3.0.0", "O(1)", "Returns the ID of this node."),
    Subcommand("MYSHARDID", 2, "stale", "7.2.0", "O(1)", "Returns the ID of this node's shard.", UNORDERED),
    Subcommand("NODES", 2, "stale", "3.0.0", "O(N) in nodes", "Returns a line for each node.", UNORDERED),
    Subcommand("REPLICAS node-id", 3, "admin stale", "5.0.0", "O(N) in replicas",
               "Returns the replicas of a master.", UNORDERED),
    Subcommand("REPLICATE node-id", 3, CHANGES, "3.0.0", "O(1)", "Makes this node a replica of a master."),
    Subcommand("RESET [HARD | SOFT]", -2, "admin noscript stale", "3.0.0", "O(N) in known nodes",
               "Makes this node forget the cluster."),
    Subcommand("SAVECONFIG", 2, CHANGES, "3.0.0", "O(1)", "Saves the state of the cluster to its file."),
    Subcommand("SET-CONFIG-EPOCH config-epoch", 3, CHANGES, "3.0.0", "O(1)",
               "Sets the config epoch of a new node."),
    Subcommand("SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>", -4, CHANGES,
               "3.0.0", "O(1)", "Says to which node a hash slot belongs, or moves."),
    Subcommand("SHARDS", 2, "loading stale", "7.0.0", "O(N) in nodes",
               "Returns which shards have which slots and nodes.", UNORDERED),
    Subcommand("SLAVES node-id", 3, "admin stale", "3.0.0", "O(N) in replicas",
               "Returns the replicas of a master.", UNORDERED),
    Subcommand("SLOTS", 2, "loading stale", "3.0.0", "O(N) in nodes",
               "Returns which nodes have which slots.", UNORDERED),
)  # fmt: skip


def _enter(row: Subcommand) -> None:
    """Add one subcommand to the command table."""

    def refuse(client: Any, *args: bytes) -> None:
        raise RedisError(NO_CLUSTER)

    refuse.__doc__ = f"{row.summary}\n\nCLUSTER {row.syntax}\nSince {row.since}, {row.cost}"
    name = row.syntax.partition(" ")[0]
    command(f"CLUSTER|{name}", arity=row.arity, flags=row.flags, tips=row.tips)(refuse)


enter(Command("CLUSTER", None, -2, frozenset(), "cluster", (), [], []))
for subcommand in SUBCOMMANDS:
    _enter(subcommand)


@command("READONLY", arity=1, flags="loading stale fast", categories="connection")
def readonly(client: Client) -> SimpleString:
    """Lets this connection read from a replica in a cluster.

    READONLY
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)


@command("READWRITE", arity=1, flags="loading stale fast", categories="connection")
def readwrite(client: Client) -> SimpleString:
    """Ends READONLY.

    READWRITE
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)


@command("ASKING", arity=1, flags="fast", categories="connection")
def asking(client: Client) -> SimpleString:
    """Announces that the next command was redirected here by -ASK.

    ASKING
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)
