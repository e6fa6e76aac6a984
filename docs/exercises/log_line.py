"""A line that a person can search.

Redis's log has one line for each message, and all lines have one form:

    1234:M 23 Nov 2026 18:28:50.123 * Ready to accept connections tcp

That is the number of the process, its role (C while it starts, M a master), the time, a mark for the level,
and the message. Python's `logging` does the work; `formatMessage(record)` makes the line. The role is
`self.role`, the time is what `self.formatTime(record)` answers, the message is `record.message`. MARKS
leads from `record.levelno` to the mark; a level that is not in it, such as Python's own ERROR, is marked as
a warning is: '#'.
"""

import logging
import re
from typing import Any

from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling
from redis_clone.logging import LEVELS, RedisFormatter

CHAPTER = 15
LEVEL = 1
CONCEPT = "one line, always of one form"
HOLE = "redis_clone/logging.py:RedisFormatter.formatMessage"
HINTS = (
    "os.getpid() is the number of the process.",
    "MARKS.get(record.levelno, '#') is the mark.",
    'One f-string does it: f"{os.getpid()}:{self.role} ...". Mind the colon, and that there is one '
    "space between the others.",
)


def line(process: StudentPeer, level: int, message: str, role: str = "M", *values: object) -> str:
    formatter = RedisFormatter()
    formatter.role = role
    record = process.module("logging").LogRecord("redis_clone", level, "", 0, message, values, None)
    record.created, record.msecs = 1_700_000_000.0, 123.0
    return str(formatter.format(record))


def asking(process: StudentPeer, level: int, message: str, role: str = "M") -> calling:
    name = next((name for name, number in LEVELS.items() if number == level), str(level))
    shown = f"the line of {message!r} at the level {name}, role {role}"
    return calling(line, process, level, message, role, shown=shown)


def looks_like(pattern: str) -> Any:
    return lambda came: re.fullmatch(pattern, came)


TIME = r"\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.123"


def test_the_whole_line(process: StudentPeer) -> None:
    pid = process.module("os").getpid()
    asking(process, LEVELS["notice"], "Ready to accept connections tcp").passes(
        looks_like(rf"{pid}:M {TIME} \* Ready to accept connections tcp"),
        f"{pid}:M 14 Nov 2023 22:13:20.123 * Ready to accept connections tcp (or that time here)",
    )


def test_the_marks_of_the_levels(process: StudentPeer) -> None:
    for name, mark in (("debug", "."), ("verbose", "-"), ("notice", "*"), ("warning", "#")):
        asking(process, LEVELS[name], "text").passes(
            looks_like(rf"\d+:M {TIME} {re.escape(mark)} text"), f"the mark {mark}"
        )


def test_another_level_is_marked_as_a_warning(process: StudentPeer) -> None:
    asking(process, logging.ERROR, "text").passes(looks_like(rf"\d+:M {TIME} # text"), "the mark #")


def test_the_values_are_in_the_text(process: StudentPeer) -> None:
    arguments = (process, LEVELS["notice"], "%d keys in %s", "M", 7, "dump.rdb")
    calling(line, *arguments, shown="the line of '%d keys in %s' with 7 and 'dump.rdb'").passes(
        looks_like(rf"\d+:M {TIME} \* 7 keys in dump\.rdb"), "7 keys in dump.rdb"
    )


def test_the_role(process: StudentPeer) -> None:
    asking(process, LEVELS["notice"], "text", "C").passes(looks_like(rf"\d+:C {TIME} \* text"), "the role C")
