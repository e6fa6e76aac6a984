"""Shows values, functions and exceptions to a student.  Both processes use it."""

import linecache
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONGEST = 300  # characters of a value that are shown
MACHINERY = str(Path(__file__).resolve().parent)
LIBRARY = os.path.dirname(os.__file__)


def show(value: Any) -> str:
    """A value as Python writes it, cut off where it gets long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def format_exception(problem: BaseException) -> str:
    """An exception as a traceback shows it, with the lines of the server and of the student only."""
    if isinstance(problem, SyntaxError):
        where = f"line {problem.lineno} of {_short(problem.filename or '')}"
        return f"{where} is not Python: {problem.msg}\n{problem.text or ''}"
    if formatted := getattr(problem, "formatted", ""):  # in the student's process, where it was raised
        return str(formatted)
    lines = [f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__]
    frames = [
        frame for frame in traceback.extract_tb(problem.__traceback__) if is_of_interest(frame.filename)
    ]
    for frame in frames[-3:]:
        code = linecache.getline(frame.filename, frame.lineno or 0).strip()
        lines.append(f"  in {_short(frame.filename)}, line {frame.lineno}, {frame.name}: {code}")
    return "\n".join(lines)


def is_of_interest(path: str) -> bool:
    """Whether this file is neither our own machinery nor Python's library."""
    return not path.startswith((MACHINERY, LIBRARY, "<"))


def _short(path: str) -> str:
    """The path from the last folder on that a student knows."""
    parts = Path(path).parts
    for at in range(len(parts) - 1, -1, -1):
        if parts[at] in ("redis_clone", "docs"):
            return "/".join(parts[at:])
    return path


def call_name(function: Callable[..., Any]) -> str:
    """The name of a function, with its class if it is a method."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", repr(function))
    if owner is None or isinstance(owner, type) or type(owner).__name__ == "module":
        return name
    return f"{type(owner).__name__}.{name}"
