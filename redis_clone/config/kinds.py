"""How the value of a parameter is read and written: a class for each kind.

The texts of the errors are those of config.c.
"""

import os
import re
from dataclasses import dataclass
from typing import Any, Protocol

from redis_clone.numbers import parse_integer

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
