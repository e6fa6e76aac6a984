"""The values of all parameters, and how they change: all that are set together, or none.

They come from redis.conf and the command line (reading.py) and from CONFIG SET; CONFIG REWRITE writes them
into the file (rewriting.py).  The texts of the errors are those of config.c.
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
    """The current values of all parameters.

    >>> config = Config()
    >>> config.set_all({"maxclients": "7"})
    >>> config["maxclients"], config.formatted("loglevel")
    (7, 'notice')
    """

    def __init__(self) -> None:
        self._values = {
            parameter.name: parameter.kind.parse(parameter.default) for parameter in PARAMETERS.values()
        }
        self._hooks: dict[str, list[Callable[[Any], None]]] = {}
        self._given: set[str] = set()  # the parameters that the user has set at the start
        # The lines that are no parameters: their words behind the name.
        self.directives: dict[str, list[list[str]]] = {"rename-command": [], "user": []}
        self.file = ""  # the file that the configuration was read from

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    @property
    def was_given(self) -> bool:
        """Whether the user has given any configuration, in a file or on the command line."""
        return bool(self.file or self._given)

    def formatted(self, name: str) -> str:
        """The value as CONFIG GET shows it."""
        parameter = PARAMETERS[name]
        return parameter.kind.format(self._values[parameter.name])

    def when_set(self, name: str, hook: Callable[[Any], None]) -> None:
        """Call `hook(value)` now and whenever the value changes.  It may reject a value with ValueError."""
        self._hooks.setdefault(name, []).append(hook)
        hook(self._values[name])

    def matching(self, patterns: Iterable[bytes]) -> dict[str, bytes]:
        """The parameters that match one of the patterns, for CONFIG GET; a plain name is shown as typed."""
        shown: dict[str, str] = {}  # each parameter once, and the name to show
        for pattern in dict.fromkeys(patterns):
            typed = pattern.decode("latin-1")
            if typed.lower() in PARAMETERS:
                shown.setdefault(typed.lower(), typed)
            else:
                glob = compiled(pattern, True)
                for name, parameter in PARAMETERS.items():
                    if name not in shown and not parameter.hidden and glob.matches(name.encode()):
                        shown[name] = name
        return {as_typed: encoded(self.formatted(name)) for name, as_typed in shown.items()}

    def set_without_effect(self) -> list[str]:
        """The names of the idle parameters whose value is not the default."""
        idle = {parameter for parameter in PARAMETERS.values() if parameter.idle}
        return sorted(each.name for each in idle if self.formatted(each.name) != _default(each))

    def check_settable(self, name: str, may_set_protected: bool = True) -> None:
        """Raise a RedisError if CONFIG SET may not change this parameter."""
        parameter = PARAMETERS.get(name.lower())
        if parameter is None:
            raise RedisError(f"ERR Unknown option or number of arguments for CONFIG SET - '{name}'")
        if parameter.fixed:
            raise set_error(name, "can't set immutable config")
        if parameter.protected and not may_set_protected:
            raise set_error(name, "can't set protected config")

    def set_all(self, texts: dict[str, str], starting: bool = False) -> None:
        """Set all parameters or, with a RedisError, none."""
        for name in () if starting else texts:
            self.check_settable(name)
        parsed = {
            PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
            for name, text in texts.items()
        }
        old = {name: self._values[name] for name in parsed}
        self._values.update(parsed)  # all before the hooks: a certificate and its key are set together
        for name in parsed:
            try:
                self._apply(name)
            except ValueError as problem:
                self._values.update(old)
                for undone in parsed:
                    self._apply(undone)
                raise set_error(name, str(problem)) from None
        if starting:
            self._given |= parsed.keys()

    def _joined(self, parameter: Parameter, value: Any, starting: bool) -> Any:
        """The new value, joined with what remains of the old one.

        A class of clients keeps its limits until a value names it.  At the start several lines of `save` add
        up, the first in place of the default.
        """
        old = self._values[parameter.name]
        if isinstance(parameter.kind, BufferLimits):
            return {**old, **value}
        if isinstance(parameter.kind, SavePoints) and starting and parameter.name in self._given and value:
            return old + value
        return value

    def _apply(self, name: str) -> None:
        for hook in self._hooks.get(name, ()):
            hook(self._values[name])

    def _parse(self, name: str, text: str) -> Any:
        parameter = PARAMETERS[name]
        try:
            value = parameter.kind.parse(text)
        except ValueError as problem:
            raise set_error(name, str(problem)) from None
        if parameter.only and value != parameter.kind.parse(parameter.default):
            raise set_error(name, f"this server supports only '{parameter.default}' so far")
        return value


def encoded(text: str) -> bytes:
    """The bytes that a text was decoded from, UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def _default(parameter: Parameter) -> str:
    return parameter.kind.format(parameter.kind.parse(parameter.default))


def set_error(name: str, reason: str) -> RedisError:
    """The error of CONFIG SET."""
    return RedisError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def check_directory(path: str) -> None:
    """ValueError, with the system's reason, when `path` is no directory that this process may enter."""
    try:
        os.stat(os.path.join(path, "."))
    except OSError as problem:
        raise ValueError(problem.strerror) from None


def change_directory(path: str) -> None:
    """Make `path` the process's directory, as the program does with `dir`."""
    try:
        os.chdir(path)
    except OSError as problem:
        raise ValueError(problem.strerror) from None
