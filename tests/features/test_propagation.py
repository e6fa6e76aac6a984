"""Propagation without any command: which ops reach a listener."""

import pytest

from redis_clone.features.propagation import Propagation
from redis_clone.protocol.ops import BOTH, LOG, REPLICAS


@pytest.fixture
def propagated():
    return []


@pytest.fixture
def propagation(propagated):
    propagation = Propagation()
    propagation.listen(lambda ops: propagated.append([b" ".join(argv) for _, argv, _ in ops]), BOTH)
    return propagation


def test_a_command_that_changed_something_is_propagated_as_it_came(propagation, propagated):
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_transaction()
    propagation.flush()
    assert propagated == [[b"SET k v"]]


def test_several_replacements_of_a_command_are_a_transaction(propagation, propagated):
    propagation.replicate_as(b"DEL", b"a")
    propagation.replicate_as(b"DEL", b"b")
    propagation.record([("del", b"a", 0)], 0, [b"POP"])
    propagation.end_transaction()
    propagation.flush()
    assert propagated == [[b"MULTI", b"DEL a", b"DEL b", b"EXEC"]]


def test_the_ops_of_a_pipeline_are_flushed_together_and_each_transaction_is_whole(propagation, propagated):
    for key in (b"a", b"b"):
        propagation.record([("set", key, 0)], 0, [b"SET", key])
        propagation.end_transaction()
    for key in (b"c", b"d"):  # inside MULTI
        propagation.record([("set", key, 0)], 0, [b"SET", key])
    propagation.end_transaction()
    propagation.flush()
    assert propagated == [[b"SET a", b"SET b", b"MULTI", b"SET c", b"SET d", b"EXEC"]]


def test_the_replacement_of_one_command_does_not_stand_for_the_next(propagation, propagated):
    propagation.replicate_as(b"DEL", b"a")
    propagation.record([("expired", b"b", 0)], 0, [b"POP"])  # it changed nothing itself
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_transaction()
    propagation.flush()
    assert propagated == [[b"MULTI", b"DEL b", b"SET k v", b"EXEC"]]


def test_the_replacement_of_a_command_that_changed_nothing_is_forgotten(propagation, propagated):
    propagation.prevent_propagation()  # XREADGROUP, when there is nothing new
    propagation.record_unchanged(0, [b"XREADGROUP"])
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    assert propagation.ops == [(0, [b"SET", b"k", b"v"], BOTH)]


def test_a_command_may_prevent_its_propagation(propagation, propagated):
    propagation.prevent_propagation()
    propagation.record([("ltrim", b"l", 0)], 0, [b"LTRIM"])
    assert propagation.ops == []


def test_expired_keys_are_deleted_in_their_own_database(propagation):
    propagation.removes_lazily = True
    propagation.record([("expired", b"k", 3), ("set", b"x", 0)], 0, [b"SET", b"x"])
    assert propagation.ops == [(3, [b"UNLINK", b"k"], BOTH), (0, [b"SET", b"x"], BOTH)]


def test_keys_that_the_cron_removes_are_no_transaction(propagation, propagated):
    propagation.record([("expired", b"a", 0), ("expired", b"b", 0)], 0, None)
    propagation.end_cron_job()
    propagation.flush()
    assert propagated == [[b"DEL a", b"DEL b"]]


def test_without_a_listener_no_replacement_is_kept():
    propagation = Propagation()
    propagation.replicate_as(b"DEL", b"a")
    listener = print
    propagation.listen(listener, BOTH)
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k"])
    assert propagation.ops == [(0, [b"SET", b"k"], BOTH)]
    propagation.forget(listener)
    assert not propagation.is_on


def test_each_listener_gets_the_ops_of_its_target():
    of_log, of_replicas = [], []
    propagation = Propagation()
    propagation.listen(of_log.extend, LOG)
    propagation.listen(of_replicas.extend, REPLICAS)
    propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"v"])
    propagation.end_transaction()
    propagation.send_unchanged_to_replicas()
    propagation.record_unchanged(0, [b"PUBLISH", b"news", b"rain"])
    propagation.end_transaction()
    propagation.send_to_replicas(b"PING")
    propagation.flush()
    assert [argv[0] for _, argv, _ in of_log] == [b"SET"]
    assert [argv[0] for _, argv, _ in of_replicas] == [b"SET", b"PUBLISH", b"PING"]


def test_a_script_may_restrict_the_targets_of_its_ops(propagation):
    for number in range(3):
        propagation.record([("set", b"k", 0)], 0, [b"SET", b"k", b"%d" % number])
    propagation.restrict(1, LOG)
    assert [targets for _, _, targets in propagation.ops] == [BOTH, LOG, LOG]
    propagation.restrict(2, REPLICAS)
    assert [targets for _, _, targets in propagation.ops] == [BOTH, LOG]
