"""The class Set, without a server."""

from random import Random

import pytest
from tables import for_each

from redis_clone.storage.sets import Set


def whole_scan(stored, count):
    cursor, found = stored.scan(0, count)
    while cursor:
        cursor, more = stored.scan(cursor, count)
        found += more
    return found


def numbered(count):
    return Set(b"%d" % number for number in range(count))


def test_add_and_discard_tell_whether_they_changed_something():
    stored = Set([b"a"])
    assert (stored.add(b"b"), stored.add(b"b")) == (True, False)
    assert (stored.discard(b"a"), stored.discard(b"a")) == (True, False)
    assert stored.members == {b"b"}


def test_an_empty_set_is_false_so_that_the_keyspace_drops_it():
    assert not Set()
    assert Set([b""])


def test_a_copy_changes_alone():
    stored = Set([b"a"])
    copy = stored.copy()
    copy.add(b"b")
    assert stored.members == {b"a"}


def test_the_index_follows_all_changes_after_it_was_made():
    stored, random = numbered(50), Random(1)
    stored.sample(random)
    for step in range(2000):
        member = b"%d" % random.randrange(100)
        stored.add(member) if step % 2 else stored.discard(member)
    assert sorted(whole_scan(stored, 7)) == sorted(stored.members)


def test_sample_reaches_every_member():
    stored, random = numbered(5), Random(1)
    assert {stored.sample(random) for _ in range(200)} == stored.members


@for_each("count", [0, 1, 5, 33, 34, 99, 100, 1000])
def test_sample_many_returns_different_members_however_many(count):
    stored = numbered(100)
    picked = stored.sample_many(count, Random(1))
    assert len(picked) == len(set(picked)) == min(count, 100)
    assert stored.members.issuperset(picked)


@pytest.mark.parametrize("count", [0, 1, 5, 50, 100, 1000])
def test_pop_many_removes_what_it_returns(count):
    stored = numbered(100)
    popped = stored.pop_many(count, Random(1))
    assert len(popped) == min(count, 100)
    assert stored.members.isdisjoint(popped)
    assert len(stored) == 100 - len(popped)


def test_a_scan_returns_what_is_there_all_the_time_whatever_comes_and_goes():
    stored = numbered(100)
    cursor, found = stored.scan(0, 10)
    step = 0
    while cursor:
        stored.discard(b"%d" % (step % 50))  # 50 to 99 stay
        stored.add(b"new:%d" % step)
        step += 1
        cursor, more = stored.scan(cursor, 10)
        found += more
    assert {b"%d" % number for number in range(50, 100)} <= set(found)
