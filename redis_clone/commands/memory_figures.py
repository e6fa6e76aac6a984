"""The figures about memory, for INFO and MEMORY STATS.

`used` is counted by the server: the data, the clients and the log's buffer (server/memory.py).  It leaves out
the interpreter, the code and the threads, which are only in the resident size (`rss`) that the operating
system reports.  So an empty server uses next to nothing, as in Redis.  Python does not say how much memory
its allocator rounds up and keeps, so the fields about that are constants or come from `rss`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redis_clone.features.monitoring.process import memory_resident
from redis_clone.server.memory import count_memory, used_memory
from redis_clone.storage.account import EMPTY_DATABASE, PER_ENTRY, PER_EXPIRE

if TYPE_CHECKING:
    from redis_clone.server.state import Server


class Figures(NamedTuple):
    """Sizes in bytes, and the numbers of keys and of clients."""

    used: int  # the sum
    data: int  # keys, values, expire times and indexes, with the empty tables
    clients: int  # connections and their buffers
    client_count: int
    log: int  # ops that are not written to the append-only file yet
    backlog: int  # of the stream to replicas
    replicas: int  # what waits in their output buffers
    indexes: int  # for picking keys at random, made at first use; a part of data
    main_tables: list[int]  # of each database
    expiry_tables: list[int]
    startup: int
    keys: int
    rss: int
    peak: int

    @property
    def overhead(self) -> int:
        """Everything except keys and values."""
        beside = self.clients + self.log + self.backlog + self.replicas + self.indexes
        return self.startup + beside + sum(self.main_tables) + sum(self.expiry_tables)

    @property
    def dataset(self) -> int:
        return self.used - self.overhead

    @property
    def dataset_percent(self) -> float:
        """The dataset as a percentage of what was added since the start."""
        return 100 * self.dataset / max(self.used - self.startup, 1)

    @property
    def fragmentation(self) -> float:
        return self.rss / self.used


def measured(server: Server) -> Figures:
    """Every client is counted anew for it.  O(clients)"""
    databases = server.databases
    for client in server.clients.values():
        count_memory(client)
    figures = Figures(
        used=used_memory(server),
        data=sum(database.size() for database in databases),
        clients=server.eviction.used.buffers,
        client_count=len(server.clients),
        log=server.log.buffered,
        backlog=len(server.replication.backlog or b""),
        replicas=server.replication.replica_memory(),
        indexes=sum(database.size_of_indexes() for database in databases),
        main_tables=[PER_ENTRY * len(database) for database in databases],
        expiry_tables=[PER_EXPIRE * len(database.expires) for database in databases],
        startup=EMPTY_DATABASE * len(databases),
        keys=sum(map(len, databases)),
        rss=memory_resident(),
        peak=0,
    )
    server.memory_peak = max(server.memory_peak, figures.used)
    return figures._replace(peak=server.memory_peak)
