"""Runs programs in terminals of their own, and collects what they show as it comes."""

import codecs
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from course import REPOSITORY

PATIENCE = 100.0  # seconds, on a slow and busy machine too
PROMPT = re.compile(r"^(?:not connected|[\w.:]+)(?P<state>(\[\d+\])?(\(TX\))?)> ", re.MULTILINE)
TOOK = re.compile(r"\(\d+\.\d\ds\)")  # a line that redis-cli and our client add when a reply took long
STAMP = re.compile(r"^\d+:[A-Z] \d\d \w+ \d{4} [\d:.]+ ")  # process, role and time before a line of the log


class Terminal:
    """One program.  What it shows is news until take_news() takes it."""

    def __init__(self, command: Sequence[str], folder: Path, has_keyboard: bool = False) -> None:
        self._keyboard: int | None = None
        stdin = subprocess.DEVNULL
        if has_keyboard:
            self._keyboard, stdin = _open_keyboard()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if self._keyboard is not None:
            os.close(stdin)
        self._shown = ""
        self._taken = 0  # how much of it is no news
        self._typed_at = 0  # what was shown when the last line was typed
        self._changed = threading.Condition()
        self.has_ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")  # a sign may come in two pieces
        while received := os.read(self._process.stdout.fileno(), 65536):
            with self._changed:
                self._shown += decoder.decode(received).replace("\r\n", "\n")
                self._changed.notify()
        with self._changed:
            self.has_ended = True
            self._changed.notify()

    def prompt(self) -> str | None:
        """What the prompt that waits for a line says of its state, as "[1](TX)"; None when none waits."""
        last = self._shown[max(self._shown.rfind("\n") + 1, self._typed_at) :]
        found = PROMPT.fullmatch(last)
        return found["state"] if found else None

    def news(self) -> list[str]:
        """Whole lines, without prompts and stamps."""
        new = self._shown[self._taken :]
        whole = PROMPT.sub("", new[: new.rfind("\n") + 1])
        return [STAMP.sub("", line) for line in whole.splitlines() if not TOOK.fullmatch(line)]

    def take_news(self) -> list[str]:
        with self._changed:
            lines = self.news()
            self._taken = len(self._shown)
        return lines

    def wait(self, claim: Callable[[], object], patience: float = PATIENCE) -> bool:
        """Wait until the claim holds, the program has ended, or the time is up; returns whether it holds."""
        deadline = time.monotonic() + patience
        with self._changed:
            while not claim():
                left = deadline - time.monotonic()
                if self.has_ended or left <= 0:
                    return bool(claim())
                self._changed.wait(min(left, 0.02))
        return True

    def type(self, line: str) -> None:
        assert self._keyboard is not None
        self._taken = self._typed_at = len(self._shown)
        with contextlib.suppress(OSError):  # it has ended: then nothing will come of it
            os.write(self._keyboard, line.encode() + b"\n")

    def interrupt(self) -> None:
        self._typed_at = len(self._shown)
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self._keyboard is not None:
            os.close(self._keyboard)


def _open_keyboard() -> tuple[int, int]:
    """Where to type, and the other end, which is a terminal as the program sees it; it echoes nothing."""
    import pty  # not to be had on Windows
    import termios

    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    return ours, theirs


def environment(folder: Path) -> dict[str, str]:
    """The environment of the programs, so bare that what they show is the same on every machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REDIS", "PYTEST"))}
    return {
        **kept,
        "HOME": str(folder),
        "TERM": "dumb",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # sets print in one order
        "PYTHONPATH": str(REPOSITORY / "docs"),
        "EXERCISES_KEPT_IN": str(folder),  # what a session passes is not the progress of whoever runs it
    }


def client_at(port: int, folder: Path) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "course.typist", "-p", str(port)], folder, has_keyboard=True)
    terminal.wait(lambda: terminal.prompt() is not None)
    return terminal
