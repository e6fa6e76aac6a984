"""The values in force, and how they change: all of those that are named together, or none.

They come from redis.conf and the command line (reading.py) and from CONFIG SET; CONFIG REWRITE puts them
back into the file (rewriting.py).  The texts of the errors are those of config.c.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from redis_clone.config.parameters import PARAMETERS, Parameter
from redis_clone.config.word_kinds import BufferLimits, SavePoints
from redis_clone.protocol.errors import RedisError
from redis_clone.structures.glob import compiled


class ConfigError(Exception):
    """A configuration that the server cannot start with; the text is for the terminal."""


class Config:
    """The values in force.

    >>> config = Config()
    >>> config.set_all({"maxclients": "7"})
    >>> config["maxclients"], config.formatted("loglevel")
    (7, 'notice')
    """

    def __init__(self) -> None:
        self._values = {row.name: row.kind.parse(row.default) for row in PARAMETERS.values()}
        self._hooks: dict[str, Callable[[Any], None]] = {}
        self._given: set[str] = set()  # by the user, at the start
        # Of lines that are no parameters, the words behind the name.
        self.directives: dict[str, list[list[str]]] = {"rename-command": [], "user": []}
        self.file = ""  # where the configuration was read from

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    @property
    def was_given(self) -> bool:
        """Whether the user said anything at the start, in a file or on the command line."""
        return bool(self.file or self._given)

    def formatted(self, name: str) -> str:
        row = PARAMETERS[name]
        return row.kind.spell(self._values[row.name])

    def when_set(self, name: str, hook: Callable[[Any], None]) -> None:
        """Have `hook(value)` called now, and whenever the value changes.  It may refuse with ValueError."""
        self._hooks[name] = hook
        hook(self._values[name])

    def matching(self, patterns: Iterable[bytes]) -> dict[str, bytes]:
        """CONFIG GET: the parameters that match one of the patterns; a plain name as it was typed."""
        shown: dict[str, str] = {}  # each parameter once, under the name to answer
        for pattern in patterns:
            typed = pattern.decode("latin-1")
            if typed.lower() in PARAMETERS:
                shown.setdefault(typed.lower(), typed)
            else:
                glob = compiled(pattern, True)
                for name, row in PARAMETERS.items():
                    if not row.hidden and glob.matches(name.encode()):
                        shown.setdefault(name, name)
        return {answered: encoded(self.formatted(name)) for name, answered in shown.items()}

    def set_without_effect(self) -> list[str]:
        """The names of the parameters that were set to something, and that nothing here looks at."""
        rows = set(PARAMETERS.values())
        return sorted(row.name for row in rows if row.idle and self.formatted(row.name) != _default(row))

    def check_settable(self, name: str, may_set_protected: bool = True) -> None:
        """Raise the RedisError that says why CONFIG SET cannot take this name, if it cannot."""
        row = PARAMETERS.get(name.lower())
        if row is None:
            raise RedisError(f"ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
        if row.fixed:
            raise refused(name, "can't set immutable config")
        if row.protected and not may_set_protected:
            raise refused(name, "can't set protected config")

    def set_all(self, texts: dict[str, str], starting: bool = False) -> None:
        """CONFIG SET: all of them or, with a RedisError, none."""
        for name in () if starting else texts:
            self.check_settable(name)
        parsed = {
            PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
            for name, text in texts.items()
        }
        old = {name: self._values[name] for name in parsed}
        self._values.update(parsed)  # all first, for a certificate fits with its key only
        for name in parsed:
            try:
                self._apply(name)
            except ValueError as problem:
                self._values.update(old)
                for undone in parsed:
                    self._apply(undone)
                raise refused(name, str(problem)) from None
        if starting:
            self._given |= parsed.keys()

    def _joined(self, row: Parameter, value: Any, starting: bool) -> Any:
        """The value together with what stays of the old one.

        Each class of clients keeps its limits until they are named; at the start `save` lines add up, the
        first in place of the default.
        """
        old = self._values[row.name]
        if isinstance(row.kind, BufferLimits):
            return {**old, **value}
        if isinstance(row.kind, SavePoints) and starting and row.name in self._given and value:
            return old + value
        return value

    def _apply(self, name: str) -> None:
        if name in self._hooks:
            self._hooks[name](self._values[name])

    def _parse(self, name: str, text: str) -> Any:
        row = PARAMETERS[name]
        try:
            value = row.kind.parse(text)
        except ValueError as problem:
            raise refused(name, str(problem)) from None
        if row.only and value != row.kind.parse(row.default):
            raise refused(name, f"this server supports only '{row.default}' so far")
        return value


def encoded(text: str) -> bytes:
    """Back to the bytes that it was, UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def _default(row: Parameter) -> str:
    return row.kind.spell(row.kind.parse(row.default))


def refused(name: str, reason: str) -> RedisError:
    """CONFIG SET's error."""
    return RedisError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def change_directory(path: str) -> None:
    """What applies `dir`."""
    try:
        os.chdir(path)
    except OSError as problem:
        raise ValueError(problem.strerror) from None
