"""The small servers of the course, started as a reader starts them, and not as the sessions do."""

import random
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from argument_grammar import make
from course import STEPS
from harness import Client, free_port, has_real_server, our_server, real_server

from redis_clone import commands
from redis_clone.command_table.registry import TABLE
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command

commands.load()
SERVERS = sorted([*STEPS.glob("09_*.py"), *STEPS.glob("1[01]_*.py")])
WITH_REAL_COMMANDS = sorted(STEPS.glob("09_*.py"))
SLOW = {"PFSELFTEST"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there two may share a port, or the message is another")
@pytest.mark.parametrize("step", SERVERS, ids=lambda step: step.stem)
def test_a_step_says_in_one_line_that_it_needs_a_port_or_that_its_port_is_taken(step):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert _outcome(step) == (1, f"At which port? python {step} 7000\n")
        code, shown = _outcome(step, port)
        assert code == 1 and "Address already in use" in shown and shown.count("\n") == 1


def _outcome(step, *arguments):
    command = [sys.executable, str(step), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def running(request):
    """A client of a step that runs; the step must print no error."""
    command = [sys.executable, str(request.param), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            client = Client(("127.0.0.1", int(re.search(r"port (\d+)", process.stdout.readline())[1])))
            yield client
            client.close()
        finally:
            process.kill()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("running", WITH_REAL_COMMANDS, ids=lambda step: step.stem, indirect=True)
def test_a_step_answers_whatever_it_is_sent(running):
    """The commands are made from their manual pages; a command that a step lacks is an unknown command."""
    choose = random.Random(1).choice
    known = [command for command in TABLE.values() if command.page.syntax and command.name not in SLOW]
    too_small = set()
    for command in known * 3:
        argv = make(choose, command)
        running.send_bytes(encode_command(argv))
        reply = running.read()
        if isinstance(reply, RedisError) and "too small" in str(reply):
            too_small.add(command.name)
    assert not too_small - {"SET", "SETEX", "PSETEX", "GETEX"}, "chapter 4 tells of these"


@pytest.mark.slow
@pytest.mark.parametrize("master", ["ours", "real"])
def test_the_replica_that_keeps_nothing_prints_and_acknowledges_the_stream(master, tmp_path):
    if master == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    with _server(master, tmp_path) as address:
        command = [sys.executable, str(STEPS / "19_replica.py"), str(address[1])]
        redis = Client(address)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                lines = iter(process.stdout.readline, "")
                assert any(line.startswith("the file: ") for line in lines)
                redis("SET fruit plum")
                assert redis("WAIT 1 20000") == 1
                assert any(line.endswith("SET fruit plum\n") for line in lines)
            finally:
                process.kill()
        redis.close()


@contextmanager
def _server(kind, folder):
    if kind == "ours":
        with our_server(dir=str(folder), **{"repl-diskless-sync-delay": "0"}) as address:
            yield address
    else:
        port = free_port()
        with real_server(folder, "--repl-diskless-sync-delay", "0", "--port", str(port)):
            yield "127.0.0.1", port
