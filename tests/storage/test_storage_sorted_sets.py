"""The class SortedSet, without a server."""

import math
from random import Random

import pytest

from redis_clone.storage.sorted_sets import AFTER_ALL, BEFORE_ALL, SCANNED_WHOLE, LexCut, ScoreCut, SortedSet

SCORES = [-math.inf, -1.5, -0.0, 0.0, 1.0, 2.0, 2.5, math.inf]


def lettered(letters="abcde"):
    """A sorted set of letters, each with its position as its score."""
    return SortedSet({letter.encode(): position for position, letter in enumerate(letters)})


def names(items):
    return "".join(member.decode() for member, _ in items)


def whole_scan(stored, count):
    cursor, found = stored.scan(0, count)
    while cursor:
        cursor, more = stored.scan(cursor, count)
        found += more
    return found


def test_members_stand_in_the_order_of_their_scores_and_then_of_their_bytes():
    stored = SortedSet({b"b": 1, b"a": 1, b"B": 1, b"": 1, b"c": -math.inf, b"d": 0.5})
    assert names(stored.items_at(stored.ranks())) == "cd" + "Bab"
    assert stored.items_at(stored.ranks())[2] == (b"", 1.0)


def test_set_and_remove_tell_whether_they_changed_something():
    stored = SortedSet({b"a": 1})
    assert (stored.set(b"a", 1), stored.set(b"a", 2), stored.set(b"b", 2)) == (False, True, True)
    assert (stored.remove(b"a"), stored.remove(b"a")) == (True, False)
    stored.check()


def test_a_score_that_stays_the_same_costs_no_tree_operation(monkeypatch):
    stored = SortedSet({b"a": 1})
    monkeypatch.setattr(SortedSet, "_order", None)
    assert stored.set(b"a", 1.0) is False


def test_minus_zero_is_the_same_score_as_zero_with_or_without_its_sign():
    for others, sign in (((), "0.0"), ([(b"%d" % number, 1.0) for number in range(200)], "-0.0")):
        stored = SortedSet([*others, (b"a", -0.0)])
        stored.set(b"b", -0.0)
        stored.check()
        assert [str(stored.scores[member]) for member in (b"a", b"b")] == [sign] * 2
        assert stored.set(b"a", 0.0) is False and stored.rank(b"b") == 1
        assert stored.remove(b"a") and stored.set(b"b", 2.0)
        stored.check()


def test_an_empty_sorted_set_is_false_so_that_the_keyspace_drops_it():
    assert not SortedSet()
    assert SortedSet({b"": 0})


def test_a_copy_changes_alone():
    stored = lettered()
    copy = stored.copy()
    copy.remove(b"a")
    copy.set(b"b", 9)
    copy.check()
    assert names(stored.items_at(stored.ranks())) == "abcde"
    assert names(copy.items_at(copy.ranks())) == "cdeb"


@pytest.mark.parametrize("member, rank, from_the_end", [(b"a", 0, 4), (b"e", 4, 0), (b"x", None, None)])
def test_a_rank_counts_from_either_end(member, rank, from_the_end):
    assert lettered().rank(member) == rank
    assert lettered().rank(member, reverse=True) == from_the_end


@pytest.mark.parametrize(
    "ranks, members",
    [
        (range(5), "abcde"), (range(1, 3), "bc"), (range(4, -1, -1), "edcba"), (range(3, 1, -1), "dc"),
        (range(0), ""), (range(3, 1), ""), (range(4, 5), "e"),
    ],
)  # fmt: skip
def test_items_come_in_the_direction_of_their_ranks(ranks, members):
    assert names(lettered().items_at(ranks)) == members


@pytest.mark.parametrize(
    "start, stop, members",
    [
        (ScoreCut(1, False), ScoreCut(3, True), "bcd"),
        (ScoreCut(1, True), ScoreCut(3, False), "c"),
        (ScoreCut(-math.inf, False), ScoreCut(math.inf, True), "abcde"),
        (ScoreCut(math.inf, True), ScoreCut(math.inf, True), ""),
        (ScoreCut(0.5, False), ScoreCut(1.5, True), "b"),
        (ScoreCut(3, False), ScoreCut(1, True), ""),
        (ScoreCut(-0.0, False), ScoreCut(-0.0, True), "a"),
    ],
)
def test_a_range_of_scores_lies_between_two_cuts(start, stop, members):
    stored = lettered()
    assert names(stored.items_at(stored.ranks_by_score(start, stop))) == members


def test_a_cut_behind_infinity_leaves_nothing():
    stored = SortedSet({b"low": -math.inf, b"high": math.inf})
    assert list(stored.ranks_by_score(ScoreCut(-math.inf, True), ScoreCut(math.inf, False))) == []
    assert list(stored.ranks_by_score(ScoreCut(math.inf, False), ScoreCut(math.inf, True))) == [1]
    assert list(stored.ranks_by_score(ScoreCut(math.inf, True), ScoreCut(math.inf, True))) == []


