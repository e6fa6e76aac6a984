"""How far the checks of an exercise came, and how the judge's process tells it."""

import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from exercises.machinery.catalogue import EXERCISES
from exercises.machinery.shown import is_of_interest

IMPORTED = "the code can be imported"  # what comes before the first check
_FRAME = re.compile(r'  File "(.*)", line (\d+) in (\w+)')


@dataclass
class Outcome:
    """How far the checks came."""

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


def signature(key: str, line: str) -> str:
    """What only a process that knows the key can write before this line."""
    return hmac.new(key.encode(), line.encode(), "sha256").hexdigest()


def format_timeout(output: str, seconds: float) -> str:
    """Says where the code was, if the output tells: the innermost line of the student's or the server's."""
    lines = [
        f"came      no end, for {seconds:.0f} seconds: a loop without an end, or a wait for what never comes"
    ]
    main_thread = output.rpartition("most recent call first")[2]
    for path, line, name in _FRAME.findall(main_thread):
        if is_of_interest(path) and Path(path).parent != EXERCISES:
            lines.append(f"it was at line {line} of {Path(path).name}, in {name}")
            break
    return "\n".join(lines)
