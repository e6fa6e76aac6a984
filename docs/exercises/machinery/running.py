"""Runs the checks of one exercise in a process of their own, with a time limit.

Whatever the student's code does (an endless loop, a thread that never ends, os._exit), `run` returns an
Outcome, and soon.  There are two time limits: the child process has one for each check, and can say in which
line the code was; this process has one for all checks together, in case the child cannot keep its own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from exercises.machinery.catalogue import EXERCISES, REPOSITORY, Exercise
from exercises.machinery.trial import is_of_interest

SECONDS = 10.0  # for one check; most take none
ALL = 6  # times as long may all checks of an exercise take
IMPORTED = "the code can be imported"  # what comes before the first check
_FRAME = re.compile(r'  File "(.*)", line (\d+) in (\w+)')


@dataclass
class Outcome:
    """How far the checks came.  The child writes it after each step, as a line of JSON."""

    checks: list[str] = field(default_factory=list)  # as sentences, in the order of the file
    passed: list[str] = field(default_factory=list)
    failed: str = ""  # the check that did not hold
    wrong: str = ""  # why it did not
    printed: str = ""  # by the student's code, in the check that failed
    timed_out: bool = False

    @property
    def is_solved(self) -> bool:
        return not self.failed and 0 < len(self.checks) == len(self.passed)

    @property
    def untried(self) -> int:
        """How many checks come after the one that failed."""
        return max(len(self.checks) - len(self.passed) - 1, 0)


def run(exercise: Exercise, overlay: str = "", seconds: float = SECONDS) -> Outcome:
    """Runs the checks; the exercise's file is taken from the folder `overlay`, if there is one."""
    command = [sys.executable, "-m", "exercises.machinery.child", exercise.name]
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "docs")])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        results = Path(folder, "results")
        with open(os.path.join(folder, "output"), "w+", encoding="utf-8", errors="replace") as output:
            is_late = False
            try:
                subprocess.run(
                    [*command, str(results), str(seconds), overlay],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": path},
                    timeout=seconds * ALL,
                    check=False,
                )
            except subprocess.TimeoutExpired:  # the process is killed by then
                is_late = True
            output.seek(0)
            return _completed(_last_outcome(results), output.read(), is_late, seconds)


def _last_outcome(results: Path) -> Outcome:
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return Outcome(**json.loads(lines[-1])) if lines else Outcome()


def _completed(outcome: Outcome, output: str, is_late: bool, seconds: float) -> Outcome:
    """If the process ended too early, the check that was running has failed."""
    if not outcome.failed and not outcome.is_solved:
        outcome.failed = outcome.checks[len(outcome.passed)] if outcome.checks else IMPORTED
        outcome.timed_out = is_late or "Timeout (" in output
        outcome.wrong = (
            _format_timeout(output, seconds) if outcome.timed_out else f"came      an end: {output}"
        )
    return outcome


def _format_timeout(output: str, seconds: float) -> str:
    """Says where the code was, if the child could: the innermost line of the student's or the server's."""
    lines = [
        f"came      no end, for {seconds:.0f} seconds: a loop without an end, or a wait for what never comes"
    ]
    main_thread = output.rpartition("most recent call first")[2]
    for path, line, name in _FRAME.findall(main_thread):
        if is_of_interest(path) and Path(path).parent != EXERCISES:
            lines.append(f"it was at line {line} of {Path(path).name}, in {name}")
            break
    return "\n".join(lines)


@contextmanager
def overlay_of(path: str, content: bytes) -> Iterator[str]:
    """A folder that holds one file of the repository with another content."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        yield folder
