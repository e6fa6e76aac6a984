"""The modes that are no conversation, beside the real redis-cli."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from client_harness import (
    OURS,
    PATIENCE,
    FakeServer,
    RealServer,
    environment,
    has_redis_cli,
    run_ours,
    run_program,
    run_real,
)

Fake = Callable[..., FakeServer]


@has_redis_cli
def test_the_keyspace_is_listed_as_by_redis_cli(server: RealServer) -> None:
    server.ask('MSET user:1 Ada user:2 Grace counter 7 "with \\"quotes\\" \\xff" v')
    for options in (
        "",
        "--no-raw",
        "--csv",
        "--pattern user:*",
        "--pattern nothing*",
        "-n 3",
        "-n 99",
        "--no-auth-warning -a wrong",
    ):
        arguments = ["-s", server.path, *options.split(), "--scan"]
        assert run_ours(*arguments) == run_real(*arguments), options


@has_redis_cli
def test_a_server_that_refuses_a_scan_is_quoted(fake_server: Fake) -> None:
    server = fake_server(b"-NOAUTH Authentication required.\r\n")
    assert run_ours("-p", server.port, "--scan") == run_real("-p", server.port, "--scan")


def test_a_server_that_hangs_up_during_a_mode_or_its_greeting_is_reported(fake_server: Fake) -> None:
    for greeting in ([], ["-n", "2"]):
        outcome = run_ours("-p", fake_server().port, *greeting, "--scan")
        assert outcome == (b"", b"Error: Server closed the connection\n", 1), greeting


def test_the_count_of_a_scan_is_passed_on(fake_server: Fake) -> None:
    server = fake_server(b"*2\r\n$1\r\n5\r\n*1\r\n$1\r\na\r\n", b"*2\r\n$1\r\n0\r\n*0\r\n")
    assert run_ours("-p", server.port, "--scan", "--pattern", "a*", "--count", "7").stdout == b"a\n"
    first = [b"SCAN", b"0", b"MATCH", b"a*", b"COUNT", b"7"]
    assert server.received == [first, [b"SCAN", b"5", *first[2:]]]


@has_redis_cli
def test_pipe_sends_stdin_and_counts_the_replies(server: RealServer) -> None:
    for stdin in (
        b"",
        b"SET a 1\r\nINCR a\r\nLPUSH a x\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        b"SET a 1",  # without the end of its line
        b"PING\r\n" * 2000,
        b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$200000\r\n" + b"x" * 200_000 + b"\r\n",
        b"nonsense\r\n\r\nPING\r\n",
    ):
        arguments = ["-s", server.path, "--pipe"]
        assert run_ours(*arguments, stdin=stdin) == run_real(*arguments, stdin=stdin), stdin[:50]


def test_pipe_gives_up_when_no_reply_comes(fake_server: Fake) -> None:
    server = fake_server(b"", *[b""] * 3)
    arguments = ["-p", server.port, "--pipe", "--pipe-timeout", "0.1"]
    outcome = run_program(OURS, *arguments, stdin=b"BLPOP k 0\r\n")  # a thread of it still waits for a reply
    assert outcome.code == 1 and outcome.stderr == b"No replies for 0.1 seconds: exiting.\n"


def test_pipe_reports_a_server_that_hangs_up(fake_server: Fake) -> None:
    outcome = run_ours("-p", fake_server(b"-ERR Protocol error\r\n").port, "--pipe", stdin=b"PING\r\n")
    assert outcome.stderr == b"ERR Protocol error\nError: Server closed the connection\n"
    assert outcome.code == 1


SCRIPTS = {
    "all.lua": "return {KEYS, ARGV, redis.call('ping')}",
    "error.lua": "return redis.error_reply('MY way')",
    "broken.lua": "return (",
}


@has_redis_cli
def test_eval_runs_the_script_in_a_file(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, script in SCRIPTS.items():
        (tmp_path / name).write_text(script)
    for arguments in (
        "--eval all.lua",
        "--no-raw --eval all.lua k1 k2 , a1 , a2",
        "--eval all.lua k1 ,a1",
        "-r 2 --eval all.lua , -n 1",
        "--eval error.lua",
        "-e --eval error.lua",
        "-e --eval broken.lua",
        "--eval none.lua",
    ):
        words = ["-s", server.path, *arguments.split()]
        assert run_ours(*words) == run_real(*words), arguments


def test_a_mode_without_its_server_ends_with_1(fake_server: Fake) -> None:
    closed = fake_server()
    closed.stop()
    for mode in ("--scan", "--pipe"):
        outcome = run_ours("-p", closed.port, mode)
        assert outcome.code == 1 and outcome.stderr.startswith(b"Could not connect to Redis at "), mode


def test_a_password_can_be_asked_for(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b"+PONG\r\n")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*OURS, "-p", server.port, "-a", "other", "--askpass", "PING"],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env=environment(),
        start_new_session=sys.platform != "win32",  # away from the terminal of whoever runs the tests
    ) as client:
        output, _ = client.communicate(b"secret" + os.linesep.encode(), PATIENCE)
    assert server.received[0] == [b"AUTH", b"secret"]
    assert output == b"PONG\n"
