"""What a client of a cluster says of itself: READONLY, READWRITE and ASKING.

What follows from it is in server/redirection.py.
"""

from redis_clone.command_table.registry import command_group
from redis_clone.commands.cluster import node_of
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.server.state import Client

command = command_group("cluster")

NEXT = 2  # the bit of Client.asking for the command after this one
RUNNING = 1


@command("READONLY", arity=1, flags="loading stale fast", categories="connection")
def readonly(client: Client) -> SimpleString:
    """Lets this connection read from a replica in a cluster.

    READONLY
    Since 3.0.0, O(1)
    """
    node_of(client)
    client.reads_replicas = True
    return OK


@command("READWRITE", arity=1, flags="loading stale fast", categories="connection")
def readwrite(client: Client) -> SimpleString:
    """Ends READONLY.

    READWRITE
    Since 3.0.0, O(1)
    """
    node_of(client)
    client.reads_replicas = False
    return OK


@command("ASKING", arity=1, flags="fast", categories="connection")
def asking(client: Client) -> SimpleString:
    """Announces that the next command, or transaction, was redirected here by -ASK.

    ASKING
    Since 3.0.0, O(1)
    """
    node_of(client)
    client.asking = RUNNING if client.transaction.is_running else NEXT  # EXEC ends it
    return OK
