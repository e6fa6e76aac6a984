"""A server inside this program: it starts, serves, ends, leaves nothing, and leaves the program alone."""

import gc
import logging
import os
import signal
import sys
import tempfile
import threading
import time

import pytest
from harness import Client, wait_until

from redis_clone.protocol.inline import split_words
from redis_clone.testing import RedisError, running_server


@pytest.fixture
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def connect():
    """Makes clients of a server; they are closed at the end."""
    clients = []

    def make(server):
        clients.append(Client((server.host, server.port)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def left_over(tmp_path, monkeypatch):
    """What this process has that a server could have left: threads, temporary files, open files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gc.freeze()  # only what comes from now on is looked at

    def look():
        gc.collect()
        files = os.listdir("/proc/self/fd") if sys.platform == "linux" else ()
        return set(threading.enumerate()), os.listdir(tmp_path), len(files)

    return look


@pytest.mark.parametrize("servers", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_many_servers_one_after_the_other_leave_nothing_behind(left_over, servers):
    before = left_over()
    for number in range(servers):
        with running_server() as server:
            client = Client((server.host, server.port))
            assert client(f"SET key {number}") == "OK" and client("SAVE" if number < 3 else "PING")
            client.close()
    assert left_over() == before


def test_a_server_that_cannot_start_leaves_nothing_behind(left_over, server, tmp_path):
    before = left_over()
    (damaged := tmp_path / "damaged").mkdir()
    (damaged / "dump.rdb").write_bytes(b"REDIS0011 and no more")
    for wrong in (
        {"port": server.port},
        {"aclfile": "/no/such/file"},
        {"tls_port": 1, "tls_cert_file": "none"},
    ):
        with pytest.raises(ValueError):
            running_server(**wrong)
    with pytest.raises(ValueError):
        running_server(damaged)
    (damaged / "dump.rdb").unlink()
    damaged.rmdir()
    assert left_over() == before


def test_clients_that_are_connected_at_the_end_are_disconnected(connect, left_over):
    before = left_over()
    with running_server() as server:
        idle, blocked, subscribed = (connect(server) for _ in range(3))
        assert idle("PING") == "PONG" and subscribed("SUBSCRIBE news")
        blocked.send("BLPOP list 0")
    assert all(client.is_closed() for client in (idle, blocked, subscribed))
    for client in (idle, blocked, subscribed):
        client.close()
    assert left_over() == before


def test_a_script_without_end_does_not_hold_up_the_end(connect):
    pytest.importorskip("lupa")
    with running_server() as server:
        redis = connect(server)
        redis("PING")
        redis.send("EVAL", "while true do end", 0)
        wait_until(lambda: server._run.state.scripting.run)
    with pytest.raises(EOFError):
        while redis.read():
            pass


def test_servers_at_the_same_time_do_not_meet(connect):
    with running_server() as one, running_server(requirepass="secret") as two:
        assert one.port != two.port
        ours, theirs = connect(one), connect(two)
        assert ours("SET key 1") == "OK" and theirs("AUTH secret") == "OK" and theirs("GET key") is None
        ours("CONFIG SET maxmemory 100mb"), one.advance(1000)
        assert two.execute("CONFIG", "GET", "maxmemory") == {b"maxmemory": b"0"}
        assert int(one.execute("TIME")[0]) - int(two.execute("TIME")[0]) in (999, 1000, 1001)
        with one.on("GET", error="OOM"):
            assert isinstance(ours("GET key"), RedisError) and theirs("GET key") is None


def test_the_process_stays_as_it_was(tmp_path):
    def look():
        log = logging.getLogger("redis_clone")
        affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        return (
            os.getcwd(), handlers, gc.get_threshold(), gc.isenabled(), threading.excepthook, affinity,
            log.level, log.handlers[:], log.propagate, os.listdir(), dict(os.environ),
        )  # fmt: skip

    before = look()
    with running_server(tmp_path, loglevel="warning") as server:
        assert server.execute("CONFIG", "SET", "loglevel", "debug") == "OK" and look() == before
    assert look() == before


def test_it_starts_and_serves_and_ends_in_any_thread(connect):
    replies = []

    def run():
        with running_server() as server:
            replies.append(connect(server)("PING"))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == ["PONG"] * 3


WRONG = [
    ({"maxmemry": 1}, "redis.conf has no parameter maxmemry; did you mean maxmemory?"),
    ({"nonsense": 1}, "redis.conf has no parameter nonsense"),
    ({"maxmemory": "much"}, "maxmemory='much': argument must be a memory value"),
    ({"appendonly": "perhaps"}, "appendonly='perhaps': argument must be 'yes' or 'no'"),
    ({"activedefrag": True}, "activedefrag=True: this server supports only 'no' so far"),
    ({"dir": "/tmp"}, "dir: say directory="),
    ({"daemonize": True}, "daemonize is about a process, and this one is not the server's"),
    ({"directory": "/no/such/directory"}, "directory='/no/such/directory': No such file or directory"),
    ({"directory": __file__}, "Not a directory"),
]


def test_a_wrong_parameter_is_a_value_error_that_says_why():
    for wrong, reason in WRONG:
        with pytest.raises(ValueError) as caught:
            running_server(**wrong)
        assert reason in str(caught.value), wrong


def test_any_parameter_is_set_by_its_name_with_underscores():
    with running_server(maxmemory="10mb", maxmemory_policy="allkeys-lru", hz=50, appendonly=True) as server:
        wanted = {b"maxmemory": b"10485760", b"maxmemory-policy": b"allkeys-lru", b"hz": b"50"}
        wanted[b"appendonly"] = b"yes"
        assert server.execute("CONFIG", "GET", *wanted) == wanted


def test_the_data_of_a_directory_are_loaded_and_kept(tmp_path):
    for parameters in ({}, {"appendonly": True, "save": ""}):
        (folder := tmp_path / str(len(parameters))).mkdir()
        for number in range(3):
            with running_server(folder, **parameters) as server:
                assert server.keys() == [b"%d" % each for each in range(number)]
                server.execute("SET", number, "value")


def test_a_restart_keeps_the_address_and_only_the_data_that_were_saved(connect, tmp_path):
    for folder, keys in ((None, []), (tmp_path, [b"key"])):
        with running_server(folder) as server:
            port, redis = server.port, connect(server)
            assert redis("SET key 1") == "OK"
            server.restart()
            assert redis.is_closed() and server.port == port and server.keys() == keys
            assert connect(server)("DBSIZE") == len(keys)


def test_shutdown_by_a_client_ends_it(connect):
    with running_server() as server:
        redis = connect(server)
        redis.send("SHUTDOWN NOSAVE")
        assert redis.is_closed()
        wait_until(lambda: not server._run._thread.is_alive())
        with pytest.raises(OSError):
            Client((server.host, server.port))
        with pytest.raises(RuntimeError, match="the server was stopped"):
            server.keys()


def test_stop_may_come_twice():
    server = running_server()
    server.stop()
    server.stop()
    with pytest.raises(RuntimeError, match="the server was stopped"):
        server.flush()


def test_the_url_says_all_that_a_client_needs(tmp_path):
    with running_server(requirepass="p@ss word") as server:
        assert server.url == f"redis://:p%40ss%20word@127.0.0.1:{server.port}/0"
    path = str(tmp_path / "redis.sock")
    with running_server(unixsocket=path) as server:
        assert server.url == f"unix://{path}?db=0" and server.port == 0
        assert Client(path)("PING") == "PONG"


# Looks at the data, without a client.


def test_execute_returns_plain_python(server):
    for words, reply in [
        (("SET", "key", 1), "OK"),
        (("GET", b"key"), b"1"),
        (("INCRBYFLOAT", "key", 0.5), b"1.5"),
        (("GET", "none"), None),
        (("HSET", "hash", "a", 1), 1),
        (("HGETALL", "hash"), {b"a": b"1"}),
        (("SADD", "set", "x", "y"), 2),
        (("SMEMBERS", "set"), {b"x", b"y"}),
        (("ZADD", "zset", 1.5, "m"), 1),
        (("ZSCORE", "zset", "m"), 1.5),
    ]:
        assert server.execute(*words) == reply, words
    assert server.execute("DBSIZE", db=1) == 0
    with pytest.raises(RedisError, match="WRONGTYPE"):
        server.execute("INCR", "set")
    with pytest.raises(RedisError, match="unknown command 'NONSENSE'"):
        server.execute("NONSENSE")
    for db in (-1, 16):
        with pytest.raises(RedisError, match="DB index is out of range"):
            server.execute("DBSIZE", db=db)
    for word in (None, True, ["a"]):
        with pytest.raises(TypeError, match="a word of a command is"):
            server.execute("SET", "key", word)


def test_a_command_without_a_client_cannot_wait_and_leaves_nothing(server):
    for words in (("BLPOP", "list", 0), ("XREAD", "BLOCK", 0, "STREAMS", "s", "$")):
        with pytest.raises(ValueError, match="has to wait"):
            server.execute(*words)
    for words in (
        ("MULTI",),
        ("SUBSCRIBE", "news"),
        ("MONITOR",),
        ("CLIENT", "TRACKING", "ON"),
        ("SELECT", 3),
    ):
        server.execute(*words)
    assert server.execute("PUBLISH", "news", "hello") == 0 and server.execute("SET", "list", 1) == "OK"
    clients = server.execute("INFO", "clients").decode()
    assert "blocked_clients:0" in clients and "tracking_clients:0" in clients
    assert server.execute("CLIENT", "LIST") == b""


def test_it_needs_no_password_and_the_rights_of_no_user():
    with running_server(requirepass="secret") as server:
        server.execute("ACL", "SETUSER", "default", "-@all")
        assert server.execute("SET", "key", 1) == "OK"


def test_a_value_of_any_type_is_read_whole(server):
    for words, key, value in [
        (("SET", "s", "x"), "s", b"x"),
        (("RPUSH", "l", "a", "b"), "l", [b"a", b"b"]),
        (("SADD", "set", "a"), "set", {b"a"}),
        (("HSET", "h", "f", "v"), b"h", {b"f": b"v"}),
        (("ZADD", "z", 2, "b", 1, "a"), "z", {b"a": 1.0, b"b": 2.0}),
        (("XADD", "x", "1-1", "f", "v"), "x", [[b"1-1", [b"f", b"v"]]]),
        (("PING",), "none", None),
    ]:
        server.execute(*words)
        assert server.value(key) == value, words
    assert server.keys() == [b"h", b"l", b"s", b"set", b"x", b"z"] and server.keys(db=1) == []


def test_a_look_at_a_key_does_not_count_as_a_use_of_it(server):
    server.execute("SET", "key", 1)
    server.advance(100)
    assert server.value("key") == b"1" and server.execute("OBJECT", "IDLETIME", "key") >= 100


# Anew.

CHANGES = [  # what a test may do, and a question whose reply that changes
    ("SET key 1", "DBSIZE"),
    (
        "FUNCTION LOAD '#!lua name=lib\nredis.register_function(\"f\", function() return 1 end)'",
        "FUNCTION LIST",
    ),
    ("CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru", "CONFIG GET maxm*"),
    ("CONFIG SET save '1 1'", "CONFIG GET save"),
    ("CONFIG SET appendonly yes", "CONFIG GET appendonly"),
    ("CONFIG SET requirepass secret", "CONFIG GET requirepass"),
    ("ACL SETUSER ada on nopass +@all", "ACL USERS"),
    ("ACL SETUSER default -@dangerous +client|pause resetkeys ~cached:* resetchannels &news", "ACL LIST"),
    ("CLIENT PAUSE 1000000 WRITE", ""),
]


def test_reset_undoes_what_a_test_has_done(server, connect):
    pytest.importorskip("lupa")
    questions = [question.split() for _, question in CHANGES if question]
    before = [server.execute(*question) for question in questions]
    for change, question in CHANGES:
        unchanged = question and server.execute(*question.split())
        server.execute(*split_words(change.encode()))
        assert not question or server.execute(*question.split()) != unchanged, change
    server.on("*", error="BUSY"), server.advance(10_000)
    server.reset()
    assert [server.execute(*question) for question in questions] == before
    assert connect(server)("SET key 1") == "OK"
    assert abs(int(server.execute("TIME")[0]) - time.time()) < 5000


def test_reset_ends_a_pause_of_everything(server, connect):
    waiting = connect(server)
    server.execute("CLIENT", "PAUSE", 1_000_000)
    waiting.send("PING")
    server.reset()
    assert waiting.read() == "PONG"


def test_flush_deletes_the_keys_of_all_databases_and_no_more(server):
    server.execute("SET", "key", 1)
    server.execute("SET", "key", 1, db=9)
    server.execute("CONFIG", "SET", "maxmemory", "100mb")
    server.flush()
    assert (server.keys(), server.keys(db=9)) == ([], [])
    assert server.execute("CONFIG", "GET", "maxmemory") == {b"maxmemory": b"104857600"}
