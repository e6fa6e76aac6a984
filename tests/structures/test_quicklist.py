"""QuickList, compared with a plain list."""

from random import Random

import pytest
from tables import for_each

from redis_clone.structures import quicklist
from redis_clone.structures.quicklist import QuickList


@pytest.fixture(params=[4, 512])
def block_size(request, monkeypatch):
    """Small blocks bring out in a few items what large ones show only after thousands."""
    monkeypatch.setattr(quicklist, "BLOCK_SIZE", request.param)
    return request.param


def block_count(items):
    return len(items._blocks)


def test_each_item_pushed_left_becomes_the_new_head(block_size):
    items = QuickList(["x"])
    items.push_left(range(2000))
    items.check()
    assert list(items) == [*reversed(range(2000)), "x"]


def test_each_item_pushed_right_becomes_the_new_tail(block_size):
    items = QuickList(["x"])
    items.push_right(range(2000))
    items.check()
    assert list(items) == ["x", *range(2000)]


def test_popping_more_than_there_is_takes_all_and_leaves_a_usable_list(block_size):
    items = QuickList(range(1000))
    assert items.pop_left(10**30) == list(range(1000))
    assert items.pop_left() == items.pop_right() == items.pop_right(7) == []
    items.push_left("a")
    items.check()
    assert items.pop_right(10**30) == ["a"] and len(items) == 0


def test_popping_none_changes_nothing(block_size):
    items = QuickList(range(9))
    assert items.pop_left(0) == items.pop_right(0) == []
    assert list(items) == list(range(9))


def test_what_is_pushed_on_one_side_comes_out_on_the_other_in_order(block_size):
    items = QuickList()
    for number in range(1500):
        items.push_left([number])
    items.check()
    assert [items.pop_right()[0] for _ in range(1500)] == list(range(1500))
    items.check()


def test_negative_indices_count_from_the_tail(block_size):
    items = QuickList("abc")
    items[-1] = "z"
    assert (items[0], items[-1], items[-3]) == ("a", "z", "a")


@pytest.mark.parametrize("index", [3, -4, 10**30])
def test_an_index_that_is_not_there_is_an_index_error(block_size, index):
    items = QuickList("abc")
    with pytest.raises(IndexError):
        items[index]
    with pytest.raises(IndexError):
        items[index] = "x"
    with pytest.raises(IndexError):
        items.delete(index)


def test_an_empty_list_has_no_first_and_no_last_item():
    for index in (0, -1):
        with pytest.raises(IndexError):
            QuickList()[index]


def test_an_item_can_be_inserted_anywhere_up_to_the_end_and_not_beyond(block_size):
    for index in range(11):
        items, model = QuickList(range(10)), list(range(10))
        items.insert(index, "new")
        model.insert(index, "new")
        items.check()
        assert list(items) == model
    with pytest.raises(IndexError):
        items.insert(12, "new")


def test_many_insertions_at_one_place_split_blocks_and_keep_their_order(block_size):
    items = QuickList("az")
    for number in range(1200):
        items.insert(1, number)
    items.check()
    assert list(items) == ["a", *reversed(range(1200)), "z"]


def test_a_slice_crosses_blocks_and_follows_the_rules_of_python(block_size):
    items, model = QuickList(range(1100)), list(range(1100))
    for start, stop in [(0, 1100), (3, 5), (500, 600), (-5, 10**30), (1099, 1100), (8, 7), (2000, 2001)]:
        assert items.slice(start, stop) == model[start:stop]


@for_each("start, stop", [(0, 20), (0, 0), (5, 6), (3, 17), (-4, 20), (0, -19), (30, 40)])
def test_trim_keeps_what_the_slice_would_return(block_size, start, stop):
    items = QuickList(range(20))
    items.trim(start, stop)
    items.check()
    assert list(items) == list(range(20))[start:stop] and len(items) == len(range(20)[start:stop])


@for_each("count, left, removed", [
    (0, "bcb", 4), (9, "bcb", 4), (-9, "bcb", 4),
    (1, "baacab", 1), (3, "bcab", 3), (-1, "abaacb", 1), (-3, "abcb", 3),
])  # fmt: skip
def test_remove_counts_from_the_head_or_the_tail_or_removes_all(block_size, count, left, removed):
    items = QuickList("abaacab")
    assert items.remove("a", count) == removed
    items.check()
    assert "".join(items) == left


