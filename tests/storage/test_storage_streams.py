"""The class Stream, without a server."""

from random import Random

import pytest
from tables import for_each

from redis_clone.storage.streams import Group, Stream
from redis_clone.storage.types import copied, type_name
from redis_clone.structures.stream_log import FIRST_ID, LAST_ID, StreamId

FIELDS = (b"field", b"value")


def at(ms):
    return StreamId(ms, 0)


def stream_of(*numbers):
    stream = Stream()
    for number in numbers:
        stream.add(at(number), FIELDS)
    return stream


def read(stream, group, count=None):
    entries = stream.entries_after(group.last_id, count)
    for id_, _ in entries:
        stream.advance(group, id_)
    return [id_.ms for id_, _ in entries]


def test_an_empty_stream_is_still_a_true_value():
    assert Stream()
    assert type_name(Stream()) == "stream"


def test_ids_only_grow():
    stream = stream_of(1, 5)
    stream.delete(at(5))
    with pytest.raises(AssertionError):
        stream.add(at(5), FIELDS)
    assert stream.last_id == at(5)


def test_the_highest_tombstone_is_remembered():
    stream = stream_of(1, 2, 3)
    assert [stream.delete(at(number)) for number in (2, 1, 9)] == [True, True, False]
    assert stream.max_deleted_id == at(2)
    assert stream.first_id == at(3) and stream.entries_added == 3


def test_nothing_comes_after_the_last_id_there_is():
    stream = Stream()
    stream.add(LAST_ID, FIELDS)
    assert stream.entries_after(LAST_ID) == []
    assert len(stream.entries_after(LAST_ID.preceding())) == 1


def test_a_group_that_read_from_the_start_knows_how_far_it_is_behind():
    stream, group = stream_of(1, 2, 3), Group(FIRST_ID)
    assert stream.lag(group) == 3
    assert read(stream, group, count=2) == [1, 2]
    assert (group.entries_read, stream.lag(group)) == (2, 1)
    read(stream, group)
    assert stream.lag(group) == 0


def test_the_lag_is_unknown_behind_a_tombstone_and_known_again_at_the_end():
    stream, group = stream_of(1, 2, 3, 4), Group(FIRST_ID)
    read(stream, group, count=1)
    stream.delete(at(3))
    assert stream.lag(group) is None
    read(stream, group)
    assert stream.lag(group) == 0


def test_the_lag_of_a_group_at_an_id_in_the_middle_is_unknown():
    assert stream_of(1, 2, 3).lag(Group(at(2))) is None
    assert stream_of(1, 2, 3).lag(Group(at(9))) is None


def test_the_lag_counts_what_was_trimmed_as_read():
    stream, group = stream_of(1, 2, 3, 4), Group(FIRST_ID)
    stream.entries.trim_to_length(1)
    assert stream.lag(group) == 1


def test_a_stream_that_was_never_written_leaves_no_group_behind():
    assert Stream().lag(Group(at(7))) == 0


def test_handing_over_takes_an_entry_from_its_consumer():
    group = Group(FIRST_ID)
    ada, bob = group.create_consumer(b"ada", 1), group.create_consumer(b"bob", 1)
    group.deliver(at(1), ada, now_ms=10)
    pending = group.hand_over(at(1), bob, now_ms=20)
    assert (pending.consumer, pending.delivered_ms, pending.deliveries) == (bob, 20, 1)
    assert len(ada.pending) == 0 and len(bob.pending) == len(group.pending) == 1
    assert (ada.active_ms, bob.active_ms) == (10, 20)


def test_a_deleted_consumer_leaves_nothing_pending():
    group = Group(FIRST_ID)
    ada, bob = group.create_consumer(b"ada", 1), group.create_consumer(b"bob", 1)
    for number in range(5):
        group.deliver(at(number), bob if number % 2 else ada, now_ms=1)
    assert group.delete_consumer(b"ada") == 3
    assert [id_.ms for id_, _ in group.pending.items()] == [1, 3]


def test_a_copy_changes_alone():
    stream = stream_of(1, 2, 3)
    stream.groups[b"g"] = group = Group(FIRST_ID)
    group.deliver(at(1), group.create_consumer(b"ada", 1), now_ms=1)
    twin = copied(stream)
    twin.check()
    twin.delete(at(1))
    twin.groups[b"g"].acknowledge(at(1))
    twin.groups[b"g"].create_consumer(b"bob", 2)
    assert len(stream.entries) == 3 and len(group.pending) == 1 and list(group.consumers) == [b"ada"]
    assert group.pending.get(at(1)).consumer is group.consumers[b"ada"]
    stream.check()
    twin.check()


@for_each("seed", range(10))
def test_after_random_actions_each_pending_entry_has_one_consumer(seed):
    random, stream = Random(seed), stream_of(*range(1, 50))
    stream.groups[b"g"] = group = Group(FIRST_ID)
    for step in range(500):
        name, id_ = random.choice([b"a", b"b", b"c"]), at(random.randrange(60))
        match random.randrange(6):
            case 0 | 1 | 2:
                consumer = group.consumers.get(name) or group.create_consumer(name, step)
                group.hand_over(id_, consumer, step)
            case 3:
                group.acknowledge(id_)
            case 4:
                stream.delete(id_)
            case 5 if name in group.consumers and random.random() < 0.1:
                group.delete_consumer(name)
        stream.check()
    stream.copy().check()
