"""The client of the tests, and the two servers that it talks to: ours and the real one."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

from redis_clone import commands
from redis_clone.network import server as network_server
from redis_clone.network.server import Network
from redis_clone.protocol.inline import split_words
from redis_clone.protocol.pipelines import PipelineReader
from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream
from redis_clone.server.loading import load_append_only_file
from redis_clone.server.locking import execute, execute_pipeline
from redis_clone.server.state import Client as ServersClient
from redis_clone.server.state import Server

REPOSITORY = Path(__file__).parent.parent
PATIENCE = 100.0  # seconds; a test that waits longer than this has failed, on a slow and busy machine too
Address = Any  # what socket.connect takes: a path, or (host, port)


class Client:
    """One connection.  Call it with a line, or with the arguments one by one if they are binary:

    redis("SET greeting 'hello world'")
    redis("SET", b"key", b"\\x00")
    """

    def __init__(self, address: Address) -> None:
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.stream = Stream(self.socket.recv)

    def __call__(self, line: str, *arguments: bytes | str | int) -> Any:
        """The reply; an error is returned as a RedisError, not raised."""
        self.send(line, *arguments)
        return self.read()

    def send(self, line: str, *arguments: bytes | str | int) -> None:
        argv = split_words(line.encode()) if not arguments else [line, *arguments]
        self.send_bytes(encode_command([a if isinstance(a, bytes) else str(a).encode() for a in argv]))

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> Any:
        return read_reply(self.stream)

    def is_closed(self) -> bool:
        """Wait for the server to close the connection; False when it sends something instead."""
        try:
            return not self.stream.peek()
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()

    def leave(self) -> None:
        """Close, and return when the server has noticed, so it does not count this client any more."""
        with suppress(OSError):  # the server may have closed the connection already
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(1_000_000):
                pass
        self.socket.close()


class RecordedLock:
    """A lock that records in a list when it is taken and released."""

    def __init__(self, events):
        self._events = events
        self.is_held = False

    def __enter__(self):
        assert not self.is_held, "taken twice"
        self.is_held = True
        self._events.append("taken")

    def __exit__(self, *exception):
        self.is_held = False
        self._events.append("given back")


def run(client: ServersClient, line: str) -> bytes:
    """The reply to a command, without a socket."""
    return execute(client, line.encode().split())


def run_pipeline(client: ServersClient, lines: Iterable[list[bytes]]) -> bytes:
    """The replies to a pipeline, without a socket."""
    replies = bytearray()
    reader = PipelineReader(Stream(io.BytesIO(b"".join(map(encode_command, lines))).read))
    while pipeline := reader.next():
        while pipeline:
            execute_pipeline(client, pipeline, replies)
    return bytes(replies)


def wait_until(claim: Callable[[], Any]) -> Any:
    """Call `claim` again and again; returns its first true value."""
    deadline = time.monotonic() + PATIENCE
    while not (value := claim()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.002)
    return value


@contextmanager
def our_server(**parameters: str) -> Iterator[Address]:
    """Runs our server in this process, which saves nothing by default; yields its address."""
    network_server.POLL_SECONDS = 0.01  # for hundreds of servers end in the tests
    server = Server()
    defaults = {"port": "0", "save": "", "enable-debug-command": "yes"}
    server.config.set_all({**defaults, **parameters}, starting=True)
    commands.load()
    load_append_only_file(server)
    with Network(server) as network:
        network.begin_serving()
        yield ("127.0.0.1", server.port) if server.port else parameters["unixsocket"]


@contextmanager
def real_server(
    folder: Path, *words: str, config_file: str = "", is_ready: Callable[[Address], bool] | None = None
) -> Iterator[Address]:
    """Runs Debian's redis-server at a socket file in `folder`, without a port, so no other server has it."""
    path = str(folder / "real.sock")
    command = [
        "redis-server",
        *([config_file] if config_file else []),
        "--port",
        "0",
        "--unixsocket",
        path,
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    command += ["--enable-debug-command", "yes", *words]
    # A session of its own, so that a child that saves ends with it.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: (is_ready or serves)(path))
        yield path
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # because it notices a SIGTERM only within 100 ms
        process.wait()


@contextmanager
def started(
    *words: str, keeps_bytecode: bool = True, waits_for: str = "Ready to accept connections"
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Runs `python server.py` as a user starts it, at a free port; yields the process and its port.

    `waits_for` is in the line of its log after which it yields them.

    It has its own folder, and saves nothing by default.  `keeps_bytecode` is False for a server
    whose files will be limited in size: a compiled module that is cut short would fail all later programs.
    """
    command = [sys.executable, *([] if keeps_bytecode else ["-B"]), "server.py", *words]
    command += [] if "--port" in words else ["--port", "0"]
    command += [] if "--save" in words else ["--save", ""]
    command += [] if "--enable-debug-command" in words else ["--enable-debug-command", "yes"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command + ([] if "--dir" in words else ["--dir", folder]),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            port = 0
            for line in process.stdout:
                if "Running mode=" in line:
                    port = int(line.rstrip(".\n").rpartition("port=")[2])
                if waits_for in line:
                    yield process, port
                    break
            else:
                raise AssertionError("the server did not start")
        finally:
            process.kill()


# Marks a test of what only 7.2 does, because the installed redis-server may be a 7.0.
ours_alone = pytest.mark.parametrize("address", ["ours"], indirect=True)


def free_port() -> int:
    """A port that no program listens at now, for servers that cannot pick it themselves.

    It is below those that the system picks, so no new connection of another program takes it meanwhile.
    """
    while True:
        port = SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as taken, suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


asks_real_server = True  # False with --ours


def has_real_server() -> bool:
    """Whether the tests may ask the real server too."""
    return asks_real_server and shutil.which("redis-server") is not None


def serves(address: Address) -> bool:
    """Whether the server serves: it listens before it loads its users, data and functions."""
    answer = answer_of(address)
    return bool(answer) and not answer.startswith("LOADING")


def is_loading(address: Address) -> bool:
    return answer_of(address).startswith("LOADING")


def answer_of(address: Address) -> str:
    """What the server answers to PING; "" when nobody listens there."""
    try:
        client = Client(address)
        reply = str(client("PING"))
        client.close()
    except (OSError, EOFError):
        return ""
    return reply
