"""How much memory each client takes, and which clients are evicted: `maxmemory-clients`.

A client's memory is its connection, what it has sent and the server has not run, and what waits to be sent to
it.  The sum over all clients counts for `used_memory`, `maxmemory` and `maxmemory-clients` alike.

Always true, and kept under the server's lock: `eviction.buffers` is the sum of the clients' `counted_bytes`.
A client is counted again at the end of each of its pipelines, after a large send, and by the cron.

Two of the numbers, `query_bytes` and `output_buffer.sending`, are written by the connection's own thread
alone, and mostly without the lock.  Any thread may read them: each is one integer, perhaps of a moment ago.
"""

from redis_clone import logging
from redis_clone.server.client_info import client_info_line, client_memory
from redis_clone.server.state import Client, Server


def count_memory(client: Client) -> None:
    """Bring the sum up to date with what the client takes now.  O(1)"""
    now = client_memory(client)
    client.server.eviction.buffers += now - client.counted_bytes
    client.counted_bytes = now


def forget_memory(client: Client) -> None:
    """The client is gone, with all its buffers."""
    client.server.eviction.buffers -= client.counted_bytes
    client.counted_bytes = 0


def evict_clients(server: Server) -> None:
    """Disconnect the clients that take most, until all together take less than `maxmemory-clients`.

    CLIENT NO-EVICT spares a client, though it counts.  O(clients), but O(1) below the limit
    """
    limit = server.client_memory_limit
    if not limit or server.eviction.buffers < limit:
        return
    clients = list(server.clients.values())
    for client in clients:  # some may have sent and received much since they were counted
        count_memory(client)
    evictable = [client for client in clients if not (client.no_evict or client.output_buffer.close_asap)]
    evictable.sort(key=lambda client: client.counted_bytes)
    while server.eviction.buffers >= limit:
        if not evictable:
            logging.warning("Over client maxmemory after evicting all evictable clients")
            return
        _evict(evictable.pop())


def _evict(client: Client) -> None:
    logging.notice(f"Evicting client: {client_info_line(client).decode('latin-1')}")
    client.server.stats.evicted_clients += 1
    client.output_buffer.close()
    count_memory(client)
