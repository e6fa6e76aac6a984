"""`python -m redis_clone.benchmark` as a user runs it."""

import json
import multiprocessing
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from harness import PATIENCE, REPOSITORY

from redis_clone.benchmark import load, workloads
from redis_clone.benchmark.load import Job
from redis_clone.benchmark.workloads import WORKLOADS, Shape


def benchmark(*argv):
    command = [sys.executable, "-m", "redis_clone.benchmark", *map(str, argv)]
    return subprocess.run(
        command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=10 * PATIENCE
    )


def test_every_test_runs_without_an_error_reply(address, monkeypatch):
    """It runs in this process, because a new interpreter takes longer to start than the benchmark to run."""
    monkeypatch.setattr(workloads, "PIECES", 1)
    for name in WORKLOADS:
        job = Job(address, name, Shape(keyspace=100), requests=64, connections=4, pipeline=4)
        load.prepare(job)
        parent, child = multiprocessing.Pipe()
        parent.send("begin")
        load.run(job, child)
        *_, outcome = received(parent)
        assert isinstance(outcome, load.Outcome), f"{name}: {outcome}"
        assert (outcome.requests, outcome.errors) == (64, 0), name


def received(parent):
    while parent.poll():
        try:
            yield parent.recv()
        except EOFError:
            return


def test_the_figures_of_each_test_come_as_json(our_address):
    argv = ["-p", our_address[1], "-n", 64, "-c", 4, "-P", 4, "-r", 100, "--processes", 1, "--json"]
    done = benchmark(*argv, "-t", "set,mixed")
    table = json.loads(done.stdout)
    assert [row["test"] for row in table] == ["set", "mixed"]
    assert all(row["errors"] == 0 and row["requests/s"] > 0 for row in table), done.stdout


@pytest.mark.slow
def test_two_servers_and_the_baseline_are_compared_and_drawn(our_address, tmp_path):
    port, picture = our_address[1], tmp_path / "b.svg"
    argv = ["-p", port, "--vs", f"Redis=localhost:{port}", "--baseline", "-t", "ping", "-n", 100, "-c", 2]
    done = benchmark(*argv, "--processes", 1, "--csv", "--plot", picture)
    header, ours, other, baseline = done.stdout.splitlines()
    assert header.endswith("errors,vs Redis,vs baseline"), done.stderr
    assert ours.startswith(f"ping,127.0.0.1:{port},") and baseline.startswith("ping,baseline,")
    assert float(ours.rpartition(",")[2]) > 0 and other.startswith("ping,Redis,") and other.endswith(",0,,")
    shown = {text.text for text in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")}
    assert {f"127.0.0.1:{port}", "Redis", "baseline", "ping"} <= shown


def test_a_server_that_is_not_there_ends_it_with_one_line():
    done = benchmark("-p", 1, "-t", "ping")
    assert done.returncode == 1 and done.stderr.startswith("The benchmark ended: 127.0.0.1:1: ")
    assert done.stderr.count("\n") == 1


def test_a_server_that_wants_a_password_ends_it_with_its_error(our_address):
    done = benchmark("-p", our_address[1], "-a", "wrong", "-t", "ping")
    assert done.returncode == 1 and "AUTH: ERR AUTH <password> called without" in done.stderr
