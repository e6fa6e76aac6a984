"""Grades a whole class: which exercises are solved in which submissions.

A submission is a checkout of the repository, or a patch (*.patch, *.diff) to it.  For a design task the file
that the student wrote is taken from it; for a hole that function, and what the student has added beside it.
All else is the teacher's own repository.  So no other change of a student counts, the checks are the
teacher's, and a broken file costs one exercise.

The results are:

    not begun   the function is as the repository has it, or the file is not there
    empty       it was begun, and nothing was written
    solved      all checks hold
    failed      one does not; `detail` says which
    timeout     a check did not end
    unreadable  the file is not Python, or the function is gone, or the patch does not apply

The students' code runs with the rights of the user who grades: see the README.
"""

import csv
import io
import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from exercises.machinery import source
from exercises.machinery.catalogue import EXERCISES, REPOSITORY, Exercise
from exercises.machinery.outcome import Outcome
from exercises.machinery.running import SECONDS, overlay_of, run
from exercises.machinery.untouched import Untouched

PATCHES = (".patch", ".diff")
NO_PATCH = "git apply:"  # how the reason begins
LINE = 100  # characters
MARKS = {"solved": "x", "failed": "-", "timeout": "t", "unreadable": "!", "empty": ".", "not begun": " "}


class Grade(NamedTuple):
    student: str
    exercise: str
    chapter: int
    result: str
    passed: int = 0
    checks: int = 0
    detail: str = ""

    @property
    def is_of_no_use(self) -> bool:
        """Whether it says only that nothing at all could be read of what the student handed in."""
        return self.result == "unreadable" and self.detail.startswith(NO_PATCH)


class Submission(NamedTuple):
    """What one student handed in.  `root` is a checkout; `problem` says why the patch gives none."""

    student: str
    root: Path
    problem: str = ""


def found(places: Iterable[Path]) -> list[Path]:
    """The submissions at these places: each is one itself, or a folder of them."""
    every: list[Path] = []
    for place in places:
        if is_submission(place):
            every.append(place)
        elif place.is_dir():
            every += sorted(inner for inner in place.iterdir() if is_submission(inner))
    return every


def is_submission(place: Path) -> bool:
    return (place / "redis_clone").is_dir() or (place.is_file() and place.suffix in PATCHES)


def grade(places: Sequence[Path], exercises: Sequence[Exercise], jobs: int, seconds: float) -> list[Grade]:
    """One grade for each submission and exercise, in that order."""
    grades: list[Grade] = []
    repository = Untouched(REPOSITORY)
    with ThreadPoolExecutor(jobs) as pool:
        for place in places:
            with opened(place) as submission:
                own = pool.map(lambda each, one=submission: grade_one(one, each, seconds), exercises)
                grades += without_solved(list(own), repository.put_back())
    return grades


def without_solved(grades: list[Grade], changed: Sequence[str]) -> list[Grade]:
    """Nothing counts as solved if the student's code has changed files of the repository."""
    if not changed:
        return grades
    detail = f"the student's code changed {changed[0]} in your repository"
    return [
        each._replace(result="failed", detail=detail) if each.result == "solved" else each for each in grades
    ]


def grade_one(submission: Submission, exercise: Exercise, seconds: float) -> Grade:
    def graded(result: str, passed: int = 0, checks: int = 0, detail: str = "") -> Grade:
        return Grade(submission.student, exercise.name, exercise.chapter, result, passed, checks, detail)

    if submission.problem:
        return graded("unreadable", detail=submission.problem)
    path = submission.root / exercise.path
    try:
        content = path.read_bytes() if path.is_file() else b""
        early = what_was_done(exercise, content)
        if early:
            return graded(early)
        ours = (REPOSITORY / exercise.path).read_bytes() if exercise.is_hole else b""
        outcome = run_answer(exercise, ours, content, seconds)
    except (OSError, source.NotFound) as problem:
        return graded("unreadable", detail=f"{exercise.path}: {problem}")
    if outcome.is_solved:
        return graded("solved", len(outcome.checks), len(outcome.checks))
    result = "timeout" if outcome.timed_out else "failed"
    return graded(result, len(outcome.passed), len(outcome.checks), outcome.failed)


