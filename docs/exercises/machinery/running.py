"""The checks of one exercise, run in a process of their own that may not last long.

Whatever the student's code does (an endless loop, a thread that never ends, os._exit), an Outcome comes back,
soon.  Two clocks see to that: the child's own for each check, which can tell where it was, and ours for all.
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
from typing import Any

from exercises.machinery.catalogue import EXERCISES, Exercise
from exercises.machinery.trial import is_of_interest

SECONDS = 10.0  # for one check; most take none
ALL = 6  # times as long may all checks of an exercise take
CHILD = Path(__file__).with_name("child.py")
_FRAME = re.compile(r'  File "(.*)", line (\d+) in (\w+)')


@dataclass
class Outcome:
    """How it went.  `passed` are sentences; `failed` is the one that did not hold, `wrong` says why."""

    passed: list[str] = field(default_factory=list)
    failed: str = ""
    wrong: str = ""
    printed: str = ""  # by the student's code, in the check that failed
    total: int = 0
    timed_out: bool = False

    @property
    def is_solved(self) -> bool:
        return not self.failed and 0 < self.total == len(self.passed)

    @property
    def waiting(self) -> int:
        """Checks that were not tried."""
        return max(self.total - len(self.passed) - 1, 0)


def run(exercise: Exercise, overlay: str = "", seconds: float = SECONDS) -> Outcome:
    """Run the checks; `overlay` is a folder whose files stand in for those of the repository."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        results = os.path.join(folder, "results")
        command = [sys.executable, str(CHILD), exercise.name, results, str(seconds), overlay]
        late = False
        with open(os.path.join(folder, "output"), "w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder
            )
            try:
                status = process.wait(seconds * ALL)
            except subprocess.TimeoutExpired:
                late, status = True, 1
                process.kill()
                process.wait()
            output.seek(0)
            return _outcome(results, output.read(), status, late, seconds)


def _outcome(results: str, output: str, status: int, late: bool, seconds: float) -> Outcome:
    outcome = Outcome()
    current = "the checks begin"
    for line in _lines_of(results):
        if "checks" in line:
            outcome.total = len(line["checks"])
        elif "begin" in line:
            current = line["begin"]
        elif line["wrong"]:
            outcome.failed, outcome.wrong, outcome.printed = line["end"], line["wrong"], line["printed"]
        else:
            outcome.passed.append(line["end"])
            current = "the checks go on"
    if status and not outcome.failed:
        outcome.failed = current
        outcome.timed_out = late or "Timeout (" in output
        outcome.wrong = _told_timeout(output, seconds) if outcome.timed_out else f"came      an end: {output}"
    elif not outcome.failed and not outcome.is_solved:
        outcome.failed, outcome.wrong = current, f"came      an end, before all was checked: {output}"
    return outcome


def _lines_of(path: str) -> Iterator[dict[str, Any]]:
    if os.path.exists(path):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def _told_timeout(output: str, seconds: float) -> str:
    """Where it was, if the child could tell: the innermost line of the student's or the server's."""
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
