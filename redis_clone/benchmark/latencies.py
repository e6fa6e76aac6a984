"""The latencies of the requests: a histogram that can be merged with another one, and its percentiles.

A latency of up to 1,000 us is kept to the microsecond, a longer one to three digits, so that a run of a
million requests is a few thousand numbers.
"""

from collections import Counter
from collections.abc import Iterable


class Latencies:
    """
    >>> latencies = Latencies([100, 200, 300, 12_345])
    >>> latencies.percentile(50), latencies.percentile(100), latencies.mean
    (200, 12300, 3225.0)
    """

    def __init__(self, microseconds: Iterable[int] = ()) -> None:
        self.counts = Counter(map(_three_digits, microseconds))

    def add(self, microseconds: int) -> None:
        self.counts[_three_digits(microseconds)] += 1

    def merge(self, counts: "Counter[int]") -> None:
        self.counts.update(counts)

    def percentile(self, percent: float) -> int:
        """The microseconds that `percent` of the requests did not exceed; 0 when there were no requests."""
        wanted, passed = percent / 100 * self.counts.total(), 0
        for latency in sorted(self.counts):
            passed += self.counts[latency]
            if passed >= wanted:
                return latency
        return 0

    @property
    def mean(self) -> float:
        total = sum(latency * count for latency, count in self.counts.items())
        return total / max(self.counts.total(), 1)


def _three_digits(number: int) -> int:
    """
    >>> _three_digits(999), _three_digits(123_456)
    (999, 123000)
    """
    step: int = 10 ** max(len(str(number)) - 3, 0)
    return number // step * step