def run_answer(exercise: Exercise, ours: bytes, content: bytes, seconds: float = SECONDS) -> Outcome:
    """Runs the checks on what counts of a student's file; `ours` is the repository's.  May raise NotFound."""
    if exercise.is_hole:
        content = source.with_answer(ours, content, exercise.function)
    with overlay_of(exercise.path, content) as overlay:
        return run(exercise, overlay, seconds)


def what_was_done(exercise: Exercise, content: bytes) -> str:
    """ "not begun" or "empty"; "" when there is something to grade.  May raise NotFound."""
    if not content:
        return "not begun"
    if not exercise.is_hole:
        same = content.splitlines() == exercise.start_path.read_bytes().splitlines()
        return "empty" if same else ""
    if source.is_empty(content, exercise.function):
        return "empty"
    ours = source.text_of((REPOSITORY / exercise.path).read_bytes(), exercise.function)
    return "not begun" if source.text_of(content, exercise.function).splitlines() == ours.splitlines() else ""


@contextmanager
def opened(place: Path) -> Iterator[Submission]:
    """The submission at this place; a patch is applied to a copy of ours."""
    if place.is_dir():
        yield Submission(place.name, place)
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder)
        _copy_repository(copy)
        yield Submission(place.stem, copy, _apply(place.resolve(), copy))


def _copy_repository(to: Path) -> None:
    """Copies what a student begins with."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "redis_clone", to / "redis_clone", ignore=ignored)


def _apply(patch: Path, copy: Path) -> str:
    """Applies only what students are to change; returns what is wrong with the patch, "" if nothing."""
    wanted = [
        "--include=redis_clone/**",
        f"--include={EXERCISES.relative_to(REPOSITORY).as_posix()}/yours/**",
    ]
    command = ["git", "apply", "--whitespace=nowarn", *wanted, str(patch)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    try:
        applied = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"{NO_PATCH} {problem}"
    return "" if applied.returncode == 0 else f"{NO_PATCH} {applied.stderr.strip()}"


def as_csv(grades: Sequence[Grade]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Grade._fields)
    writer.writerows(grades)
    return text.getvalue()


def without_untouched(grades: Sequence[Grade]) -> list[Grade]:
    """Without the exercises that no student has begun, unless these are all."""
    begun = {each.exercise for each in grades if each.result != "not begun" and not each.is_of_no_use}
    return [each for each in grades if each.exercise in begun] or list(grades)


def as_table(grades: Sequence[Grade]) -> str:
    """For each student a letter for each exercise, how many are solved, and what is wrong with the others."""
    students = list(dict.fromkeys(each.student for each in grades))
    width = max([len(student) for student in students], default=0)
    names = ", ".join(dict.fromkeys(each.exercise for each in grades))
    lines = [textwrap.fill(f"The exercises: {names}", LINE), ""]
    for student in students:
        own = [each for each in grades if each.student == student]
        solved = [each.exercise for each in own if each.result == "solved"]
        marks = "".join(MARKS[each.result] for each in own)
        lines.append(f"{student:<{width}}  [{marks}]  {len(solved)} of {len(own)} solved")
        lines += [f"{'':<{width}}         {sentence}" for sentence in _sentences(own)]
    legend = ", ".join(f"{mark!r} {result}" for result, mark in MARKS.items())
    return "\n".join([*lines, "", legend])


def _sentences(grades: list[Grade]) -> list[str]:
    """What is wrong with the exercises of one student."""
    if grades[0].is_of_no_use:
        return [grades[0].detail]
    wrong = [each for each in grades if each.result not in ("solved", "not begun")]
    return [f"{each.exercise}: {_summary(each)}" for each in wrong]


def _summary(grade: Grade) -> str:
    checks = f" after {grade.passed} of {grade.checks} checks" if grade.checks else ""
    return f"{grade.result}{checks}" + (f": {grade.detail}" if grade.detail else "")
