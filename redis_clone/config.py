"""The configuration: one row per parameter, read from a file, the command line and CONFIG SET.

A row says the name, the default, what kind of value it takes and whether it may change while the server
runs.  The rows that are fixed at their default are true statements about this server (it keeps no
files yet, so `appendonly` is "no"), and are here because clients ask for them.

The syntax is redis.conf's: a name and its values on a line, quoted as in protocol/inline.py, '#' begins
a comment.  On the command line, `--name` begins a line.  The texts of the errors are those of config.c.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from redis_clone.errors import RedisError
from redis_clone.glob import compiled
from redis_clone.numbers import parse_integer
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

UNITS = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1024,
    "m": 1000**2, "mb": 1024**2,
    "g": 1000**3, "gb": 1024**3,
}  # fmt: skip


class Kind(Protocol):
    """How the value of a parameter is read and written."""

    def parse(self, text: str) -> Any:
        """The value; ValueError with Redis's reason."""

    def spell(self, value: Any) -> str:
        """The text that CONFIG GET answers."""


@dataclass(frozen=True)
class Integer:
    low: int
    high: int

    def parse(self, text: str) -> int:
        try:
            number = parse_integer(text.encode())
        except ValueError:
            raise ValueError("argument couldn't be parsed into an integer") from None
        return _within(number, self.low, self.high)

    def spell(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class Memory:
    """Bytes, with a unit or without: 100mb.

    >>> Memory(0, 2**63 - 1).parse("2kb")
    2048
    """

    low: int
    high: int

    def parse(self, text: str) -> int:
        found = re.fullmatch(r"(\d+)([a-z]*)", text.lower())
        if not found or found[2] not in UNITS:
            raise ValueError("argument must be a memory value")
        return _within(int(found[1]) * UNITS[found[2]], self.low, self.high)

    def spell(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class YesNo:
    def parse(self, text: str) -> bool:
        if text.lower() not in ("yes", "no"):
            raise ValueError("argument must be 'yes' or 'no'")
        return text.lower() == "yes"

    def spell(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True)
class Choice:
    names: tuple[str, ...]

    def parse(self, text: str) -> str:
        if text.lower() not in self.names:
            raise ValueError(f"argument(s) must be one of the following: {', '.join(self.names)}")
        return text.lower()

    def spell(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Text:
    def parse(self, text: str) -> str:
        return text

    def spell(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Folder:
    """A folder, always with its whole path: a relative one would mean another after the next change."""

    def parse(self, text: str) -> str:
        return os.path.abspath(text)

    def spell(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Words:
    def parse(self, text: str) -> list[str]:
        return text.split()

    def spell(self, value: list[str]) -> str:
        return " ".join(value)


@dataclass(frozen=True)
class CpuList:
    """Processor cores, as taskset names them; the value is the text, cores() makes numbers of it."""

    def parse(self, text: str) -> str:
        if text:
            self.cores(text)
        return text

    def spell(self, value: str) -> str:
        return value

    @staticmethod
    def cores(text: str) -> set[int]:
        """
        >>> sorted(CpuList.cores("0,4-8:2"))
        [0, 4, 6, 8]
        """
        found: set[int] = set()
        for part in text.split(","):
            match = re.fullmatch(r"(\d+)(?:-(\d+)(?::([1-9]\d*))?)?", part)
            if not match:
                raise ValueError("argument must be a list of cores, such as 0,2-4 or 0-6:2")
            first, last, step = match.groups()
            found.update(range(int(first), int(last or first) + 1, int(step or 1)))
        return found


@dataclass(frozen=True)
class EventLetters:
    """Of `notify-keyspace-events`; see notifications.py."""

    letters: str
    all: str

    def parse(self, text: str) -> str:
        if not set(text) <= set(self.letters + "A"):
            raise ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        given = set(text.replace("A", self.all))
        spelled = "".join(letter for letter in self.letters if letter in given)
        return spelled.replace(self.all, "A")

    def spell(self, value: str) -> str:
        return value


def _within(number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise ValueError(f"argument must be between {low} and {high} inclusive")
    return number


class Parameter(NamedTuple):
    """One row.  `fixed`: only at the start; `only`: no other value than the default works here."""

    name: str
    default: str
    kind: Kind
    fixed: bool = False
    only: bool = False


HUGE = 2**63 - 1
INT = 2**31 - 1
LEVELS = ("debug", "verbose", "notice", "warning", "nothing")
POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip

PARAMETERS = {
    row.name: row
    for row in (
        Parameter("appendonly", "no", YesNo(), only=True),
        Parameter("bind", "127.0.0.1", Words(), fixed=True),
        Parameter("client-query-buffer-limit", "1gb", Memory(1024**2, HUGE)),
        Parameter("daemonize", "no", YesNo(), only=True),
        Parameter("databases", "16", Integer(1, INT), fixed=True),
        Parameter("dir", ".", Folder()),
        Parameter("logfile", "", Text(), fixed=True),
        Parameter("hash-max-listpack-entries", "512", Integer(0, HUGE)),
        Parameter("hash-max-listpack-value", "64", Integer(0, HUGE)),
        Parameter("hz", "10", Integer(0, INT), only=True),
        Parameter("list-max-listpack-size", "-2", Integer(-(2**31), INT)),
        Parameter("loglevel", "notice", Choice(LEVELS)),
        Parameter("maxclients", "10000", Integer(1, 2**32 - 1)),
        Parameter("maxmemory", "0", Memory(0, HUGE), only=True),
        Parameter("maxmemory-policy", "noeviction", Choice(POLICIES), only=True),
        Parameter("notify-keyspace-events", "", EventLetters("g$lshzxetdnKEm", all="g$lshzxetd")),
        Parameter("port", "6379", Integer(0, 65535), fixed=True),
        Parameter("proto-max-bulk-len", "512mb", Memory(1024**2, HUGE)),
        Parameter("protected-mode", "no", YesNo(), only=True),
        Parameter("requirepass", "", Text()),
        Parameter("save", "", Words(), only=True),
        Parameter("server_cpulist", "", CpuList(), fixed=True),
        Parameter("set-max-intset-entries", "512", Integer(0, HUGE)),
        Parameter("set-max-listpack-entries", "128", Integer(0, HUGE)),
        Parameter("set-max-listpack-value", "64", Integer(0, HUGE)),
        Parameter("tcp-backlog", "511", Integer(0, INT), fixed=True),
        Parameter("tcp-keepalive", "300", Integer(0, INT)),
        Parameter("timeout", "0", Integer(0, INT), only=True),
        Parameter("trace", "no", YesNo()),  # ours: show the bytes of every connection on the terminal
        Parameter("unixsocket", "", Text(), fixed=True),
        Parameter("zset-max-listpack-entries", "128", Integer(0, HUGE)),
        Parameter("zset-max-listpack-value", "64", Integer(0, HUGE)),
    )
}


# Names of old, for the same parameters.
for kind, field in itertools.product(("hash", "zset"), ("entries", "value")):
    new = PARAMETERS[f"{kind}-max-listpack-{field}"]
    PARAMETERS[f"{kind}-max-ziplist-{field}"] = new
PARAMETERS["list-max-ziplist-size"] = PARAMETERS["list-max-listpack-size"]


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
                for name in PARAMETERS:
                    if glob.matches(name.encode()):
                        shown.setdefault(name, name)
        return {answered: _encoded(self.spelled(name)) for name, answered in shown.items()}

    def set_all(self, texts: dict[str, str], starting: bool = False) -> None:
        """CONFIG SET: all of them or, with a RedisError, none."""
        for name in texts:
            if PARAMETERS[name].fixed and not starting:
                raise _refused(name, "can't set immutable config")
        parsed = {PARAMETERS[name].name: self._parse(name, text) for name, text in texts.items()}
        old = {name: self._values[name] for name in parsed}
        for name, value in parsed.items():
            self._values[name] = value
            try:
                self._apply(name)
            except ValueError as problem:
                self._values.update(old)
                for undone in parsed:
                    self._apply(undone)
                raise _refused(name, str(problem)) from None

    def _apply(self, name: str) -> None:
        if name in self._hooks:
            self._hooks[name](self._values[name])

    def _parse(self, name: str, text: str) -> Any:
        row = PARAMETERS[name]
        try:
            value = row.kind.parse(text)
        except ValueError as problem:
            raise _refused(name, str(problem)) from None
        if row.only and value != row.kind.parse(row.default):
            raise _refused(name, f"this server supports only '{row.default}' so far")
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
        row = PARAMETERS.get(name.lower())
        if row is not None and isinstance(row.kind, YesNo) and not values:
            values = ["yes"]
        if row is None:
            raise _fatal(where, shown, "Bad directive or wrong number of arguments")
        if not values or (len(values) > 1 and not isinstance(row.kind, Words)):
            raise _fatal(where, shown, "wrong number of arguments")
        try:
            self.set_all({row.name: " ".join(values)}, starting=True)
        except RedisError as problem:
            raise _fatal(where, shown, str(problem).partition(" - ")[2]) from None


def _encoded(text: str) -> bytes:
    """Back to the bytes that it was, UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def _refused(name: str, reason: str) -> RedisError:
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
        raise ValueError(f"Changing directory: {problem.strerror}") from None
