"""What the server counts for INFO.  The caller holds the lock."""

from collections import deque
from dataclasses import dataclass, field

SAMPLES = 16  # of 100 ms each, as in server.c: instantaneous figures are a mean over 1.6 s


@dataclass
class Stats:
    """Counters since the start, or since CONFIG RESETSTAT."""

    connections_received: int = 0
    connections_rejected: int = 0
    commands_processed: int = 0
    errors: int = 0
    error_counts: dict[str, int] = field(default_factory=dict)  # by the first word of the line
    input_bytes: int = 0  # of the clients that have left; the others count for themselves
    output_bytes: int = 0
    changes: int = 0  # to the data since the last save, INFO's rdb_changes_since_last_save
    _rates: "deque[float]" = field(default_factory=lambda: deque([0.0] * SAMPLES, SAMPLES))
    _last: tuple[int, int] | None = None  # commands and milliseconds at the last sample

    def count_error(self, line: str) -> None:
        prefix = line.partition(" ")[0]
        self.errors += 1
        self.error_counts[prefix] = self.error_counts.get(prefix, 0) + 1

    def sample(self, now_ms: int) -> None:
        """Called by the cron, every 100 ms."""
        if self._last is not None and now_ms > self._last[1]:
            done = self.commands_processed - self._last[0]
            self._rates.append(done * 1000 / (now_ms - self._last[1]))
        self._last = (self.commands_processed, now_ms)

    @property
    def commands_per_second(self) -> int:
        return round(sum(self._rates) / SAMPLES)
