"""The functions with which the checks of an exercise are written.

    calling(tree.rank, 30).gives(3)
    calling(parse_integer, b"+7").raises(ValueError)
    expect(tree.is_balanced(), "the two sides of a node differ by a level at most")

Each says, when it fails, what was called, what was expected and what came.
"""

import linecache
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONGEST = 300  # characters of a value that are shown
LINES = 12  # of a value
WIDTH = 10  # of the words given, called, expected, came
MACHINERY = str(Path(__file__).resolve().parent)
LIBRARY = os.path.dirname(os.__file__)


class NotYet(AssertionError):
    """A check does not hold.  The text is for the student, over several lines."""


def expect(holds: Any, sentence: str, came: str = "the contrary") -> None:
    """Fails unless `holds`.  `sentence` says what should be true, `came` what is true."""
    if not holds:
        raise not_yet(sentence, came)


def not_yet(expected: str, came: str, given: str = "", called: str = "") -> NotYet:
    """The exception to raise where the verbs below do not say it well."""
    parts = [("given", given), ("called", called), ("expected", expected), ("came", came)]
    return NotYet("\n".join(f"{word:<{WIDTH}}{_indented(text)}" for word, text in parts if text))


class calling:  # in small letters, for it reads as a verb
    """A call whose outcome is checked.  `given` describes what the call alone does not show."""

    def __init__(
        self, function: Callable[..., Any], *arguments: Any, given: str = "", shown: str = ""
    ) -> None:
        self._function, self._arguments = function, arguments
        self._call = shown or f"{_name(function)}({', '.join(map(show, arguments))})"
        self._given = given

    def gives(self, expected: Any) -> Any:
        """The call returns this value; True is not 1."""
        came = self._run(show(expected))
        if came != expected or isinstance(came, bool) != isinstance(expected, bool):
            raise self._not_yet(show(expected), show(came))
        return came

    def raises(self, kind: type[BaseException]) -> None:
        """The call raises this kind of exception."""
        expected = f"{kind.__name__} is raised"
        try:
            came = self._function(*self._arguments)
        except NotYet:
            raise
        except kind as problem:
            if isinstance(problem, NotImplementedError) and kind is not NotImplementedError:
                raise self._not_yet(expected, format_exception(problem)) from None
        except Exception as problem:
            raise self._not_yet(expected, format_exception(problem)) from None
        else:
            raise self._not_yet(expected, show(came))

    def passes(self, claim: Callable[[Any], Any], sentence: str) -> Any:
        """The call returns a value for which the claim holds; the sentence says so in words."""
        came = self._run(sentence)
        if not claim(came):
            raise self._not_yet(sentence, show(came))
        return came

    def _run(self, expected: str) -> Any:
        try:
            return self._function(*self._arguments)
        except NotYet:
            raise
        except Exception as problem:
            raise self._not_yet(expected, format_exception(problem)) from None

    def _not_yet(self, expected: str, came: str) -> NotYet:
        return not_yet(expected, came, self._given, self._call)


def show(value: Any) -> str:
    """A value as Python writes it, cut off where it gets long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def format_exception(problem: BaseException) -> str:
    """An exception as a traceback shows it, with the lines of the server and of the student only."""
    if isinstance(problem, SyntaxError):
        where = f"line {problem.lineno} of {_short(problem.filename or '')}"
        return f"{where} is not Python: {problem.msg}\n{problem.text or ''}"
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


def _name(function: Callable[..., Any]) -> str:
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", repr(function))
    if owner is None or isinstance(owner, type) or type(owner).__name__ == "module":
        return name
    return f"{type(owner).__name__}.{name}"


def _indented(text: str) -> str:
    lines = text.splitlines() or [""]
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"... ({len(lines) - LINES} more lines)"]
    return ("\n" + " " * WIDTH).join(lines)
