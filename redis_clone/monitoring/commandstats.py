"""How often each command ran, how long it took, how often it failed: INFO's commandstats and latencystats.

The row of a command never changes, so its figures are kept here, by row.  note() stands on the way of every
command, so it only keeps the time; a hundred of them are counted together, or as many as there are when
somebody asks.  The caller holds the lock.
"""

from collections import Counter

from redis_clone.monitoring.histogram import FINE, Histogram
from redis_clone.registry import Command

MANY = 128  # calls, to be counted together


class Figures:
    """Of one command."""

    __slots__ = ("calls", "failed", "histogram", "ns", "rejected", "times")

    def __init__(self) -> None:
        self.calls = 0  # that ran to their end, well or not
        self.ns = 0  # that they took, all together
        self.failed = 0  # of the calls, those that ended with an error
        self.rejected = 0  # before they ran: of a wrong number of arguments, say
        self.histogram = Histogram()
        self.times: list[int] = []  # of further calls, nanoseconds: not yet counted


class CommandStats:
    """
    >>> stats = CommandStats()
    >>> stats.note("a row", 1500)
    >>> stats.note_together("a row", 8000, calls=2)
    >>> stats.calls, stats.figures["a row"].ns
    (3, 9500)
    """

    def __init__(self) -> None:
        self._figures: dict[Command, Figures] = {}  # of every command that was ever called
        self.tracks_latency = True

    def track_latency(self, wanted: bool) -> None:
        """The parameter latency-tracking, which holds for the calls to come."""
        self._count_all()
        self.tracks_latency = wanted

    def of(self, command: Command) -> Figures:
        """Its figures, to be counted up."""
        figures = self._figures.get(command)
        if figures is None:
            figures = self._figures[command] = Figures()
        return figures

    @property
    def figures(self) -> dict[Command, Figures]:
        """Of every command that was ever called, to be read."""
        self._count_all()
        return self._figures

    @property
    def calls(self) -> int:
        """Of all commands together."""
        return sum([figures.calls for figures in self.figures.values()])

    def forget(self) -> None:
        """CONFIG RESETSTAT."""
        self._figures.clear()

    def note(self, command: Command, took_ns: int) -> None:
        """A call has ended."""
        figures = self._figures.get(command) or self.of(command)
        figures.times.append(took_ns)
        if len(figures.times) == MANY:
            self._count(figures)

    def note_together(self, command: Command, took_ns: int, calls: int) -> None:
        """Some have ended that took this long together."""
        figures = self._figures.get(command) or self.of(command)
        figures.calls += calls
        figures.ns += took_ns
        if self.tracks_latency:
            each_us = took_ns // calls // 1000
            if each_us < FINE:
                figures.histogram.fine[each_us] += calls
            else:
                figures.histogram.add(each_us, calls)

    def _count(self, figures: Figures) -> None:
        figures.calls += len(figures.times)
        figures.ns += sum(figures.times)
        if self.tracks_latency:
            for each_us, times in Counter([took_ns // 1000 for took_ns in figures.times]).items():
                figures.histogram.add(each_us, times)
        figures.times.clear()

    def _count_all(self) -> None:
        for figures in self._figures.values():
            self._count(figures)
