"""Mangled input, connection after connection: no crash, no traceback, no growth of memory.

Some hundred inputs in the ordinary run.  For a million, which takes about half an hour:

    python -m pytest tests/stress/test_mangled_input.py --examples 1000000 -s
"""

import contextlib
import socket
import sys
import threading
import time
from random import Random

import pytest
from harness import Client, started, wait_until
from mangled_input import harmless_command, mangled_input
from usage import megabytes, threads_and_files

DEFAULT_EXAMPLES = {False: 600, True: 2_000}  # True: with --slow
USUAL_COMPARISONS = 500
ROUND = 300  # inputs between two checks of the server
HARMLESS = (
    "--proto-max-bulk-len", "1mb", "--client-query-buffer-limit", "10mb", "--maxmemory", "50mb",
    "--maxmemory-policy", "allkeys-random", "--lua-time-limit", "100",
)  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read from /proc")


@pytest.fixture
def server():
    """`python server.py`: its process, its address, and the lines that it logs."""
    with started(*HARMLESS) as (process, port):
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
        reader.start()
        yield process, ("127.0.0.1", port), lines
        process.kill()
        reader.join()


def conversation(address, data):
    """The reply to some bytes and the end of the stream."""
    client = Client(address)
    with client.socket as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    return bytes(answer)


@pytest.mark.parametrize("seed", [7, pytest.param(8, marks=pytest.mark.slow)])
def test_no_input_ends_the_server_or_makes_it_grow(server, request, seed):
    process, address, lines = server
    examples = request.config.getoption("--examples") or DEFAULT_EXAMPLES[request.config.getoption("--slow")]
    random = Random(seed)
    watching = Client(address)
    assert watching("PING") == "PONG"
    begun, few, small = time.monotonic(), threads_and_files(process), None
    for number in range(1, examples + 1):
        data = mangled_input(random)
        answer = conversation(address, data)
        assert b"internal error" not in answer and process.poll() is None, f"input {number}: {data!r}"
        if number % ROUND == 0:
            wait_until(lambda: threads_and_files(process) == few)  # all other connections have ended
            assert watching("FLUSHALL SYNC") == watching("SCRIPT FLUSH") == watching("FUNCTION FLUSH") == "OK"
            size = megabytes(process)
            print(f"\n    {number} inputs, {time.monotonic() - begun:.0f} s, {size} MB", end="", flush=True)
            small = small or size
            assert size < small + 100, "memory grows"
    assert watching("PING") == "PONG"
    faults = [line for line in lines if "Error while" in line or "Error in" in line or "Traceback" in line]
    assert faults == []


def test_mangled_input_is_answered_as_redis_answers_it(our_address, real_address, request):
    random = Random(1)
    for address in (our_address, real_address):
        client = Client(address)
        client("FLUSHALL")
        client.leave()
    for _ in range(request.config.getoption("--examples") or USUAL_COMPARISONS):
        data = mangled_input(random, harmless_command)
        # C ends a quoted text at a zero byte, and HELLO shows the version.
        data = data.replace(b"\0", b"0").replace(b"HELLO", b"PING")
        ours, real = (conversation(address, data) for address in (our_address, real_address))
        assert ours == real, f"to {data!r}"
