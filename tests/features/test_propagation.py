"""What is written down of a unit of work, without any command."""

import pytest

from redis_clone.features.propagation import Propagation


@pytest.fixture
def written():
    return []


@pytest.fixture
def propagation(written):
    propagation = Propagation()
    propagation.listen(lambda effects: written.append([b" ".join(words) for _, words in effects]))
    return propagation


def test_a_command_that_changed_something_is_written_as_it_came(propagation, written):
    propagation.note([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_unit()
    propagation.hand_on()
    assert written == [[b"SET k v"]]


def test_a_command_may_say_several_things_instead_which_then_are_a_transaction(propagation, written):
    propagation.instead(b"DEL", b"a")
    propagation.instead(b"DEL", b"b")
    propagation.note([("del", b"a", 0)], 0, [b"POP"])
    propagation.end_unit()
    propagation.hand_on()
    assert written == [[b"MULTI", b"DEL a", b"DEL b", b"EXEC"]]


def test_what_a_pipeline_did_is_handed_on_at_once_and_each_unit_is_whole(propagation, written):
    for key in (b"a", b"b"):
        propagation.note([("set", key, 0)], 0, [b"SET", key])
        propagation.end_unit()
    for key in (b"c", b"d"):  # inside MULTI
        propagation.note([("set", key, 0)], 0, [b"SET", key])
    propagation.end_unit()
    propagation.hand_on()
    assert written == [[b"SET a", b"SET b", b"MULTI", b"SET c", b"SET d", b"EXEC"]]


def test_what_one_command_said_does_not_stand_for_the_next(propagation, written):
    propagation.instead(b"DEL", b"a")
    propagation.note([("expired", b"b", 0)], 0, [b"POP"])  # it changed nothing itself
    propagation.note([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_unit()
    propagation.hand_on()
    assert written == [[b"MULTI", b"DEL b", b"SET k v", b"EXEC"]]


def test_what_a_command_said_that_then_changed_nothing_does_not_stand_for_the_next(propagation, written):
    propagation.nothing()  # XREADGROUP, when there is nothing new
    propagation.no_note()
    propagation.note([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    assert propagation.unit == [(0, [b"SET", b"k", b"v"])]


def test_a_command_may_have_nothing_to_say(propagation, written):
    propagation.nothing()
    propagation.note([("ltrim", b"l", 0)], 0, [b"LTRIM"])
    assert propagation.unit == []


def test_keys_that_fell_due_are_deleted_in_the_database_they_were_in(propagation):
    propagation.removes_lazily = True
    propagation.note([("expired", b"k", 3), ("set", b"x", 0)], 0, [b"SET", b"x"])
    assert propagation.unit == [(3, [b"UNLINK", b"k"]), (0, [b"SET", b"x"])]


def test_what_the_cron_removes_is_no_transaction(propagation, written):
    propagation.note([("expired", b"a", 0), ("expired", b"b", 0)], 0, None)
    propagation.end_chores()
    propagation.hand_on()
    assert written == [[b"DEL a", b"DEL b"]]


def test_nothing_is_kept_when_nobody_listens():
    propagation = Propagation()
    propagation.instead(b"DEL", b"a")
    listener = print
    propagation.listen(listener)
    propagation.note([("set", b"k", 0)], 0, [b"SET", b"k"])
    assert propagation.unit == [(0, [b"SET", b"k"])]
    propagation.forget(listener)
    assert not propagation.is_on
