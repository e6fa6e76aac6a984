"""LATENCY: what delayed the server, when, and for how long.

Code that may delay the server reports afterwards how long it took: latency.add("expire-cycle", 12).  A sample
is kept if it has at least latency-monitor-threshold milliseconds.  For each kind of event the last 160
samples are kept, at most one a second: the worst of that second.  The caller holds the lock.
"""

import math
from collections import deque
from typing import NamedTuple

from redis_clone.structures.clock import Clock

MOST_SAMPLES = 160


class Sample(NamedTuple):
    time_s: int  # Unix time
    ms: int


class Analysis(NamedTuple):
    """The samples of an event in a few figures, in milliseconds."""

    samples: int
    mean: int
    low: int
    high: int
    mean_deviation: int  # how far a sample is from the mean, on average
    period_s: float  # between one sample and the next, on average


class Event:
    """The samples of one kind of event, oldest first; there is always one."""

    def __init__(self, sample: Sample) -> None:
        self.samples = deque([sample], MOST_SAMPLES)
        self.worst_ms = sample.ms  # ever, since the last reset

    @property
    def last(self) -> Sample:
        return self.samples[-1]

    def add(self, sample: Sample) -> None:
        self.worst_ms = max(self.worst_ms, sample.ms)
        if self.last.time_s != sample.time_s:
            self.samples.append(sample)
        elif self.last.ms < sample.ms:
            self.samples[-1] = sample

    def analysis(self, now_s: int) -> Analysis:
        """The figures, whole numbers rounded down as in Redis (analyzeLatencyForEvent in latency.c)."""
        all_ms = [sample.ms for sample in self.samples]
        count = len(all_ms)
        mean = sum(all_ms) // count
        deviation = sum(abs(ms - mean) for ms in all_ms) // count
        period_s = ((now_s - self.samples[0].time_s) or 1) / count
        return Analysis(count, mean, min(all_ms), max(all_ms), deviation, period_s)


class LatencyMonitor:
    """The events of all kinds.

    >>> monitor = LatencyMonitor(Clock(source=lambda: 7_000_000_000))
    >>> monitor.threshold_ms = 10
    >>> monitor.add("expire-cycle", 9), monitor.add("command", 25), monitor.add("command", 20)
    (None, None, None)
    >>> {name: event.last for name, event in monitor.events.items()}
    {'command': Sample(time_s=7, ms=25)}
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.threshold_ms = 0  # the parameter latency-monitor-threshold; 0: nothing is kept
        self.events: dict[str, Event] = {}  # by their name

    @property
    def from_ns(self) -> float:
        """The threshold in nanoseconds; infinite when nothing is kept."""
        return self.threshold_ms * 1_000_000 or math.inf

    @property
    def now_s(self) -> int:
        return self._clock.now_ms // 1000

    def add(self, name: str, ms: int) -> None:
        """Record that an event took `ms` milliseconds, if that reaches the threshold."""
        if not 0 < self.threshold_ms <= ms:
            return
        sample = Sample(self.now_s, ms)
        if name in self.events:
            self.events[name].add(sample)
        else:
            self.events[name] = Event(sample)

    def reset(self, names: list[str]) -> int:
        """Forget these events, or all of them when none is named; returns how many there were."""
        known = [name for name in dict.fromkeys(names or self.events) if name in self.events]
        for name in known:
            del self.events[name]
        return len(known)
