"""The class Hash, without a server."""

from random import Random

from tables import for_each

from redis_clone.storage.hashes import Hash


def whole_scan(stored, count):
    cursor, found = stored.scan(0, count)
    while cursor:
        cursor, more = stored.scan(cursor, count)
        found += more
    return found


def numbered(count):
    return Hash({b"%d" % number: b"value" for number in range(count)})


def test_set_and_delete_tell_whether_a_field_came_or_went():
    stored = Hash({b"a": b"1"})
    assert (stored.set(b"b", b"2"), stored.set(b"b", b"3")) == (True, False)
    assert (stored.delete(b"a"), stored.delete(b"a")) == (True, False)
    assert stored.fields == {b"b": b"3"}


def test_a_field_with_an_empty_value_is_there_and_can_go():
    stored = Hash({b"a": b""})
    assert len(stored) == 1
    assert stored.delete(b"a")
    assert not stored


def test_fields_keep_the_order_in_which_they_came():
    stored = Hash()
    for field in (b"z", b"a", b"z", b"m"):
        stored.set(field, b"value")
    assert list(stored.fields) == [b"z", b"a", b"m"]


def test_a_copy_changes_alone_and_so_does_the_dict_it_was_made_of():
    fields = {b"a": b"1"}
    stored = Hash(fields)
    copy = stored.copy()
    copy.set(b"a", b"2")
    assert stored.fields == fields == {b"a": b"1"}


def test_the_index_follows_all_changes_after_it_was_made():
    stored, random = numbered(50), Random(1)
    stored.sample(random)
    for step in range(2000):
        field = b"%d" % random.randrange(100)
        stored.set(field, b"%d" % step) if step % 2 else stored.delete(field)
    assert sorted(whole_scan(stored, 7)) == sorted(stored.fields)


def test_sample_reaches_every_field():
    stored, random = numbered(5), Random(1)
    assert {stored.sample(random) for _ in range(200)} == set(stored.fields)


@for_each("count", [0, 1, 5, 33, 34, 99, 100, 1000])
def test_sample_many_returns_different_fields_however_many(count):
    stored = numbered(100)
    picked = stored.sample_many(count, Random(1))
    assert len(picked) == len(set(picked)) == min(count, 100)
    assert set(picked) <= set(stored.fields)
    assert len(stored) == 100
