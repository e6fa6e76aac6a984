"""A client's turn, without a socket: the lock, the bytes, the short way beside the long one, a bug."""

import logging
import sys
from random import Random
from threading import Thread

import pytest
from harness import Client as NetworkClient
from harness import RecordedLock, in_words, run, run_burst

from redis_clone import alike, commands, registry, turns
from redis_clone.clock import Clock
from redis_clone.errors import RedisError
from redis_clone.locking import let_others_in, locked
from redis_clone.protocol.bursts import Commands
from redis_clone.protocol.replies import encode
from redis_clone.state import Client, Server

commands.load()


@pytest.fixture
def events():
    """What happened, in its order."""
    return []


@pytest.fixture
def server(events):
    return Server(lock=RecordedLock(events))


@pytest.fixture
def client(server):
    return Client(server)


# The lock, and what is done under it.


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
    assert events == ["taken", "ran", "encoded", "given back"]


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


def test_a_client_is_woken_after_the_lock_is_given_back(server, client, events):
    listener = Client(server)
    run(listener, "SUBSCRIBE news")
    listener.outbox.ring = lambda: events.append("rung")
    events.clear()
    assert run(client, "PUBLISH news hi") == b":1\r\n"
    assert events == ["taken", "given back", "rung"]
    assert listener.outbox.take() == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
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


# What a client is sent besides.


def test_messages_stand_before_the_reply_and_what_the_command_brought_stands_behind_it(server, client):
    client.protocol = 3
    run(client, "SUBSCRIBE news")
    run(Client(server), "PUBLISH news earlier")
    answer = run(client, "PUBLISH news own")
    told = [b">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$%d\r\n%b\r\n" % (len(m), m) for m in (b"earlier", b"own")]
    assert answer == told[0] + b":1\r\n" + told[1]


# The short way.


WHAT_IS_UP = {
    "a transaction": lambda server, client: run(client, "MULTI"),
    "a subscription": lambda server, client: run(client, "SUBSCRIBE news"),
    "tracking": lambda server, client: (run(client, "HELLO 3"), run(client, "CLIENT TRACKING ON")),
    "no replies": lambda server, client: run(client, "CLIENT REPLY OFF"),
    "no touch": lambda server, client: run(client, "CLIENT NO-TOUCH ON"),
    "a password": lambda server, client: setattr(client, "authenticated", False),
    "a user with few rights": lambda server, client: run(client, "ACL SETUSER default -@all +acl"),
    "notifications": lambda server, client: run(client, "CONFIG SET notify-keyspace-events KEA"),
    "somebody tracks": lambda server, client: WHAT_IS_UP["tracking"](server, Client(server, id=7)),
    "somebody waits": lambda server, client: run(Client(server, id=7), "BLPOP a 0"),
    "somebody monitors": lambda server, client: run(Client(server, id=7), "MONITOR"),
    "a limit of memory": lambda server, client: run(client, "CONFIG SET maxmemory 1gb"),
    "a pause": lambda server, client: run(Client(server, id=7), "CLIENT PAUSE 10000 WRITE"),
    "a full disk": lambda server, client: setattr(server.disk, "refusal", "MISCONF no space"),
    "a script": lambda server, client: setattr(server, "busy", "BUSY a script runs"),
}


@pytest.mark.parametrize("happen", WHAT_IS_UP.values(), ids=WHAT_IS_UP.keys())
def test_the_short_way_is_left_as_soon_as_anything_is_up(server, client, happen):
    assert turns.nothing_is_up(client)
    happen(server, client)
    assert not turns.nothing_is_up(client)


BY_COMMANDS = [name for name in WHAT_IS_UP if name not in ("a password", "a full disk", "a script")]


@pytest.mark.parametrize("name", BY_COMMANDS)
def test_a_client_is_at_ease_until_something_is_up(server, client, name):
    run(client, "GET a")
    assert client in server.at_ease
    WHAT_IS_UP[name](server, client)
    run(client, "GET a")
    assert client not in server.at_ease


def test_who_was_at_ease_is_asked_again_when_somebody_else_has_had_the_lock(client):
    server = client.server
    run(client, "GET a")
    with locked(server):
        server.disk.refusal = "MISCONF no space"
    assert run(client, "SET a 1") == b"-MISCONF no space\r\n"


