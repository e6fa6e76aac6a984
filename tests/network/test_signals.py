"""The signals that end the server, while it is idle, busy or loading."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PATIENCE, REPOSITORY, Client, started, wait_until

from redis_clone.network import signals
from redis_clone.network.signals import Signals
from redis_clone.server.state import Server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot send them")


@pytest.fixture
def handled():
    """Handles signals in this process; yields the handlers and the requests to the server."""
    before = {name: signal.getsignal(getattr(signal, name)) for name in signals.SIGNALS}
    state = Server()
    yield Signals(state), state.stop_requests
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.mark.parametrize("name", signals.SIGNALS)
def test_a_signal_is_a_request(handled, name):
    handling, requests = handled
    signal.raise_signal(getattr(signal, name))
    assert requests.get_nowait() == name and handling.are_pending


def test_a_signal_that_must_not_wait_ends_the_process(handled, monkeypatch):
    handling, _ = handled
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    handling.is_loading = True
    signal.raise_signal(signal.SIGTERM)
    handling.is_loading = False
    signal.raise_signal(signal.SIGINT)
    assert codes == [0, 1]  # it is pending since the first one, so the second insists


def waits(pid):
    """Whether the main thread of a process sleeps; always true where the system does not tell."""
    stat = Path(f"/proc/{pid}/task/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "S"


def test_ctrl_c_twice_ends_a_server_that_is_busy():
    with started() as (process, port):
        busy = Client(("127.0.0.1", port))
        busy.send("DEBUG SLEEP 1000")
        other = Client(("127.0.0.1", port))
        wait_until(lambda: not answers_soon(other))
        process.send_signal(signal.SIGINT)
        for line in process.stdout:
            if "Received SIGINT scheduling shutdown" in line:
                break
        wait_until(lambda: waits(process.pid))  # a signal just before that is noticed only after it
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 1
        assert "You insist... exiting now." in process.stdout.read()


def test_while_it_loads_a_signal_ends_it_at_once(tmp_path):
    os.mkfifo(tmp_path / "dump.rdb")  # without a writer, so the loading takes for ever
    log = tmp_path / "log"
    command = [sys.executable, "server.py", "--port", "0", "--dir", str(tmp_path), "--logfile", str(log)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        try:
            wait_until(lambda: log.exists() and "Configuration loaded" in log.read_text())
            writer = wait_until(lambda: opened_by_reader(tmp_path / "dump.rdb"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
            os.close(writer)
        finally:
            process.kill()
    assert "Received shutdown signal during loading, exiting now." in log.read_text()


def answers_soon(client):
    client.socket.settimeout(0.2)
    try:
        return client("PING")
    except TimeoutError:
        return None


def opened_by_reader(fifo):
    """The other end of a fifo, once a process reads there."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None
