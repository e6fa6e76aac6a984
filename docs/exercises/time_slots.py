"""Which keys expire when?

A million keys have a time to live. To keep them all in order of their time would cost something at each
SET; to look at all of them now and then would cost more. So time is cut in slots, and a slot holds the
keys that expire in it, in no order. A tree orders the slots only, and those are few.

How wide is a slot? As wide as possible, but no wider than the time that is left: keys of next week may
lie together for hours, those of the next second may not. `WIDTHS_MS` has the four widths, widest first;
when even the narrowest is wider than the time left, it is taken all the same. A slot begins at a multiple
of its width, and `self._slots` finds it by its start. A slot is itself a dict, from its keys to None. The
start of a new slot must be added to `self._order`, the tree. `add` files one key that lies in no slot
yet.
"""

from exercises.machinery.trial import calling
from redis_clone.cache.expiry import WIDTHS_MS, TimingWheel

CHAPTER = 8
LEVEL = 2
CONCEPT = "a timing wheel: order only as much as is needed"
HOLE = "redis_clone/cache/expiry.py:TimingWheel.add"
HINTS = (
    "The time left is expire_at_ms - now_ms. Take the first width that is not wider, or else the last.",
    "The start of the slot in which expire_at_ms lies: expire_at_ms - expire_at_ms % width.",
    "If self._slots has none at that start: make it, {key: None}, and self._order.add(start). Else "
    "slot[key] = None.",
)

YEARS, HOURS, MINUTES, EIGHTH = WIDTHS_MS


def filed(expire_at_ms: int, now_ms: int) -> list[int]:
    """The starts of the slots of a timing wheel with one key."""
    timing_wheel = TimingWheel()
    timing_wheel.add(b"key", expire_at_ms, now_ms)
    timing_wheel.check({b"key": expire_at_ms})
    return list(timing_wheel._slots)


def test_a_key_that_expires_in_the_next_second() -> None:
    calling(filed, 10_000, 9_000, given=f"the widths {WIDTHS_MS}").gives([10_000 - 10_000 % EIGHTH])


def test_a_key_that_expires_at_once() -> None:
    calling(filed, 10_000, 9_990).gives([10_000 - 10_000 % EIGHTH])
    calling(filed, 10_000, 12_000).gives([10_000 - 10_000 % EIGHTH])


def test_a_key_that_expires_next_week_lies_in_a_wide_slot() -> None:
    now_ms, expire_at_ms = 1_700_000_000_000, 1_700_600_000_000
    calling(filed, expire_at_ms, now_ms).gives([expire_at_ms - expire_at_ms % HOURS])


def test_a_slot_is_never_wider_than_the_time_left() -> None:
    now = 1_700_000_000_000
    for left in (MINUTES - 1, MINUTES, HOURS - 1, HOURS, YEARS):
        width = max(w for w in WIDTHS_MS if w <= left)
        calling(filed, now + left, now).gives([(now + left) - (now + left) % width])


def test_keys_of_one_time_share_a_slot() -> None:
    timing_wheel = TimingWheel()
    expires = {b"%d" % number: 10_000 + number % 3 for number in range(100)}
    for key, expire_at_ms in expires.items():
        timing_wheel.add(key, expire_at_ms, 9_500)
    calling(
        timing_wheel.check, expires, shown="check(), after 100 keys that expire within three milliseconds"
    ).gives(None)
    calling(len, timing_wheel._slots, shown="the number of slots").gives(1)


def test_what_was_filed_is_found() -> None:
    timing_wheel = TimingWheel()
    expires = {b"%d" % number: 1000 * number for number in range(1, 500)}
    for key, expire_at_ms in expires.items():
        timing_wheel.add(key, expire_at_ms, 500)
    calling(timing_wheel.check, expires, shown="check(), after 500 keys").gives(None)
    calling(lambda: sorted(timing_wheel.pop_begun(3_500, 100)), shown="pop_begun(3500, 100), sorted").gives(
        [b"1", b"2", b"3"]
    )
    timing_wheel.remove(b"400", 400_000)
    del expires[b"400"], expires[b"1"], expires[b"2"], expires[b"3"]
    calling(timing_wheel.check, expires, shown="check(), after remove(b'400', 400000)").gives(None)
