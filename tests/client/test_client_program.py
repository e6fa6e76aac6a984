"""`client.py` with a command or a pipe, beside the real redis-cli wherever the two should agree."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from client_harness import (
    OURS,
    PATIENCE,
    FakeServer,
    Outcome,
    RealServer,
    environment,
    has_redis_cli,
    run_ours,
    run_program,
    run_real,
)

Fake = Callable[..., FakeServer]

WIRE = [
    b"+OK\r\n",
    b'+a\xff"\r\n',
    b"-ERR x\r\n",
    b":5\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"_\r\n",
    b"#t\r\n",
    b"#f\r\n",
    b",1.5\r\n",
    b",inf\r\n",
    b"=9\r\ntxt:hello\r\n",
    b"$0\r\n\r\n",
    b"$256\r\n" + bytes(range(256)) + b"\r\n",
    b"*0\r\n",
    b"%0\r\n",
    b"~0\r\n",
    b"*1\r\n>0\r\n",
    b"*3\r\n:1\r\n*2\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n$-1\r\n",
    b"*12\r\n" + b":7\r\n" * 11 + b"*2\r\n:1\r\n:2\r\n",
    b'*2\r\n-ERR a\r\n+st"x\r\n',
    b"%2\r\n$1\r\na\r\n:1\r\n+b\r\n*2\r\n:1\r\n%1\r\n$1\r\nx\r\n~2\r\n:1\r\n:2\r\n",
    b"%2\r\n*2\r\n$1\r\nk\r\n$1\r\nl\r\n*0\r\n_\r\n%0\r\n",
    b"%1\r\n-ERR a\r\n,2\r\n",
    b"%2\r\n+a\r\n%1\r\n+b\r\n*1\r\n:1\r\n+c\r\n*1\r\n%1\r\n+d\r\n~2\r\n:1\r\n:2\r\n",
    b"*2\r\n*0\r\n*1\r\n*-1\r\n",
    b">2\r\n$1\r\na\r\n:1\r\n:9\r\n",
    b'>2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\nk\r\n$1\r\n"\r\n:9\r\n',
]


@has_redis_cli
def test_every_reply_looks_as_in_redis_cli(fake_server: Fake) -> None:
    server = fake_server(*WIRE)
    for form in ("--no-raw", "--raw", "--csv"):
        arguments = ["-p", server.port, form, "-r", str(len(WIRE)), "anything"]
        assert run_ours(*arguments) == run_real(*arguments), form


SCRIPT = rb"""
SET greeting "hello, \"world\"\x00\n"
GET greeting
set n 5
3 INCR n
0 INCR n
-1 INCR n
3
GET "never closed
nonsense a 'b c'
RPUSH list a b c d e f g h i j
LRANGE list 0 -1
HSET hash field value
HGETALL hash
SMEMBERS nothing
LRANGE nothing 0 -1
CONFIG GET maxmemory
COMMAND INFO GET
SELECT 3
SELECT 99
DBSIZE
MULTI
SET a 1
GET a
EXEC
MULTI
DISCARD
CLUSTER INFO
LATENCY DOCTOR
MEMORY DOCTOR
LATENCY GRAPH nothing
LOLWUT VERSION 1
OBJECT HELP
SUBSCRIBE
UNSUBSCRIBE
MONITOR x
clear
exit now
SET never sent
"""


@has_redis_cli
@pytest.mark.parametrize("options", ["", "--no-raw", "--csv", "-3 --no-raw", "-n 5 -e", "-n 99 -3"])
def test_lines_from_a_pipe_are_answered_as_by_redis_cli(server: RealServer, options: str) -> None:
    ours, real = by_both(server, "-s", server.path, *options.split(), stdin=SCRIPT)
    assert ours == real._replace(stdout=real.stdout.replace(b"redis-cli", b"client.py"))
    assert b"Invalid argument(s)" in ours.stdout


@has_redis_cli
def test_client_py_is_a_program_as_redis_cli_is(server: RealServer) -> None:
    arguments = ["-s", server.path, "-x", "SET", "k"]
    assert run_program(OURS, *arguments, stdin=b"a\x00") == run_real(*arguments, stdin=b"a\x00")
    assert run_program(OURS, "-s", server.path, "GET", "k").stdout == b"a\x00\n"
    assert run_program(OURS, "-s", server.path, stdin=b"GET none\nnonsense\n").code == 0


@has_redis_cli
@pytest.mark.parametrize(
    "arguments",
    [
        ["PING"],
        ["SET", "k", 'a "b\n'],
        ["GET", '"k'],
        ["nonsense"],
        ["-e", "nonsense"],
        ["-e", "-r", "3", "--csv", "nonsense"],
        ["-e", "--no-raw", "EVAL", "return {redis.error_reply('ERR inner')}", "0"],
        ["-r", "3", "-i", "0.01", "INCR", "n"],
        ["-r", "0", "INCR", "n"],
        ["-x", "SET", "k"],
        ["-x", "-r", "2", "ECHO"],
        ["-a", "wrong", "-n", "2", "PING"],
        ["--user", "nobody", "--pass", "wrong", "--no-auth-warning", "PING"],
        ["--user", "nobody", "PING"],
        ["5", "PING"],
        ["quit"],
        [""],
        ["--no-raw", "-3", "CONFIG", "GET", "maxmemory"],
        ["--no-raw", "UNSUBSCRIBE", "a"],
        ["SUBSCRIBE"],
        ["--foo"],
        ["-s"],
        ["-2", "-3"],
        ["--eval", "/nowhere.lua"],
        ["--eval"],
        ["-u", "http://localhost"],
    ],
    ids=" ".join,
)
def test_one_command_prints_and_exits_as_redis_cli_does(server: RealServer, arguments: list[str]) -> None:
    ours, real = by_both(server, "-s", server.path, *arguments, stdin=b"from stdin\n")
    assert ours == real


def by_both(server: RealServer, *arguments: str, stdin: bytes) -> list[Outcome]:
    """What our client does at an empty server, and what redis-cli does there."""
    outcomes = []
    for run in (run_ours, run_real):
        server.ask("FLUSHALL")
        outcomes.append(run(*arguments, stdin=stdin))
    return outcomes


@has_redis_cli
@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
def test_a_server_that_is_not_there_is_reported_as_by_redis_cli(fake_server: Fake) -> None:
    closed = fake_server()
    closed.stop()
    for place in (["-p", closed.port], ["-s", "/nowhere/redis.sock"]):
        for command, stdin in ((["PING"], b""), ([], b""), ([], b"PING\n"), ([], b"\nPING\nPING\n")):
            arguments = [*place, *command]
            assert run_ours(*arguments, stdin=stdin) == run_real(*arguments, stdin=stdin), (arguments, stdin)


def test_a_refused_connection_is_one_line_on_stderr_and_exit_code_1(fake_server: Fake) -> None:
    closed = fake_server()
    closed.stop()
    outcome = run_ours("-p", closed.port, "PING")
    assert (outcome.stdout, outcome.code) == (b"", 1)
    assert outcome.stderr.startswith(f"Could not connect to Redis at 127.0.0.1:{closed.port}: ".encode())


def test_peek_is_a_command_of_the_command_line_too(server: RealServer) -> None:
    server.ask("RPUSH list a b")
    outcome = run_ours("-s", server.path, "peek", "list")
    assert outcome.stdout.startswith(b"list of 2 elements, ") and outcome.stdout.endswith(b"\na\nb\n")


def test_a_connection_begins_with_password_then_database_then_protocol(fake_server: Fake) -> None:
    server = fake_server(*[b"+OK\r\n"] * 4)
    run_ours("-p", server.port, "-3", "-n", "4", "--user", "u", "GET", "k", REDISCLI_AUTH="pw")
    assert server.received == [[b"AUTH", b"u", b"pw"], [b"SELECT", b"4"], [b"HELLO", b"3"], [b"GET", b"k"]]


def test_a_password_on_the_command_line_is_warned_of(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b"+OK\r\n")
    assert run_ours("-p", server.port, "-a", "pw", "PING").stderr.startswith(b"Warning: ")
    assert run_ours("-p", server.port, "-a", "pw", "--no-auth-warning", "PING").stderr == b""
    assert run_ours("-p", server.port, "PING", REDISCLI_AUTH="pw").stderr == b""


def test_after_a_failed_password_the_command_is_sent_all_the_same(fake_server: Fake) -> None:
    server = fake_server(b"-ERR wrong\r\n", b"+PONG\r\n")
    outcome = run_ours("-p", server.port, "-n", "4", "PING", REDISCLI_AUTH="pw")
    assert outcome == (b"PONG\n", b"AUTH failed: ERR wrong\n", 0)


def test_a_server_that_hangs_up_is_an_error_except_after_shutdown(fake_server: Fake) -> None:
    server = fake_server(b"")
    assert run_ours("-p", server.port, "GET", "k") == (b"", b"Error: Server closed the connection\n", 1)
    assert run_ours("-p", server.port, "SHUTDOWN") == (b"", b"", 0)


def test_a_pipe_goes_on_with_a_new_connection_in_the_same_database(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b"+hi\r\n", b"")
    outcome = run_ours("-p", server.port, stdin=b"SELECT 3\nGET a\nGET b\nGET c\n")
    assert outcome == (b"OK\nhi\nhi\n", b"Error: Server closed the connection\n", 0)
    assert server.received[2:] == [[b"GET", b"b"], [b"SELECT", b"3"], [b"GET", b"c"]]


def test_bytes_that_are_no_resp_end_the_connection(fake_server: Fake) -> None:
    outcome = run_ours("-p", fake_server(b"HTTP/1.1 400\r\n").port, "PING")
    assert outcome.stderr.startswith(b"Error: Protocol error") and outcome.code == 1


def test_unsubscribe_waits_for_the_answer_of_each_channel(fake_server: Fake) -> None:
    one = b"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n"
    server = fake_server(one + one, b"+PONG\r\n")
    outcome = run_ours("-p", server.port, "--csv", stdin=b"UNSUBSCRIBE a b\nPING\n")
    assert outcome.stdout == b'"unsubscribe","a",0\n' * 2 + b'"PONG"\n'


@has_redis_cli
def test_messages_are_shown_until_the_server_says_no(fake_server: Fake) -> None:
    messages = b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + b'+1 [0 a] "x"\r\n' + b"-ERR enough\r\n"
    server = fake_server(messages)
    for form in ("--no-raw", "--raw", "--csv"):
        for command in (["SUBSCRIBE", "a"], ["PSUBSCRIBE", "a*"], ["MONITOR"]):
            arguments = ["-p", server.port, form, *command]
            assert run_ours(*arguments) == run_real(*arguments), arguments


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_a_subscription_at_once_and_without_a_word(fake_server: Fake) -> None:
    server = fake_server(b"+subscribed\r\n", b"")
    arguments = [*OURS, "-p", server.port, "SUBSCRIBE", "a"]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdout=pipe, stderr=pipe, env=environment()) as client:
        assert client.stdout is not None and client.stdout.readline() == b"subscribed\n"
        client.send_signal(signal.SIGINT)
        assert client.communicate(timeout=PATIENCE) == (b"", b"")
    assert client.returncode == -signal.SIGINT


@pytest.mark.skipif(sys.platform == "win32", reason="the end of a pipe is another error there")
def test_a_reader_that_leaves_gets_no_traceback(fake_server: Fake) -> None:
    server = fake_server(*[b"+OK\r\n"] * 3)
    read_end, write_end = os.pipe()
    os.close(read_end)
    arguments = [*OURS, "-p", server.port, "-r", "3", "PING"]
    with subprocess.Popen(arguments, stdout=write_end, stderr=subprocess.PIPE, env=environment()) as client:
        os.close(write_end)
        assert client.communicate(timeout=PATIENCE)[1] == b""
    assert client.returncode == 1
