"""`supervised`: what systemd and Upstart are told, by our server and by the real one."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY, Client, has_real_server, serves, wait_until

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows has no such supervisors")


@pytest.fixture(params=["ours", "real"])
def program(request):
    if request.param == "ours":
        return [sys.executable, "server.py"]
    if not has_real_server():
        pytest.skip("needs redis-server")
    return ["redis-server"]


def start(program, folder, *words, **variables):
    """Starts a server which finds these variables, and none that another supervisor has set."""
    kept = {name: text for name, text in os.environ.items() if name not in ("NOTIFY_SOCKET", "UPSTART_JOB")}
    place = ["--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--save", ""]
    return subprocess.Popen(
        [*program, *place, *words], cwd=REPOSITORY, env=kept | variables, stdout=subprocess.PIPE, text=True
    )


def supervisor_of(path):
    client = Client(path)
    [line] = [line for line in client("INFO server").split(b"\r\n") if b"supervised" in line]
    client.close()
    return line.partition(b":")[2]


@pytest.fixture
def systemd(tmp_path):
    """A socket as that of systemd; a function that returns the next state it was told."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(PATIENCE)
    kept = []

    def next_state():
        while not kept:
            kept.extend(listener.recv(1000).decode().split())
        word = kept.pop(0)
        return word if word.isupper() or "=1" in word else next_state()

    yield next_state
    listener.close()


@pytest.mark.parametrize("mode", ["systemd", "auto"])
def test_systemd_is_told_when_it_is_ready_and_when_it_ends(program, mode, systemd, tmp_path):
    words = ["--supervised", mode, "--daemonize", "yes"]  # which a supervised server does not become
    with start(program, tmp_path, *words, NOTIFY_SOCKET=str(tmp_path / "notify")) as process:
        assert systemd() == "READY=1"
        assert serves(str(tmp_path / "s")) and process.poll() is None
        assert supervisor_of(str(tmp_path / "s")) == b"systemd"
        process.terminate()
        assert systemd() == "STOPPING=1"


def test_without_a_supervisor_it_says_so_and_starts(program, tmp_path):
    with start(program, tmp_path, "--supervised", "systemd") as process:
        wait_until(lambda: serves(str(tmp_path / "s")))
        assert supervisor_of(str(tmp_path / "s")) == b"no"
        process.terminate()
        assert "systemd supervision error: NOTIFY_SOCKET not found!" in process.stdout.read()


def test_upstart_sees_it_stop_and_lets_it_go_on(program, tmp_path):
    with start(program, tmp_path, "--supervised", "upstart", UPSTART_JOB="redis") as process:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: serves(str(tmp_path / "s")))
        assert supervisor_of(str(tmp_path / "s")) == b"upstart"
        process.terminate()
