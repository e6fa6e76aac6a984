"""What is remembered of refusals."""

from redis_clone.features.acl.denials import Denials, Event

KEY = Event("key", "toplevel", b"secret", b"alice")


def test_the_same_within_a_minute_is_one_entry_and_comes_to_the_front():
    denials = Denials()
    denials.add(KEY, b"one", 0)
    denials.add(KEY._replace(object=b"other"), b"two", 10)
    denials.add(KEY, b"three", 60_000)
    first, second = denials.latest(10)
    assert (first.count, first.created_ms, first.updated_ms, first.client_info) == (2, 0, 60_000, b"three")
    assert (first.id, second.id) == (0, 1)


def test_after_a_minute_it_is_another_entry():
    denials = Denials()
    denials.add(KEY, b"", 0)
    denials.add(KEY, b"", 60_001)
    assert [(entry.id, entry.count) for entry in denials.latest(10)] == [(1, 1), (0, 1)]


def test_no_more_are_kept_than_wanted_but_all_are_counted():
    denials = Denials()
    denials.most = 2
    for number in range(5):
        denials.add(KEY._replace(object=b"%d" % number), b"", 0)
    assert [entry.event.object for entry in denials.latest(10)] == [b"4", b"3"]
    assert denials.counts["key"] == 5
    denials.most = 0
    denials.add(KEY, b"", 0)
    assert len(denials) == 0 and denials.counts["key"] == 6
