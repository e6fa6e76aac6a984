"""How often each command ran and failed, and how long it took: INFO's commandstats and latencystats.

A Command never changes, so its figures are kept here.  record() is called for every command, so it only
stores the time; the times are counted a hundred at once, or when the figures are asked for.  The caller holds
the lock.
"""

from collections import Counter, defaultdict

from redis_clone.command_table.registry import Command
from redis_clone.features.monitoring.histogram import Histogram

MANY = 128  # calls that are counted together


class Figures:
    """The figures of one command."""

    __slots__ = ("calls", "failed", "histogram", "ns", "rejected")

    def __init__(self) -> None:
        self.calls = 0  # that ran, with success or an error
        self.ns = 0  # that all calls took together
        self.failed = 0  # calls that ended with an error
        self.rejected = 0  # before they ran, for a wrong number of arguments, say
        self.histogram = Histogram()


class CommandStats:
    """The figures of all commands.

    >>> stats = CommandStats()
    >>> stats.record("SADD", 1500); stats.record("SADD", 8000)
    >>> stats.calls, stats.figures["SADD"].ns
    (2, 9500)
    """

    def __init__(self) -> None:
        self._figures: dict[Command, Figures] = {}  # of every command that was ever called
        self.tracks_latency = True
        self._times: defaultdict[Command, list[int]] = defaultdict(list)  # of calls that are not counted yet

    def track_latency(self, wanted: bool) -> None:
        """The hook of latency-tracking, which holds for later calls."""
        self._count_all()
        self.tracks_latency = wanted

    def of(self, command: Command) -> Figures:
        """The figures of a command, to be increased."""
        figures = self._figures.get(command)
        if figures is None:
            figures = self._figures[command] = Figures()
        return figures

    @property
    def figures(self) -> dict[Command, Figures]:
        """The figures of every command that was ever called, to be read."""
        self._count_all()
        return self._figures

    @property
    def calls(self) -> int:
        """The number of calls of all commands together."""
        return sum([figures.calls for figures in self.figures.values()])

    def forget(self) -> None:
        """Reset all figures, for CONFIG RESETSTAT."""
        self._figures.clear()
        self._times.clear()

    def record(self, command: Command, took_ns: int) -> None:
        """Record a call that has ended."""
        times = self._times[command]
        times.append(took_ns)
        if len(times) == MANY:
            self._count(command)

    def _count(self, command: Command) -> None:
        figures, times = self.of(command), self._times[command]
        figures.calls += len(times)
        figures.ns += sum(times)
        if self.tracks_latency:
            for each_us, count in Counter([took_ns // 1000 for took_ns in times]).items():
                figures.histogram.add(each_us, count)
        times.clear()

    def _count_all(self) -> None:
        for command in self._times:
            self._count(command)
