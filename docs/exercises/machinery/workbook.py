"""Keeps the progress of a student, and changes the student's checkout: start, restore, hint.

Everything is kept in `.exercises/` at the root of the repository, which git ignores:

    progress.json       of each exercise: whether it is open, whether it was ever solved, how many hints
    stages.json         of each stage of the student's own server: whether it was ever passed, how many hints
    pristine/           each file in which something is open, as it was before the first was opened
    attempts/           the file as the student had it, for each time that one was restored
"""

import contextlib
import importlib.util
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from exercises.machinery import source
from exercises.machinery.catalogue import Exercise, all_exercises
from exercises.machinery.git_index import GitIndex


class Refused(Exception):
    """The request cannot be carried out; the text says why, and what to do."""


@dataclass
class Progress:
    is_open: bool = False
    solved: bool = False
    hints: int = 0


class Task(Protocol):
    """An exercise, or a stage of a student's own server."""

    @property
    def name(self) -> str: ...
    @property
    def hints(self) -> tuple[str, ...]: ...


class Workbook:
    """The progress in one file of `.exercises/`, and what is done to the checkout."""

    def __init__(self, repository: Path, kept_in: str = "progress.json") -> None:
        self._root, self._git = repository, GitIndex(repository)
        self._folder = repository / ".exercises"
        self._kept = self._folder / kept_in
        self._progress = self._read_progress()

    # How far the student is.

    def progress(self, exercise: Task) -> Progress:
        return self._progress.get(exercise.name, Progress())

    def is_open(self, exercise: Exercise) -> bool:
        return self.progress(exercise).is_open

    def record_solved(self, exercise: Task) -> None:
        self._change(exercise, solved=True)

    def next_hint(self, exercise: Task) -> int:
        """The number of the next hint, from 1; the last one again when there are no more."""
        shown = min(self.progress(exercise).hints + 1, len(exercise.hints))
        self._change(exercise, hints=shown)
        return shown

    # Start.

    def start(self, exercise: Exercise) -> str:
        """Empties the function or writes the starting file; returns where to work.  May raise Refused."""
        if self.is_open(exercise):
            raise Refused(f"{exercise.name} is open already; `restore {exercise.name}` gives it back")
        path = self._root / exercise.path
        begin = self._make_hole if exercise.is_hole else self._lay_out
        where = begin(exercise, path)
        self._git.stage_start(exercise)
        self._change(exercise, is_open=True)
        return where

    def _make_hole(self, exercise: Exercise, path: Path) -> str:
        before = path.read_bytes()
        try:
            self._refuse_if_changed(exercise, before)
            after = source.emptied(before, exercise.function, exercise.name)
            line = source.line_of(before, exercise.function)
        except source.NotFound as problem:
            raise Refused(
                f"{exercise.path}: {problem}. Give it back first: git checkout {exercise.path}"
            ) from None
        pristine = self._pristine(exercise)
        if not pristine.exists():
            _write(pristine, before)
        _write(path, after)
        return f"{exercise.path}, line {line}: {exercise.function}"

    def _refuse_if_changed(self, exercise: Exercise, now: bytes) -> None:
        """Where git is used, the function must be as it was committed."""
        if source.is_empty(now, exercise.function):
            raise Refused(f"{exercise.function} is empty already. Give it back: git checkout {exercise.path}")
        committed = self._git.committed(exercise.path)
        if committed is None:
            return
        functions = [source.text_of(version, exercise.function).splitlines() for version in (now, committed)]
        if functions[0] != functions[1]:
            raise Refused(
                f"{exercise.function} in {exercise.path} has changes that are not committed. "
                "Commit or stash them first, for they would be lost"
            )

    def _lay_out(self, exercise: Exercise, path: Path) -> str:
        if path.exists():
            raise Refused(f"{exercise.path} is there already; move it away first")
        _write(path, exercise.start_path.read_bytes())
        return exercise.path

    # Restore.

    def restore(self, exercise: Exercise) -> Path:
        """Restores everything as it was before; returns where the attempt is kept.  May raise Refused."""
        if not self.is_open(exercise):
            raise Refused(f"{exercise.name} is not open: there is nothing to restore")
        path = self._root / exercise.path
        attempt = self._save_attempt(exercise, path)
        self._git.unstage_start(exercise)
        if exercise.is_hole:
            self._fill(exercise, path)
        else:
            path.unlink(missing_ok=True)
            _forget_compiled(path)
        self._change(exercise, is_open=False)
        return attempt

    def _fill(self, exercise: Exercise, path: Path) -> None:
        """Writes the pristine file if nothing else in it is open; else that function alone."""
        pristine = self._pristine(exercise)
        before = pristine.read_bytes()
        others = [other for other in self._open_in(exercise.path) if other.name != exercise.name]
        if not others:
            _write(path, before)
            pristine.unlink()
            return
        text = source.text_of(before, exercise.function)
        try:
            _write(path, source.with_function(path.read_bytes(), exercise.function, text))
        except (OSError, source.NotFound):  # the file is broken, so the others begin anew too
            for other in others:
                before = source.emptied(before, other.function, other.name)
            _write(path, before)

    def _open_in(self, path: str) -> list[Exercise]:
        return [each for each in all_exercises() if each.path == path and self.is_open(each)]

    def _save_attempt(self, exercise: Exercise, path: Path) -> Path:
        folder = self._folder / "attempts"
        number = 1
        while (attempt := folder / f"{exercise.name}-{number}.py").exists():
            number += 1
        _write(attempt, path.read_bytes() if path.exists() else b"")
        return attempt

    def original(self, exercise: Exercise) -> bytes:
        """The file of a hole as the repository has it, whether something in it is open or not."""
        pristine = self._pristine(exercise)
        return (pristine if pristine.exists() else self._root / exercise.path).read_bytes()

    # Files.

    def _pristine(self, exercise: Exercise) -> Path:
        return self._folder / "pristine" / exercise.path

    def _read_progress(self) -> dict[str, Progress]:
        try:
            kept = json.loads(self._kept.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {name: Progress(**values) for name, values in kept.items()}

    def _change(self, exercise: Task, **values: object) -> None:
        progress = self._progress.setdefault(exercise.name, Progress())
        for name, value in values.items():
            setattr(progress, name, value)
        kept = {name: asdict(each) for name, each in self._progress.items()}
        _write(self._kept, json.dumps(kept, indent=1).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    _forget_compiled(path)


def _forget_compiled(path: Path) -> None:
    """Python trusts a .pyc by time and size, and a file may change twice in one second."""
    with contextlib.suppress(OSError, NotImplementedError):
        Path(importlib.util.cache_from_source(str(path))).unlink()
