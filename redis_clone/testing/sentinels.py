"""The real redis-sentinel, in processes of its own, which watches a server of this process.

It must be installed: this project has none.  Its time is the system's, which no `advance` moves.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream
from redis_clone.testing.running import RunningServer

PROGRAM = "redis-sentinel"
HOST = "127.0.0.1"
REPLY_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
CONFIG = """\
port {port}
dir "{folder}"
sentinel monitor {name} {host} {master_port} {quorum}
sentinel down-after-milliseconds {name} {down_after_ms}
sentinel failover-timeout {name} {failover_ms}
"""


class RunningSentinels:
    """Sentinels that watch one master, from their creation to stop()."""

    def __init__(self, master: RunningServer, count: int, name: str, down_after_ms: int) -> None:
        if shutil.which(PROGRAM) is None:
            raise RuntimeError(f"{PROGRAM} is not installed")
        if count < 1:
            raise ValueError(f"count={count}: at least one must watch")
        self.name = name
        self._folder = Path(tempfile.mkdtemp(prefix="redis-sentinels-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ports = _free_ports(count)
        about = {"host": master.host, "master_port": master.port, "quorum": count // 2 + 1, "name": name}
        about |= {"down_after_ms": down_after_ms, "failover_ms": 10 * down_after_ms}
        with ExitStack() as undo:
            undo.callback(self.stop)
            for port in self._ports:
                self._start(port, about)
            self._wait_until(lambda port: self._field(port, "num-other-sentinels") == count - 1)
            undo.pop_all()

    def _start(self, port: int, about: dict[str, object]) -> None:
        (folder := self._folder / str(port)).mkdir()
        config_file = folder / "sentinel.conf"
        config_file.write_text(CONFIG.format(port=port, folder=folder, **about))
        self._processes.append(subprocess.Popen([PROGRAM, str(config_file)], stdout=subprocess.DEVNULL))

    def __enter__(self) -> "RunningSentinels":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all of them; nothing is left."""
        for process in self._processes:
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    # What they know.

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where they listen, for a client that asks them: redis.sentinel.Sentinel(addresses)."""
        return [(HOST, port) for port in self._ports]

    def master_address(self) -> tuple[str, int]:
        """The host and the port of the master, as the first of them tells clients."""
        return self._master_address(self._ports[0])

    def wait_for_replicas(self, count: int) -> None:
        """Wait until all of them know so many replicas, which takes them some seconds; TimeoutError."""
        self._wait_until(lambda port: self._field(port, "num-slaves") == count)

    def wait_for_master(self, server: RunningServer) -> None:
        """Wait until all of them call this server the master; TimeoutError."""
        self._wait_until(lambda port: self._master_address(port) == (server.host, server.port))

    def _wait_until(self, is_done: Callable[[int], bool]) -> None:
        """Wait until something is true of each, by its port."""
        ends_s = time.monotonic() + LONGEST_WAIT_SECONDS
        for port in self._ports:
            while not is_done(port):
                if time.monotonic() > ends_s:
                    raise TimeoutError(f"the Sentinel at port {port} says: {self._about_master(port)}")
                time.sleep(POLL_SECONDS)

    def _master_address(self, port: int) -> tuple[str, int]:
        host, master_port = _ask(port, b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", self.name.encode())
        return host.decode(), int(master_port)

    def _field(self, port: int, name: str) -> int:
        return int(self._about_master(port).get(name.encode(), -1))

    def _about_master(self, port: int) -> dict[bytes, bytes]:
        """SENTINEL MASTER as a dict; an empty one while the program is starting."""
        try:
            words = _ask(port, b"SENTINEL", b"MASTER", self.name.encode())
        except OSError:
            return {}
        return dict(zip(words[::2], words[1::2], strict=True))


def _ask(port: int, *words: bytes) -> Any:
    with socket.create_connection((HOST, port), REPLY_SECONDS) as connection:
        connection.sendall(encode_command(words))
        return read_reply(Stream(connection.recv))


def _free_ports(count: int) -> list[int]:
    """Ports that nobody has now; a Sentinel does not choose one itself."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
