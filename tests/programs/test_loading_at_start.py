"""A server that is loading its data: who is let in meanwhile, and what they are told."""

import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from harness import Client, answer_of, has_real_server, is_loading, real_server, serves, started, wait_until

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command

KEYS = 20_000
LOADING = RedisError("LOADING Redis is loading the dataset in memory")
SLOWLY = ("--key-load-delay", "250", "--loading-process-events-interval-bytes", "1024")


@contextmanager
def server(kind, folder, *words, loading=False):
    """The address of a server of that kind: one that has loaded, or one that is loading."""
    if kind == "ours":
        waits_for = "Server initialized" if loading else "Ready to accept connections"
        with started("--dir", str(folder), *words, waits_for=waits_for) as (_, port):
            address = ("127.0.0.1", port)
            wait_until(lambda: not loading or is_loading(address))
            yield address
    else:
        with real_server(folder, *words, is_ready=is_loading if loading else serves) as address:
            yield address


@pytest.fixture(params=["ours", "real"])
def kind(request):
    if request.param == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    return request.param


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """Makes the folder that a server of that kind leaves which was started with these words, once for all."""

    @cache
    def make(kind, words):
        folder = tmp_path_factory.mktemp(kind)
        fill(kind, folder, words)
        return folder

    return make


@pytest.fixture(params=["no", "yes"])
def files(request, kind, folder_of, tmp_path):
    """The words with which a server finds 20,000 keys: in an RDB file, or in commands that were logged."""
    if (kind, request.param) == ("real", "yes") and not request.config.getoption("--slow"):
        pytest.skip("slow: run with --slow")  # it sleeps after each command that it loads
    words = ("--appendonly", request.param)
    sockets = shutil.ignore_patterns("*.sock")
    shutil.copytree(folder_of(kind, words), tmp_path, ignore=sockets, dirs_exist_ok=True)
    return words


def fill(kind, folder, words):
    with server(kind, folder, *words) as address:
        client = Client(address)
        for first in range(0, KEYS, 1000):
            client("MSET", *[word for number in range(first, first + 1000) for word in (f"k{number}", "x")])
        if words[-1] == "yes":
            client.send_bytes(b"".join(encode_command([b"SET", b"k%d" % n, b"y"]) for n in range(KEYS)))
            assert [client.read() for _ in range(KEYS)] == ["OK"] * KEYS
        client("SAVE")
        client.send("SHUTDOWN NOSAVE")
        wait_until(lambda: not answer_of(address))


def info(client, section):
    lines = client("INFO", section).decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def test_a_server_that_loads_answers_loading_to_commands_that_need_the_data(kind, files, tmp_path):
    with server(kind, tmp_path, *files, *SLOWLY, loading=True) as address:
        client = Client(address)
        for line in (
            "PING",
            "GET k1",
            "DBSIZE",
            "EVAL 'return 1' 0",
            "FLUSHALL",
            "SAVE",
            "SCRIPT KILL",
            "CONFIG SET appendonly no",
        ):
            assert client(line) == LOADING, line
        for line in (
            "SELECT 3",
            "CONFIG SET maxclients 900",
            "HELLO 2",
            "CLIENT SETNAME me",
            "UNWATCH",
            "WATCH k1",
        ):
            assert not isinstance(client(line), RedisError), line
        assert str(client("NOSUCH")).startswith("ERR unknown command")
        assert str(client("GET")).startswith("ERR wrong number")
        client("MULTI")
        assert client("SET k1 v") == LOADING
        assert client("ECHO a") == "QUEUED"
        assert str(client("EXEC")) == "EXECABORT Transaction discarded because of previous errors."
        assert int(info(client, "errorstats")["errorstat_LOADING"].removeprefix("count=")) >= 9


