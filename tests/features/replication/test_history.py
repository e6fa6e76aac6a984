"""Histories: who may go on with whose stream."""

from itertools import count

import pytest

from redis_clone.features.replication.history import NO_ID, NO_OFFSET, History, random_id


@pytest.fixture
def history():
    numbers = count(1)
    return History(new_id=lambda: f"id-{next(numbers)}")


def test_a_random_id_has_forty_hex_digits():
    assert len(random_id()) == len(NO_ID) == 40
    assert int(random_id(), 16) != int(random_id(), 16)


def test_a_new_history_has_no_past(history):
    assert (history.replid, history.replid2, history.second_offset) == ("id-1", NO_ID, NO_OFFSET)
    assert history.has("id-1", 12345) and not history.has(NO_ID, 0)


def test_a_replica_that_becomes_a_master_shares_the_past_up_to_its_offset(history):
    history.adopt("old-master", 1000)
    history.branch()
    assert (history.replid2, history.second_offset, history.offset) == ("old-master", 1001, 1000)
    assert history.has("old-master", 1001), "the first byte that the old master has not given"
    assert not history.has("old-master", 1002), "the old master has gone on alone"


def test_the_past_of_the_past_is_forgotten(history):
    history.adopt("first", 10)
    history.continue_as("second")
    history.offset = 20
    history.continue_as("third")
    assert history.has("second", 21) and not history.has("first", 5)


def test_a_full_synchronization_replaces_the_history(history):
    history.branch()
    history.adopt("other", 77)
    assert (history.replid, history.offset, history.replid2) == ("other", 77, NO_ID)


def test_after_a_restart_the_saved_history_is_the_past(history):
    history.restore("saved", 500)
    assert history.replid == "id-1" and history.offset == 500
    assert history.has("saved", 501) and not history.has("saved", 502)


def test_after_a_new_history_begins_nobody_can_go_on_with_the_old_one(history):
    history.adopt("other", 77)
    history.begin()
    assert not history.has("other", 1) and history.offset == 77
