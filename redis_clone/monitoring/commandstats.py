"""How often each command ran, how long it took, how often it failed: INFO's commandstats and latencystats.

The row of a command never changes, so its figures are kept here, by row.  note() stands on the way of every
command: what it does is written out there, for each further call would cost as much as the counting itself.
The caller holds the lock.
"""

from redis_clone.monitoring.histogram import FINE, Histogram
from redis_clone.registry import Command


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

    def note(self, command: Command, took_ns: int, calls: int = 1) -> None:
        """A call has ended, or some that took this long together."""
        figures = self.figures.get(command) or self.of(command)
        figures.calls += calls
        figures.ns += took_ns
        if self.tracks_latency:
            each_us = took_ns // calls // 1000
            if each_us < FINE:
                figures.histogram.fine[each_us] += calls
            else:
                figures.histogram.add(each_us, calls)

    @property
    def calls(self) -> int:
        """Of all commands together."""
        return sum([figures.calls for figures in self.figures.values()])
