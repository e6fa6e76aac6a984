"""Reads the wrong answers that are kept beside the solutions: docs/exercises/wrong/.

For a hole NAME.py has one function for each mistake.  Its name and its docstring say what the mistake is; its
body takes the place of that of the hole's function.  For a design task the folder NAME/ has one whole file
for each mistake.

These files are read and never imported, for the names that they use are those of the hole's module.
"""

import ast
from typing import NamedTuple

from exercises.machinery import source
from exercises.machinery.catalogue import EXERCISES, REPOSITORY, Exercise

FOLDER = EXERCISES / "wrong"


class WrongAnswer(NamedTuple):
    """One mistake: the exercise, the name of the mistake, and the student's file with it."""

    exercise: Exercise
    name: str
    content: bytes

    @property
    def title(self) -> str:
        return f"{self.exercise.name}: {self.name}"


def wrong_answers(exercise: Exercise) -> list[WrongAnswer]:
    """All wrong answers to one exercise, in the order of their file or of their names."""
    if not exercise.is_hole:
        paths = sorted((FOLDER / exercise.name).glob("*.py"))
        return [WrongAnswer(exercise, path.stem, path.read_bytes()) for path in paths]
    path = FOLDER / f"{exercise.name}.py"
    if not path.exists():
        return []
    text = path.read_bytes()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return [WrongAnswer(exercise, node.name, _in_the_hole(exercise, text, node)) for node in functions]


def _in_the_hole(exercise: Exercise, text: bytes, node: ast.FunctionDef) -> bytes:
    """The exercise's file with the body of this function in its hole."""
    return with_body(exercise, source.body_of(text, node.name), source.find(text, node.name).indent)


def with_body(exercise: Exercise, body: bytes, indent: int) -> bytes:
    """The exercise's file with another body in its hole; `indent` is how far the body stands to the right."""
    ours = (REPOSITORY / exercise.path).read_bytes()
    place = source.find(ours, exercise.function)
    shift = b" " * (place.indent - indent)
    moved = [shift + line if line.strip() else line for line in body.splitlines(keepends=True)]
    lines = ours.splitlines(keepends=True)
    return b"".join([*lines[: place.body], *moved, *lines[place.end :]])
