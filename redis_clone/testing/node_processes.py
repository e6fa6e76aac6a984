"""A cluster whose nodes are processes of their own, as in earnest: so one can be killed by kill -9.

Each has a folder with its redis.conf, its files and its log.  A node that was killed may be started by
anybody, with its redis.conf: it is asked by its port, whoever has started it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream
from redis_clone.testing import forming
from redis_clone.testing.looking import Word
from redis_clone.testing.parameters import Value

PACKAGES = str(Path(__file__).parents[2])  # where a process finds redis_clone
REPLY_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05


class NodeProcess:
    """A server with cluster-enabled, in a process of its own."""

    host = "127.0.0.1"

    def __init__(self, port: int, folder: Path, parameters: Mapping[str, Value]) -> None:
        self.port = port
        self.folder = folder
        self.config_file = folder / "redis.conf"
        folder.mkdir(parents=True, exist_ok=True)
        if not self.config_file.exists():
            lines = {"port": port, "dir": f'"{folder}"', "logfile": "log", **parameters}
            self.config_file.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "redis_clone", str(self.config_file)],
            env={**os.environ, "PYTHONPATH": PACKAGES},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the program that has started it
        )
        self.pid = self._process.pid

    def execute(self, *words: Word) -> Any:
        """Run one command on a connection of its own; OSError or EOFError when the node does not answer."""
        with socket.create_connection((self.host, self.port), REPLY_SECONDS) as connection:
            connection.sendall(encode_command([str(word).encode() for word in words]))
            reply = read_reply(Stream(connection.recv))
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def answers(self) -> bool:
        """Whether the node serves; ValueError when the process has ended, because it could not start."""
        if self._process.poll() is not None and self._process.stderr is not None:
            log = self.folder / "log"
            said = self._process.stderr.read().decode().strip() or log.read_text().strip()
            raise ValueError(said.splitlines()[-1] if said else f"the node at port {self.port} has ended")
        try:
            return bool(self.execute("PING"))
        except (OSError, EOFError, RedisError):  # it does not listen yet, or loads
            return False

    def stop(self) -> None:
        """End the process that was started here, if it has not ended."""
        if self._process.poll() is None:
            if sys.platform != "win32":
                self._process.send_signal(signal.SIGCONT)  # a student may have stopped it
            self._process.terminate()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


class ProcessCluster:
    """A cluster of processes, from its creation to stop(); ValueError when it cannot start."""

    def __init__(
        self,
        masters: int,
        replicas: int,
        directory: str | None,
        parameters: Mapping[str, Value],
        first_port: int,
    ) -> None:
        self._is_kept = directory is not None
        self._folder = Path(directory or tempfile.mkdtemp(prefix="redis-cluster-")).absolute()
        self.nodes: list[NodeProcess] = []
        always: dict[str, Value] = {"cluster-enabled": "yes", "repl-diskless-sync-delay": 0, "save": '""'}
        with ExitStack() as undo:
            undo.callback(self.stop)
            for number in range(masters * (1 + replicas)):
                folder = self._folder / f"node-{number + 1}"
                self.nodes.append(NodeProcess(first_port + number, folder, {**always, **parameters}))
            self._form(masters)
            undo.pop_all()

    def _form(self, masters: int) -> None:
        _wait_until(lambda: all(node.answers() for node in self.nodes))
        if all(len(forming.lines(node)) == 1 for node in self.nodes):
            forming.distribute(self.nodes, masters)
            _wait_until(lambda: forming.have_met(self.nodes))
            forming.appoint(self.nodes, masters)
        _wait_until(lambda: all(forming.is_ok(node) for node in self.nodes))

    def __enter__(self) -> "ProcessCluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all processes that were started here; without a directory their files are gone."""
        for node in self.nodes:
            node.stop()
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)


def _wait_until(is_done: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + LONGEST_WAIT_SECONDS
    while not is_done():
        if time.monotonic() > ends_s:
            raise ValueError("the cluster does not come to stand")
        time.sleep(POLL_SECONDS)
