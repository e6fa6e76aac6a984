"""A subscriber that does not read is disconnected.

A publisher must not wait for a subscriber that has stopped reading. So the messages gather in the
subscriber's output buffer, and that must end somewhere. `client-output-buffer-limit pubsub 32mb 8mb 60`
says: with 32 MB in it the client is disconnected at once (the hard limit); with 8 MB or more it is
disconnected when that has lasted for longer than 60 seconds (the soft limit), so that a short peak is
forgiven. 0 means that there is no such limit.

`is_too_full()` answers whether this output buffer is beyond one of the two limits now. Its size is
`self.size`, and the bytes of replies that wait or are being sent (`self.sending`), of which the first
`FREE_BYTES` do not count: Redis keeps them in a buffer of fixed size. `self._limits.of(name)` are the hard
limit, the soft one and its seconds for a class of clients: "pubsub" for a client with subscriptions, else
"normal". `self._limits.clock.now_ns` is the time. In `self._full_since_ns` you record since when it is beyond
the soft limit, or None while it is not: the 60 seconds must be on end.
"""

from exercises.machinery.trial import calling
from redis_clone.protocol.output_buffer import FREE_BYTES, OutputBuffer, OutputBufferLimits
from redis_clone.structures.clock import Clock

CHAPTER = 10
LEVEL = 2
CONCEPT = "limits that forgive a short peak"
HOLE = "redis_clone/protocol/output_buffer.py:OutputBuffer.is_too_full"
HINTS = (
    "hard, soft, seconds = self._limits.of('pubsub' if self._subscriptions else 'normal'). `0 < soft "
    "<= size` is 'there is a soft limit, and it is reached'.",
    "Three cases for the soft one: not reached: forget since when. Reached now for the first time: "
    "record the time. Reached for longer than `seconds` (more, not just as long): True.",
    "At the end the hard limit alone decides: 0 < hard <= size. Mind the units: seconds * 10**9 nanoseconds.",
)


class Made:
    """An output buffer with these limits for subscribers, and a clock that a test sets."""

    def __init__(self, hard: int, soft: int, seconds: int, subscriptions: object = ("news",)) -> None:
        self.now_s = 0
        limits = OutputBufferLimits(Clock(source=lambda: self.now_s * 10**9))
        limits.set({"normal": (0, 0, 0), "pubsub": (hard, soft, seconds)})
        self.limits = limits
        self.output_buffer = OutputBuffer([], limits, subscriptions)

    def at(self, second: int, size: int, sending: int = 0) -> bool:
        """Whether it is too full, with so many bytes in it, at that time."""
        self.now_s, self.output_buffer.size, self.output_buffer.sending = second, size, sending
        self.limits.clock = Clock(source=lambda: second * 10**9)
        return self.output_buffer.is_too_full()


def test_the_hard_limit() -> None:
    made = Made(hard=100, soft=0, seconds=0)
    calling(made.at, 0, 99, given="a hard limit of 100", shown="is_too_full() with 99 bytes").gives(False)
    calling(made.at, 0, 100, given="a hard limit of 100", shown="is_too_full() with 100 bytes").gives(True)


def test_zero_is_no_limit() -> None:
    made = Made(hard=0, soft=0, seconds=0)
    calling(made.at, 0, 10**9, given="no limits", shown="is_too_full() with a gigabyte").gives(False)
    calling(made.at, 100, 10**9, given="no limits", shown="the same 100 seconds later").gives(False)


def test_what_is_being_sent_counts() -> None:
    made = Made(hard=100, soft=0, seconds=0)
    for more, expected in ((-1, False), (50, False), (60, True)):
        shown = f"40 bytes, and FREE_BYTES + {more} being sent"
        calling(made.at, 0, 40, FREE_BYTES + more, given="a hard limit of 100", shown=shown).gives(expected)


def test_the_soft_limit_forgives_for_a_while() -> None:
    made = Made(hard=0, soft=10, seconds=60)
    for second, expected in ((0, False), (30, False), (60, False), (61, True)):
        calling(
            made.at,
            second,
            10,
            given="a soft limit of 10 for 60 seconds",
            shown=f"10 bytes, at second {second}",
        ).gives(expected)


def test_the_seconds_must_be_on_end() -> None:
    made = Made(hard=0, soft=10, seconds=60)
    for second, size, expected in (
        (0, 10, False),
        (50, 9, False),
        (55, 10, False),
        (110, 10, False),
        (116, 10, True),
    ):
        calling(
            made.at,
            second,
            size,
            given="a soft limit of 10 for 60 seconds; below it at second 50, beyond it from 55 on",
            shown=f"{size} bytes, at second {second}",
        ).gives(expected)


def test_both_limits_at_once() -> None:
    made = Made(hard=100, soft=10, seconds=60)
    calling(made.at, 0, 100, given="hard 100, soft 10 for 60 s", shown="100 bytes at second 0").gives(True)


def test_a_client_that_does_not_subscribe_has_other_limits() -> None:
    made = Made(hard=100, soft=0, seconds=0, subscriptions=())
    calling(made.at, 0, 200, given="a limit for subscribers, and this one is none", shown="200 bytes").gives(
        False
    )