@pytest.mark.slow
def test_info_tells_how_far_loading_is(kind, files, tmp_path):
    with server(kind, tmp_path, *files, *SLOWLY, loading=True) as address:
        client = Client(address)
        wait_until(lambda: info(client, "persistence")["loading_loaded_bytes"] != "0")
        fields = info(client, "persistence")
        assert fields["loading"] == "1"
        assert 0 < int(fields["loading_loaded_bytes"]) < int(fields["loading_total_bytes"])
        assert 0 <= float(fields["loading_loaded_perc"]) < 100
        assert int(fields["loading_start_time"]) <= int(client("TIME")[0])
        assert int(fields["loading_eta_seconds"]) >= 1
        client("CONFIG SET key-load-delay 0")
        wait_until(lambda: client("PING") == "PONG")
        assert client("DBSIZE") == KEYS
        fields = info(client, "persistence")
        assert fields["loading"] == "0" and "loading_total_bytes" not in fields


@pytest.mark.slow
def test_the_commands_that_are_done_again_are_no_news_to_those_who_come_meanwhile(kind, files, tmp_path):
    with server(kind, tmp_path, *files, *SLOWLY, loading=True) as address:
        client = Client(address)
        client("CONFIG RESETSTAT")
        monitor = Client(address)
        monitor("MONITOR")
        client("ECHO done")
        client("CONFIG SET key-load-delay 0")
        wait_until(lambda: client("PING") == "PONG")
        client("SET k1 v")
        told = monitor.read()
        while '"SET"' not in told:
            assert any(word in told for word in ('"ECHO"', '"CONFIG"', '"PING"'))
            told = monitor.read()
        assert '"k1" "v"' in told
        assert info(client, "commandstats")["cmdstat_set"].startswith("calls=1,")
        assert info(client, "commandstats")["cmdstat_echo"].startswith("calls=1,")
        monitor.close()


def test_nothing_is_evicted_before_all_is_loaded(kind, files, tmp_path):
    words = ("--maxmemory", "100kb", "--maxmemory-policy", "allkeys-lru")
    with server(kind, tmp_path, *files, *SLOWLY, *words, loading=True) as address:
        client = Client(address)
        for _ in range(10):
            client("ECHO a")
        assert info(client, "stats")["evicted_keys"] == "0"


def test_a_shutdown_leaves_the_file_as_it_was(kind, files, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with server(kind, tmp_path, *files, *SLOWLY, "--save", "1 1", loading=True) as address:
        client = Client(address)
        client.send("SHUTDOWN")
        assert client.is_closed()
        wait_until(lambda: not answer_of(address))
    after = {path: Path(path).read_bytes() for path in before}
    assert after == before


def begin_reload(caller, other, files):
    """Send a DEBUG command that loads the files; returns when the server is loading."""
    caller("CONFIG SET loading-process-events-interval-bytes 1024 key-load-delay 500")
    caller.send("DEBUG RELOAD" if files[1] == "no" else "DEBUG LOADAOF")
    wait_until(lambda: other("PING") == LOADING)


@pytest.mark.slow
def test_others_are_answered_loading_while_a_debug_command_loads(kind, files, tmp_path):
    with server(kind, tmp_path, *files) as address:
        caller, other = Client(address), Client(address)
        begin_reload(caller, other, files)
        assert other("GET k1") == other("CONFIG SET appendonly yes") == LOADING
        assert info(other, "persistence")["loading"] == "1"
        if kind == "ours":
            assert other("DEBUG RELOAD") == LOADING  # it ends the real server
        other("CONFIG SET key-load-delay 0")
        assert caller.read() == "OK" and other("DBSIZE") == KEYS
        caller("SET k1 new")
        assert other("GET k1") == b"new" and info(other, "persistence")["loading"] == "0"


@pytest.mark.slow
def test_a_shutdown_ends_a_debug_command_that_loads(files, tmp_path, kind):
    with server(kind, tmp_path, *files) as address:
        caller, other = Client(address), Client(address)
        begin_reload(caller, other, files)
        other.send("SHUTDOWN")
        assert other.is_closed()
        wait_until(lambda: not answer_of(address))
    with server(kind, tmp_path, *files) as address:
        assert Client(address)("DBSIZE") == KEYS
