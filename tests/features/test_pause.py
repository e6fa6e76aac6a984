"""Pauses by several causes at once; tests/commands/test_client_pause.py has the rest."""

from math import inf

from redis_clone.features.pause import BY_SHUTDOWN, Pause


def test_each_cause_has_a_pause_of_its_own():
    pause = Pause()
    pause.begin(1000, everything=True)
    pause.begin(inf, everything=False, cause=BY_SHUTDOWN)
    assert pause.holds(may_write=False)
    assert not pause.end_if_over(1000) and pause.is_on
    assert pause.holds(may_write=True) and not pause.holds(may_write=False)
    pause.end()
    assert pause.is_on, "CLIENT UNPAUSE ends the pause of CLIENT PAUSE alone"
    pause.end(BY_SHUTDOWN)
    assert not pause.is_on


def test_the_end_of_one_of_several_is_noticed():
    pause = Pause()
    pause.begin(inf, everything=False, cause=BY_SHUTDOWN)
    assert not pause.was_eased
    pause.end()
    assert not pause.was_eased, "there was no such pause"
    pause.begin(1000, everything=True)
    assert not pause.end_if_over(1000) and pause.was_eased, "commands that only read may run now"
