"""IndexedSet: keys by position, and the promise of SCAN."""

from collections import Counter
from random import Random

import pytest
from tables import for_each

from redis_clone.structures.indexed_set import IndexedSet


def whole_scan(keys, count):
    cursor, found = keys.scan(0, count)
    while cursor:
        cursor, more = keys.scan(cursor, count)
        found += more
    return found


def test_a_key_added_twice_is_there_once():
    keys = IndexedSet([b"a", b"a"])
    keys.add(b"a")
    assert list(keys) == [b"a"] and len(keys) == 1 and b"a" in keys


def test_removing_a_missing_key_is_a_key_error_and_changes_nothing():
    keys = IndexedSet([b"a"])
    with pytest.raises(KeyError):
        keys.remove(b"b")
    keys.check()
    assert list(keys) == [b"a"]


def test_the_last_key_and_the_only_key_can_be_removed():
    keys = IndexedSet([b"a", b"b"])
    keys.remove(b"b")
    keys.remove(b"a")
    keys.check()
    assert list(keys) == [] and b"a" not in keys


def test_an_empty_set_is_scanned_in_one_step_and_has_no_sample():
    assert IndexedSet().scan(0, 10) == (0, [])
    assert IndexedSet().scan(7, 10) == (0, [])
    with pytest.raises(IndexError):
        IndexedSet().sample(Random(1))


@pytest.mark.parametrize("count", [1, 3, 10, 11, 1000])
def test_a_scan_of_a_set_at_rest_returns_every_key_once(count):
    assert sorted(whole_scan(IndexedSet(range(10)), count)) == list(range(10))


def test_a_cursor_beyond_the_length_begins_at_the_end():
    keys = IndexedSet(range(10))
    assert keys.scan(11, 4) == keys.scan(2**64, 4) == keys.scan(0, 4) == (6, [9, 8, 7, 6])


def test_every_key_is_sampled_about_equally_often():
    keys, random = IndexedSet("abcde"), Random(1)
    keys.remove("b")
    counts = Counter(keys.sample(random) for _ in range(4000))
    assert counts.keys() == set("acde") and min(counts.values()) > 850


def test_a_key_to_come_that_moves_into_a_hole_is_still_to_come():
    keys = IndexedSet(range(10))
    cursor, seen = keys.scan(0, 2)
    for key in (9, 8, 0):  # the set shrinks below the cursor, then 7 moves to the front
        keys.remove(key)
    while cursor:
        cursor, more = keys.scan(cursor, 2)
        seen += more
    assert set(range(1, 8)) <= set(seen)


@for_each("seed", range(40))
def test_a_scan_returns_every_key_that_is_there_all_the_time(seed):
    random = Random(seed)
    keys = IndexedSet(range(100))
    always = set(random.sample(range(100), 50))
    steps, cursor, seen = 0, 0, set()
    while cursor or not steps:
        cursor, found = keys.scan(cursor, random.randint(1, 8))
        seen.update(found)
        for _ in range(random.randint(0, 12)):
            change(keys, random, always)
        keys.check()
        steps += 1
    assert always <= seen and steps <= 100


def change(keys, random, untouchable):
    key = keys.sample(random)
    if random.random() < 0.6 and key not in untouchable:
        keys.remove(key)
    else:
        keys.add(random.randrange(200))


@for_each("seed", range(10))
def test_random_actions_do_what_a_plain_set_does(seed):
    random = Random(seed)
    keys, model = IndexedSet(), set()
    for _ in range(300):
        key = random.randrange(40)
        assert (key in keys) == (key in model)
        if key in model and random.random() < 0.7:
            keys.remove(key)
            model.remove(key)
        else:
            keys.add(key)
            model.add(key)
        keys.check()
        assert len(keys) == len(model) and set(keys) == model
