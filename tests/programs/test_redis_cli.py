"""redis-cli, unmodified, against `python server.py`: one command, lines from a pipe, and its other modes."""

import os
import pty
import shutil
import subprocess

import pytest
from harness import PATIENCE, Client, started

from redis_clone.protocol.replies import encode_command

pytestmark = pytest.mark.skipif(not shutil.which("redis-cli"), reason="needs redis-cli")


@pytest.fixture(scope="module")
def port():
    with started() as (_, port):
        yield port


@pytest.fixture(autouse=True)
def empty(port):
    client = Client(("127.0.0.1", port))
    client("FLUSHALL")
    client.close()


def redis_cli(port, *words, stdin=""):
    run = subprocess.run(
        ["redis-cli", "-p", str(port), *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return run.stdout


def shown_by(port, *words, until):
    """The output of a mode that never ends, on a terminal, up to some text."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(["redis-cli", "-p", str(port), *words], stdout=theirs) as process:
        shown = ""
        while until not in shown:
            shown += os.read(ours, 4096).decode()
        process.kill()
    os.close(ours)
    os.close(theirs)
    return shown


def test_it_prints_replies_of_every_shape(port):
    lines = (
        "SET a 1\nINCR a\nRPUSH l x y\nLRANGE l 0 -1\nGET missing\nHSET h f v\nHGETALL h\nGET l\nZADD z 1 m\n"
    )
    assert redis_cli(port, "--no-raw", stdin=lines).splitlines() == [
        "OK",
        "(integer) 2",
        "(integer) 2",
        '1) "x"',
        '2) "y"',
        "(nil)",
        "(integer) 1",
        '1) "f"',
        '2) "v"',
        "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        "(integer) 1",
    ]


def test_it_speaks_resp3(port):
    redis_cli(port, "HSET", "h", "name", "Ada")
    redis_cli(port, "ZADD", "z", "1.5", "m")
    assert redis_cli(port, "-3", "--no-raw", "HGETALL", "h") == '1# "name" => "Ada"\n'
    assert redis_cli(port, "-3", "--no-raw", "ZSCORE", "z", "m") == "(double) 1.5\n"
    assert redis_cli(port, "--json", "HGETALL", "h") == '{"name":"Ada"}\n'


def test_a_transaction_in_a_pipe(port):
    shown = redis_cli(port, "--no-raw", stdin="MULTI\nSET a 1\nGET a\nEXEC\n")
    assert shown.splitlines() == ["OK", "QUEUED", "QUEUED", "1) OK", '2) "1"']


def test_it_scans_all_keys_and_finds_the_big_ones(port):
    redis_cli(port, stdin="".join(f"SET key:{number} x\n" for number in range(50)) + "RPUSH big a b c d\n")
    assert len(redis_cli(port, "--scan", "--pattern", "key:*").split()) == 50
    summary = redis_cli(port, "--bigkeys")
    assert "Biggest   list found '\"big\"' has 4 items" in summary
    assert "51 keys" in summary


def test_mass_insertion(port):
    commands = b"".join(encode_command([b"SET", b"key:%d" % number, b"x"]) for number in range(5000))
    shown = redis_cli(port, "--pipe", stdin=commands.decode())
    assert "errors: 0, replies: 5000" in shown
    assert redis_cli(port, "DBSIZE") == "5000\n"


@pytest.mark.slow
def test_it_watches_statistics_and_latency(port):
    words = ["redis-cli", "-p", str(port), "-i", "0.01", "--stat"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # it goes on for ever
        shown = [process.stdout.readline() for _ in range(4)]
        process.kill()
    assert shown[1].split() == ["keys", "mem", "clients", "blocked", "requests", "connections"]
    assert shown[2].split()[0] == shown[3].split()[0] == "0"
    assert redis_cli(port, "--raw", "--latency", "-i", "0.01").split()  # min, max, mean, samples


def test_it_measures_latency_over_time_and_as_a_spectrum(port):
    shown = shown_by(port, "--latency-history", "-i", "0.05", until="seconds range")
    assert "min: " in shown and "samples" in shown
    assert "From 0 to 100%" in shown_by(port, "--latency-dist", "-i", "0.05", until="100%")


def test_it_shows_info_and_the_graph_of_latency_as_texts(port):
    watched = (
        "CONFIG SET latency-monitor-threshold 20\nDEBUG SLEEP 0.03\nCONFIG SET latency-monitor-threshold 0"
    )
    redis_cli(port, stdin=f"MULTI\n{watched}\nEXEC\n")  # so that no other command is slow
    assert redis_cli(port, "INFO", "replication").startswith("# Replication\nrole:master\n")
    graph = redis_cli(port, "LATENCY", "GRAPH", "command").splitlines()
    assert graph[0].startswith("command - high ") and graph[2:6] == [" ", " ", " ", "_"]
    assert "1. command: 1 latency spikes" in redis_cli(port, "LATENCY", "DOCTOR")
    assert redis_cli(port, "LATENCY", "HISTOGRAM", "debug").splitlines()[:3] == ["debug", "calls", "1"]


def test_it_authenticates(port):
    redis_cli(port, "CONFIG", "SET", "requirepass", "secret")
    try:
        assert redis_cli(port, "--no-raw", "PING") == "(error) NOAUTH Authentication required.\n"
        assert redis_cli(port, "-a", "secret", "--no-auth-warning", "PING") == "PONG\n"
        assert redis_cli(port, "-u", f"redis://default:secret@127.0.0.1:{port}", "PING") == "PONG\n"
    finally:
        redis_cli(port, "-a", "secret", "CONFIG", "SET", "requirepass", "")
