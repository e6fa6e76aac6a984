"""The latency of the slowest hundredth.

"On average a command takes 20 us" hides the one in a hundred that takes 5 ms. So one looks at
percentiles: p99 is the time within which 99 of 100 were done. A list of all durations would grow without
end, so the Histogram has buckets: `self.counts()` answers pairs of a bucket and how many durations fell
into it, shortest first. A bucket is named by its last *nanosecond*.

`percentile(percent)` answers in *microseconds*, as a float: the bucket in which the duration that is asked
for lies. In ascending order that is number percent / 100 * total, rounded (half up), and at least 1. For
percent 0 the answer is another one: the first nanosecond of the bucket, `_first_of(bucket)`. And it is 0.0
when nothing was counted.
"""

from exercises.machinery.trial import calling
from redis_clone.features.monitoring.histogram import Histogram

CHAPTER = 16
LEVEL = 2
CONCEPT = "percentiles from counts"
HOLE = "redis_clone/features/monitoring/histogram.py:Histogram.percentile"
HINTS = (
    "total = the sum of all counts. wanted = max(int(percent / 100 * total + 0.5), 1).",
    "Walk over the buckets and subtract each count from what is wanted; where nothing more is wanted,"
    " there it lies.",
    "bucket / 1000 makes microseconds of nanoseconds.",
)


def of(*microseconds: int) -> Histogram:
    histogram = Histogram()
    for each in microseconds:
        histogram.add(each)
    return histogram


def asking(histogram: Histogram, percent: float, given: str) -> calling:
    return calling(histogram.percentile, percent, given=given)


def test_nothing_was_counted() -> None:
    asking(of(), 50, "nothing").gives(0.0)


def test_one_alone() -> None:
    for percent in (1, 50, 100):
        asking(of(2), percent, "2 us").gives(2.007)


def test_the_half() -> None:
    asking(of(1, 2, 3, 100), 50, "1, 2, 3 and 100 us").gives(2.007)


def test_the_last() -> None:
    asking(of(1, 2, 3, 100), 100, "1, 2, 3 and 100 us").gives(100.351)
    asking(of(1, 2, 3, 100), 99, "1, 2, 3 and 100 us").gives(100.351)


def test_less_than_half_is_rounded_down() -> None:
    asking(of(1, 2, 3, 100), 30, "1, 2, 3 and 100 us: number 1.2, so 1").gives(1.003)


def test_half_way_is_rounded_up() -> None:
    asking(of(1, 2, 3, 100), 62.5, "1, 2, 3 and 100 us: number 2.5, so 3").gives(3.007)


def test_many_of_one_kind() -> None:
    histogram = of(*[10] * 990, *[5000] * 10)
    asking(histogram, 99, "990 times 10 us, 10 times 5 ms").gives(10.047)
    asking(histogram, 99.5, "990 times 10 us, 10 times 5 ms").passes(lambda us: us > 4900, "about 5000")


def test_percent_0_is_the_beginning_of_the_first_bucket() -> None:
    asking(of(27), 0, "27 us").gives(26.88)
