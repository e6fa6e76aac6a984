"""Which clients are evicted when all together take more memory than `maxmemory-clients`.

The caller holds the lock.  server/memory.py counts what a client takes.
"""

from redis_clone import logging
from redis_clone.server.client_info import client_info_line
from redis_clone.server.memory import count_memory
from redis_clone.server.state import Client, Server


def evict_clients(server: Server) -> None:
    """Disconnect the clients that take most, until all together take less than the limit, if there is one.

    CLIENT NO-EVICT spares a client, though it counts.  O(1) below the limit, else O(n log n) for n clients
    """
    limit = server.client_memory_limit
    if not 0 < limit <= server.eviction.used.buffers:
        return
    clients = list(server.clients.values())
    for client in clients:  # some may have sent and received much since they were counted
        count_memory(client)
    evictable = [client for client in clients if not _is_spared(client)]
    evictable.sort(key=lambda client: client.counted_bytes)
    while server.eviction.used.buffers >= limit:
        if not evictable:
            logging.warning("Over client maxmemory after evicting all evictable clients")
            return
        _evict(evictable.pop())


def _is_spared(client: Client) -> bool:
    return client.no_evict or client.is_replica or client.is_master or client.output_buffer.close_asap


def _evict(client: Client) -> None:
    logging.notice(f"Evicting client: {client_info_line(client).decode('latin-1')}")
    client.server.stats.evicted_clients += 1
    client.output_buffer.close()
    count_memory(client)
