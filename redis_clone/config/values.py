"""The values in force: read from a file, the command line and CONFIG SET.

The syntax is redis.conf's: a name and its values on a line, quoted as in protocol/inline.py, '#' begins
a comment.  On the command line, `--name` begins a line.  The texts of the errors are those of config.c.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from redis_clone.config.kinds import YesNo
from redis_clone.config.parameters import PARAMETERS, Parameter
from redis_clone.config.word_kinds import OF_SEVERAL_WORDS, BufferLimits, SavePoints
from redis_clone.errors import RedisError
from redis_clone.glob import compiled
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

DIRECTIVES = {  # lines that are no parameters, and how many words they have behind the name
    "rename-command": (2,),
    "user": range(1, 2**31),
}


class ConfigError(Exception):
    """A configuration that the server cannot start with; the text is for the terminal."""


class Config:
    """The values in force.

    >>> config = Config()
    >>> config.set_all({"maxclients": "7"})
    >>> config["maxclients"], config.spelled("loglevel")
    (7, 'notice')
    """

    def __init__(self) -> None:
        self._values = {row.name: row.kind.parse(row.default) for row in PARAMETERS.values()}
        self._hooks: dict[str, Callable[[Any], None]] = {}
        self._given: set[str] = set()  # by the user, at the start
        self.directives: dict[str, list[list[str]]] = {name: [] for name in DIRECTIVES}  # their lines' words
        self.file = ""  # where the configuration was read from

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def spelled(self, name: str) -> str:
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
        return {answered: _encoded(self.spelled(name)) for name, answered in shown.items()}

    def set_without_effect(self) -> list[str]:
        """The names of the parameters that were set to something, and that nothing here looks at."""
        rows = set(PARAMETERS.values())
        return sorted(row.name for row in rows if row.idle and self.spelled(row.name) != _default(row))

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

    # The start.

    def read_file(self, path: str) -> None:
        """Take a redis.conf; ConfigError names the line that is wrong."""
        try:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError as problem:
            raise ConfigError(f"Fatal error, can't open config file '{path}': {problem.strerror}") from None
        self.file = os.path.abspath(path)
        for number, line in enumerate(lines, 1):
            self._take_line(line, f"at line {number}")

    def read_command_line(self, words: list[str]) -> None:
        """Take `--name value ...` for each parameter; a config file's path may come first.

        >>> config = Config()
        >>> config.read_command_line(["--port", "7000", "--bind", "127.0.0.1", "::1", "--trace"])
        >>> config["port"], config["bind"], config["trace"]
        (7000, ['127.0.0.1', '::1'], True)
        """
        if words and not words[0].startswith("--"):
            self.read_file(words[0])
            words = words[1:]
        while words:
            name, *rest = words
            values = []
            while rest and not rest[0].startswith("--"):
                values.append(rest.pop(0))
            words = rest
            shown = " ".join([name[2:], *(f'"{value}"' for value in values)])
            self._take(name[2:], values, f">>> '{shown}'", "in the command line")

    def _take_line(self, line: str, where: str) -> None:
        try:
            words = [word.decode("utf-8", "surrogateescape") for word in split_words(_encoded(line.strip()))]
        except UnbalancedQuotes:
            raise _fatal(where, f">>> '{line}'", "Unbalanced quotes in configuration line") from None
        if words and not words[0].startswith("#"):
            self._take(words[0], words[1:], f">>> '{line.strip()}'", where)

    def _take(self, name: str, values: list[str], shown: str, where: str) -> None:
        if len(values) in DIRECTIVES.get(name.lower(), ()):
            self.directives[name.lower()].append(values)
            return
        row = PARAMETERS.get(name.lower())
        if row is not None and isinstance(row.kind, YesNo) and not values:
            values = ["yes"]
        if row is None:
            raise _fatal(where, shown, "Bad directive or wrong number of arguments")
        if not values or (len(values) > 1 and not isinstance(row.kind, OF_SEVERAL_WORDS)):
            raise _fatal(where, shown, "wrong number of arguments")
        try:
            self.set_all({row.name: " ".join(values)}, starting=True)
        except RedisError as problem:
            raise _fatal(where, shown, str(problem).partition(" - ")[2]) from None


def _encoded(text: str) -> bytes:
    """Back to the bytes that it was, UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def _default(row: Parameter) -> str:
    return row.kind.spell(row.kind.parse(row.default))


def refused(name: str, reason: str) -> RedisError:
    """CONFIG SET's error."""
    return RedisError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def _fatal(where: str, shown: str, problem: str) -> ConfigError:
    return ConfigError(
        f"\n*** FATAL CONFIG FILE ERROR ***\nReading the configuration, {where}\n{shown}\n{problem}"
    )


def change_directory(path: str) -> None:
    """What applies `dir`."""
    try:
        os.chdir(path)
    except OSError as problem:
        raise ValueError(problem.strerror) from None
