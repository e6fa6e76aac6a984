"""Reads redis.conf and the command line: lines of a name and its values.

A line is split into words as a typed command is (protocol/inline.py), so a value may be "quoted"; '#' begins
a comment only at the beginning of a line.  Most names are parameters; the others are DIRECTIVES.

The command line is turned into further lines, which follow those of the file and of the standard input:
`--port 7000 --bind 127.0.0.1 ::1` becomes `port "7000"` and `bind "127.0.0.1" "::1"`.  So the command line
overrides the file.  The texts of the errors are those of config.c.
"""

import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from redis_clone import REDIS_VERSION
from redis_clone.config.parameters import PARAMETERS, Parameter
from redis_clone.config.values import Config, ConfigError, encoded
from redis_clone.config.word_kinds import OF_SEVERAL_WORDS
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import UnbalancedQuotes, quote, split_words

BLANK = " \t\r\n"
BAD_DIRECTIVE = "Bad directive or wrong number of arguments"
# The values of options that are given without one.
ALONE = {"--save": ' ""', "--trace": " yes"}
FATAL = f"\n*** FATAL CONFIG FILE ERROR (Redis {REDIS_VERSION}) ***\n"


class Line(NamedTuple):
    """One line of a configuration, and its number."""

    number: int
    text: str
    words: list[str]

    def fatal(self, problem: str) -> ConfigError:
        return ConfigError(
            f"{FATAL}Reading the configuration file, at line {self.number}\n>>> '{self.text}'\n{problem}"
        )


def read_command_line(config: Config, words: list[str]) -> None:
    """Read a file's path or "-" for the standard input, then `--name value ...` for each parameter.

    >>> config = Config()
    >>> read_command_line(config, ["--port", "7000", "--bind", "127.0.0.1", "::1", "--trace"])
    >>> config["port"], config["bind"], config["trace"]
    (7000, ['127.0.0.1', '::1'], True)
    """
    text = ""
    if words and not words[0].startswith("-"):
        config.file = os.path.abspath(words[0])
        text = content_of(config.file)
        words = words[1:]
    if "-" in (words[:1] + words[-1:]):
        text += sys.stdin.read()
        words = words[1:] if words[0] == "-" else words[:-1]
    read_lines(config, text + "\n" + lines_of_options(words))


def read_file(config: Config, path: str) -> None:
    """Read a redis.conf; ConfigError names the line that is wrong."""
    config.file = os.path.abspath(path)
    read_lines(config, content_of(config.file))


def content_of(path: str) -> str:
    """The content of a file, or of all files that match a path with *, ? or [ ], perhaps none."""
    try:
        return "\n".join(map(read_text, _matching(path) if set("*?[") & set(path) else [path]))
    except OSError as problem:
        shown = problem.filename
        raise ConfigError(f"Fatal error, can't open config file '{shown}': {problem.strerror}") from None


def _matching(pattern: str) -> list[str]:
    import glob  # here, because few servers need it to start

    return sorted(glob.glob(pattern))


def read_text(path: str) -> str:
    """A file's content; bytes that are no UTF-8 are preserved."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def lines_of_options(words: list[str]) -> str:
    r"""The lines of redis.conf that a command line means.

    An option takes at least one word, even if it looks like an option itself; except those of ALONE.

    >>> lines_of_options(["--port", "7000", "--save", "--requirepass", "--x"])
    'port "7000"\nsave ""\nrequirepass "--x"'
    """
    lines = [""]
    has_value = True
    for at, word in enumerate(words):
        if has_value and word.startswith("--"):
            is_alone = word.lower() in ALONE and all(next.startswith("--") for next in words[at + 1 : at + 2])
            lines.append(word[2:] + (ALONE[word.lower()] if is_alone else ""))
            has_value = is_alone or len(word.split()) > 1  # "--port 7000" may be one word
        else:
            lines[-1] += " " + quote(encoded(word)).decode("ascii")
            has_value = True
    return "\n".join(lines).strip()


def read_lines(config: Config, text: str) -> None:
    """Apply each line of `text`; ConfigError says which one is wrong, and why."""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip(BLANK)
        if stripped and not stripped.startswith("#"):
            _apply_line(config, Line(number, stripped, []))
    if config["cluster-enabled"] and config["replicaof"]:
        raise ConfigError(f"{FATAL}replicaof directive not allowed in cluster mode")


def _apply_line(config: Config, line: Line) -> None:
    try:
        words = [word.decode("utf-8", "surrogateescape") for word in split_words(encoded(line.text))]
        line = line._replace(words=words)
        if words:
            _apply_words(config, words[0].lower(), line)
    except UnbalancedQuotes:
        raise line.fatal("Unbalanced quotes in configuration line") from None
    except ValueError as problem:
        raise line.fatal(str(problem)) from None


def _apply_words(config: Config, name: str, line: Line) -> None:
    if name in PARAMETERS:
        _set(config, PARAMETERS[name], line.words[1:])
        return
    directive = DIRECTIVES.get(name, UNKNOWN if "." not in name else MODULES_PARAMETER)
    if not directive.fewest <= len(line.words) - 1 <= directive.most:
        raise ValueError(directive.wrong_count)
    directive.act(config, line)


def _set(config: Config, parameter: Parameter, values: list[str]) -> None:
    if len(values) != 1 and not isinstance(parameter.kind, OF_SEVERAL_WORDS):
        raise ValueError("wrong number of arguments")
    try:
        config.set_all({parameter.name: " ".join(values)}, starting=True)
    except RedisError as problem:
        raise ValueError(str(problem).partition(" - ")[2]) from None


class Directive(NamedTuple):
    """What a line does that sets no parameter, and how many words it may have behind its name."""

    fewest: int
    most: int
    act: Callable[[Config, Line], None]
    wrong_count: str = BAD_DIRECTIVE


def _include(config: Config, line: Line) -> None:
    """Read another file at this place: later lines override it."""
    read_lines(config, content_of(line.words[1]))


def _keep(config: Config, line: Line) -> None:
    """Keep the line for later: there are no commands and no users yet."""
    name, *words = line.words
    config.directives[name.lower()].append(words)


def _ignore(config: Config, line: Line) -> None:
    """Ignore a parameter of old versions."""


def _rejection(reason: str) -> Callable[[Config, Line], None]:
    def reject(config: Config, line: Line) -> None:
        raise ValueError(reason)

    return reject


MANY = sys.maxsize
UNKNOWN = Directive(0, MANY, _rejection(BAD_DIRECTIVE))
MODULES_PARAMETER = Directive(
    1,
    1,
    _rejection("Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting"),
    "Module config specified without value",
)
DIRECTIVES = {
    "include": Directive(1, 1, _include),
    "list-max-ziplist-entries": Directive(1, 1, _ignore),
    "list-max-ziplist-value": Directive(1, 1, _ignore),
    "loadmodule": Directive(1, MANY, _rejection("this server cannot load modules, which are machine code")),
    "lua-replicate-commands": Directive(1, 1, _ignore),
    "rename-command": Directive(2, 2, _keep),
    "sentinel": Directive(1, MANY, _rejection("sentinel directive while not in sentinel mode")),
    "user": Directive(1, MANY, _keep),
}
