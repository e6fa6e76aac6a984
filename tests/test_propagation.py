"""What is written down of a unit of work, without any command."""

import pytest

from redis_clone.propagation import Propagation
from redis_clone.protocol.bursts import Commands
from redis_clone.protocol.replies import encode_command


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


def run_plain(propagation, *steps, commands=None, db=0):
    """Plain commands one after the other; of each its line, the events of its changes, and what it says."""
    changes, done = [], []
    for line, events, *said in steps:
        for words in said:
            propagation.instead(*words.split())
        changes += [(event, b"k", db) for event in events]
        done.append(line.split())
        propagation.ends.append(len(changes))
    propagation.note_all(changes, db, done, commands or Commands())


def test_plain_commands_are_units_of_their_own(propagation, written):
    run_plain(
        propagation,
        (b"SET a", ["set"]),
        (b"GET a", []),
        (b"SET k", ["expired", "set"]),
        (b"GET k", ["expired"]),
        (b"SPOP bag", ["spop", "del"], b"SREM bag x", b"SREM bag y"),
        (b"POP", [], b"SREM bag z"),
        (b"MSET a b", ["set", "set"]),
    )
    propagation.hand_on()
    set_and_get = [b"SET a", b"MULTI", b"DEL k", b"SET k", b"EXEC", b"DEL k"]
    assert written == [[*set_and_get, b"MULTI", b"SREM bag x", b"SREM bag y", b"EXEC", b"MSET a b"]]


def test_a_plain_command_with_a_bug_is_the_last_of_them(propagation, written):
    propagation.ends.append(1)
    propagation.note_all([("set", b"a", 0)], 0, [[b"SET", b"a"], [b"DIVIDE"]], Commands())
    propagation.note_all([("set", b"b", 0)], 0, [[b"DIVIDE"]], Commands())
    propagation.hand_on()
    assert written == [[b"SET a", b"DIVIDE"]]


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


def burst(*lines):
    argvs = [line.split() for line in lines]
    return Commands(argvs, len(argvs), raw=b"".join(map(encode_command, argvs)))


def handed_on(commands, *events_of_each, said=()):
    """What becomes of a burst whose commands each had these changes, in database 3."""
    told, propagation = [], Propagation()
    propagation.listen(told.extend)
    lines = [b" ".join(argv) for argv in commands]
    steps = [[line, events] for line, events in zip(lines, events_of_each, strict=True)]
    steps[-1] += said
    run_plain(propagation, *steps, commands=commands, db=3)
    propagation.hand_on()
    return told


def test_a_burst_in_which_each_command_is_written_as_it_came_is_handed_on_as_its_bytes():
    commands = burst(b"SET a 1", b"set b 2")
    assert handed_on(commands, ["set"], ["set"]) == [(3, commands.raw)]


@pytest.mark.parametrize(
    ("events", "said", "lines"),
    [
        ([["set"], []], [], [b"SET a 1"]),
        ([[], ["set", "set"]], [], [b"set b 2"]),  # as many changes as commands
        ([["set", "set"], []], [], [b"SET a 1"]),
        ([["set"], ["set"]], [b"DEL b"], [b"SET a 1", b"DEL b"]),
        ([["set"], ["expired"]], [], [b"SET a 1", b"DEL k"]),
        ([["expired"], ["set"]], [], [b"DEL k", b"set b 2"]),
        ([[], []], [], []),
    ],
)
def test_a_burst_of_which_not_all_is_written_as_it_came_is_handed_on_in_words(events, said, lines):
    told = handed_on(burst(b"SET a 1", b"set b 2"), *events, said=said)
    assert [(db, b" ".join(words)) for db, words in told] == [(3, line) for line in lines]


def test_a_burst_that_is_written_in_several_turns_is_handed_on_in_words():
    commands = burst(b"SET a 1", b"SET b 2")
    told, propagation = [], Propagation()
    propagation.listen(told.extend)
    for argv in commands:
        run_plain(propagation, (b" ".join(argv), ["set"]), commands=commands)
        propagation.hand_on()
    assert told == [(0, argv) for argv in commands]


def test_a_whole_transaction_in_a_burst_is_handed_on_in_words_for_they_name_the_database():
    commands = burst(b"MULTI", b"SET a 1", b"SET b 2", b"EXEC")
    told, propagation = [], Propagation()
    propagation.listen(told.extend)
    for argv in (commands[1], commands[2]):
        propagation.note([("set", argv[1], 0)], 2, argv)
    propagation.end_unit()
    propagation.hand_on()
    assert told == [(-1, [b"MULTI"]), (2, commands[1]), (2, commands[2]), (-1, [b"EXEC"])]


@pytest.mark.parametrize(
    ("events", "count", "ends"),
    [
        (["set", "set"], 2, [1, 2]),
        (["set", "expired", "set"], 2, [1, 3]),
        (["expired", "set", "set"], 2, [2, 3]),
        (["expired"], 3, [1, 1, 1]),  # of three that only read
        (["expired", "expired", "expired"], 3, [1, 2, 3]),
        (["set", "set", "set"], 1, [3]),  # of one with a bug
    ],
)
def test_changes_are_shared_out_among_commands_performed_at_once(events, count, ends):
    propagation = Propagation()
    propagation.share_out([(event, b"k", 0) for event in events], count)
    assert propagation.ends == ends
