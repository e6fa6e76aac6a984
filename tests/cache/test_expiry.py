"""The timing wheel: slots in order, keys filed again, and random actions compared with a plain dict."""

from random import Random

from tables import for_each

from redis_clone.cache.expiry import NARROWEST_MS, WIDTHS_MS, TimingWheel

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000


@for_each("left_ms", [1, 127, 128, 5_000, 200_000, DAY_MS, 40 * DAY_MS, 10_000 * DAY_MS])
def test_a_key_is_found_soon_after_its_time_however_distant_that_was(left_ms):
    timing_wheel, expire_at_ms = TimingWheel(), NOW_MS + left_ms
    timing_wheel.add(b"key", expire_at_ms, NOW_MS)
    now_ms, looks = NOW_MS, 0
    while len(timing_wheel):
        now_ms = (
            expire_at_ms + NARROWEST_MS * 2
            if now_ms + NARROWEST_MS >= expire_at_ms
            else (now_ms + expire_at_ms) // 2
        )
        for key in timing_wheel.pop_begun(now_ms, 10):
            looks += 1
            if expire_at_ms > now_ms:
                timing_wheel.add(key, expire_at_ms, now_ms)
    assert looks <= len(WIDTHS_MS), "it is filed again at most three times"


def test_no_more_is_taken_than_asked_for_and_the_rest_stays():
    timing_wheel = TimingWheel()
    for number in range(100):
        timing_wheel.add(b"%d" % number, NOW_MS + number, NOW_MS)
    first = timing_wheel.pop_begun(NOW_MS + 1000, 30)
    assert len(first) == 30 and len(timing_wheel) == timing_wheel.overdue(NOW_MS + 1000) == 70
    assert len(timing_wheel.pop_begun(NOW_MS + 1000, 1000)) == 70


def test_removing_a_key_that_is_not_filed_does_nothing():
    timing_wheel = TimingWheel()
    timing_wheel.add(b"a", NOW_MS, NOW_MS)
    timing_wheel.remove(b"b", NOW_MS)
    assert len(timing_wheel) == 1


def test_a_million_keys_of_one_day_need_few_slots():
    timing_wheel = TimingWheel()
    for number in range(0, DAY_MS, DAY_MS // 10_000):
        timing_wheel.add(b"%d" % number, NOW_MS + number, NOW_MS)
    assert len(timing_wheel._slots) < 2 * 1024


def test_random_actions_beside_a_dict():
    random, timing_wheel, expire_at_ms, now_ms = Random(7), TimingWheel(), {}, NOW_MS
    for _ in range(5_000):
        key = b"%d" % random.randrange(300)
        if key in expire_at_ms:
            timing_wheel.remove(key, expire_at_ms.pop(key))
        if random.random() < 0.7:
            expire_at_ms[key] = now_ms + int(10 ** random.uniform(0, 11))
            timing_wheel.add(key, expire_at_ms[key], now_ms)
        if random.random() < 0.1:
            now_ms += int(10 ** random.uniform(0, 6))
            for taken in timing_wheel.pop_begun(now_ms, 20):
                if expire_at_ms[taken] > now_ms:
                    timing_wheel.add(taken, expire_at_ms[taken], now_ms)
                else:
                    del expire_at_ms[taken]
    timing_wheel.check(expire_at_ms)
