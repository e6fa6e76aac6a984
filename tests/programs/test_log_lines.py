"""The lines of the log that people search for: they have the words of the real server's."""

import subprocess
import sys

import pytest
from harness import REPOSITORY, Client, has_real_server, serves, wait_until

PROGRAMS = {"ours": [sys.executable, str(REPOSITORY / "server.py")], "real": ["redis-server"]}

pytestmark = pytest.mark.slow


@pytest.fixture(params=["ours", "real"])
def start(request, tmp_path):
    """Starts a server, which logs into the file; returns a client, or None when the server has ended."""
    if request.param == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    address, started = str(tmp_path / "socket"), []

    def start(*words):
        options = ["--port", "0", "--unixsocket", address, "--dir", str(tmp_path), "--save", ""]
        options += ["--logfile", str(tmp_path / "log"), "--enable-debug-command", "yes", *words]
        process = subprocess.Popen([*PROGRAMS[request.param], *options], stdout=subprocess.DEVNULL)
        started.append(process)
        wait_until(lambda: process.poll() is not None or serves(address))
        return Client(address) if process.poll() is None else None

    start.kind = request.param
    yield start
    for process in started:
        process.kill()
        process.wait()


def shut_down(client):
    client.send("SHUTDOWN NOSAVE")
    assert client.is_closed()


@pytest.fixture
def log_has(tmp_path):
    """Waits until the log has a text."""
    return lambda text: wait_until(lambda: text in (tmp_path / "log").read_text())


def test_a_damaged_rdb_file_is_a_crc_error_and_ends_the_start(start, log_has, tmp_path):
    client = start()
    client("SET k v")
    client("SAVE")
    shut_down(client)
    data = (tmp_path / "dump.rdb").read_bytes()
    (tmp_path / "dump.rdb").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert start() is None
    log_has("Wrong RDB checksum expected: (")
    log_has("RDB CRC error")
    if start.kind == "ours":  # the real one shows here what its check of the file says
        log_has("Terminating server after rdb file reading failure.")


def test_an_unknown_command_in_an_append_only_file_ends_the_start(start, log_has, tmp_path):
    shut_down(start("--appendonly", "yes"))
    [log] = tmp_path.glob("appendonlydir/*.incr.aof")
    log.write_bytes(b"*1\r\n$6\r\nNOSUCH\r\n")
    assert start("--appendonly", "yes") is None
    log_has(f"Unknown command 'NOSUCH' reading the append only file {log.name}")
    log.write_bytes(b"nonsense")
    assert start("--appendonly", "yes") is None
    log_has(f"Bad file format reading the append only file {log.name}")


def test_a_save_and_a_rewrite_that_are_killed(start, log_has):
    client = start("--appendonly", "yes", "--rdb-key-save-delay", "1000")
    client("DEBUG POPULATE 10000")
    client("BGREWRITEAOF")
    log_has("Background append only file rewriting started by")
    client("CONFIG SET appendonly no")
    log_has("Killing running AOF rewrite child: ")
    client("BGREWRITEAOF")
    client("CONFIG SET appendonly yes")
    log_has("AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF")
    client("CONFIG SET appendonly no")
    client("BGSAVE")
    log_has("Background saving started by")
    shut_down(client)
    log_has("There is a child saving an .rdb. Killing it!")


def test_a_rewrite_that_is_killed_by_the_end_of_the_server(start, log_has):
    client = start("--appendonly", "yes", "--rdb-key-save-delay", "1000")
    client("DEBUG POPULATE 10000")
    client("BGREWRITEAOF")
    log_has("Background append only file rewriting started by")
    shut_down(client)
    log_has("There is a child rewriting the AOF. Killing it!")