def test_who_was_at_ease_is_told_that_a_script_runs():
    server = Server()
    client, answers = Client(server), []
    turns.execute(client, [b"GET", b"a"])
    with server.lock:
        other = Thread(target=lambda: answers.append(turns.execute(client, [b"GET", b"a"])))
        other.start()
        while other.is_alive():
            let_others_in(server, "BUSY a script runs")
    other.join()
    assert answers == [b"-BUSY a script runs\r\n"]


def test_who_was_at_ease_hears_of_a_log_that_cannot_be_written(server, client):
    run(client, "GET a")
    server._note_log_error("No space left on device")
    assert client not in server.at_ease and b"No space left" in run(client, "SET a 1")


def test_the_short_way_leads_where_the_long_one_does():
    random = Random(1)
    words = b"a b c 0 1 -1 2.5 10 EX NX 100 WITHSCORES LIMIT".split()
    rows = [row for name, row in registry.PLAIN.items() if name.isupper()]
    rows.remove(registry.TABLE["PFSELFTEST"])  # which takes half a second
    clients = [Client(Server(random=Random(2), clock=Clock(lambda: 10**18))) for _ in range(2)]
    run(Client(clients[1].server, id=7), "MONITOR")
    logs = [[], []]
    for client, log in zip(clients, logs, strict=True):
        client.server.propagation.listen(log.extend)
    for _ in range(1_500):
        burst = []
        for _ in range(random.randint(1, 3)):  # several alike, one after the other
            row = random.choice(rows)
            count = random.randint(row.fewest - 1, min(row.most, row.fewest + 3))
            times = random.randint(1, 3)
            burst += [[row.name.encode(), *random.choices(words, k=count)] for _ in range(times)]
        answers = [run_burst(client, burst) for client in clients]
        assert answers[0] == answers[1], burst
    short, long = [client.server for client in clients]
    assert short.stats.changes == long.stats.changes > 100
    assert any(type(words) is bytes for _, words in logs[0]), "some bursts were logged as they came"
    assert list(in_words(logs[0])) == list(in_words(logs[1])) and len(logs[1]) > 100
    assert short.stats.error_counts == long.stats.error_counts
    assert run(clients[0], "DEBUG DIGEST") == run(clients[1], "DEBUG DIGEST")
    counted = [
        {row.name: (figures.calls, figures.failed) for row, figures in server.command_stats.figures.items()}
        for server in (short, long)
    ]
    del counted[1]["MONITOR"]
    assert counted[0] == counted[1]


def test_a_script_in_a_pipeline_is_a_unit_of_its_own(client):
    pytest.importorskip("lupa")
    script = b"redis.call('SET', 'b', 1) redis.call('SET', 'c', 1)"
    turns.execute(client, [b"EVAL", script, b"0"])  # the first one takes more than a turn
    log = []
    client.server.propagation.listen(log.extend)
    commands = Commands([[b"SET", b"a", b"1"], [b"EVAL", script, b"0"], [b"SET", b"d", b"1"]])
    while commands:
        turns.execute_all(client, commands, bytearray())
    words = [argv[:2] for _, argv in log]
    assert words == [[b"SET", b"a"], [b"MULTI"], [b"SET", b"b"], [b"SET", b"c"], [b"EXEC"], [b"SET", b"d"]]
    del log[:]
    for line in (b"MULTI", b"INCR a", b"EVAL script 0", b"EXEC"):
        argv = line.split()
        turns.execute(client, [script if word == b"script" else word for word in argv])
    assert [argv[0] for _, argv in log] == [b"MULTI", b"INCR", b"SET", b"SET", b"EXEC"]


# A bug of ours.


def divide(client):
    client.db.store(b"a", b"1", "set")
    return 1 // 0


def test_a_bug_leaves_the_lock_free_and_nothing_half_told(server, client, command, events):
    command("DIVIDE", divide)
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert events == ["taken", "given back"] and server.changes == []
    assert run(client, "PING") == b"+PONG\r\n"


