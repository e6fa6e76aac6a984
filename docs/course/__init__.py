"""Checks that the course is true: excerpts are taken from the source, examples run, sessions are typed.

`python docs/check.py` is the program; the tests in tests/course/ check the same.
"""

from pathlib import Path

import redis_clone  # noqa: F401 (imported first, for it says in one line that a Python is too old)

REPOSITORY = Path(__file__).resolve().parents[2]
CHAPTERS = REPOSITORY / "docs" / "chapters"
README = REPOSITORY / "README.md"
ENTRANCE = REPOSITORY / "docs" / "walkthrough.md"
EXERCISES = REPOSITORY / "docs" / "exercises"
STEPS = REPOSITORY / "docs" / "steps"


def pages() -> list[Path]:
    """The README, the entrance and the chapters, in their order."""
    return [README, ENTRANCE, *sorted(CHAPTERS.glob("*.md"))]
