"""Durations by count: a histogram from which percentiles are read.

A list of all durations would grow without end.  Here each microsecond below 256 has its own count, and longer
durations go into buckets that are at most 1/128 of their duration wide, so that every figure is right to two
digits and a histogram stays small.  The edges are those of Redis, which counts nanoseconds in an HDR
histogram of two digits: the first eight bits of a number count.  Imports nothing of ours.
"""

FINE = 256  # microseconds that are counted one by one
MOST_NS = 1_000_000_000  # longer durations count as a second
FIRST_LEVEL_NS = 1024
LAST_NS = 2**30 - 1  # the edge of the bucket that holds MOST_NS


def edge(ns: int) -> int:
    """The last nanosecond of the bucket that holds `ns`.

    >>> edge(200), edge(16_000), edge(1_048_576)
    (200, 16063, 1056767)
    """
    shift = max(ns.bit_length() - 8, 0)
    return ns | (1 << shift) - 1


class Histogram:
    """Counts of durations.

    >>> histogram = Histogram()
    >>> for microseconds in (1, 2, 3, 100):
    ...     histogram.add(microseconds)
    >>> histogram.percentile(50), histogram.percentile(100), histogram.by_doubling()
    (2.007, 100.351, {1: 1, 2: 2, 4: 3, 132: 4})
    """

    __slots__ = ("_coarse", "fine")

    def __init__(self) -> None:
        self.fine = [0] * FINE  # by microseconds
        self._coarse: dict[int, int] = {}  # by the edge of their bucket, nanoseconds

    def add(self, microseconds: int, times: int = 1) -> None:
        if microseconds < FINE:
            self.fine[microseconds] += times
        else:
            bucket = edge(min(microseconds * 1000, MOST_NS))
            self._coarse[bucket] = self._coarse.get(bucket, 0) + times

    def counts(self) -> list[tuple[int, int]]:
        """The edges of the buckets in nanoseconds, shortest first, with their counts, without empty ones."""
        fine = [(edge(us * 1000 or 1), count) for us, count in enumerate(self.fine) if count]
        return fine + sorted(self._coarse.items())

    def percentile(self, percent: float) -> float:
        """The microseconds within which this share of all ended; 0.0 for an empty histogram."""
        counts = self.counts()
        wanted = max(int(percent / 100 * sum(count for _, count in counts) + 0.5), 1)
        for bucket, count in counts:
            wanted -= count
            if wanted <= 0:
                return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
        return 0.0

    def by_doubling(self) -> dict[int, int]:
        """How many took at most so many microseconds, doubled each time; only where the count grows."""
        found: dict[int, int] = {}
        counts = self.counts()
        level, done, total = FIRST_LEVEL_NS, 0, sum(count for _, count in counts)
        while done < total:
            upto = min(edge(level), LAST_NS)
            so_far = sum(count for bucket, count in counts if bucket <= upto)
            if so_far > done:
                found[upto // 1000] = done = so_far
            level *= 2
        return found


def _first_of(bucket: int) -> int:
    """The first nanosecond of the bucket with this edge."""
    shift = max(bucket.bit_length() - 8, 0)
    return bucket >> shift << shift