def test_what_a_command_alone_has_changed_before_its_bug_is_logged_and_counted(server, client, command):
    command("DIVIDE", divide)
    told = []
    server.propagation.listen(told.extend)
    assert turns.nothing_is_up(client)
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert told == [(0, [b"DIVIDE"])] and server.stats.changes == 1


def test_a_bug_is_logged_with_its_traceback_and_answered_with_one_line(our_address, command, caplog):
    command("DIVIDE", divide)
    redis = NetworkClient(our_address)
    assert redis("DIVIDE") == RedisError("ERR internal error: this is a bug in the server, see its log")
    assert redis("PING") == "PONG"
    redis.close()
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "DIVIDE" in record.getMessage() and record.exc_info[0] is ZeroDivisionError


def test_what_was_done_before_a_bug_is_logged_before_it_is_answered(server, client, command):
    command("DIVIDE", divide)
    told = []
    server.propagation.listen(told.extend)
    server.log.logged = 1
    pipeline, replies = Commands([[b"SET", b"a", b"1"], [b"DIVIDE"], [b"SET", b"b", b"2"]]), bytearray()
    with pytest.raises(ZeroDivisionError):
        turns.execute_all(client, pipeline, replies)
    assert replies == b"+OK\r\n" and list(pipeline) == [[b"SET", b"b", b"2"]]
    assert told == [(0, [b"SET", b"a", b"1"]), (0, [b"DIVIDE"])] and client.logged == 1


def test_a_bug_among_commands_alike_leaves_those_behind_it(server, client, command):
    command("HALVE", lambda client, number: client.db.store(b"a", number, "set") or 10 // int(number))
    told = []
    server.propagation.listen(told.extend)
    burst = [[b"HALVE", number] for number in (b"5", b"0", b"2")]
    pipeline, replies = Commands(burst), bytearray()
    with pytest.raises(ZeroDivisionError):
        turns.execute_all(client, pipeline, replies)
    assert replies == b":2\r\n" and list(pipeline) == burst[2:]
    assert told == [(0, burst[0]), (0, burst[1])] and server.stats.changes == 2
    assert server.command_stats.figures[client.last_command].calls == 1


def test_each_slow_command_of_many_alike_is_in_the_slow_log(server, client):
    run(client, "CONFIG SET slowlog-log-slower-than 0")
    run(client, "SLOWLOG RESET")
    assert run_burst(client, [[b"SET", b"a", b"1"], [b"SET", b"b", b"2"], [b"GET", b"a"]])
    shown = [entry.argv for entry in server.slowlog.newest(10)]
    assert shown[:3] == [[b"GET", b"a"], [b"SET", b"b", b"2"], [b"SET", b"a", b"1"]]


def test_commands_alike_share_their_time_but_one_that_takes_long_counts_for_itself(
    server, client, command, monkeypatch
):
    now_ns = 0

    def rest(client, microseconds):
        nonlocal now_ns
        now_ns += 1000 * int(microseconds)
        return microseconds

    monkeypatch.setattr(alike, "perf_counter_ns", lambda: now_ns)
    command("REST", rest)
    run(client, "CONFIG SET slowlog-log-slower-than 400")
    burst = [[b"REST", microseconds] for microseconds in (b"1", b"3", b"500", b"7", b"90", b"20")]
    assert run_burst(client, burst) == b"".join(b"$%d\r\n%b\r\n" % (len(us), us) for _, us in burst)
    figures = server.command_stats.figures[client.last_command]
    assert (figures.calls, figures.ns) == (6, 621_000)
    assert [(ns // 1000, count) for ns, count in figures.histogram.counts()] == [(2, 2), (39, 3), (501, 1)]
    assert [entry.argv for entry in server.slowlog.newest(10)] == [[b"REST", b"500"]]


def test_what_a_bug_has_changed_is_a_unit_of_its_own_on_the_long_way_too(server, client, command):
    command("DIVIDE", divide)
    told = []
    server.propagation.listen(told.extend)
    run(Client(server, id=7), "MONITOR")
    with pytest.raises(ZeroDivisionError):
        run(client, "DIVIDE")
    assert told == [(0, [b"DIVIDE"])] and not server.propagation.unit


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
