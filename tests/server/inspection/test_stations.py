"""What is recorded of a command on its way."""

import json

import pytest
from harness import wait_until

from redis_clone.server.inspection.panels import Inspection, View
from redis_clone.server.locking import locked


@pytest.fixture
def recorded(state, redis):
    """Sends a command, and returns its record."""
    inspection = Inspection(state)

    def ask(line):
        seen = inspection.look(View(), (0, 0))["commands"][0]
        redis(line)
        number, commands = wait_until(lambda: _since(state, seen))
        assert number == seen + 1
        return commands[0]

    return ask


def _since(state, number):
    with locked(state):
        last, commands = state.watch.commands_since(number)
    return (last, commands) if commands else None


def names(record):
    return [station["name"] for station in record["stations"]]


def detail(record, name):
    return next(each["detail"] for each in record["stations"] if each["name"] == name)


def test_a_command_passes_the_stations_of_its_way_in_their_order(recorded):
    record = recorded("SADD fruit apple")
    under_lock = ["take the lock", "find", "call", "propagate", "encode", "release the lock"]
    assert names(record) == ["wait for the lock", *under_lock, "send"]
    assert record["argv"] == ["SADD", "fruit", "apple"] and record["reply"] == r":1\r\n"


def test_a_station_tells_what_happened_there(recorded):
    record = recorded("SADD fruit apple")
    assert detail(record, "find").startswith("SADD, arity -3")
    assert detail(record, "call").startswith("sadd() in commands/sets.py:")
    assert detail(record, "propagate") == "sadd fruit in db 0"
    assert detail(record, "encode") == r":1\r\n"


def test_a_command_that_changes_nothing_is_not_propagated(recorded, redis):
    redis("SET greeting hello")
    record = recorded("GET greeting")
    assert "propagate" not in names(record)
    assert detail(record, "call").startswith("get() in commands/strings.py:")
    assert detail(record, "encode") == r"$5\r\nhello\r\n"


def test_a_record_can_be_json(recorded):
    assert json.loads(json.dumps(recorded('SET binary "\\xff\\x00"')))["argv"][2] == r"\xff\x00"


@pytest.mark.parametrize(
    "line", ["AUTH secret-1", "CONFIG SET requirepass secret-1", "CONFIG GET requirepass"]
)
def test_no_record_has_a_password(recorded, redis, line):
    redis("CONFIG SET requirepass secret-1")
    try:
        assert "secret-1" not in json.dumps(recorded(line))
    finally:
        redis("CONFIG SET requirepass ''")


def test_nothing_is_recorded_and_commands_run_together_while_nobody_watches(state, redis):
    inspection = Inspection(state)
    inspection.look(View(), (0, 0))
    inspection.stop()
    assert not state.shows_commands and not state.watch.holds_left
    redis("SET a 1")
    assert _since(state, 0) is None


def test_only_a_few_commands_are_recorded_between_two_looks(state, redis):
    inspection = Inspection(state)
    inspection.look(View(), (0, 0))
    for _ in range(100):
        redis("PING")
    assert not state.shows_commands
    assert 0 < len(_since(state, 0)[1]) < 10
