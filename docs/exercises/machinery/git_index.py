"""The student's git: what is committed, and what `start` stages.

`start` stages the empty function, or the file that it lays out, so that `git diff` shows only what the
student has written since.  It changes that function alone in the index, whatever else is staged or changed.
Where there is no git, nothing happens.
"""

import subprocess
from pathlib import Path

from exercises.machinery import source
from exercises.machinery.catalogue import Exercise

NEW_FILE = "100644"  # the mode of a file that is no program
TOO_LONG_S = 20


class GitIndex:
    """The index of the checkout at `root`, which may have no git."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def committed(self, path: str) -> bytes | None:
        """The file as it is committed; None if there is no git, or no such file in it."""
        return self._git("show", f"HEAD:./{path}")

    def stage_start(self, exercise: Exercise) -> None:
        """Stages the exercise as `start` leaves it."""
        if not exercise.is_hole:
            self._stage(exercise.path, exercise.start_path.read_bytes())
            return
        staged = self._staged(exercise)
        if staged is not None and not source.is_empty(staged, exercise.function):
            self._stage(exercise.path, source.emptied(staged, exercise.function, exercise.name))

    def unstage_start(self, exercise: Exercise) -> None:
        """Takes back what `stage_start` has staged, if it is still there."""
        committed, staged = self.committed(exercise.path), self._staged(exercise)
        if staged is None:
            return
        if not exercise.is_hole:
            if committed is None and staged == exercise.start_path.read_bytes():
                self._git("update-index", "--force-remove", exercise.path)
        elif committed is not None and source.is_empty(staged, exercise.function):
            text = source.text_of(committed, exercise.function)
            self._stage(exercise.path, source.with_function(staged, exercise.function, text))

    def _staged(self, exercise: Exercise) -> bytes | None:
        """The file in the index; None if there is none, or if it has not the function."""
        staged = self._git("show", f":./{exercise.path}")
        if staged is not None and exercise.is_hole:
            try:
                source.find(staged, exercise.function)
            except source.NotFound:
                return None
        return staged

    def _stage(self, path: str, content: bytes) -> None:
        """Puts the content into the index, and leaves the file itself alone."""
        prefix = self._git("rev-parse", "--show-prefix")
        number = self._git("hash-object", "-w", "--stdin", content=content)
        if prefix is None or number is None:
            return
        mode, _, _ = (self._git("ls-files", "--stage", "--", path) or NEW_FILE.encode()).partition(b" ")
        entry = b",".join([mode, number.strip(), prefix.strip() + path.encode()])
        self._git("update-index", "--add", "--cacheinfo", entry.decode())

    def _git(self, *words: str, content: bytes = b"") -> bytes | None:
        """What git prints; None if there is no git, or if it refuses."""
        try:
            done = subprocess.run(
                ["git", *words],
                cwd=self._root,
                input=content,
                capture_output=True,
                timeout=TOO_LONG_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None
