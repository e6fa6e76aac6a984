"""The counters of INFO, since the start or since CONFIG RESETSTAT.  The caller holds the lock."""

from collections import deque
from collections.abc import Iterable
from operator import attrgetter
from typing import Protocol

SAMPLES = 16  # of 100 ms each, as in server.c: instantaneous figures are a mean over 1.6 s
LONGEST_PREFIX = 32  # of an error's first word, with the '-' before and the space behind it
MOST_PREFIXES = 128  # scripts can invent first words, and each takes memory


class Rate:
    """How fast a counter has grown lately, per second.

    >>> rate = Rate()
    >>> for tenth in range(SAMPLES + 1):
    ...     rate.sample(count=50 * tenth, now_ms=100 * tenth)
    >>> rate.per_second
    500.0
    """

    def __init__(self) -> None:
        self._rates = deque([0.0] * SAMPLES, SAMPLES)
        self._last: tuple[int, int] | None = None  # count and milliseconds at the last sample

    def sample(self, count: int, now_ms: int) -> None:
        """Take a sample, every 100 ms by the cron.  A clock that stands or goes back gives none."""
        if self._last is not None and now_ms > self._last[1]:
            self._rates.append((count - self._last[0]) * 1000 / (now_ms - self._last[1]))
        self._last = (count, now_ms)

    @property
    def per_second(self) -> float:
        return sum(self._rates) / SAMPLES


class Traffic(Protocol):
    """The counters that each connection has while it is open."""

    input_bytes: int
    output_bytes: int
    replication_output: int
    recorded_input: int
    recorded_output: int
    reads: int
    writes: int


class Stats:
    """The counters of the server."""

    def __init__(self) -> None:
        self.connections_received = 0
        self.connections_rejected = 0
        self.errors = 0
        self.unexpected_errors = 0  # of the replies to a master, to a replica and to an append-only file
        self.unsaved_logged_ms = 0  # when it was last logged that a replica cannot save what it is sent
        self.error_counts: dict[str, int] = {}  # by the first word of the line
        # This and the next four are of clients that have left; connected clients have their own counters.
        self.input_bytes = 0
        self.output_bytes = 0
        self.replication_output = 0  # bytes to replicas, since they became ones: a part of output_bytes
        self.reads = 0  # from sockets
        self.writes = 0
        self.replication_input = 0  # bytes from masters; not in input_bytes
        self.query_limit_disconnections = 0
        self.output_limit_disconnections = 0
        self.evicted_clients = 0  # by maxmemory-clients
        self.full_syncs = self.partial_syncs = self.refused_partial_syncs = 0  # of replicas
        self.recorded_input, self.recorded_output = 0, 0  # bytes of all clients, as the cron last read them
        self.commands_rate = Rate()
        self.input_rate = Rate()  # bytes
        self.output_rate = Rate()
        self.replication_input_rate = Rate()
        self.replication_output_rate = Rate()

    def count_error(self, line: str) -> None:
        """Count an error by the first word of its line; without one it is an ERR (afterErrorReply).

        >>> stats = Stats()
        >>> stats.count_error("WRONGTYPE Operation against a key"), stats.count_error("boo")
        (None, None)
        >>> stats.error_counts
        {'WRONGTYPE': 1, 'ERR': 1}
        """
        self.errors += 1
        prefix, blank, _ = line[: LONGEST_PREFIX - 1].partition(" ")
        if not blank:
            prefix = "ERR"
        if prefix in self.error_counts or len(self.error_counts) < MOST_PREFIXES:
            self.error_counts[prefix] = self.error_counts.get(prefix, 0) + 1

    def record_traffic(self, client: Traffic) -> bool:
        """Add the bytes of a client since the last call; returns whether there were any."""
        read, sent = client.input_bytes - client.recorded_input, client.output_bytes - client.recorded_output
        self.recorded_input += read
        self.recorded_output += sent
        client.recorded_input, client.recorded_output = client.input_bytes, client.output_bytes
        return bool(read or sent)

    def total(self, name: str, clients: Iterable[Traffic]) -> int:
        """The total of a counter, such as input_bytes, of the clients that have left and of `clients`."""
        total: int = sum(map(attrgetter(name), clients), getattr(self, name))
        return total

    def reset(self, clients: Iterable[Traffic]) -> None:
        """Reset the counters, for CONFIG RESETSTAT.  Those of clients go on, and are subtracted here."""
        connected = list(clients)
        fresh = Stats()
        for name in ("input_bytes", "output_bytes", "replication_output", "reads", "writes"):
            setattr(fresh, name, -sum(getattr(client, name) for client in connected))
        self.__dict__.update(fresh.__dict__)
