"""`python -m redis_clone.cluster`: a cluster for a lesson, which tells what happens and leaves nothing."""

import random
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager

import pytest
from harness import REPOSITORY, Client, serves, wait_until

from redis_clone import cluster

BUS = 10000
LONGEST_S = 60


def free_ports(count):
    """The first of so many ports in a row that are free, with those of the buses.

    All are below those that the system picks for connections, which could take one before a second start.
    """
    while True:
        first = random.randrange(12_000, 22_000)
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    for each in (port, port + BUS):
                        stack.enter_context(socket.socket()).bind(("127.0.0.1", each))
            except OSError:
                continue
            return first


class Program:
    """The running program."""

    def __init__(self, process):
        self.process = process
        self.shown = ""

    def wait_for(self, pattern):
        """Read lines until what was shown has this in it; returns the match."""
        while not (found := re.search(pattern, self.shown)):
            line = self.process.stdout.readline()
            assert line, f"no {pattern!r} in:\n{self.shown}"
            self.shown += line
        return found


@contextmanager
def running(folder, *words):
    """The program until Ctrl-C, after which nothing may be left in the folder of temporary files."""
    process = subprocess.Popen(
        [sys.executable, "-m", "redis_clone.cluster", *words],
        cwd=REPOSITORY, env={"TMPDIR": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    program = Program(process)
    watchdog = threading.Timer(LONGEST_S, process.terminate)  # else a line that never comes is waited for
    watchdog.start()
    try:
        yield program
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)  # an impatient user
        assert process.wait() == 0, process.stdout.read()
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait()
        process.stdout.close()
    assert list(folder.iterdir()) == []


def ask(port, line):
    client = Client(("127.0.0.1", port))
    try:
        return client(line)
    finally:
        client.close()


@pytest.mark.slow
def test_a_manual_failover_is_told_as_it_comes(tmp_path):
    first = free_ports(2)
    with running(tmp_path, "1", "--port", str(first), "--set", "maxmemory", "100mb") as program:
        program.wait_for("end a node: ")
        assert f"{first}    master of 16384 slots\n{first + 1}    replica of {first}\n" in program.shown
        assert ask(first + 1, "CONFIG GET maxmemory") == [b"maxmemory", b"104857600"]
        assert ask(first + 1, "CLUSTER FAILOVER") == "OK"
        program.wait_for(rf"{first + 1}    replica of {first} -> master of 16384 slots")
        program.wait_for(rf"{first}    master .*-> replica of {first + 1}")
    assert not serves(("127.0.0.1", first))


@pytest.mark.slow
def test_a_node_that_is_a_process_is_killed_and_started_again(tmp_path):
    first = free_ports(6)
    words = ("--port", str(first), "--set", "cluster-node-timeout", "1000", "--processes")
    with running(tmp_path, *words) as program:
        pid = program.wait_for(r"kill -9 (\d+)")[1]
        command = program.wait_for(r"start it again:  (.*)")[1]
        subprocess.run(["kill", "-9", pid], check=True)
        program.wait_for(rf"{first}    .* -> does not answer")
        program.wait_for(rf"{first + 3}    replica of {first} -> master of 5461 slots")
        again = subprocess.Popen(command.split(), cwd=REPOSITORY)
        try:
            program.wait_for(rf"{first}    .* -> replica of {first + 3}")
        finally:
            again.terminate()
            again.wait()
    assert not any(serves(("127.0.0.1", port)) for port in range(first, first + 6))


@pytest.mark.slow
def test_a_cluster_with_a_folder_goes_on_from_there(tmp_path):
    first = free_ports(2)
    (temporary := tmp_path / "temporary").mkdir()
    words = ("1", "--port", str(first), "--dir", str(tmp_path / "kept"), "--set", "appendonly", "yes")
    for way in ([], ["--processes"]):
        with running(temporary, *words, *way) as program:
            program.wait_for("move slots: ")
            if not way:
                assert ask(first, "SET key v") == "OK"
            assert ask(first, "GET key") == b"v"
            wait_until(lambda: ask(first, "WAIT 1 100") == 1)


@pytest.mark.parametrize("way", [[], pytest.param(["--processes"], marks=pytest.mark.slow)])
def test_a_cluster_that_cannot_start_says_why(way, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert cluster.main(["1", "--replicas", "0", "--port", port, *way]) == 1
    assert "Failed listening on port" in capsys.readouterr().err
    assert (
        cluster.main(["--page", "8080", "--processes"]) == 1 and "in one process" in capsys.readouterr().err
    )
    assert cluster.main(["0", *way]) == 1 and "at least one master" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_names_all_that_can_be_said(capsys):
    with pytest.raises(SystemExit, match="0"):
        cluster.main(["--help"])
    shown = capsys.readouterr().out
    assert all(name.strip("-") in shown.lower() for name, _ in cluster.OPTIONS)
    for wrong in (["three"], ["--port", "-1"], ["--set", "one"]):
        with pytest.raises(SystemExit, match="2"):
            cluster.main(wrong)
    assert "'three' is no number" in capsys.readouterr().err
