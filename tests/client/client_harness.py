"""What the tests of the client stand on: both programs, a real server, and a fake one with a script.

run_ours() runs client.py within the process of the tests: that takes milliseconds, where a new process takes
a tenth of a second.  A test of what needs a process or a terminal (signals, readline) starts one.
"""

import contextlib
import io
import os
import queue
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from harness import PATIENCE, Client

from redis_clone.client.main import main
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

ROOT = Path(__file__).resolve().parents[2]
OURS = [sys.executable, str(ROOT / "client.py")]
REAL = ["redis-cli"]
# What both add to a reply that took half a second or more: on a busy machine any may take as long.
TOOK = re.compile(r"^\(\d+\.\d\ds\)\r?\n", re.MULTILINE)
has_redis_cli = pytest.mark.skipif(not shutil.which("redis-cli"), reason="no redis-cli to compare with")


class Outcome(NamedTuple):
    stdout: bytes
    stderr: bytes
    code: int


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "REDISCLI_AUTH"}
    return {**kept, "PYTHONUTF8": "1", **more}


def run_program(program: list[str], *arguments: str, stdin: bytes = b"", **variables: str) -> Outcome:
    """Run a program to its end, as from a shell with both outputs in pipes."""
    done = subprocess.run(
        [*program, *arguments],
        check=False,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        env=environment(**variables),
    )
    return Outcome(_without_times(done.stdout), done.stderr.replace(b"\r\n", b"\n"), done.returncode)


def run_real(*arguments: str, stdin: bytes = b"") -> Outcome:
    return run_program(REAL, *arguments, stdin=stdin)


def run_ours(*arguments: str, stdin: bytes = b"", **variables: str) -> Outcome:
    """Run client.py within this process, with files in the place of its stdin and of both its outputs."""
    outputs = io.BytesIO(), io.BytesIO()
    stdout, stderr = (io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="\n") for file in outputs)
    with tempfile.TemporaryFile() as typed, _own_signals_and_timeout():
        typed.write(stdin)
        typed.seek(0)
        files = mock.patch.multiple(sys, stdin=io.TextIOWrapper(typed, "utf-8"), stdout=stdout, stderr=stderr)
        with files, mock.patch.dict(os.environ, environment(**variables), clear=True):
            code = main(arguments)
            stdout.flush()
            stderr.flush()
    return Outcome(_without_times(outputs[0].getvalue()), outputs[1].getvalue(), code)


Run = Callable[..., Outcome]


@contextlib.contextmanager
def _own_signals_and_timeout() -> Iterator[None]:
    """Put back the handler of Ctrl-C, which the client changes; nothing it waits for takes for ever."""
    handler, timeout = signal.getsignal(signal.SIGINT), socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout)
        signal.signal(signal.SIGINT, handler)


def _without_times(shown: bytes) -> bytes:
    """What was shown, with plain ends of line and without the times of slow replies."""
    return TOOK.sub("", shown.decode("latin-1")).replace("\r\n", "\n").encode("latin-1")


class FakeServer(socketserver.ThreadingTCPServer):
    """Answers the nth command of each connection with the nth of `replies`, then hangs up."""

    def __init__(self, replies: tuple[bytes, ...]) -> None:
        super().__init__(("127.0.0.1", 0), FakeConnection)
        self.replies = replies
        self.received: list[list[bytes]] = []
        self.news: queue.Queue[list[bytes]] = queue.Queue()  # the same, for a test that has to wait
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def port(self) -> str:
        return str(self.server_address[1])

    def stop(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class FakeConnection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, FakeServer)
        stream = Stream(self.request.recv)
        for reply in self.server.replies:
            command = read_command(stream)
            if command is None:
                return
            self.server.received.append(command)
            self.server.news.put(command)
            self.request.sendall(reply)


class RealServer:
    """A redis-server on a Unix socket of its own, which a test may also stop and start."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = [
            "--port",
            "0",
            "--unixsocket",
            self.path,
            "--save",
            "",
            "--dir",
            str(Path(self.path).parent),
        ]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if b"ready to accept connections" in line.lower():
                return
        raise AssertionError("redis-server has not started")

    def ask(self, line: str) -> object:
        """One command on a connection of its own, as another client may send it."""
        client = Client(self.path)
        reply: object = client(line)
        client.close()
        return reply

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.communicate(timeout=PATIENCE)
        self.process = None
