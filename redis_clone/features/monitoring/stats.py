"""What the server counts for INFO, since the start or since CONFIG RESETSTAT.  The caller holds the lock."""

from collections import deque
from collections.abc import Iterable
from operator import attrgetter
from typing import Protocol

SAMPLES = 16  # of 100 ms each, as in server.c: instantaneous figures are a mean over 1.6 s
LONGEST_PREFIX = 32  # of an error's first word, with the '-' and the blank around it
MOST_PREFIXES = 128  # a script may make up first words, and each of them takes memory


class Rate:
    """How fast a counter has grown lately, a second.

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
        """Called by the cron, every 100 ms.  A clock that stands or goes back makes no sample."""
        if self._last is not None and now_ms > self._last[1]:
            self._rates.append((count - self._last[0]) * 1000 / (now_ms - self._last[1]))
        self._last = (count, now_ms)

    @property
    def per_second(self) -> float:
        return sum(self._rates) / SAMPLES


class Traffic(Protocol):
    """What a connection counts for itself, as long as it is there."""

    input_bytes: int
    output_bytes: int
    noted_input: int
    noted_output: int
    reads: int
    writes: int


class Stats:
    """The counters."""

    def __init__(self, changes: int = 0) -> None:
        self.connections_received = 0
        self.connections_rejected = 0
        self.errors = 0
        self.error_counts: dict[str, int] = {}  # by the first word of the line
        # Of the clients that have left, as the next three; the others count for themselves.
        self.input_bytes = 0
        self.output_bytes = 0
        self.reads = 0  # from sockets
        self.writes = 0
        self.query_limit_disconnections = 0
        self.output_limit_disconnections = 0
        self.changes = changes  # to the data since the last save, INFO's rdb_changes_since_last_save
        self.noted_input, self.noted_output = 0, 0  # bytes of all clients, when the cron last looked at each
        self.commands_rate = Rate()
        self.input_rate = Rate()  # bytes
        self.output_rate = Rate()

    def count_error(self, line: str) -> None:
        """Of an error's line.  Without a first word, it counts as an ERR (afterErrorReply in networking.c).

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
        """What a client has moved since the last look; has it moved anything?"""
        read, sent = client.input_bytes - client.noted_input, client.output_bytes - client.noted_output
        self.noted_input += read
        self.noted_output += sent
        client.noted_input, client.noted_output = client.input_bytes, client.output_bytes
        return bool(read or sent)

    def total(self, name: str, clients: Iterable[Traffic]) -> int:
        """Of input_bytes, output_bytes, reads or writes: those who have left, and those who are there."""
        total: int = sum(map(attrgetter(name), clients), getattr(self, name))
        return total

    def reset(self, clients: Iterable[Traffic]) -> None:
        """CONFIG RESETSTAT.  Clients go on counting, so what they had is taken off here."""
        there = list(clients)
        fresh = Stats(changes=self.changes)
        for name in ("input_bytes", "output_bytes", "reads", "writes"):
            setattr(fresh, name, -sum(getattr(client, name) for client in there))
        self.__dict__.update(fresh.__dict__)
