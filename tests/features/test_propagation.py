"""What is written down of a unit of work, without any command."""

import pytest

from redis_clone.features.propagation import Propagation


@pytest.fixture
def written():
    return []


@pytest.fixture
def propagation(written):
    propagation = Propagation()
    propagation.listen(lambda ops: written.append([b" ".join(words) for _, words in ops]))
    return propagation


def test_a_command_that_changed_something_is_written_as_it_came(propagation, written):
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_transaction()
    propagation.flush()
    assert written == [[b"SET k v"]]


def test_a_command_may_say_several_things_instead_which_then_are_a_transaction(propagation, written):
    propagation.replicate_as(b"DEL", b"a")
    propagation.replicate_as(b"DEL", b"b")
    propagation.record([("del", b"a", 0)], 0, [b"POP"])
    propagation.end_transaction()
    propagation.flush()
    assert written == [[b"MULTI", b"DEL a", b"DEL b", b"EXEC"]]


def test_what_a_pipeline_did_is_handed_on_at_once_and_each_unit_is_whole(propagation, written):
    for key in (b"a", b"b"):
        propagation.record([("set", key, 0)], 0, [b"SET", key])
        propagation.end_transaction()
    for key in (b"c", b"d"):  # inside MULTI
        propagation.record([("set", key, 0)], 0, [b"SET", key])
    propagation.end_transaction()
    propagation.flush()
    assert written == [[b"SET a", b"SET b", b"MULTI", b"SET c", b"SET d", b"EXEC"]]


def test_what_one_command_said_does_not_stand_for_the_next(propagation, written):
    propagation.replicate_as(b"DEL", b"a")
    propagation.record([("expired", b"b", 0)], 0, [b"POP"])  # it changed nothing itself
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_transaction()
    propagation.flush()
    assert written == [[b"MULTI", b"DEL b", b"SET k v", b"EXEC"]]


def test_what_a_command_said_that_then_changed_nothing_does_not_stand_for_the_next(propagation, written):
    propagation.prevent_propagation()  # XREADGROUP, when there is nothing new
    propagation.forget_replacement()
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    assert propagation.ops == [(0, [b"SET", b"k", b"v"])]


def test_a_command_may_have_nothing_to_say(propagation, written):
    propagation.prevent_propagation()
    propagation.record([("ltrim", b"l", 0)], 0, [b"LTRIM"])
    assert propagation.ops == []


def test_keys_that_fell_due_are_deleted_in_the_database_they_were_in(propagation):
    propagation.removes_lazily = True
    propagation.record([("expired", b"k", 3), ("set", b"x", 0)], 0, [b"SET", b"x"])
    assert propagation.ops == [(3, [b"UNLINK", b"k"]), (0, [b"SET", b"x"])]


def test_what_the_cron_removes_is_no_transaction(propagation, written):
    propagation.record([("expired", b"a", 0), ("expired", b"b", 0)], 0, None)
    propagation.end_cron_job()
    propagation.flush()
    assert written == [[b"DEL a", b"DEL b"]]


def test_nothing_is_kept_when_nobody_listens():
    propagation = Propagation()
    propagation.replicate_as(b"DEL", b"a")
    listener = print
    propagation.listen(listener)
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k"])
    assert propagation.ops == [(0, [b"SET", b"k"])]
    propagation.forget(listener)
    assert not propagation.is_on
