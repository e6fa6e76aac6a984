"""The modes that are no conversation, beside the real redis-cli."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from client_harness import (
    OURS,
    PATIENCE,
    REAL,
    FakeServer,
    Outcome,
    RealServer,
    environment,
    has_redis_cli,
    run,
)

from redis_clone.client.command_line import parse
from redis_clone.client.main import run_mode
from redis_clone.client.modes.rolling_stat import stat_line

Fake = Callable[..., FakeServer]

KEYS = [
    'MSET user:1 Ada user:2 Grace counter 7 "with \\"quotes\\" \\xff" v',
    "RPUSH list a b c",
    "SADD set a b",
    "HSET hash a 1 b 2 c 3 d 4",
    "ZADD sorted 1 a",
    "XADD stream 1-1 f v",
]


def fill(server: RealServer) -> None:
    """Keys of each type, in an order that stays.

    The real server moves them to a larger table meanwhile, a few at each look, and its SCAN goes by tables.
    """
    for line in KEYS:
        server.ask(line)
    server.ask("EXISTS" + " counter" * 200)


@pytest.fixture
def both(server: RealServer, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., list[Outcome]]:
    """Leads the life that the options ask for, in this process, and then as redis-cli: two outcomes."""

    def lead(*options: str) -> list[Outcome]:
        arguments = ["-s", server.path, *options]
        code = run_mode(parse(arguments, to_terminal=False))
        return [Outcome(*capfdbinary.readouterr(), code), run(REAL, *arguments)]

    return lead


Both = Callable[..., list[Outcome]]


def in_any_order(outcome: Outcome) -> Outcome:
    """The real client keeps the types in a hash table, and a found key's percentage is the same in both."""
    return outcome._replace(stdout=b"\n".join(sorted(outcome.stdout.splitlines())))


SCANS = [
    "--scan",
    "--scan --no-raw",
    "--scan --csv",
    "--scan --pattern user:*",
    "--scan --quoted-pattern 'user:*'",
    "--scan --pattern nothing*",
    "--scan -n 3",
    "--scan -n 99",
    "--scan --no-auth-warning -a wrong",
]
SURVEYS = [
    "--bigkeys",
    "--bigkeys --pattern user:*",
    "--bigkeys -n 3",
    "--memkeys",
    "--memkeys-samples 1",
    "--hotkeys",
]


@has_redis_cli
def test_the_keyspace_is_listed_and_surveyed_as_by_redis_cli(server: RealServer, both: Both) -> None:
    fill(server)
    outcomes = {options: list(map(in_any_order, both(*options.split()))) for options in SCANS + SURVEYS}
    assert {options: ours for options, (ours, _) in outcomes.items()} == {
        options: real for options, (_, real) in outcomes.items()
    }


@has_redis_cli
def test_hot_keys_are_counted_under_an_lfu_policy(server: RealServer, both: Both) -> None:
    server.ask("CONFIG SET maxmemory-policy allkeys-lfu lfu-decay-time 0")
    try:
        fill(server)
        for _ in range(200):
            server.ask("GET counter")
        ours, real = both("--hotkeys")
    finally:
        server.ask("CONFIG SET maxmemory-policy noeviction")
    assert in_any_order(ours) == in_any_order(real)
    hottest = ours.stdout.partition(b"keys in the keyspace!\n")[2].splitlines()[0]
    assert hottest.endswith(b'keyname: "counter"')


@has_redis_cli
def test_a_server_that_refuses_a_mode_is_quoted(
    fake_server: Fake, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for mode in ("--scan", "--bigkeys", "--memkeys", "--hotkeys", "--stat"):
        server = fake_server(b"-NOAUTH Authentication required.\r\n")
        code = run_mode(parse(["-p", server.port, mode], to_terminal=False))
        assert Outcome(*capfdbinary.readouterr(), code) == run(REAL, "-p", server.port, mode), mode


def test_the_count_of_a_scan_is_passed_on(fake_server: Fake) -> None:
    server = fake_server(b"*2\r\n$1\r\n5\r\n*1\r\n$1\r\na\r\n", b"*2\r\n$1\r\n0\r\n*0\r\n")
    assert run(OURS, "-p", server.port, "--scan", "--pattern", "a*", "--count", "7").stdout == b"a\n"
    first = [b"SCAN", b"0", b"MATCH", b"a*", b"COUNT", b"7"]
    assert server.received == [first, [b"SCAN", b"5", *first[2:]]]


def test_a_key_that_goes_away_or_changes_in_the_survey_is_no_trouble(fake_server: Fake) -> None:
    scanned = b"*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"
    server = fake_server(b":2\r\n", scanned, b"+none\r\n", b"+list\r\n", b"-WRONGTYPE x\r\n")
    outcome = run(OURS, "-p", server.port, "--bigkeys")
    assert outcome.stderr == b"Warning:  LLEN on '\"b\"' failed: WRONGTYPE x\n"
    assert b"1 lists with 0 items" in outcome.stdout and outcome.code == 0


@has_redis_cli
@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"SET a 1\r\nINCR a\r\nLPUSH a x\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        b"SET a 1",
        b"PING\r\n" * 2000,
        b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$200000\r\n" + b"x" * 200_000 + b"\r\n",
        b"nonsense\r\n\r\nPING\r\n",
    ],
    ids=["nothing", "four", "no end of line", "many", "large", "nonsense"],
)
def test_pipe_sends_stdin_and_counts_the_replies(server: RealServer, stdin: bytes) -> None:
    ours, real = (run(program, "-s", server.path, "--pipe", stdin=stdin) for program in (OURS, REAL))
    assert ours == real


