"""Redis's log line: `pid:role date level message`, on the terminal or in a file.

    1234:M 23 Nov 2026 18:28:50.123 * Ready to accept connections

The levels, in Redis's words and marks: debug '.', verbose '-', notice '*', warning '#'.  Python's own
`logging` does the work; errors of ours come with their traceback, at the level warning.
"""

import logging
import os
import sys
import time

LEVELS = {"debug": 10, "verbose": 15, "notice": 20, "warning": 30, "nothing": 100}
MARKS = {10: ".", 15: "-", 20: "*", 30: "#"}

log = logging.getLogger("redis_clone")


class RedisFormatter(logging.Formatter):
    """One line a message; a traceback follows it where there is one."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        stamp = time.strftime("%d %b %Y %H:%M:%S", time.localtime(record.created))
        return f"{stamp}.{int(record.msecs):03d}"

    def formatMessage(self, record: logging.LogRecord) -> str:
        mark = MARKS.get(record.levelno, "#")
        return f"{os.getpid()}:M {self.formatTime(record)} {mark} {record.message}"


def start(level: str, path: str) -> None:
    """Log to the file at `path`, or to the terminal when it is empty."""
    handler = logging.FileHandler(path) if path else logging.StreamHandler(sys.stdout)
    handler.setFormatter(RedisFormatter())
    for old in log.handlers:
        old.close()
    log.handlers = [handler]
    log.propagate = False
    set_level(level)


def set_level(level: str) -> None:
    log.setLevel(LEVELS[level])


def debug(message: str) -> None:
    log.debug(message)


def verbose(message: str) -> None:
    log.log(LEVELS["verbose"], message)


def notice(message: str) -> None:
    log.info(message)


def warning(message: str) -> None:
    log.warning(message)


def bug(message: str) -> None:
    """A fault of ours, with the traceback of the exception at hand."""
    log.exception(message)
