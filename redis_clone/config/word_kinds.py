"""The kinds of values that are several words: `save 900 1 300 10`, `bind 127.0.0.1 ::1`.

Each parses one text whose words are separated by a single space, as in CONFIG SET (two spaces have an empty
word between them).  The texts of the errors are those of config.c.
"""

import re
from typing import NamedTuple

from redis_clone.config.kinds import memory_size
from redis_clone.structures.numbers import INT64_MAX, INT64_MIN, parse_double

MOST_ADDRESSES = 16


class SavePoint(NamedTuple):
    """Save `seconds` after the last save if at least `changes` changes were made."""

    seconds: int
    changes: int


class BufferLimit(NamedTuple):
    """The limits of an output buffer: a hard one, and a soft one for some seconds; 0 means no limit."""

    hard_bytes: int
    soft_bytes: int
    soft_seconds: int


class Words:
    """Any words, such as the addresses of `bind`.

    >>> Words().parse("127.0.0.1 ::1")
    ['127.0.0.1', '::1']
    """

    def parse(self, text: str) -> list[str]:
        words = _words(text)
        if len(words) > MOST_ADDRESSES:
            raise ValueError("Too many bind addresses specified.")
        return words

    def format(self, value: list[str]) -> str:
        return " ".join(value)


class Choices(NamedTuple):
    """Any of a few words, in the order of `names`; the first one means none of the others.

    >>> Choices(("default", "save", "nosave", "now")).parse("now default nosave")
    ['nosave', 'now']
    """

    names: tuple[str, ...]
    exclusive: tuple[str, str] = ("save", "nosave")  # that exclude each other
    conflict: str = "shutdown options SAVE and NOSAVE can't be used simultaneously"

    def parse(self, text: str) -> list[str]:
        given = text.lower().split(" ")
        if not set(given) <= set(self.names):
            raise ValueError(f"argument(s) must be one of the following: {', '.join(self.names)}")
        if set(self.exclusive) <= set(given):
            raise ValueError(self.conflict)
        return [name for name in self.names[1:] if name in given]

    def format(self, value: list[str]) -> str:
        return " ".join(value) or self.names[0]


class SavePoints:
    """The save points of `save`.

    >>> SavePoints().parse("900 1 300 10")
    [SavePoint(seconds=900, changes=1), SavePoint(seconds=300, changes=10)]
    """

    def parse(self, text: str) -> list[SavePoint]:
        words = _words(text)
        points = []
        for at in range(0, len(words), 2):
            seconds, changes = _integer(words[at]), _integer("".join(words[at + 1 : at + 2]))
            if len(words) % 2 or seconds is None or seconds < 1 or changes is None or changes < 0:
                raise ValueError("Invalid save parameters")
            points.append(SavePoint(seconds, changes))
        return points

    def format(self, value: list[SavePoint]) -> str:
        return " ".join(f"{point.seconds} {point.changes}" for point in value)


class BufferLimits(NamedTuple):
    """The limits of some classes of clients; classes that a text does not name keep theirs (values.py).

    >>> BufferLimits().parse("replica 1mb 512kb 60")
    {'slave': BufferLimit(hard_bytes=1048576, soft_bytes=524288, soft_seconds=60)}
    """

    classes: tuple[str, ...] = ("normal", "slave", "pubsub")  # "slave" is the old name of "replica"

    def parse(self, text: str) -> dict[str, BufferLimit]:
        words = _words(text)
        if len(words) % 4:
            raise ValueError("Wrong number of arguments in buffer limit configuration.")
        limits = {}
        for at in range(0, len(words), 4):
            name = words[at].lower().replace("replica", "slave")
            if name not in self.classes:
                raise ValueError("Invalid client class specified in buffer limit configuration.")
            limits[name] = self._limit(words[at + 1 : at + 4])
        return limits

    @staticmethod
    def _limit(words: list[str]) -> BufferLimit:
        hard, soft, seconds = memory_size(words[0]), memory_size(words[1]), _integer(words[2])
        if hard is None or soft is None or seconds is None or seconds < 0:
            raise ValueError("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
        return BufferLimit(hard, soft, seconds)

    def format(self, value: dict[str, BufferLimit]) -> str:
        return " ".join(f"{name} {' '.join(map(str, value[name]))}" for name in self.classes)


class OomScores:
    """The oom-score-adj of a master, a replica and a saving child: who is killed first when memory is out."""

    def parse(self, text: str) -> list[int]:
        scores = [_integer(word) for word in text.split(" ")]
        if len(scores) != 3:
            raise ValueError("wrong number of arguments")
        valid = [score for score in scores if score is not None and -2000 <= score <= 2000]
        if len(valid) != 3:
            raise ValueError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
        return valid

    def format(self, value: list[int]) -> str:
        return " ".join(map(str, value))


class Percentiles:
    """The percentiles of INFO's latencystats.

    >>> Percentiles().format(Percentiles().parse("50 99.90"))
    '50 99.9'
    """

    def parse(self, text: str) -> list[float]:
        percentiles = []
        for word in _words(text):
            try:
                percentiles.append(parse_double(word.encode("utf-8", "surrogateescape")))
            except ValueError:
                raise ValueError("Invalid latency-tracking-info-percentiles parameters") from None
            if not 0 <= percentiles[-1] <= 100:
                raise ValueError(
                    "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
                )
        return percentiles

    def format(self, value: list[float]) -> str:
        return " ".join(f"{percentile:f}".rstrip("0").rstrip(".") for percentile in value)


class MasterAddress:
    """The host and the port of a master; empty for a server that is a master itself.

    REPLICAOF takes any text for a host, even one with spaces in it; it is never found, but it must be shown.

    >>> MasterAddress().parse("example.org 6379"), MasterAddress().parse("no one")
    (['example.org', '6379'], [])
    """

    def parse(self, text: str) -> list[str]:
        words = _words(text)
        if not words or [word.lower() for word in words] == ["no", "one"]:
            return []
        if len(words) < 2:
            raise ValueError("wrong number of arguments")
        *host, last = words
        port = _integer(last)
        if port is None or not 0 <= port <= 65535:
            raise ValueError("Invalid master port")
        return [" ".join(host), last]

    def format(self, value: list[str]) -> str:
        return " ".join(value)


OF_SEVERAL_WORDS = (Words, Choices, SavePoints, BufferLimits, OomScores, Percentiles, MasterAddress)


def _words(text: str) -> list[str]:
    return text.split(" ") if text else []


def _integer(word: str) -> int | None:
    """An integer as C's strtoll reads it: after spaces, with a plus or zeros; an empty text is 0."""
    if not re.fullmatch(r"([ \t\n\v\f\r]*[-+]?[0-9]+)?", word):
        return None
    return min(max(int(word or 0), INT64_MIN), INT64_MAX)
