"""Runs the checks of one exercise, with a time limit.

There are three processes.  This one starts that of the judge (checking.py), which runs the checks and starts
that of the student (student.py), in which the student's code runs.  So whatever that code does (an endless
loop, os._exit, an end to the judge), `run` returns an Outcome, and soon.  The judge has a time limit for each
check; this process has one for all checks together, in case the judge cannot keep its own.
"""

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exercises.machinery import checking
from exercises.machinery.catalogue import Exercise
from exercises.machinery.outcome import IMPORTED, Outcome, format_timeout, signature

SECONDS = 10.0  # for one check; most take none
ALL = 6  # times as long may all checks of an exercise take


def run(exercise: Exercise, overlay: str = "", seconds: float = SECONDS) -> Outcome:
    """Runs the checks; the exercise's file is taken from the folder `overlay`, if there is one."""
    key = secrets.token_hex()
    program = [sys.executable, "-I", "-S", *_where_compiled(), checking.__file__]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        judge = subprocess.Popen(
            [*program, exercise.name, str(seconds), overlay],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        is_late = False
        try:
            written, _ = judge.communicate(f"{key}\n".encode(), seconds * ALL)
        except subprocess.TimeoutExpired:
            is_late = True
            judge.kill()
            written, _ = judge.communicate()
    return _completed(*_read(key, written.decode("utf-8", "replace")), is_late, seconds)


def _where_compiled() -> list[str]:
    """With -I Python does not look into the environment for this."""
    return ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []


def _read(key: str, written: str) -> tuple[Outcome, str]:
    """The last outcome that the judge has signed, and all lines without its signature."""
    outcome, output = Outcome(), ""
    for line in written.splitlines():
        signed, _, data = line.partition(" ")
        if signed == signature(key, data):
            outcome = Outcome(**json.loads(data))
        else:
            output += f"{line}\n"
    return outcome, output


def _completed(outcome: Outcome, output: str, is_late: bool, seconds: float) -> Outcome:
    """If the judge ended too early, the check that was running has failed."""
    if not outcome.failed and not outcome.is_solved:
        outcome.failed = outcome.checks[len(outcome.passed)] if outcome.checks else IMPORTED
        outcome.timed_out = is_late
        outcome.wrong = format_timeout("", seconds) if is_late else f"came      an end: {output}"
    return outcome


@contextmanager
def overlay_of(path: str, content: bytes) -> Iterator[str]:
    """A folder that holds one file of the repository with another content."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        yield folder
