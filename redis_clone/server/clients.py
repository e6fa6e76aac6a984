"""A client's life between its commands: accepted, given what waits in its output buffer, freed.

The connection threads of network/ call these functions, each of which takes the lock.
"""

from threading import Thread

from redis_clone.protocol.errors import RedisError
from redis_clone.server.blocked_clients import unblock_client
from redis_clone.server.locking import locked, record_logged
from redis_clone.server.memory import count_memory, forget_memory
from redis_clone.server.replicas import forget_replica
from redis_clone.server.state import Client, Server

PROTECTED = (
    "DENIED Redis is running in protected mode because protected mode is enabled and no password is set "
    "for the default user. In this mode connections are only accepted from the loopback interface. If "
    "you want to connect from external computers to Redis you may adopt one of the following solutions: "
    "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the "
    "loopback interface by connecting to Redis from the same host the server is running, however MAKE "
    "SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this "
    "change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis "
    "configuration file, and setting the protected mode option to 'no', and then restarting the server. "
    "3) If you started the server manually just for testing, restart it with the '--protected-mode no' "
    "option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one "
    "of the above things in order for the server to start accepting connections from the outside."
)


def accept_client(client: Client) -> None:
    """Number a new client and list it; RedisError when there are too many, or in protected mode."""
    server = client.server
    with locked(server):
        if server.closing:
            raise RedisError("ERR the server is shutting down")
        if len(server.clients) >= server.config["maxclients"]:
            server.stats.connections_rejected += 1
            raise RedisError("ERR max number of clients reached")
        if not client.is_local and server.config["protected-mode"] and server.users.default.needs_no_password:
            server.stats.connections_rejected += 1
            raise RedisError(PROTECTED)
        server.stats.connections_received += 1
        client.id = next(server.client_ids)
        server.clients[client.id] = client
        count_memory(client)


def free_client(client: Client) -> None:
    """Remove a client that has gone, with all that any feature keeps for it; its traffic stays counted."""
    server = client.server
    with locked(server):
        forget_client(client)
        server.stats.output_limit_disconnections += client.output_buffer.overflowed
        del server.clients[client.id]
        forget_memory(client)
        server.stats.record_traffic(client)
        server.stats.input_bytes += client.input_bytes
        server.stats.output_bytes += client.output_bytes
        server.stats.replication_output += client.replication_output
        server.stats.reads += client.reads
        server.stats.writes += client.writes


def forget_client(client: Client) -> None:
    """Remove what the features keep for a client.  The caller holds the lock."""
    server = client.server
    client.transaction.end()
    if client.blocked is not None:
        server.blocked_clients.remove(client.blocked)
    server.pubsub.forget(client)
    server.monitors.forget(client)
    server.tracking.stop(client)
    forget_replica(client)


def forget_unconnected(client: Client) -> None:
    """Remove what the features keep for a client that has no connection and is not listed."""
    with locked(client.server):
        forget_client(client)


def record_protocol_error(client: Client, error: RedisError) -> None:
    """Count the error line that is about to be sent to a client whose bytes are not RESP."""
    with locked(client.server):
        client.server.stats.count_error(str(error))


def record_full_query_buffer(server: Server) -> None:
    """Count a client that is disconnected for exceeding `client-query-buffer-limit`."""
    with locked(server):
        server.stats.query_limit_disconnections += 1


def take_output(client: Client) -> tuple[bytes, bool]:
    """Drain the client's output buffer; returns the bytes, and whether the client still waits for its reply.

    Both are read under one lock, so the reply of a client that no longer waits is among the bytes.
    """
    with locked(client.server):
        record_logged(client)
        messages = client.output_buffer.drain()
        client.output_buffer.sending = len(messages)
        return messages, client.blocked is not None or client.is_served


def record_sent(client: Client) -> None:
    """All was sent, and it was much or above the soft limit: the client's memory is counted again."""
    with locked(client.server):
        client.output_buffer.sent()
        count_memory(client)


def close_if_overfull(client: Client) -> bool:
    """Order the connection to close if it holds more replies than `client-output-buffer-limit` allows."""
    with locked(client.server):
        if not client.output_buffer.is_too_full():
            return False
        client.output_buffer.overflow()
        return True


def end_wait_if_over(client: Client) -> float | None:
    """Unblock a client whose time is up; returns the seconds left, None if it waits without limit."""
    server = client.server
    with locked(server):
        blocked_client = client.blocked
        if blocked_client is None or blocked_client.deadline_ns is None:
            return None
        left_ns = blocked_client.deadline_ns - server.clock.now_ns
        if left_ns > 0:
            return left_ns / 1e9
        if blocked_client.wait.is_postponed:
            return None  # it runs when this releases the lock or when a pause ends, and its reply wakes us
        unblock_client(blocked_client, blocked_client.wait.reply_when_over())
        return 0.0  # its wake-up pipe is woken for this reply too, which does no harm


def close_all_clients(server: Server) -> list[Thread]:
    """Accept no client any more, and disconnect all; returns their threads, which are about to end."""
    server.closing = True  # without the lock, so that a long script ends and gives the lock away
    return disconnect_clients(server)


def disconnect_clients(server: Server) -> list[Thread]:
    """Order every connection to close; returns their threads, which are about to end."""
    with locked(server):
        for client in server.clients.values():
            client.output_buffer.close()
        return [client.thread for client in server.clients.values()]
