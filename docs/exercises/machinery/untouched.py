"""Notices when a student's code has changed the files that decide about grades, and puts them back.

The code runs with the rights of the teacher, so it can write into the repository: into a check, into the
machinery, into what Python has compiled.
"""

import compileall
import contextlib
import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("redis_clone", "docs/exercises")


class Untouched:
    """The files of the repository as they were at the beginning."""

    def __init__(self, repository: Path) -> None:
        self._root = repository
        for folder in FOLDERS:  # else an honest run might be the first that compiles a file
            compileall.compile_dir(repository / folder, quiet=2)
        self._files = self._read()

    def put_back(self) -> list[str]:
        """Puts back what was changed, and returns the names.  What was there goes to .exercises/changed."""
        now = self._read()
        paths = sorted(now.keys() | self._files.keys())
        changed = [path for path in paths if now.get(path) != self._files.get(path)]
        for path in changed:
            if path in now:
                _write(self._root / ".exercises" / "changed" / path.name, now[path])
            if path in self._files:
                _write(path, self._files[path])
            else:
                path.unlink()
        return [os.path.relpath(path, self._root) for path in changed]

    def _read(self) -> dict[Path, "Content"]:
        """Python's sources, and what this Python has compiled."""
        sources = [path for folder in FOLDERS for path in (self._root / folder).rglob("*.py")]
        compiled = [Path(importlib.util.cache_from_source(str(path))) for path in sources]
        files: dict[Path, Content] = {}
        for path in [*sources, *compiled]:
            with contextlib.suppress(OSError):  # it was never compiled, or is gone by now
                files[path] = Content(path.stat().st_mtime_ns, path.read_bytes())
        return files


class Content(NamedTuple):
    """What a file holds, and since when: Python compiles a source again if its time is another one."""

    changed_ns: int
    data: bytes


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.data)
    os.utime(path, ns=(content.changed_ns, content.changed_ns))
