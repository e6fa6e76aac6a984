"""Expired keys are deleted a few at a time.

At noon a million keys expire. To delete them takes some seconds, and for so long no client would get an
answer. So the cron takes some of them, again and again, and lets clients run commands in between.

`pop_begun(now_ms, count)` takes out up to `count` keys of the slots that have begun, the earliest slot
first, and answers them as a list. `self._order.first()` is the start of the earliest slot,
`self._slots[start]` is the slot, a dict of its keys (the values are None). A slot counts as begun when
its start is NARROWEST_MS ago or more. `self._drop(start)` throws away a slot that has become empty, and
one that is not must stay.
"""

from exercises.machinery.conversation import LiveServer, wait_until
from exercises.machinery.trial import calling
from redis_clone.cache.expiry import NARROWEST_MS, TimingWheel

CHAPTER = 8
LEVEL = 2
CONCEPT = "long work in short slices"
HOLE = "redis_clone/cache/expiry.py:TimingWheel.pop_begun"
HINTS = (
    "A loop, as long as there are slots and `count` keys are not yet taken. Look at the first slot.",
    "Stop when its start > now_ms - NARROWEST_MS: all the others begin later still.",
    "slot.popitem()[0] takes out any key. Take min(len(slot), count - len(taken)) of them; and when the "
    "slot is empty then, self._drop(start).",
)


def of(**expire_at_ms: int) -> TimingWheel:
    timing_wheel = TimingWheel()
    for key, at_ms in expire_at_ms.items():
        timing_wheel.add(key.encode(), at_ms, 0)
    return timing_wheel


def test_what_has_expired() -> None:
    timing_wheel = of(soon=1_000, later=9_000)
    calling(timing_wheel.pop_begun, 2_000, 10, given="soon expires at 1000, later at 9000").gives([b"soon"])
    calling(timing_wheel.pop_begun, 2_000, 10, given="the same, once more").gives([])
    calling(timing_wheel.check, {b"later": 9_000}, shown="check(), after it").gives(None)


def test_the_earliest_first() -> None:
    timing_wheel = of(c=3_000, a=1_000, b=2_000)
    calling(timing_wheel.pop_begun, 60_000, 10, given="a, b and c expire at 1000, 2000 and 3000").gives(
        [b"a", b"b", b"c"]
    )


def test_no_more_than_asked_for() -> None:
    timing_wheel = of(**{f"k{number}": 1_000 for number in range(10)})
    for left in (4, 4, 2):
        calling(
            lambda: len(timing_wheel.pop_begun(5_000, 4)),
            given="ten keys expire at 1000",
            shown="len(pop_begun(5000, 4))",
        ).gives(left)
    calling(len, timing_wheel, shown="how many are left").gives(0)


def test_over_several_slots() -> None:
    timing_wheel = of(a=1_000, b=1_001, c=2_000, d=3_000)
    calling(lambda: sorted(timing_wheel.pop_begun(60_000, 3)), shown="pop_begun(60000, 3), sorted").gives(
        [b"a", b"b", b"c"]
    )
    calling(timing_wheel.check, {b"d": 3_000}, shown="check(), after it").gives(None)


def test_no_more_than_asked_for_over_several_slots() -> None:
    keys = {f"a{number}": 1_000 for number in range(5)} | {f"b{number}": 9_000 for number in range(10)}
    given = "five keys expire at 1000, ten at 9000"
    timing_wheel = of(**keys)
    calling(
        lambda: len(timing_wheel.pop_begun(60_000, 8)), given=given, shown="len(pop_begun(60000, 8))"
    ).gives(8)


def test_a_slot_that_has_just_begun_waits() -> None:
    start = 1_000 - 1_000 % NARROWEST_MS
    timing_wheel = of(a=1_000)
    given = f"the slot begins at {start}"
    calling(timing_wheel.pop_begun, start + NARROWEST_MS - 1, 10, given=given).gives([])
    calling(timing_wheel.pop_begun, start + NARROWEST_MS, 10, given=given).gives([b"a"])


def test_an_empty_timing_wheel() -> None:
    calling(TimingWheel().pop_begun, 5_000, 10).gives([])


def test_keys_expire_in_the_server(server: LiveServer) -> None:
    client = server.client()
    for number in range(20):
        client(f"SET key:{number} x PX 10")
    wait_until(
        lambda: client("DBSIZE") == 0, "20 keys with 10 ms to live are deleted though no client asks for them"
    )
