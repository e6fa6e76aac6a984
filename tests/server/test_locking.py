"""The lock, without a socket: pipelines, work that is not a command, bugs, and long scripts."""

import logging
import sys
from collections import deque
from math import inf
from threading import Thread

import pytest
from harness import Client as NetworkClient
from harness import RecordedLock, run, run_pipeline

from redis_clone import commands
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.ops import BOTH
from redis_clone.protocol.replies import OK, encode
from redis_clone.server import locking
from redis_clone.server.clients import forget_unconnected, take_output
from redis_clone.server.locking import (
    execute,
    execute_pipeline,
    locked,
    locked_outside_scripts,
    release_while,
    yield_lock,
)
from redis_clone.server.state import Client, Server
from redis_clone.structures.clock import Clock

commands.load()


@pytest.fixture
def events():
    """What happened, in order."""
    return []


@pytest.fixture
def server(events):
    return Server(lock=RecordedLock(events))


@pytest.fixture
def client(server):
    return Client(server)


@pytest.fixture
def endless_slice(monkeypatch):
    """A time slice that does not end, however slow the machine is."""
    monkeypatch.setattr(locking, "perf_counter_ns", lambda: 0)


# The lock, and the work under it.


def test_a_command_and_the_encoding_of_its_reply_happen_under_one_taking_of_the_lock(client, command, events):
    class Reply(list):
        def __iter__(self):
            events.append("encoded")
            return super().__iter__()

    def function(client):
        events.append("ran")
        return Reply([1])

    command("SPY", function)
    assert run(client, "SPY") == b"*1\r\n:1\r\n"
    assert events[:2] == ["taken", "ran"] and events[-1] == "given back"
    assert set(events[2:-1]) == {"encoded"}


def test_a_reply_is_made_of_what_the_values_were_during_the_command(client):
    for line in ("APPEND a x", "RPUSH items 1"):
        run(client, line)
    replies = [run(client, "GET a"), run(client, "LRANGE items 0 -1")]
    run(client, "APPEND a y")
    run(client, "RPUSH items 2")
    assert replies == [b"$1\r\nx\r\n", b"*1\r\n$1\r\n1\r\n"]


def test_exec_runs_everything_under_one_taking_of_the_lock(client, command, events):
    command("SPY", lambda client, name: events.append(name.decode()))
    for line in ("MULTI", "SPY one", "SPY two", "SPY three"):
        run(client, line)
    assert "one" not in events
    events.clear()
    run(client, "EXEC")
    assert events == ["taken", "one", "two", "three", "given back"]


