"""StreamLog, compared with a dict sorted by ids."""

from random import Random

import pytest
from tables import for_each

from redis_clone.structures import stream_log
from redis_clone.structures.stream_log import FIRST_ID, HALF_ID, LAST_ID, StreamId, StreamLog


@pytest.fixture(params=[4, 100])
def block_size(request, monkeypatch):
    """Small blocks bring out in a few entries what large ones show only after hundreds."""
    monkeypatch.setattr(stream_log, "BLOCK_SIZE", request.param)
    return request.param


def numbered(numbers):
    log = StreamLog()
    for number in numbers:
        log.insert(StreamId(number, 0), number)
    return log


def values(log, **bounds):
    return [value for _, value in log.items(**bounds)]


def test_an_id_has_a_next_and_a_previous_one_across_its_halves():
    assert StreamId(5, HALF_ID - 1).following() == (6, 0)
    assert StreamId(6, 0).preceding() == (5, HALF_ID - 1)
    assert FIRST_ID.following().preceding() == FIRST_ID


def test_nothing_comes_after_the_last_id_nor_before_the_first():
    with pytest.raises(OverflowError):
        LAST_ID.following()
    with pytest.raises(OverflowError):
        FIRST_ID.preceding()


def test_an_empty_log_has_no_ends_and_nothing_to_give(block_size):
    log = StreamLog()
    assert (log.first_id(), log.last_id(), len(log), log.block_count) == (None, None, 0, 0)
    assert log.get(FIRST_ID) is log.pop(LAST_ID) is None
    assert values(log) == values(log, reverse=True) == []
    assert log.trim_to_length(0) == log.trim_before(LAST_ID) == 0
    log.check()


def test_entries_come_in_the_order_of_their_ids_however_they_were_inserted(block_size):
    numbers = list(range(500))
    Random(1).shuffle(numbers)
    log = numbered(numbers)
    log.check()
    assert values(log) == list(range(500))
    assert values(log, reverse=True) == list(reversed(range(500)))
    assert log.first_id() == (0, 0) and log.last_id() == (499, 0)


def test_appended_entries_fill_their_blocks(block_size):
    assert numbered(range(10 * block_size)).block_count == 10
    assert numbered(range(10 * block_size + 1)).block_count == 11


@for_each("reverse", [False, True])
@for_each("start, stop", [(0, 999), (3, 5), (4, 4), (250, 610), (7, 6), (999, 2000), (-1, 0)])
def test_a_range_includes_both_ends(block_size, start, stop, reverse):
    log = numbered(range(0, 1000, 2))
    expected = [number for number in range(0, 1000, 2) if start <= number <= stop]
    found = values(log, start=StreamId(max(start, 0), 0), stop=StreamId(stop, 0), reverse=reverse)
    assert found == (expected[::-1] if reverse else expected)


def test_the_second_half_of_an_id_counts_too(block_size):
    log = StreamLog()
    for seq in range(9):
        log.insert(StreamId(7, seq), seq)
    assert values(log, start=StreamId(7, 3), stop=StreamId(7, 5)) == [3, 4, 5]


def test_pop_returns_the_value_once(block_size):
    log = numbered(range(300))
    assert (log.pop(StreamId(150, 0)), log.pop(StreamId(150, 0)), log.pop(StreamId(150, 1))) == (
        150,
        None,
        None,
    )
    assert StreamId(150, 0) not in log and StreamId(151, 0) in log and len(log) == 299


def test_a_deleted_entry_does_not_give_its_slot_back(block_size):
    log = numbered(range(block_size - 1))
    log.pop(StreamId(1, 0))
    log.insert(StreamId(1000, 0), 1000)
    assert log.block_count == 1
    log.insert(StreamId(1001, 0), 1001)
    log.check()
    assert log.block_count == 2


def test_an_emptied_block_is_removed(block_size):
    log = numbered(range(3 * block_size))
    for number in range(block_size, 2 * block_size):
        log.pop(StreamId(number, 0))
    log.check()
    assert log.block_count == 2 and len(log) == 2 * block_size


@for_each("length", [0, 1, 99, 100, 101, 250, 499, 500, 501])
def test_an_exact_trim_leaves_that_many(block_size, length):
    log = numbered(range(500))
    assert log.trim_to_length(length) == max(500 - length, 0)
    log.check()
    assert values(log) == list(range(500))[-length:] if length else not values(log)


@for_each("first", [0, 1, 99, 100, 101, 250, 499, 500, 501])
def test_an_exact_trim_leaves_nothing_below_the_id(block_size, first):
    log = numbered(range(500))
    assert log.trim_before(StreamId(first, 0)) == min(first, 500)
    log.check()
    assert values(log) == list(range(first, 500))


def test_an_approximate_trim_drops_whole_blocks_only():
    log = numbered(range(500))
    assert log.trim_to_length(201, approximate=True) == 200
    assert log.trim_before(StreamId(399, 0), approximate=True) == 100
    assert log.trim_before(StreamId(400, 0), approximate=True) == 100
    assert values(log) == list(range(400, 500))
    log.check()


def test_an_approximate_trim_does_no_more_than_its_limit():
    log = numbered(range(500))
    assert log.trim_to_length(0, approximate=True, limit=99) == 0
    assert log.trim_to_length(0, approximate=True, limit=250) == 200
    assert log.trim_before(LAST_ID, approximate=True, limit=0) == 300


def test_a_trim_sees_where_a_block_ended_even_when_its_last_entry_is_gone():
    log = numbered(range(200))
    log.pop(StreamId(99, 0))
    assert log.trim_before(StreamId(99, 0), approximate=True) == 0
    assert log.trim_before(StreamId(99, 0)) == 99
    log.check()
    assert log.block_count == 1 and log.first_id() == (100, 0)


def test_a_copy_changes_alone(block_size):
    log = numbered(range(50))
    twin = log.copy()
    twin.pop(StreamId(3, 0))
    twin.insert(StreamId(99, 0), 99)
    twin.trim_to_length(7)
    twin.check()
    assert values(log) == list(range(50)) and len(twin) == 7


def test_an_entry_is_found_wherever_it_stands():
    log = numbered(range(5000))
    assert [log.get(StreamId(number, 0)) for number in (0, 99, 100, 2500, 4999)] == [0, 99, 100, 2500, 4999]
    assert log.get(StreamId(5000, 0)) is None


@for_each("seed", range(20))
def test_random_actions_agree_with_a_plain_dict(block_size, seed):
    random, log, model = Random(seed), StreamLog(), {}
    for step in range(400):
        id_ = StreamId(random.randrange(60), random.randrange(3))
        action = random.randrange(10)
        if action < 5:
            if id_ not in model:
                log.insert(id_, step)
                model[id_] = step
        elif action < 8:
            assert log.pop(id_) == model.pop(id_, None)
        elif action == 8:
            length = random.randrange(100)
            dirty_exec = sorted(model)[: max(len(model) - length, 0)]
            assert log.trim_to_length(length) == len(dirty_exec)
            model = {key: value for key, value in model.items() if key not in dirty_exec}
        elif random.random() < 0.3:
            assert log.trim_before(id_) == sum(key < id_ for key in model)
            model = {key: value for key, value in model.items() if key >= id_}
        log.check()
        assert len(log) == len(model) and log.get(id_) == model.get(id_)
    assert list(log.items()) == sorted(model.items())
    assert list(log.items(reverse=True)) == sorted(model.items(), reverse=True)
