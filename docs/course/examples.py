"""Examples: the plain `python` fences of a page run one after the other in one namespace."""

import contextlib
import io
import traceback
from pathlib import Path
from typing import Any

from course.fences import Fence, fences_of


def is_example(fence: Fence) -> bool:
    return fence.language == "python" and not fence.words


def run_examples(page: Path) -> list[str]:
    """What went wrong; the first error ends it, for the rest stands on it."""
    namespace: dict[str, Any] = {"__name__": "example"}
    for fence in filter(is_example, fences_of(page)):
        padded = "\n" * (fence.line - 1) + fence.text  # so that a traceback tells the line of the page
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(padded, str(page), "exec"), namespace)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            shown = "".join(traceback.format_exception_only(error)).strip()
            where = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(page)]
            line = where[-1] if where else last.lineno
            return [f"{page.name}:{line}: the example fails with {shown}"]
    return []
