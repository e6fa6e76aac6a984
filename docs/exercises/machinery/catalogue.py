"""Reads the exercises from their files.

A file is parsed and not run, so that `list` works while half of the server is in pieces.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

EXERCISES = Path(__file__).resolve().parent.parent
REPOSITORY = EXERCISES.parent.parent
YOURS = "docs/exercises/yours"  # where students write what is not part of the server

CHAPTERS = range(1, 24)  # docs/chapters/01-*.md to 23-*.md
EASIEST, HARDEST = 1, 5
LITTLE_TEXT, FEWEST_HINTS, FEWEST_CHECKS = 200, 3, 4


@dataclass(frozen=True)
class Exercise:
    """One file of docs/exercises.  It has a hole, or a file that the student writes."""

    name: str
    title: str  # the first line of its docstring
    text: str  # the rest
    chapter: int
    level: int
    concept: str
    hints: tuple[str, ...]
    hole: str = ""  # "redis_clone/features/transactions.py:Transaction.watch"
    file: str = ""  # "docs/exercises/yours/sieve.py"

    @property
    def is_hole(self) -> bool:
        return bool(self.hole)

    @property
    def path(self) -> str:
        """The path of the file that the student works in, from the root of the repository."""
        return self.file or self.hole.partition(":")[0]

    @property
    def function(self) -> str:
        """The qualified name of what is empty; "" for a design task."""
        return self.hole.partition(":")[2]

    @property
    def checks_path(self) -> Path:
        return EXERCISES / f"{self.name}.py"

    @property
    def start_path(self) -> Path:
        """The file with which a student begins a design task."""
        return EXERCISES / "starts" / f"{self.name}.py"

    @property
    def solution_path(self) -> Path:
        """The repository's own solution of a design task."""
        return EXERCISES / "solutions" / f"{self.name}.py"


class BadExercise(ValueError):
    """An exercise's file breaks a rule; the text says which."""


def chapter_title(chapter: int) -> str:
    """The chapter's heading, as "7. Order"; "Chapter 7" where the chapters are not in the checkout."""
    for path in (EXERCISES.parent / "chapters").glob(f"{chapter:02d}-*.md"):
        first, _, _ = path.read_text(encoding="utf-8").partition("\n")
        return first.removeprefix("# ").strip()
    return f"Chapter {chapter}"


def all_exercises() -> list[Exercise]:
    """All exercises in the order of the course, the easy ones of a chapter first."""
    return sorted(map(read, _files()), key=lambda each: (each.chapter, each.level, each.name))


def find(name: str) -> Exercise | None:
    path = EXERCISES / f"{name}.py"
    return read(path) if path in _files() else None


@cache
def read(path: Path) -> Exercise:
    """Reads one exercise; raises BadExercise if it breaks a rule."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    title, _, text = (ast.get_docstring(tree) or "").partition("\n")
    said = dict(_constants(tree))
    try:
        exercise = Exercise(
            path.stem,
            title.strip(),
            text.strip(),
            said["CHAPTER"],
            said["LEVEL"],
            said["CONCEPT"],
            tuple(said["HINTS"]),
            said.get("HOLE", ""),
            said.get("FILE", ""),
        )
    except KeyError as missing:
        raise BadExercise(f"{path.name} does not say its {missing.args[0]}") from None
    names = [getattr(node, "name", "") for node in tree.body]
    checks = [name for name in names if name.startswith("test_")]
    for rule, is_kept in rules(exercise, checks).items():
        if not is_kept:
            raise BadExercise(f"{path.name} breaks a rule: {rule}")
    return exercise


def rules(exercise: Exercise, checks: list[str]) -> dict[str, bool]:
    """What must hold for an exercise with checks of these names."""
    return {
        "it has a title, in the first line of its docstring": bool(exercise.title),
        f"its docstring has more than {LITTLE_TEXT} characters below the title": (
            len(exercise.text) > LITTLE_TEXT
        ),
        f"CHAPTER is a number from {CHAPTERS[0]} to {CHAPTERS[-1]}": exercise.chapter in CHAPTERS,
        f"LEVEL is a number from {EASIEST} to {HARDEST}": exercise.level in range(EASIEST, HARDEST + 1),
        "CONCEPT says in a few words what it is about": bool(exercise.concept),
        f"HINTS has {FEWEST_HINTS} hints at least": len(exercise.hints) >= FEWEST_HINTS,
        f"it has {FEWEST_CHECKS} checks at least, functions named test_...": len(checks) >= FEWEST_CHECKS,
        "no two checks have one name": len(set(checks)) == len(checks),
        "it has either a HOLE or a FILE": bool(exercise.hole) != bool(exercise.file),
        "HOLE is a file, a colon and a function": not exercise.hole or bool(exercise.function),
    }


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("CHAPTER", "LEVEL", "CONCEPT", "HINTS", "HOLE", "FILE"):
                yield name, ast.literal_eval(node.value)


def _files() -> list[Path]:
    return [path for path in EXERCISES.glob("*.py") if path.stem not in ("__init__", "check")]
