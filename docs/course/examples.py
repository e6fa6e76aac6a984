"""Runs the examples: the plain `python` fences of a page, one after the other, in one namespace.

They run in a process of their own, for an example may well add a command to the table.
"""

import contextlib
import io
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from course import REPOSITORY
from course.fences import Fence, fences_of

PATIENCE = 60  # seconds


def is_example(fence: Fence) -> bool:
    return fence.language == "python" and not fence.words


def run_examples(page: Path) -> list[str]:
    """What went wrong: at most one error, for the examples after it depend on it."""
    if not any(map(is_example, fences_of(page))):
        return []
    done = subprocess.run(
        [sys.executable, "-c", "from course.examples import main; main()", str(page)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'docs'}{os.pathsep}{REPOSITORY}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return [done.stdout.strip()] if done.returncode else []


def main() -> None:
    page = Path(sys.argv[1])
    namespace: dict[str, Any] = {"__name__": "example"}
    for fence in filter(is_example, fences_of(page)):
        padded = "\n" * (fence.line - 1) + fence.text  # so that a traceback has the line of the page
        code = compile(padded, str(page), "exec")
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, namespace)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = [frame.lineno for frame in frames if frame.filename == str(page)][-1]
            shown = "".join(traceback.format_exception_only(error)).strip()
            sys.exit(f"{page.name}:{line}: the example fails with {shown}")
