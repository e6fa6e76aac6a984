"""Starts the student's process, and ends it: after the checks, or when one of them takes too long."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any

from exercises.machinery.catalogue import REPOSITORY
from exercises.machinery.conversation import LiveServer
from exercises.machinery.outcome import format_timeout
from exercises.machinery.peer import Gone
from exercises.machinery.proxies import JudgeValues, StudentPeer
from exercises.machinery.shown import format_exception
from exercises.machinery.trial import NotYet

GRACE_S = 1.0  # in which the student's process may say where it was
LONGEST_OUTPUT = 100_000  # bytes


class StudentProcess:
    """The student's process.  A check may ask for an attribute of it by a parameter of the same name."""

    def __init__(self, seconds: float) -> None:
        self.process = StudentPeer(JudgeValues(), secrets.token_hex())  # what is in it: modules, objects
        self.yours: Any = None  # the module that the student writes
        self._bugs: Any = None  # the exceptions in the server that was made last
        self._seconds = seconds
        self._is_late = False
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._running: subprocess.Popen[bytes] | None = None
        self._alarm = threading.Timer(0, self.kill)

    def __enter__(self) -> "StudentProcess":
        return self

    def __exit__(self, *problem: object) -> None:
        self._alarm.cancel()
        self.kill()
        self._output.close()

    @property
    def server(self) -> LiveServer:
        """A server of the check's own."""
        return self.serve()

    def serve(self, **parameters: str) -> LiveServer:
        """A server of the check's own with parameters: serve(appendonly="yes")."""
        port, databases, self._bugs = self.process.request("serve", parameters)
        return LiveServer(port, databases, self._bugs)

    def start(self) -> StudentPeer:
        """Starts the process, and waits until it has connected."""
        self._set_alarm(self._seconds)
        path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "docs")])
        self._running = subprocess.Popen(
            [sys.executable, "-m", "exercises.machinery.student"],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        told = {"port": self.process.port, "token": self.process.token, "seconds": self._seconds}
        assert self._running.stdin is not None
        self._running.stdin.write(json.dumps(told).encode() + b"\n")
        self._running.stdin.flush()
        self.process.meet(self._is_running)
        return self.process

    def _is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def begin_check(self, seconds: float) -> None:
        """The clock begins anew."""
        self._set_alarm(seconds)
        self.process.raised.clear()
        self._bugs = None
        self.process.request("begin check", seconds)

    def raise_what_was_caught(self) -> None:
        """A check may fail in a function that the student's code calls, and to catch that does not help."""
        for problem in self.process.raised:
            if isinstance(problem, NotYet):
                raise problem

    def _set_alarm(self, seconds: float) -> None:
        self._alarm.cancel()
        self._alarm = threading.Timer(seconds + GRACE_S, self._end_late)
        self._alarm.daemon = True
        self._alarm.start()

    def _end_late(self) -> None:
        self._is_late = True
        self.kill()

    def kill(self) -> None:
        """Ends the process, and those that it has started."""
        if self._running is None:
            return
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.kill()
        self._running.wait()

    def printed(self) -> str:
        """What the student's code has printed in this check; "" if its process has ended."""
        try:
            return str(self.process.request("printed"))
        except (Exception, Gone):
            return ""

    def why(self, problem: BaseException, seconds: float) -> tuple[str, bool]:
        """What is wrong, in words, and whether it took too long."""
        if isinstance(problem, Gone):
            return self._why_it_ended(problem, seconds)
        bugs: list[str] = []
        with contextlib.suppress(Exception, Gone):
            bugs = [f"in the server:  {bug}" for bug in (self._bugs.formatted[-1:] if self._bugs else [])]
        return "\n".join([f"came      {format_exception(problem)}", *bugs]), False

    def _why_it_ended(self, problem: Gone, seconds: float) -> tuple[str, bool]:
        if self._running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(GRACE_S)  # it may be writing in which line it was
        self.kill()
        self._output.seek(0)
        output = self._output.read(LONGEST_OUTPUT).decode("utf-8", "replace")
        if self._is_late or "Timeout (" in output:
            return format_timeout(output, seconds), True
        return f"came      an end of its process: {output or problem}", False