def test_no_thread_sees_a_transaction_half_done():
    server = Server()
    readings = set()

    def write():
        client = Client(server)
        for _ in range(200):
            for line in ("MULTI", "INCR here", "INCR there", "EXEC"):
                run(client, line)

    def read():
        client = Client(server)
        while writers[0].is_alive() or writers[1].is_alive():
            readings.add(run(client, "MGET here there"))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        writers = [Thread(target=write) for _ in range(2)]
        readers = [Thread(target=read) for _ in range(2)]
        for thread in writers + readers:
            thread.start()
        for thread in writers + readers:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for reading in readings:
        both = reading.removeprefix(b"*2\r\n")
        assert both[: len(both) // 2] == both[len(both) // 2 :]
    assert run(Client(server), "MGET here there") == b"*2\r\n$3\r\n400\r\n$3\r\n400\r\n"


def test_a_client_is_woken_after_the_lock_is_released(server, client, events):
    listener = Client(server)
    run(listener, "SUBSCRIBE news")
    listener.output_buffer.wake = lambda: events.append("woken")
    events.clear()
    assert run(client, "PUBLISH news hi") == b":1\r\n"
    assert events == ["taken", "given back", "woken"]
    assert listener.output_buffer.drain() == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
    assert server.to_wake == []


def test_one_command_reads_the_clock_once_and_so_does_a_whole_transaction():
    readings = iter(range(10**18, 10**19, 10**9))
    server = Server(clock=Clock(lambda: next(readings)))
    client = Client(server)
    run(client, "PING")
    before = server.clock.now_ns
    for line in ("TIME", "MULTI", "TIME", "TIME"):
        run(client, line)
    answer = run(client, "EXEC")
    assert server.clock.now_ns == before + 5 * 10**9
    now = [b"%d" % (server.clock.now_ns // 10**9), b"0"]
    assert answer == encode([now, now])


# Pushed messages.


def test_earlier_messages_come_before_the_reply_and_those_of_the_command_after_it(server, client):
    client.protocol = 3
    run(client, "SUBSCRIBE news")
    run(Client(server), "PUBLISH news earlier")
    answer = run(client, "PUBLISH news own")
    messages = [
        b">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$%d\r\n%b\r\n" % (len(m), m) for m in (b"earlier", b"own")
    ]
    assert answer == messages[0] + b":1\r\n" + messages[1]


# A pipeline.


def test_a_pipeline_runs_under_one_taking_of_the_lock(client, command, events, endless_slice):
    command("SPY", lambda client, name: events.append(name.decode()))
    run_pipeline(client, [[b"SPY", b"one"], [b"SPY", b"two"]])
    assert events == ["taken", "one", "two", "given back"]


def test_a_time_slice_ends_after_a_command_that_took_long(client, command, monkeypatch):
    now_ns = 0

    def rest(client, microseconds):
        nonlocal now_ns
        now_ns += 1000 * int(microseconds)
        return 1

    monkeypatch.setattr(locking, "perf_counter_ns", lambda: now_ns)
    command("REST", rest)
    pipeline, replies = deque([[b"REST", b"400"], [b"REST", b"700"], [b"REST", b"1"]]), bytearray()
    execute_pipeline(client, pipeline, replies)
    assert replies == b":1\r\n" * 2 and list(pipeline) == [[b"REST", b"1"]]


def test_a_time_slice_ends_when_there_is_much_to_send(client, endless_slice):
    run(client, "SETRANGE large 40000 x")
    pipeline, replies = deque([[b"GET", b"large"] for _ in range(5)]), bytearray()
    execute_pipeline(client, pipeline, replies)
    assert len(pipeline) == 3


def test_a_pipeline_stops_where_a_command_blocks_the_client(server, client, endless_slice):
    pipeline, replies = deque([[b"RPUSH", b"done", b"x"], [b"BLPOP", b"jobs", b"0"], [b"PING"]]), bytearray()
    assert execute_pipeline(client, pipeline, replies)
    assert replies == b":1\r\n" and list(pipeline) == [[b"PING"]]
    run(Client(server, id=7), "RPUSH jobs a")
    assert client.output_buffer.drain() == b"*2\r\n$4\r\njobs\r\n$1\r\na\r\n"
    assert not execute_pipeline(client, pipeline, replies)


def test_a_script_in_a_pipeline_is_a_transaction_of_its_own(client):
    pytest.importorskip("lupa")
    script = b"redis.call('SET', 'b', 1) redis.call('SET', 'c', 1)"
    execute(client, [b"EVAL", script, b"0"])  # the first one takes more than a time slice
    log = []
    client.server.propagation.listen(log.extend, BOTH)
    pipeline = deque([[b"SET", b"a", b"1"], [b"EVAL", script, b"0"], [b"SET", b"d", b"1"]])
    while pipeline:
        execute_pipeline(client, pipeline, bytearray())
    starts = [argv[:2] for _, argv, _ in log]
    assert starts == [[b"SET", b"a"], [b"MULTI"], [b"SET", b"b"], [b"SET", b"c"], [b"EXEC"], [b"SET", b"d"]]
    del log[:]
    for line in (b"MULTI", b"INCR a", b"EVAL script 0", b"EXEC"):
        argv = line.split()
        execute(client, [script if word == b"script" else word for word in argv])
    assert [argv[0] for _, argv, _ in log] == [b"MULTI", b"INCR", b"SET", b"SET", b"EXEC"]


# A bug in a command.


def divide(client):
    client.db.update(b"a", b"1", "set")
    return 1 // 0


def test_a_bug_leaves_the_lock_free_and_no_change_recorded(server, client, command, events):
    command("DIVIDE", divide)
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert events == ["taken", "given back"] and server.changes == []
    assert run(client, "PING") == b"+PONG\r\n"


def test_what_a_command_has_changed_before_its_bug_is_propagated_and_counted(server, client, command):
    command("DIVIDE", divide)
    propagated = []
    server.propagation.listen(propagated.extend, BOTH)
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert propagated == [(0, [b"DIVIDE"], BOTH)] and server.dataset.dirty == 1


def test_a_bug_is_logged_with_its_traceback_and_answered_with_one_line(our_address, command, caplog):
    command("DIVIDE", divide)
    redis = NetworkClient(our_address)
    assert redis("DIVIDE") == RedisError("ERR internal error: this is a bug in the server, see its log")
    assert redis("PING") == "PONG"
    redis.close()
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "DIVIDE" in record.getMessage() and record.exc_info[0] is ZeroDivisionError


def test_commands_before_a_bug_in_a_pipeline_are_propagated_and_replied(
    server, client, command, endless_slice
):
    command("DIVIDE", divide)
    propagated = []
    server.propagation.listen(propagated.extend, BOTH)
    server.log.logged = 1
    pipeline, replies = deque([[b"SET", b"a", b"1"], [b"DIVIDE"], [b"SET", b"b", b"2"]]), bytearray()
    with pytest.raises(ZeroDivisionError):
        execute_pipeline(client, pipeline, replies)
    assert replies == b"+OK\r\n" and list(pipeline) == [[b"SET", b"b", b"2"]]
    assert propagated == [(0, [b"SET", b"a", b"1"], BOTH), (0, [b"DIVIDE"], BOTH)] and client.logged == 1


def test_each_slow_command_of_a_pipeline_is_in_the_slow_log(server, client, endless_slice):
    run(client, "CONFIG SET slowlog-log-slower-than 0")
    run(client, "SLOWLOG RESET")
    assert run_pipeline(client, [[b"SET", b"a", b"1"], [b"SET", b"b", b"2"], [b"GET", b"a"]])
    shown = [entry.argv for entry in server.slowlog.newest(10)]
    assert shown[:3] == [[b"GET", b"a"], [b"SET", b"b", b"2"], [b"SET", b"a", b"1"]]


def test_what_a_command_with_a_bug_has_changed_is_a_transaction_of_its_own(server, client, command):
    command("DIVIDE", divide)
    propagated = []
    server.propagation.listen(propagated.extend, BOTH)
    run(Client(server, id=7), "MONITOR")
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert propagated == [(0, [b"DIVIDE"], BOTH)] and not server.propagation.ops


@pytest.mark.parametrize(
    "script", ["return redis.call('DIVIDE')", "while true do pcall(redis.call, 'DIVIDE') end"]
)
def test_a_bug_that_a_script_runs_into_ends_it_and_is_logged_too(our_address, command, caplog, script):
    pytest.importorskip("lupa")
    command("DIVIDE", divide)
    redis = NetworkClient(our_address)
    reply = redis("EVAL", script, 0)
    assert reply == RedisError("ERR internal error: this is a bug in the server, see its log")
    assert redis("EVAL", "return 1", 0) == 1
    redis.close()
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "ZeroDivisionError" in str(record.exc_info)


# Work that is not a command.


def test_after_an_exception_under_the_lock_too_clients_are_woken_that_got_a_message(server, client, events):
    client.output_buffer.wake = lambda: events.append("woken")
    with pytest.raises(ZeroDivisionError), locked(server):
        client.output_buffer.append(b"a message")
        1 / 0  # noqa: B018
    assert events == ["taken", "given back", "woken"]


def test_what_was_changed_before_an_error_is_propagated(server):
    propagated = []
    server.propagation.listen(propagated.extend, BOTH)
    with pytest.raises(ValueError), locked(server):
        server.databases[0].delete(b"none")
        server.changes.append(("expired", b"a", 0))
        raise ValueError
    assert propagated == [(0, [b"DEL", b"a"], BOTH)] and server.changes == []


def test_work_outside_scripts_waits_until_a_script_is_done():
    server, looked = Server(), []
    server.busy = "BUSY"

    def look():
        with locked_outside_scripts(server):
            looked.append(server.busy)

    observer = Thread(target=look)
    observer.start()
    with locked(server):
        assert looked == []
        server.busy = ""
    observer.join(10)
    assert looked == [""]


def test_other_clients_get_the_error_busy_while_a_script_yields_the_lock():
    server = Server()
    client, answers = Client(server), []
    execute(client, [b"GET", b"a"])
    with server.lock:
        other = Thread(target=lambda: answers.append(execute(client, [b"GET", b"a"])))
        other.start()
        while other.is_alive():
            yield_lock(server, "BUSY a script runs")
    other.join()
    assert answers == [b"-BUSY a script runs\r\n"] and server.restrictions == set()


def test_writes_are_rejected_while_the_log_cannot_be_written(server, client):
    server._record_log_error("No space left on device")
    assert b"No space left" in run(client, "SET a 1") and run(client, "GET a") == b"$-1\r\n"
    server._record_log_error("")
    assert run(client, "SET a 1") == b"+OK\r\n"


def test_a_client_waits_while_its_postponed_command_has_released_the_lock(command):
    """Its thread may look at the output buffer just then; if it went on, the reply would not be sent."""
    server, seen = Server(), []
    client = Client(server)

    def function(_):
        release_while(server, lambda: seen.append(take_output(client)))
        return OK

    command("SLOW", function)
    end_pause_after(server, lambda: run(client, "SLOW"))
    assert seen == [(b"", True)] and take_output(client) == (b"+OK\r\n", False)


def test_a_client_that_leaves_while_another_has_released_the_lock_is_not_served(command):
    server, ran = Server(), []
    clients = [Client(server) for _ in range(3)]
    command("SLOW", lambda _: release_while(server, lambda: forget_unconnected(clients[1])))
    command("RECORD", lambda client: ran.append(client))  # noqa: PLW0108  # a built-in has no signature
    lines = ("SLOW", "RECORD", "RECORD")
    end_pause_after(server, lambda: [run(each, line) for each, line in zip(clients, lines, strict=True)])
    assert ran == [clients[2]]


def end_pause_after(server, work):
    """Does the work while commands are postponed; then they run."""
    server.pause.begin(inf, everything=True)
    work()
    server.pause.end()
    with locked(server):
        pass