@pytest.mark.parametrize(
    "start, stop, members",
    [
        (BEFORE_ALL, AFTER_ALL, ["", "a", "a\0", "b"]),
        (LexCut(b"a", False), LexCut(b"a", True), ["a"]),
        (LexCut(b"a", True), AFTER_ALL, ["a\0", "b"]),
        (BEFORE_ALL, LexCut(b"b", False), ["", "a", "a\0"]),
        (LexCut(b"", True), LexCut(b"a", True), ["a"]),
        (AFTER_ALL, BEFORE_ALL, []),
        (AFTER_ALL, AFTER_ALL, []),
    ],
)
def test_a_range_of_members_lies_between_two_cuts(start, stop, members):
    stored = SortedSet({b"": 7, b"a": 7, b"a\0": 7, b"b": 7})
    found = stored.items_at(stored.ranks_by_lex(start, stop))
    assert [member.decode() for member, _ in found] == members


@pytest.mark.parametrize("ranks", [range(1), range(4, 3, -1), range(5), range(1, 4), range(2, 2)])
def test_remove_at_returns_what_it_removes(ranks):
    stored = lettered()
    stored.scan(0, 1)
    expected = stored.items_at(ranks)
    assert stored.remove_at(ranks) == expected
    assert len(stored) == 5 - len(ranks)
    stored.check()


def test_samples_are_different_and_no_more_than_there_are():
    stored, random = SortedSet({b"%d" % number: number for number in range(100)}), Random(1)
    for count in (0, 1, 10, 50, 100, 1000):
        sample = stored.sample_many(count, random)
        assert len(set(sample)) == len(sample) == min(count, 100)
    assert {stored.sample(random) for _ in range(2000)} == set(stored.scores.items())


def test_a_small_sorted_set_is_scanned_whole_and_in_order():
    stored = lettered()
    assert stored.scan(0, 2) == (0, [b"a", b"b", b"c", b"d", b"e"])


def test_a_scan_meets_every_member_that_stays_whatever_happens_meanwhile():
    random = Random(7)
    staying = {b"stay%d" % number for number in range(SCANNED_WHOLE * 3)}
    stored = SortedSet(dict.fromkeys(staying, 0) | {b"go%d" % number: 1 for number in range(200)})
    cursor, met = stored.scan(0, 10)
    while cursor:
        stored.remove(b"go%d" % random.randrange(200))
        stored.set(random.choice(sorted(staying)), random.random())
        stored.set(b"new%d" % random.randrange(1000), 5)
        cursor, more = stored.scan(cursor, 10)
        met += more
    assert staying <= set(met)
    stored.check()


def test_a_scan_survives_the_removal_of_a_range():
    stored = SortedSet({b"%d" % number: number for number in range(SCANNED_WHOLE * 8)})
    cursor, met = stored.scan(0, 10)
    stored.remove_at(range(SCANNED_WHOLE * 6))
    while cursor:
        cursor, more = stored.scan(cursor, 10)
        met += more
    assert stored.scores.keys() <= set(met)


@pytest.mark.parametrize("seed", range(4))
def test_random_actions_agree_with_a_plain_dict(seed):
    random = Random(seed)
    model = {b"%d" % number: random.choice([1.0, 2.0, 3.0]) for number in range(SCANNED_WHOLE)}
    stored = SortedSet(model)
    for _ in range(800):
        member = b"%d" % random.randrange(SCANNED_WHOLE * 3)
        action = random.choices(["set", "remove", "remove_at", "scan", "copy"], [60, 20, 0.3, 2, 1])[0]
        if action == "set":
            score = random.choice(SCORES)
            assert stored.set(member, score) == (model.get(member) != score)
            model[member] = score
        elif action == "remove":
            assert stored.remove(member) == (model.pop(member, None) is not None)
        elif action == "remove_at":
            for gone, score in stored.remove_at(some_ranks(random, len(model))):
                assert model.pop(gone) == score
        elif action == "scan":
            assert set(whole_scan(stored, 7)) == model.keys()
        else:
            stored = stored.copy()
        agrees(stored, model, random)


def some_ranks(random, size):
    start, stop = sorted([random.randint(0, size), random.randint(0, size)])
    return random.choice([range(start, stop), range(start, stop)[::-1]])


def agrees(stored, model, random):
    stored.check()
    ordered = sorted(model.items(), key=lambda item: (item[1], item[0]))
    assert stored.items_at(stored.ranks()) == ordered
    assert stored.items_at(stored.ranks(reverse=True)) == ordered[::-1]
    ranks = some_ranks(random, len(model))
    assert stored.items_at(ranks) == [ordered[rank] for rank in ranks]
    low, high = random.choice(SCORES), random.choice(SCORES)
    found = stored.items_at(stored.ranks_by_score(ScoreCut(low, True), ScoreCut(high, True)))
    assert found == [item for item in ordered if low < item[1] <= high]
    if model:
        member, score = random.choice(ordered)
        assert stored.rank(member) == ordered.index((member, score))
