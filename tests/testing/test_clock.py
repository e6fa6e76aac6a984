"""advance() moves the server's one clock: whatever Redis's users see of time moves together."""

import threading

import pytest
from harness import wait_until

from redis_clone.protocol.replies import NULL_ARRAY
from redis_clone.testing import running_server


@pytest.fixture
def server():
    with running_server() as server:
        yield server


HOUR = 3600
READINGS = {  # what shows time, and by how much an hour changes it
    "TIME": (lambda redis: int(redis("TIME")[0]), HOUR),
    "TTL": (lambda redis: redis("TTL lasting"), -HOUR),
    "OBJECT IDLETIME": (lambda redis: redis("OBJECT IDLETIME untouched"), HOUR),
    "XADD": (lambda redis: int(redis("XADD stream * a b").split(b"-")[0]) // 1000, HOUR),
    "CLIENT LIST age": (lambda redis: int(redis("CLIENT LIST").partition(b" age=")[2].split()[0]), HOUR),
    "uptime": (lambda redis: int(redis("INFO").partition(b"uptime_in_seconds:")[2].split()[0]), HOUR),
    "SLOWLOG": (lambda redis: redis("SLOWLOG GET 1")[0][1], HOUR),
    "LASTSAVE": (lambda redis: redis("SAVE") and redis("LASTSAVE"), HOUR),
    "a script": (lambda redis: int(redis("EVAL", "return redis.call('TIME')", 0)[0]), HOUR),
}


def test_everything_that_shows_time_moves_together(server, redis):
    pytest.importorskip("lupa")
    redis("SET lasting 1 EX 1000000"), redis("SET untouched 1"), redis("CONFIG SET slowlog-log-slower-than 0")
    before = {name: read(redis) for name, (read, _) in READINGS.items()}
    server.advance(HOUR)
    for name, (read, moved) in READINGS.items():
        assert 0 <= (read(redis) - before[name]) * (moved // HOUR) - HOUR < 60, name


def test_keys_have_expired_when_it_returns_and_their_events_were_sent(server, redis, connect):
    redis("SET short 1 EX 10"), redis("SET long 1 EX 11"), redis("CONFIG SET notify-keyspace-events Ex")
    subscriber = connect()
    subscriber("SUBSCRIBE __keyevent@0__:expired")
    server.advance(10)
    assert server.execute("DBSIZE") == 1 and redis("GET long") == b"1"
    assert subscriber.read() == [b"message", b"__keyevent@0__:expired", b"short"]


def test_a_blocked_client_whose_time_is_up_gets_its_reply_and_no_other(server, connect):
    short, long, endless = connect(), connect(), connect()
    short.send("BLPOP list 10"), long.send("BLPOP list 20"), endless.send("BLPOP list 0")
    wait_until(lambda: server.blocked_clients == 3)
    server.advance(10)
    assert short.read() == NULL_ARRAY
    wait_until(lambda: server.blocked_clients == 2)
    server.advance(1_000_000)
    assert long.read() == NULL_ARRAY
    server.execute("RPUSH", "list", "a")
    assert endless.read() == [b"list", b"a"]


def test_the_time_out_of_wait_is_of_the_same_clock(server, redis):
    redis.send("WAIT 1 10000")
    wait_until(lambda: server.blocked_clients)
    server.advance(9)
    assert server.blocked_clients == 1
    server.advance(1)
    assert redis.read() == 0


def test_a_pause_ends_and_what_it_has_postponed_runs(server, connect, redis):
    redis("CLIENT PAUSE 10000 WRITE")
    waiting = connect()
    waiting.send("SET key 1")
    wait_until(lambda: server.blocked_clients == 1)
    server.advance(9)
    assert server.keys() == []
    server.advance(1)
    assert server.keys() == [b"key"] and waiting.read() == "OK"


def test_an_idle_client_is_closed_and_one_that_was_just_active_before_is_idle_too(server, redis, connect):
    redis("CONFIG SET timeout 100")
    active = connect()
    active("PING")
    server.advance(99)
    assert active("PING") == "PONG"
    server.advance(101)
    assert active.is_closed() and redis.is_closed()


def test_a_save_point_is_reached(tmp_path):
    with running_server(tmp_path, save="3600 1") as server:
        server.execute("SET", "key", 1)
        server.advance(3600)
        assert not (tmp_path / "dump.rdb").exists()
        server.advance(1)
        wait_until((tmp_path / "dump.rdb").exists)


def test_it_may_be_moved_from_several_threads_at_once(server, redis):
    before = int(redis("TIME")[0])
    threads = [threading.Thread(target=server.advance, args=(1000,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 8000 <= int(redis("TIME")[0]) - before < 8060


def test_a_fraction_of_a_second_counts_and_time_does_not_go_back(server, redis):
    redis("SET key 1 PX 500")
    server.advance(0.4)
    assert redis("EXISTS key") == 1
    server.advance(0.5)
    assert redis("EXISTS key") == 0
    with pytest.raises(ValueError, match="does not go back"):
        server.advance(-1)
