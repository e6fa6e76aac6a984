"""The worst of each second.

LATENCY keeps, for each kind of event, which ones took long and when. In a bad minute there may be a
thousand in one second, and the list has room for 160. So of one second only the worst is kept: a second
sample of the same second replaces the first if it took longer, and is dropped if not.

`add(sample)` gets a Sample(time_s, ms). `self.samples` is a deque that drops its oldest by itself,
`self.last` is its newest; there is always one. `self.worst_ms` is the worst ever, even if its sample is
long gone.
"""

from exercises.machinery.trial import calling
from redis_clone.features.monitoring.latency import MOST_SAMPLES, Event, Sample

CHAPTER = 16
LEVEL = 1
CONCEPT = "one sample a second"
HOLE = "redis_clone/features/monitoring/latency.py:Event.add"
HINTS = (
    "Time only goes forward, so only the newest sample can be of the same second.",
    "Another second: append. The same, and longer: self.samples[-1] = sample. Else nothing.",
    "And in any case self.worst_ms = max(self.worst_ms, sample.ms).",
)


def after(*pairs: tuple[int, int]) -> tuple[list[tuple[int, int]], int]:
    event = Event(Sample(*pairs[0]))
    for pair in pairs[1:]:
        event.add(Sample(*pair))
    return [tuple(sample) for sample in event.samples], event.worst_ms  # type: ignore[misc]


def asking(*pairs: tuple[int, int]) -> calling:
    return calling(
        after, *pairs, shown=f"samples and worst, after (second, ms): {', '.join(map(str, pairs))}"
    )


def test_of_two_seconds() -> None:
    asking((1, 20), (2, 10)).gives(([(1, 20), (2, 10)], 20))


def test_the_worst_of_one_second() -> None:
    asking((1, 20), (1, 30)).gives(([(1, 30)], 30))
    asking((1, 20), (1, 10)).gives(([(1, 20)], 20))
    asking((1, 20), (2, 10), (2, 30)).gives(([(1, 20), (2, 30)], 30))
    asking((1, 90), (2, 10), (2, 30)).gives(([(1, 90), (2, 30)], 90))


def test_the_worst_ever() -> None:
    asking((1, 20), (2, 90), (3, 10)).gives(([(1, 20), (2, 90), (3, 10)], 90))


def test_it_is_remembered_when_its_sample_is_gone() -> None:
    pairs = [(0, 500), *((second, 10) for second in range(1, 200))]
    calling(lambda: after(*pairs)[1], shown="worst, after 500 ms and 199 seconds of 10 ms").gives(500)
    calling(lambda: len(after(*pairs)[0]), shown="how many samples are kept").gives(MOST_SAMPLES)
