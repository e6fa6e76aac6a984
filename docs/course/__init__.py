"""Checks that the course is true: excerpts are taken from the source, examples run, sessions are typed.

`python docs/check.py` is the program; the tests in tests/course/ check the same.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 (said in one line)
    raise SystemExit(f"the course needs Python 3.10 or newer; this is {sys.version.split()[0]}")

REPOSITORY = Path(__file__).resolve().parents[2]
CHAPTERS = REPOSITORY / "docs" / "chapters"
README = REPOSITORY / "README.md"
ENTRANCE = REPOSITORY / "docs" / "walkthrough.md"
SYLLABUS = REPOSITORY / "docs" / "syllabus.md"
GLOSSARY = REPOSITORY / "docs" / "glossary.md"
BOOK_INDEX = REPOSITORY / "docs" / "book-index.md"
EXERCISES = REPOSITORY / "docs" / "exercises"
LESSONS = REPOSITORY / "docs" / "page" / "lessons.md"
PANELS = LESSONS.with_name("panels.md")
STEPS = REPOSITORY / "docs" / "steps"


def pages() -> list[Path]:
    """The README, the entrance, the chapters in their order, and the lessons and panels of the page."""
    return [README, ENTRANCE, *sorted(CHAPTERS.glob("*.md")), LESSONS, PANELS]