def test_removing_what_is_not_there_answers_zero(block_size):
    items = QuickList("abc")
    assert items.remove("x") == 0 and QuickList().remove("x") == 0
    assert list(items) == ["a", "b", "c"]


def test_positions_are_found_from_either_end_and_within_a_limit(block_size):
    items = QuickList("abcab" * 2)
    assert list(items.positions("a")) == [0, 3, 5, 8]
    assert list(items.positions("a", reverse=True)) == [8, 5, 3, 0]
    assert list(items.positions("a", limit=5)) == [0, 3]
    assert list(items.positions("a", reverse=True, limit=5)) == [8, 5]
    assert list(items.positions("a", limit=0)) == list(items.positions("x")) == []


def test_many_deletions_in_the_middle_leave_few_blocks():
    items = QuickList(range(20_000))
    assert block_count(items) == 40
    for _ in range(19_000):
        items.delete(len(items) // 2)
    items.check()
    assert block_count(items) <= 10


def test_removing_most_items_by_value_leaves_few_blocks():
    items = QuickList([number % 100 // 97 for number in range(100_000)])
    assert items.remove(0) == 97_000
    items.check()
    assert block_count(items) <= 24


# Each action is done to the quicklist and to a plain list, and answers the same.


def push_left(items, model, random):
    new = [random.randrange(5) for _ in range(random.choice([1, 1, 2, 20]))]
    items.push_left(new)
    model[:0] = new[::-1]


def push_right(items, model, random):
    new = [random.randrange(5) for _ in range(random.choice([1, 1, 2, 20]))]
    items.push_right(new)
    model.extend(new)


def pop_left(items, model, random):
    count = random.choice([1, 1, 2, 9])
    assert items.pop_left(count) == model[:count]
    del model[:count]


def pop_right(items, model, random):
    keep = max(len(model) - random.choice([1, 1, 2, 9]), 0)
    assert items.pop_right(len(model) - keep) == model[keep:][::-1]
    del model[keep:]


def insert(items, model, random):
    index, item = random.randint(0, len(model)), random.randrange(5)
    items.insert(index, item)
    model.insert(index, item)


def delete(items, model, random):
    for _ in range(random.randint(0, len(model) // 4)):
        index = random.randrange(-len(model), len(model))
        items.delete(index)
        del model[index]


def set_(items, model, random):
    if model:
        index = random.randrange(-len(model), len(model))
        items[index] = model[index] = random.randrange(5)
        assert items[index] == model[index]


def trim(items, model, random):
    start = random.randint(0, 3)
    stop = len(model) - random.randint(0, 3)
    items.trim(start, max(stop, 0))
    model[:] = model[start : max(stop, 0)]


def remove(items, model, random):
    item, count = random.randrange(5), random.choice([0, 1, -1, 4, -4])
    places = [index for index, other in enumerate(model) if other == item]
    dirty_exec = places[count:] if count < 0 else places[: count or None]
    assert items.remove(item, count) == len(dirty_exec)
    for index in reversed(dirty_exec):
        del model[index]


def look(items, model, random):
    start, stop = random.randint(-9, 99), random.randint(-9, 99)
    assert items.slice(start, stop) == model[start:stop]
    item, reverse = random.randrange(5), random.random() < 0.5
    places = [index for index, other in enumerate(model) if other == item]
    assert list(items.positions(item, reverse)) == (places[::-1] if reverse else places)


ACTIONS = [push_left, push_right, push_right, pop_left, pop_right]
ACTIONS += [insert, insert, delete, set_, trim, remove, look]


@for_each("seed", range(5))
def test_random_actions_do_what_a_plain_list_does(block_size, seed):
    random = Random(seed)
    items, model = QuickList(), []
    for _ in range(600):
        random.choice(ACTIONS)(items, model, random)
        items.check()
        assert list(items) == model and len(items) == len(model)
        assert list(reversed(items)) == model[::-1]
