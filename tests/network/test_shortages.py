"""Too few files, threads or bytes: the errors, the lines of the log, and that the server lives on."""

import contextlib
import errno
import logging
import os
import socketserver
import subprocess
import sys
import threading

import pytest
from harness import PATIENCE, REPOSITORY, Client, our_server, wait_until

from redis_clone.config.values import Config, ConfigError
from redis_clone.network import open_files
from redis_clone.network import server as network
from redis_clone.protocol.errors import RedisError
from redis_clone.server import cron

OUT_OF_MEMORY = RedisError("ERR out of memory: the system has no more for this command")
needs_limits = pytest.mark.skipif(sys.platform != "linux", reason="ulimit differs elsewhere")


@contextlib.contextmanager
def limited(limit, tmp_path, *words):
    """`python server.py` with a ulimit; yields a maker of clients, a reader of its log, and the process."""
    path, log = str(tmp_path / "redis.sock"), tmp_path / "log"
    server = [sys.executable, "server.py", "--port", "0", "--unixsocket", path, "--save", "", *words]
    command = f'ulimit {limit}; exec "$@"'
    command = ["sh", "-c", command, "sh", *server, "--dir", str(tmp_path)]
    with log.open("w") as stdout:  # no log file, which would have to be opened when no file can be
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=stdout)
    with contextlib.ExitStack() as stack:
        stack.callback(process.wait)
        stack.callback(process.kill)

        def connect():
            client = Client(path)
            stack.callback(client.close)
            return client

        wait_until(lambda: process.poll() is not None or (log.exists() and "Ready to" in log.read_text()))
        yield connect, log.read_text, process


# Files.


@needs_limits
def test_with_few_files_maxclients_is_lowered_and_the_reason_is_logged(tmp_path):
    with limited("-n 50", tmp_path) as (connect, logged, _):
        redis = connect()
        assert redis("CONFIG GET maxclients") == [b"maxclients", b"18"]
        for line in (
            "You requested maxclients of 10000 requiring at least 10032 max file descriptors.",
            "Server can't set maximum open files to 10032 because of OS error: Operation not permitted.",
            "Current maximum open files is 50. maxclients has been reduced to 18 to compensate for low "
            "ulimit. If you need higher maxclients increase 'ulimit -n'.",
        ):
            assert line in logged()
        assert redis("CONFIG SET maxclients 19") == RedisError(
            "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not "
            "able to handle the specified number of clients, try with 18"
        )
        assert redis("CONFIG SET maxclients 5") == "OK"


@needs_limits
def test_with_too_few_files_it_does_not_start(tmp_path):
    with limited("-n 32", tmp_path) as (_, logged, process):
        assert process.wait(PATIENCE) == 1
        assert "Your current 'ulimit -n' of 32 is not enough for the server to start" in logged()


@needs_limits
def test_when_all_files_are_open_no_client_is_accepted_until_one_is_free(tmp_path):
    with limited("-n 50", tmp_path) as (connect, logged, _):
        redis = connect()
        others = [connect() for _ in range(15)]
        for client in others:  # each needs a wake-up pipe too, and so more files than there are
            with contextlib.suppress(OSError, EOFError):
                client("SUBSCRIBE news")
                client("PING")
        late = [connect() for _ in range(4)]
        wait_until(lambda: "Accepting client connection: accept: Too many open files" in logged())
        assert redis("PING") == "PONG"
        for client in others:
            client.close()
        assert [client("PING") for client in late] == ["PONG"] * 4
        assert logged().count("Accepting client connection") <= 3  # not one for each try
        assert "Traceback" not in logged()


def test_only_as_many_files_are_allowed_as_the_system_gives(monkeypatch):
    monkeypatch.setattr(open_files, "allow_files", lambda wanted: min(wanted, 40))
    config = Config()
    open_files.fit_clients(config)
    assert config["maxclients"] == 8
    monkeypatch.setattr(open_files, "allow_files", lambda wanted: 32)
    with pytest.raises(ConfigError):
        open_files.fit_clients(config)
    with pytest.raises(ValueError, match="try with 0"):
        open_files.check_clients(1)


# Threads.


def test_when_no_thread_can_be_started_the_client_is_closed_and_the_next_one_is_served(monkeypatch, caplog):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    with our_server() as address:
        redis = Client(address)
        assert redis("PING") == "PONG"
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", fail)
            for _ in range(3):
                late = Client(address)
                assert late.is_closed()
                late.close()
        warnings = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
        assert warnings == ["Error starting a thread for the new client: can't start new thread"]
        other = Client(address)
        assert other("PING") == "PONG" and redis("CLIENT LIST").count(b"\n") == 2
        redis.close()
        other.close()


def test_accepting_goes_on_after_an_error(monkeypatch, caplog):
    accept = socketserver.TCPServer.get_request
    errors = [OSError(errno.EMFILE, os.strerror(errno.EMFILE))] * 3

    def sometimes(listener):
        if errors:
            raise errors.pop()
        return accept(listener)

    monkeypatch.setattr(network, "ACCEPT_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(socketserver.TCPServer, "get_request", sometimes)
    with our_server() as address:
        redis = Client(address)
        assert redis("PING") == "PONG"
        redis.close()
    assert caplog.text.count("Accepting client connection: accept: Too many open files") == 1


def test_the_cron_goes_on_after_an_error(monkeypatch, caplog):
    tick, errors = cron.tick, [MemoryError()]

    def sometimes(state):
        if errors:
            raise errors.pop()
        return tick(state)

    monkeypatch.setattr(network, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(cron, "tick", sometimes)
    with our_server() as address:
        redis = Client(address)
        redis("SET a 1 PX 1")
        wait_until(lambda: redis("DBSIZE") == 0)  # no client has looked at it, so the cron has expired it
        redis.close()
    assert "Error in the cron" in caplog.text


# Bytes.


@needs_limits
def test_a_command_that_the_system_has_no_memory_for_gets_an_error_and_the_server_lives_on(tmp_path):
    with limited("-v 700000", tmp_path) as (connect, logged, _):
        redis, other = connect(), connect()
        redis("SET small text")
        assert redis("SETBIT large 4294967295 1") == OUT_OF_MEMORY
        assert redis("SETBIT large 4294967295 1") == OUT_OF_MEMORY
        assert (redis("EXISTS large"), other("GET small"), other("INCR n")) == (0, b"text", 1)
        assert logged().count("Out of memory while running SETBIT for client id=1") == 2
        assert "Traceback" not in logged()


@needs_limits
def test_announced_bytes_take_no_memory_before_they_come(tmp_path):
    with limited("-v 700000", tmp_path) as (connect, logged, _):
        redis, many = connect(), [connect() for _ in range(3)]
        for client in many:
            client.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\nabc")
            client.send_bytes(b"d" * 1000)
        announcing = connect()
        announcing.send_bytes(b"*2147483647\r\n$4\r\nPING\r\n")
        assert redis("PING") == "PONG"
        wait_until(lambda: redis("CLIENT LIST").count(b"\n") == 5)
        assert "memory" not in logged()
