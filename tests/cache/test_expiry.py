"""The timetable: slots in order, keys filed anew, and random actions beside a plain dict."""

from random import Random

import pytest

from redis_clone.cache.expiry import NARROWEST_MS, WIDTHS_MS, Timetable

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000


@pytest.mark.parametrize("left_ms", [1, 127, 128, 5_000, 200_000, DAY_MS, 40 * DAY_MS, 10_000 * DAY_MS])
def test_a_key_is_found_soon_after_its_time_however_far_that_was(left_ms):
    timetable, due_ms = Timetable(), NOW_MS + left_ms
    timetable.add(b"key", due_ms, NOW_MS)
    now_ms, looks = NOW_MS, 0
    while len(timetable):
        now_ms = due_ms + NARROWEST_MS * 2 if now_ms + NARROWEST_MS >= due_ms else (now_ms + due_ms) // 2
        for key in timetable.take(now_ms, 10):
            looks += 1
            if due_ms > now_ms:
                timetable.add(key, due_ms, now_ms)
    assert looks <= len(WIDTHS_MS), "it is filed again at most three times"


def test_no_more_is_taken_than_asked_for_and_the_rest_stays():
    timetable = Timetable()
    for number in range(100):
        timetable.add(b"%d" % number, NOW_MS + number, NOW_MS)
    first = timetable.take(NOW_MS + 1000, 30)
    assert len(first) == 30 and len(timetable) == timetable.overdue(NOW_MS + 1000) == 70
    assert len(timetable.take(NOW_MS + 1000, 1000)) == 70


def test_removing_a_key_that_is_not_filed_does_nothing():
    timetable = Timetable()
    timetable.add(b"a", NOW_MS, NOW_MS)
    timetable.remove(b"b", NOW_MS)
    assert len(timetable) == 1


def test_a_million_keys_of_one_day_need_few_slots():
    timetable = Timetable()
    for number in range(0, DAY_MS, DAY_MS // 10_000):
        timetable.add(b"%d" % number, NOW_MS + number, NOW_MS)
    assert len(timetable._slots) < 2 * 1024


def test_random_actions_beside_a_dict():
    random, timetable, due_ms, now_ms = Random(7), Timetable(), {}, NOW_MS
    for _ in range(5_000):
        key = b"%d" % random.randrange(300)
        if key in due_ms:
            timetable.remove(key, due_ms.pop(key))
        if random.random() < 0.7:
            due_ms[key] = now_ms + int(10 ** random.uniform(0, 11))
            timetable.add(key, due_ms[key], now_ms)
        if random.random() < 0.1:
            now_ms += int(10 ** random.uniform(0, 6))
            for taken in timetable.take(now_ms, 20):
                if due_ms[taken] > now_ms:
                    timetable.add(taken, due_ms[taken], now_ms)
                else:
                    del due_ms[taken]
    timetable.check(due_ms)
