"""The functions with which the checks of an exercise are written.

    calling(tree.rank, 30).gives(3)
    calling(parse_integer, b"+7").raises(ValueError)
    expect(tree.is_balanced(), "the two sides of a node differ by a level at most")

Each says, when it fails, what was called, what was expected and what came.  The functions are mostly those
of the student's process, and what they return is compared here.  A plain value is a copy, which the student's
code cannot reach any more; any other object is equal only to itself.
"""

from collections.abc import Callable
from typing import Any

from exercises.machinery.proxies import Proxy
from exercises.machinery.shown import call_name, format_exception, show

LINES = 12  # of a value
WIDTH = 10  # of the words given, called, expected, came


class NotYet(AssertionError):
    """A check does not hold.  The text is for the student, over several lines."""


def expect(holds: Any, sentence: str, came: str = "the contrary") -> None:
    """Fails unless `holds`.  `sentence` says what should be true, `came` what is true."""
    if isinstance(holds, Proxy) or not holds:  # an object of the student's decides nothing
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
            raise self._not_yet(show(expected), _shown(came))
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
        holds = claim(came)
        if isinstance(holds, Proxy) or not holds:
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


def _indented(text: str) -> str:
    lines = text.splitlines() or [""]
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"... ({len(lines) - LINES} more lines)"]
    return ("\n" + " " * WIDTH).join(lines)


def _shown(came: Any) -> str:
    return f"{show(came)} (an object of a class of its own)" if isinstance(came, Proxy) else show(came)


def _name(function: Callable[..., Any]) -> str:
    return str(function._ask("call name")) if isinstance(function, Proxy) else call_name(function)
