"""Step mode: commands are held before they take the lock, and go on station by station."""

import threading
import time

import pytest
from harness import wait_until

from redis_clone.protocol.replies import NULL_ARRAY
from redis_clone.server.inspection.panels import Inspection, View
from redis_clone.server.locking import locked


@pytest.fixture
def stepping(state):
    """Not halted yet."""
    stepping = Inspection(state).stepping
    yield stepping
    stepping.resume()


def station_of(stepping, client_id):
    record = stepping.held().get(client_id)
    return record["stations"][-1]["name"] if record else None


def step_to(stepping, client_id, station):
    """Step until that client's command is held at a station."""
    wait_until(lambda: station_of(stepping, client_id))
    while station_of(stepping, client_id) != station:
        step_once(stepping, client_id)


def step_once(stepping, client_id):
    """Returns when the command is held at its next station, or is over."""
    before = stepping.held()[client_id]["stations"][:]
    assert stepping.step(client_id)
    wait_until(lambda: stepping.held().get(client_id, {"stations": []})["stations"] != before)


def finish(stepping, client_id):
    wait_until(lambda: station_of(stepping, client_id))
    while client_id in stepping.held():
        step_once(stepping, client_id)
    wait_until(lambda: client_id not in stepping.held())


def id_of(client):
    return client("CLIENT ID")


def test_a_command_is_held_before_it_takes_the_lock_and_its_client_waits(state, stepping, redis):
    me = id_of(redis)
    stepping.halt()
    redis.send("SET a 1")
    wait_until(lambda: station_of(stepping, me) == "wait for the lock")
    with locked(state):  # nobody holds it
        assert b"a" not in state.databases[0]
    stepping.resume()
    assert redis.read() == "OK"


def test_a_step_brings_a_command_to_its_next_station(stepping, redis):
    me = id_of(redis)
    stepping.halt()
    redis.send("SADD fruit apple")
    seen = []
    for expected in (
        "wait for the lock",
        "take the lock",
        "find",
        "call",
        "propagate",
        "encode",
        "release the lock",
        "send",
    ):
        wait_until(lambda: station_of(stepping, me) not in (None, *seen))
        seen.append(station_of(stepping, me))
        assert seen[-1] == expected
        stepping.step(me)
    assert redis.read() == 1
    stepping.resume()


def test_the_lock_is_free_for_others_between_two_stations_and_the_change_is_there(state, stepping, redis):
    me = id_of(redis)
    stepping.halt()
    redis.send("SADD fruit apple")
    step_to(stepping, me, "propagate")
    with locked(state):
        assert state.databases[0].stored(b"fruit").members == {b"apple"}
        assert state.changes == [], "half a command's changes are put aside"
    stepping.resume()
    assert redis.read() == 1


def test_a_second_command_takes_the_lock_only_when_the_first_has_released_it(stepping, redis, client_of):
    other = client_of()
    me, them = id_of(redis), id_of(other)
    stepping.halt()
    redis.send("INCR n")
    step_to(stepping, me, "call")
    other.send("INCR n")
    wait_until(lambda: station_of(stepping, them) == "wait for the lock")
    stepping.step(them)
    finish(stepping, me)
    assert redis.read() == 1
    wait_until(lambda: station_of(stepping, them) == "take the lock")
    stepping.resume()
    assert other.read() == 2


def test_a_command_that_waits_to_send_its_reply_keeps_nobody_from_the_lock(stepping, redis, client_of):
    other = client_of()
    me, them = id_of(redis), id_of(other)
    stepping.halt()
    redis.send("INCR n")
    step_to(stepping, me, "send")
    other.send("INCR n")
    step_to(stepping, them, "send")
    finish(stepping, me)
    assert redis.read() == 1
    finish(stepping, them)
    assert other.read() == 2


def test_a_lost_update_and_the_watch_that_prevents_it(stepping, redis, client_of):
    other = client_of()
    me, them = id_of(redis), id_of(other)
    redis("SET stock 1")
    redis("WATCH stock")
    redis("MULTI")
    redis("SET stock 0")
    stepping.halt()
    redis.send("EXEC")
    other.send("SET stock 5")
    finish(stepping, them)  # the teacher lets the other one go first
    assert other.read() == "OK"
    finish(stepping, me)
    assert redis.read() == NULL_ARRAY
    stepping.resume()
    assert redis("GET stock") == b"5"


def test_a_client_that_is_served_by_a_stepped_command_gets_its_element_once(stepping, redis, client_of):
    other = client_of()
    me = id_of(redis)
    other.send("BLPOP jobs 0")
    wait_until(lambda: b"blocked_clients:1" in redis("INFO clients"))
    stepping.halt()
    redis.send("RPUSH jobs a b")
    step_to(stepping, me, "serve the blocked")
    step_once(stepping, me)
    names = [each["name"] for each in stepping.held()[me]["stations"]]
    assert names[-5:] == ["client", "call", "propagate", "encode", "encode"], "it does not stop within"
    finish(stepping, me)
    assert redis.read() == 2
    assert other.read() == [b"jobs", b"a"]
    stepping.resume()
    assert redis("LRANGE jobs 0 -1") == [b"b"]


def test_a_key_expires_while_a_command_is_held_before_the_lock(state, stepping, redis):
    me = id_of(redis)
    redis("SET lunch soup PX 1")
    stepping.halt()
    redis.send("GET lunch")
    wait_until(lambda: station_of(stepping, me))
    wait_until(lambda: state.databases[0].stored(b"lunch") is None)  # the cron goes on
    stepping.resume()
    assert redis.read() is None


def test_a_command_lives_in_the_instant_in_which_it_has_read_the_clock(state, stepping, redis):
    me = id_of(redis)
    for station, reply in (("take the lock", None), ("find", b"soup")):
        redis("SET lunch soup EX 1000")
        stepping.halt()
        redis.send("GET lunch")
        step_to(stepping, me, station)
        with locked(state):
            expire_at_ms = time.time_ns() // 1_000_000 + 1  # later than the instant of the command
            state.databases[0].expires.set(b"lunch", expire_at_ms, expire_at_ms)
        wait_until(lambda: time.time_ns() // 1_000_000 > expire_at_ms)  # noqa: B023 (called at once)
        stepping.resume()
        assert redis.read() == reply, station


def test_what_a_stepped_command_writes_is_in_the_log_once(state, stepping, redis):
    written = []
    with locked(state):
        state.propagation.listen(written.extend, 3)
    me = id_of(redis)
    stepping.halt()
    redis.send("SET a 1")
    finish(stepping, me)
    assert redis.read() == "OK"
    stepping.resume()
    assert [op[1] for op in written] == [[b"SET", b"a", b"1"]]


def test_a_server_that_ends_lets_held_commands_go(state, redis):
    me = id_of(redis)
    inspection = Inspection(state)
    inspection.stepping.halt()
    redis.send("PING")
    wait_until(lambda: station_of(inspection.stepping, me))
    threading.Thread(target=inspection.stop).start()
    assert redis.read() == "PONG"
    assert not inspection.look(View(), (0, 0))["steps"]["is_halted"]
