"""How often each command ran, how long it took, how often it failed: INFO's commandstats and latencystats.

The row of a command never changes, so its figures are kept here, by row.  note() stands on the way of every
command: what it does is written out there, for each further call would cost as much as the counting itself.
The caller holds the lock.
"""

from redis_clone.monitoring.histogram import FINE, Histogram
from redis_clone.registry import Command

FINE_NS = FINE * 1000


class Figures:
    """Of one command."""

    __slots__ = ("calls", "failed", "histogram", "ns", "rejected")

    def __init__(self) -> None:
        self.calls = 0  # that ran to their end, well or not
        self.ns = 0  # that they took, all together
        self.failed = 0  # of the calls, those that ended with an error
        self.rejected = 0  # before they ran: of a wrong number of arguments, say
        self.histogram = Histogram()


class CommandStats:
    """
    >>> stats = CommandStats()
    >>> stats.of("a row").calls, stats.calls
    (0, 0)
    """

    def __init__(self) -> None:
        self.figures: dict[Command, Figures] = {}  # of every command that was ever called
        self.tracks_latency = True  # the parameter latency-tracking

    def of(self, command: Command) -> Figures:
        """Its figures, to be read or counted up."""
        figures = self.figures.get(command)
        if figures is None:
            figures = self.figures[command] = Figures()
        return figures

    def note(self, command: Command, took_ns: int) -> None:
        """A call has ended."""
        figures = self.figures.get(command) or self.of(command)
        figures.calls += 1
        figures.ns += took_ns
        if self.tracks_latency:
            if took_ns < FINE_NS:
                figures.histogram.fine[took_ns // 1000] += 1
            else:
                figures.histogram.add(took_ns // 1000)

    def note_all(self, command: Command, times_ns: list[int]) -> None:
        """Some have."""
        figures = self.of(command)
        figures.calls += len(times_ns)
        figures.ns += sum(times_ns)
        if self.tracks_latency:
            fine = figures.histogram.fine
            for took_ns in times_ns:
                if took_ns < FINE_NS:
                    fine[took_ns // 1000] += 1
                else:
                    figures.histogram.add(took_ns // 1000)

    @property
    def calls(self) -> int:
        """Of all commands together."""
        return sum([figures.calls for figures in self.figures.values()])
