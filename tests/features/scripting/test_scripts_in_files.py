"""Scripts and functions in files: writes of scripts in the log, libraries in the log and in snapshots."""

from contextlib import contextmanager, nullcontext

import pytest
from harness import Client, has_real_server, our_server, real_server, wait_until

from redis_clone.features.persistence import aof_rewriting

pytest.importorskip("lupa")

LIBRARY = "#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)"
needs_real_server = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def talking_to(server):
    with server as address:
        client = Client(address)
        try:
            wait_until(lambda: b"\nloading:0" in client("INFO", "persistence"))
            yield client
        finally:
            client.close()


def ours(folder, log):
    return talking_to(our_server(dir=str(folder), appendonly=log))


def real(folder, log):
    return talking_to(real_server(folder, "--appendonly", log))


def fill(client):
    client("FUNCTION", "LOAD", LIBRARY)
    client("SADD", "bag", "a", "b", "c")
    script = "redis.call('spop', 'bag') redis.call('select', 3) redis.call('set', 'there', ARGV[1])"
    client("EVAL", script, 0, "v")
    client("EVAL", "redis.set_repl(redis.REPL_NONE) redis.call('set', 'unsaid', 1)", 0)
    return client("SMEMBERS", "bag")


def check(client, bag):
    assert client("FCALL twice 0 21") == 42
    assert sorted(client("SMEMBERS", "bag")) == sorted(bag)
    client("SELECT 3")
    assert client("GET there") == b"v"
    client("SELECT 0")


def test_after_a_restart_the_log_restores_the_writes_of_scripts(tmp_path):
    with ours(tmp_path, "yes") as client:
        bag = fill(client)
    with ours(tmp_path, "yes") as client:
        check(client, bag)
        assert client("EXISTS unsaid") == 0
        client("BGREWRITEAOF")
        wait_until(lambda: b"aof_rewrite_in_progress:0" in client("INFO", "persistence"))
    with ours(tmp_path, "yes") as client:
        check(client, bag)


@pytest.mark.parametrize("reader", [ours, pytest.param(real, marks=needs_real_server)])
def test_a_log_rewritten_as_plain_commands_holds_the_functions(tmp_path, reader):
    with ours(tmp_path, "yes") as client:
        client("CONFIG SET aof-use-rdb-preamble no")
        bag = fill(client)
        client("BGREWRITEAOF")
        wait_until(lambda: list(tmp_path.glob("appendonlydir/*.2.base.aof")))
        wait_until(lambda: b"aof_rewrite_in_progress:0" in client("INFO", "persistence"))
    with reader(tmp_path, "yes") as client:
        check(client, bag)


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_a_library_loaded_during_a_rewrite_is_only_in_the_incremental_file(tmp_path, monkeypatch, preamble):
    class Opened(aof_rewriting.WholeFile):
        """The base file: opened after the snapshot view was made, and before anything is written."""

        def __init__(self, *arguments):
            other("FUNCTION", "LOAD", LIBRARY)
            super().__init__(*arguments)

    monkeypatch.setattr(aof_rewriting, "WholeFile", Opened)
    server = our_server(dir=str(tmp_path), appendonly="yes", rdbcompression="no")
    with server as address, talking_to(nullcontext(address)) as client:
        other = Client(address)
        client("CONFIG", "SET", "aof-use-rdb-preamble", preamble)
        client("BGREWRITEAOF")
        wait_until(lambda: list(tmp_path.glob("appendonlydir/*.2.base.*")))
        wait_until(lambda: b"aof_rewrite_in_progress:0" in client("INFO", "persistence"))
        other.close()
    for pattern, is_there in (("*.base.*", False), ("*.incr.aof", True)):
        [file] = tmp_path.glob(f"appendonlydir/{pattern}")
        assert (LIBRARY.encode() in file.read_bytes()) == is_there
    with ours(tmp_path, "yes") as client:
        assert client("FCALL twice 0 21") == 42


@needs_real_server
@pytest.mark.parametrize("writer, reader", [(ours, real), (real, ours)])
def test_each_server_reads_the_other_ones_log(tmp_path, writer, reader):
    with writer(tmp_path, "yes") as client:
        bag = fill(client)
    with reader(tmp_path, "yes") as client:
        check(client, bag)


@needs_real_server
@pytest.mark.parametrize("writer, reader", [(ours, real), (real, ours), (ours, ours)])
def test_each_server_reads_the_functions_in_the_other_ones_snapshot(tmp_path, writer, reader):
    with writer(tmp_path, "no") as client:
        bag = fill(client)
        assert client("SAVE") == "OK"
    with reader(tmp_path, "no") as client:
        client("DEBUG RELOAD NOSAVE")
        check(client, bag)
        assert client("FUNCTION", "DELETE", "lib") == "OK"
        assert client("FUNCTION LIST") == []


def test_the_writes_of_a_script_are_one_transaction_in_the_log(tmp_path):
    with ours(tmp_path, "yes") as client:
        client("EVAL", "redis.call('set', 'a', 1) redis.call('incr', 'a')", 0)
        client("EVAL", "redis.call('set', 'b', 1)", 0)
    [log] = tmp_path.glob("appendonlydir/*.incr.aof")
    args = [line for line in log.read_bytes().split(b"\r\n") if line[:1] not in (b"*", b"$", b"")]
    args = [word.lower() for word in args if not word.startswith(b"#")]
    transaction = b"multi select 0 set a 1 incr a exec set b 1"
    assert b" ".join(args).replace(b"select 0 multi", b"multi select 0") == transaction
