"""The student's server: started by its command, stopped, and killed.

The command has {port} where the port belongs, and {folder} where the folder belongs in which the server
keeps its files.  Each Subject has a port and an empty folder of its own.
"""

import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from exercises.judge.failure import StageFailed
from exercises.judge.values import Failure
from exercises.judge.wire import Connection, Record

START_SECONDS = 20.0
STOP_SECONDS = 10.0
ENDING_SECONDS = 0.2  # for a server that crashes: its connections end a little earlier
LAST_LINES = 6  # of what the server printed


class Subject:
    """A server that can be started again and again, at one port and with one folder."""

    def __init__(self, command: str, record: Record) -> None:
        self.command = command
        self._record = record
        self._temporary = tempfile.TemporaryDirectory(prefix="stage-")
        self.folder = Path(self._temporary.name) / "data"
        self.folder.mkdir()
        self.address = ("127.0.0.1", _free_port())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> None:
        """Run the command with these words behind it, and wait until it answers; stop it first if it runs."""
        self.stop()
        line = self.command.replace("{port}", str(self.address[1])).replace("{folder}", str(self.folder))
        self._record.add("judge", ">", f"starts the server {' '.join(words)}")
        try:
            with open(self._log, "wb") as log:
                self._process = subprocess.Popen(
                    [*shlex.split(line), *words], stdout=log, stderr=log, start_new_session=True
                )
        except OSError as problem:
            raise self._record.failed(f"came       {problem}", f"ran        {line}") from None
        self._wait_until_it_answers(line)

    def _wait_until_it_answers(self, line: str) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if (status := self._process.poll()) is not None:
                raise self._failed(f"your server ended at once, with the exit status {status}", line)
            if time.monotonic() > deadline:
                raise self._failed(f"your server does not answer PING after {START_SECONDS:g} seconds", line)
            time.sleep(0.01)

    def _answers(self) -> bool:
        with suppress(StageFailed):
            connection = Connection.to(self.address, Record(), "judge", 1.0)
            try:
                reply = connection("PING")
            finally:
                connection.close()
            return not (isinstance(reply, Failure) and reply.startswith("LOADING"))
        return False

    def _failed(self, what: str, line: str) -> StageFailed:
        return self._record.failed(f"came       {what}", f"ran        {line}", "printed", *self._printed())

    def post_mortem(self) -> str:
        """What is to be said of a server that has ended by itself; "" while it runs, or was stopped."""
        if self._process is None:
            return ""
        try:
            status = self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return ""
        return "\n".join(
            ["", f"your server ended, with the exit status {status}", "printed", *self._printed()]
        )

    def _printed(self) -> list[str]:
        return self._log.read_bytes().decode("utf-8", "replace").splitlines()[-LAST_LINES:]

    @property
    def _log(self) -> Path:
        return self.folder.parent / "printed.txt"

    def stop(self) -> None:
        """Ask the server to end, as Ctrl-C's stronger sister SIGTERM does, and wait until it has."""
        self._end(at_once=False)

    def kill(self) -> None:
        """End the server at once: kill -9."""
        if self._process is not None:
            self._record.add("judge", ">", "kills the server (kill -9)")
        self._end(at_once=True)

    def _end(self, at_once: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _send_end(process, at_once)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _send_end(process, at_once=True)
            process.wait()

    def close(self) -> None:
        """Kill the server, and remove its folder."""
        self._end(at_once=True)
        self._temporary.cleanup()


def _send_end(process: "subprocess.Popen[bytes]", at_once: bool) -> None:
    """To the server, and to all that it has started."""
    if sys.platform == "win32":
        process.kill() if at_once else process.terminate()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)


def _free_port() -> int:
    """A port that nobody listens at now, and below those that the system picks for new connections.

    The port 10,000 above it is free too, for a cluster's bus.
    """
    while True:
        port = random.SystemRandom().randrange(12_000, 22_000)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 10_000))
            return port
