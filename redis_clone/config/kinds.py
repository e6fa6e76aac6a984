"""How the value of a parameter is parsed and formatted: a class for each kind of value that is one word.

The kinds of several words are in word_kinds.py.  The texts of the errors are those of config.c.
"""

import errno
import os
import re
from typing import Any, NamedTuple, Protocol

from redis_clone.structures.numbers import parse_integer

UINT64 = 2**64 - 1
MIN_HZ, MAX_HZ = 1, 500

UNITS = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1024,
    "m": 1000**2, "mb": 1024**2,
    "g": 1000**3, "gb": 1024**3,
}  # fmt: skip


class Kind(Protocol):
    """Parses and formats the values of a parameter."""

    def parse(self, text: str) -> Any:
        """The value; ValueError with Redis's reason."""

    def format(self, value: Any) -> str:
        """The text that CONFIG GET answers."""


class Integer(NamedTuple):
    low: int
    high: int

    def parse(self, text: str) -> int:
        try:
            number = parse_integer(text.encode("utf-8", "surrogateescape"))
        except ValueError:
            raise ValueError("argument couldn't be parsed into an integer") from None
        return _within(number, self.low, self.high)

    def format(self, value: int) -> str:
        return str(value)


class Hertz(Integer):
    """A frequency per second; a value out of range means the nearest one in range.

    >>> Hertz(0, 2**31 - 1).parse("9000")
    500
    """

    def parse(self, text: str) -> int:
        return min(max(super().parse(text), MIN_HZ), MAX_HZ)


class Octal(NamedTuple):
    """The permissions of a file, as chmod takes them.

    >>> Octal(0, 0o777).parse("0700") == 0o700, Octal(0, 0o777).format(0o700)
    (True, '700')
    """

    low: int
    high: int

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"([-+]?[0-7]+)?", text):
            raise ValueError("argument couldn't be parsed as an octal number")
        number = int(text or "0", 8)
        if not self.low <= number <= self.high:
            raise ValueError(f"argument must be between {self.low:o} and {self.high:o} inclusive")
        return number

    def format(self, value: int) -> str:
        return f"{value:o}"


class Memory(NamedTuple):
    """Bytes, with a unit or without: 100mb.  A value below `least` is allowed, and means `least`.

    >>> Memory(0, 2**63 - 1).parse("2kb")
    2048
    """

    low: int
    high: int
    least: int = 0

    def parse(self, text: str) -> int:
        size = memory_size(text)
        if size is None:
            raise ValueError("argument must be a memory value")
        return max(_within(size, self.low, self.high), self.least)

    def format(self, value: int) -> str:
        return str(value)


def memory_size(text: str) -> int | None:
    """The bytes that `text` means, None if it is no size; in 64 bits, as memtoull in util.c computes.

    >>> memory_size("1gb"), memory_size("1g"), memory_size("kb"), memory_size("1.5mb")
    (1073741824, 1000000000, 0, None)
    """
    found = re.fullmatch(r"([0-9]{0,127})([a-z]*)", text.lower())
    if not found or found[2] not in UNITS:
        return None
    return min(int(found[1] or 0), UINT64) * UNITS[found[2]] & UINT64


class MemoryOrPercent(NamedTuple):
    """Bytes, or a percentage of maxmemory, which is stored as a negative number.

    >>> MemoryOrPercent(-100, 2**63 - 1).parse("5%"), MemoryOrPercent(-100, 2**63 - 1).format(-5)
    (-5, '5%')
    """

    low: int
    high: int

    def parse(self, text: str) -> int:
        found = re.fullmatch(r"(0|[1-9][0-9]{0,17})%", text)
        if found:
            if int(found[1]) > -self.low:
                raise ValueError(f"percentage argument must be less or equal to {-self.low}")
            return -int(found[1])
        size = memory_size(text)
        if size is None:
            raise ValueError("argument must be a memory or percent value")
        return _within(size, 0, self.high)

    def format(self, value: int) -> str:
        return f"{-value}%" if value < 0 else str(value)


class YesNo:
    def parse(self, text: str) -> bool:
        if text.lower() not in ("yes", "no"):
            raise ValueError("argument must be 'yes' or 'no'")
        return text.lower() == "yes"

    def format(self, value: bool) -> str:
        return "yes" if value else "no"


class Choice(NamedTuple):
    """One of a few words.  `same` has synonyms: ("relative", "yes")."""

    names: tuple[str, ...]
    same: tuple[tuple[str, str], ...] = ()

    def parse(self, text: str) -> str:
        if text.lower() not in self.names:
            raise ValueError(f"argument(s) must be one of the following: {', '.join(self.names)}")
        return dict(self.same).get(text.lower(), text.lower())

    def format(self, value: str) -> str:
        return value


class Text:
    def parse(self, text: str) -> str:
        return text

    def format(self, value: str) -> str:
        return value


class Rule(NamedTuple):
    """A pattern that a text must match, and the error when it does not."""

    pattern: str
    reason: str


class RuledText(Text):
    """A text that follows rules, which are checked in their order."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    def parse(self, text: str) -> str:
        for rule in self.rules:
            if not re.fullmatch(rule.pattern, text, re.DOTALL):
                raise ValueError(rule.reason)
        return text


class Folder:
    """A folder, stored as an absolute path: a relative one would mean another after the next `dir`."""

    def parse(self, text: str) -> str:
        if not text:
            raise ValueError(os.strerror(errno.ENOENT))
        return os.path.abspath(text)

    def format(self, value: str) -> str:
        return value


class CpuList:
    """Processor cores, as taskset names them; the value is the text, and cores() gives the numbers."""

    def parse(self, text: str) -> str:
        if text:
            self.cores(text)
        return text

    def format(self, value: str) -> str:
        return value

    @staticmethod
    def cores(text: str) -> set[int]:
        """The numbers of the cores; ValueError when the text is wrong.

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


class EventLetters(NamedTuple):
    """The letters of `notify-keyspace-events` (features/notifications.py).

    CONFIG GET leaves out the "n" behind an "A".
    """

    letters: str
    all: str

    def parse(self, text: str) -> str:
        if not set(text) <= set(self.letters + "A"):
            raise ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        given = set(text.replace("A", self.all))
        formatted = "".join(letter for letter in self.letters if letter in given)
        return formatted.replace(self.all, "A")

    def format(self, value: str) -> str:
        return value.replace("An", "A")


def _within(number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise ValueError(f"argument must be between {low} and {high} inclusive")
    return number