def test_pipe_gives_up_when_no_reply_comes(fake_server: Fake) -> None:
    server = fake_server(b"", *[b""] * 3)
    outcome = run(OURS, "-p", server.port, "--pipe", "--pipe-timeout", "0.1", stdin=b"BLPOP k 0\r\n")
    assert outcome.code == 1 and outcome.stderr == b"No replies for 0.1 seconds: exiting.\n"


def test_pipe_tells_when_the_server_hangs_up(fake_server: Fake) -> None:
    outcome = run(OURS, "-p", fake_server(b"-ERR Protocol error\r\n").port, "--pipe", stdin=b"PING\r\n")
    assert outcome.stderr == b"ERR Protocol error\nError: Server closed the connection\n"
    assert outcome.code == 1


SCRIPTS = {
    "all.lua": "return {KEYS, ARGV, redis.call('ping')}",
    "error.lua": "return redis.error_reply('MY way')",
    "broken.lua": "return (",
}


@has_redis_cli
@pytest.mark.parametrize(
    "arguments",
    [
        "--eval all.lua",
        "--no-raw --eval all.lua k1 k2 , a1 , a2",
        "--eval all.lua k1 ,a1",
        "-r 2 --eval all.lua , -n 1",
        "--eval error.lua",
        "-e --eval error.lua",
        "-e --eval broken.lua",
        "--eval none.lua",
    ],
)
def test_eval_runs_the_script_in_a_file(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, script in SCRIPTS.items():
        (tmp_path / name).write_text(script)
    ours, real = (run(program, "-s", server.path, *arguments.split()) for program in (OURS, REAL))
    assert ours == real


@has_redis_cli
@pytest.mark.parametrize("form", ["--raw", "--csv", "--json"])
def test_latency_is_told_once_to_a_pipe(both: Both, form: str) -> None:
    ours, real = both(form, "--latency", "-i", "0.05")
    assert without_numbers(ours.stdout) == without_numbers(real.stdout)
    assert ours.code == real.code == 0


def without_numbers(text: bytes) -> bytes:
    return re.sub(rb"[0-9.]+", b"N", text)


def lines_until(program: list[str], count: int, *arguments: str) -> list[str]:
    """The first lines of a program that would go on for ever."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*program, *arguments], stdout=pipe, env=environment()) as endless:
        assert endless.stdout is not None
        try:
            return [endless.stdout.readline().decode() for _ in range(count)]
        finally:
            endless.kill()


@has_redis_cli
def test_stat_has_the_columns_of_redis_cli(server: RealServer) -> None:
    fill(server)
    ours, real = (lines_until(p, 3, "-s", server.path, "--stat", "-i", "0.01") for p in (OURS, REAL))
    assert ours[:2] == real[:2]
    starts = [[found.start() for found in re.finditer(r"\S+", each[2])] for each in (ours, real)]
    assert starts[0] == starts[1]


def test_stat_names_the_children_at_work() -> None:
    assert stat_line({"rdb_bgsave_in_progress": "1", "aof_rewrite_in_progress": "1"}, 0).endswith("SAVE+AOF")
    assert stat_line({"loading": "1"}, 0).endswith("LOAD")


def test_latency_history_begins_anew_after_each_range(server: RealServer) -> None:
    lines = lines_until(OURS, 3, "-s", server.path, "--latency-history", "--raw", "-i", "0.001")
    assert [bool(re.fullmatch(r" -- \d+\.\d\d seconds range\n", line)) for line in lines].count(True) >= 1
    assert all(re.fullmatch(r"\d+ \d+ \d+\.\d\d \d+\n| -- \d+\.\d\d seconds range\n", line) for line in lines)


@pytest.mark.parametrize("mode", ["--scan", "--bigkeys", "--hotkeys", "--stat", "--latency", "--pipe"])
def test_a_mode_without_its_server_ends_with_1(
    fake_server: Fake, capfdbinary: pytest.CaptureFixture[bytes], mode: str
) -> None:
    closed = fake_server()
    closed.stop()
    assert run_mode(parse(["-p", closed.port, mode])) == 1
    assert capfdbinary.readouterr().err.startswith(b"Could not connect to Redis at ")


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
