"""AvlTree, compared with a sorted list."""

from bisect import bisect_left, bisect_right, insort
from itertools import islice, permutations
from random import Random

import pytest
from tables import for_each

from redis_clone.structures.avl_tree import AvlTree


def tree_of(keys):
    tree = AvlTree()
    for key in keys:
        tree.add(key)
        tree.check()
    return tree


def height(tree):
    return tree._root.height


@for_each("order", list(permutations(range(5))))
def test_keys_come_out_in_order_whatever_order_they_came_in(order):
    assert list(tree_of(order)) == [0, 1, 2, 3, 4]


@for_each("order", list(permutations(range(5))))
def test_any_order_of_removal_leaves_the_others_in_order(order):
    tree = tree_of(range(5))
    left = set(order)
    for key in order:
        tree.remove(key)
        left.remove(key)
        tree.check()
        assert list(tree) == sorted(left) and key not in tree


@pytest.mark.parametrize("keys", [range(1000), range(1000, 0, -1), [key ^ 1 for key in range(1000)]])
def test_keys_that_come_sorted_do_not_make_a_deep_tree(keys):
    tree = AvlTree()
    for key in keys:
        tree.add(key)
    tree.check()
    assert len(tree) == 1000 and height(tree) <= 11


def test_adding_a_key_again_changes_nothing_and_says_so():
    tree = tree_of("ab")
    assert tree.add("a") is False and tree.add("c") is True
    tree.check()
    assert list(tree) == ["a", "b", "c"]


def test_removing_a_missing_key_is_a_key_error_and_changes_nothing():
    tree = tree_of("ac")
    with pytest.raises(KeyError):
        tree.remove("b")
    tree.check()
    assert list(tree) == ["a", "c"]


def test_an_empty_tree_has_no_keys_to_give():
    tree = AvlTree()
    tree.check()
    for take in (tree.first, tree.last, tree.pop_first, tree.pop_last):
        with pytest.raises(IndexError):
            take()
    assert list(tree) == list(tree.iterate(0, reverse=True)) == list(tree.iterate_from(5)) == []
    assert len(tree) == tree.rank(5) == 0 and 5 not in tree


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_that_is_not_there_is_an_index_error(index):
    with pytest.raises(IndexError):
        tree_of("abc").select(index)


def test_the_rank_of_a_key_counts_the_smaller_ones_even_of_a_missing_key():
    tree = tree_of(range(0, 20, 2))
    assert [tree.rank(key) for key in (-1, 0, 1, 2, 17, 18, 19, 99)] == [0, 0, 1, 1, 9, 9, 10, 10]


def test_first_and_last_are_popped_from_the_two_ends():
    tree = tree_of("badc")
    assert (tree.first(), tree.last()) == ("a", "d")
    assert (tree.pop_first(), tree.pop_last(), list(tree)) == ("a", "d", ["b", "c"])
    tree.check()


@for_each("size", [*range(20), 1000])
def test_a_tree_built_from_sorted_keys_is_as_low_as_can_be(size):
    tree = AvlTree.from_sorted(range(size))
    tree.check()
    assert list(tree) == list(range(size)) and height(tree) == size.bit_length()


def test_keys_may_be_pairs_of_a_score_and_a_member():
    infinity = float("inf")
    tree = tree_of([(1.0, b"b"), (1.0, b"a"), (infinity, b"z"), (-infinity, b"y"), (0.5, b"c")])
    assert [member for _, member in tree] == [b"y", b"c", b"a", b"b", b"z"]
    assert [member for _, member in tree.iterate_from((1.0, b""))] == [b"a", b"b", b"z"]


def test_an_iteration_can_begin_anywhere_and_go_both_ways():
    keys = list(range(0, 100, 2))
    tree = AvlTree.from_sorted(keys)
    for start in range(52):
        assert list(tree.iterate(start)) == keys[start:]
        assert list(tree.iterate(start, reverse=True)) == keys[::-1][start:]
    for key in range(-2, 101):
        assert list(tree.iterate_from(key)) == keys[bisect_left(keys, key) :]
        assert list(tree.iterate_from(key, reverse=True)) == keys[: bisect_right(keys, key)][::-1]


def test_a_short_walk_in_a_large_tree_looks_at_few_keys():
    class Counted(int):
        looks = 0

        def __lt__(self, other):
            Counted.looks += 1
            return int(self) < int(other)

    tree = AvlTree.from_sorted([Counted(key) for key in range(10_000)])
    assert list(islice(tree.iterate(5000), 100)) == list(range(5000, 5100))
    assert Counted.looks <= 14


def add(tree, model, random):
    key = random.randrange(300)
    assert tree.add(key) == (key not in model)
    if key not in model:
        insort(model, key)


def remove(tree, model, random):
    if model:
        key = random.choice(model)
        tree.remove(key)
        model.remove(key)


def pop(tree, model, random):
    if model:
        assert tree.pop_first() == model.pop(0)
    if model:
        assert tree.pop_last() == model.pop()


def look(tree, model, random):
    key = random.randrange(-5, 305)
    assert (key in tree) == (key in model)
    assert tree.rank(key) == bisect_left(model, key)
    assert list(tree.iterate_from(key)) == model[bisect_left(model, key) :]
    assert [tree.select(index) for index in range(len(model))] == model


@for_each("seed", range(8))
def test_random_actions_do_what_a_sorted_list_does(seed):
    random = Random(seed)
    tree, model = AvlTree(), []
    for step in range(500):
        growing = step // 100 % 2 == 0
        act = random.choice([add, add, add, remove, look] if growing else [add, remove, remove, pop, look])
        act(tree, model, random)
        tree.check()
        assert list(tree) == model and len(tree) == len(model)
