"""Loading the files into a server, and what that leaves behind."""

from functools import partial

import pytest

from redis_clone import commands
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.protocol.replies import encode_command
from redis_clone.server import loading
from redis_clone.server.locking import execute, locked
from redis_clone.server.state import Client, Server


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a new server in the folder at each call, after the one before has closed its files."""
    monkeypatch.chdir(tmp_path)
    commands.load()
    servers = []

    def start(**parameters):
        if servers:
            servers.pop().aof_files.stop()
        server = Server()
        servers.append(server)
        server.config.set_all({"dir": str(tmp_path), "save": "", **parameters}, starting=True)
        loading.load_at_start(server)
        return server

    yield start
    servers.pop().aof_files.stop()


def run(server, *lines):
    client = Client(server)
    return [execute(client, line.encode().split()) for line in lines]


def test_without_an_append_only_file_the_rdb_file_is_loaded(start):
    server = start()
    run(server, "SET k v", "SAVE")
    assert run(start(), "GET k") == [b"$1\r\nv\r\n"]
    assert start().saves.keys_loaded == 1


def test_with_an_append_only_file_the_rdb_file_is_not_read(start):
    run(start(), "SET k v", "SAVE")
    assert run(start(appendonly="yes"), "GET k") == [b"$-1\r\n"]


def test_what_is_loaded_is_not_counted_and_not_logged_again(start):
    run(start(appendonly="yes"), "SET k v", "RPUSH list a b")
    server = start(appendonly="yes")
    assert server.dataset.dirty == 0 and server.command_stats.calls == 0
    logged = server.log.logged
    run(server, "GET k")
    assert server.log.logged == logged
    run(server, "SET k w")
    assert server.log.logged > logged and server.dataset.dirty == 1


def test_no_key_expires_while_a_file_is_loaded_and_any_key_may_afterwards(start, tmp_path):
    lines = ["SELECT 0", "SET kept v PXAT 2", "APPEND kept w", "PERSIST kept", "SET gone v PXAT 2"]
    log = b"".join([encode_command(line.encode().split()) for line in lines])
    (tmp_path / "appendonly.aof").write_bytes(log)
    server = start(appendonly="yes")
    assert run(server, "GET kept", "GET gone") == [b"$2\r\nvw\r\n", b"$-1\r\n"]


def test_a_file_that_cannot_be_loaded_leaves_statistics_and_propagation_as_they_were(start, tmp_path):
    server = start(appendonly="yes")
    run(server, "SET k v")
    counted = server.command_stats
    server.log.sync()
    [increment] = tmp_path.glob("appendonlydir/*.incr.aof")
    increment.write_bytes(increment.read_bytes() + b"nonsense")
    with locked(server), pytest.raises(CannotLoad, match="Bad file format"):
        loading.reload_append_only_file(Client(server))
    assert server.command_stats is counted and server.propagation.is_on
    assert all(database.expiry_is_on for database in server.databases)
    assert run(server, "DBSIZE") == [b":0\r\n"]


def test_a_rewrite_of_a_loaded_file_is_loaded_again(start):
    run(start(appendonly="yes"), "SET k v", "SELECT 3", "SET there 1")
    server = start(appendonly="yes")
    with locked(server):
        server.aof_rewriting.start(partial(locked, server), partial(locked, server))
        thread = server.rewrites.job.thread
    thread.join()
    assert run(start(appendonly="yes"), "GET k", "SELECT 3", "GET there")[2] == b"$1\r\n1\r\n"
