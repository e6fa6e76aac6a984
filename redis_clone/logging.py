"""Log lines in Redis's format: `pid:role date level message`, on the terminal or in a file.

    1234:M 23 Nov 2026 18:28:50.123 * Ready to accept connections tcp

The role is C for a process that is only starting, M for a master and S for a replica.  The levels have
Redis's names and marks: debug '.', verbose '-', notice '*', warning '#'.  Python's own `logging` does the
work; a bug is logged with its traceback, at the level warning.  Any thread may log, for each handler has a
lock of its own; level and role are single attributes, set by the main thread and by CONFIG SET.  For the
system's log see network/syslog.py.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from types import TracebackType

LEVELS = {"debug": 10, "verbose": 15, "notice": 20, "warning": 30, "nothing": 100}
MARKS = {10: ".", 15: "-", 20: "*", 30: "#"}
logging.addLevelName(LEVELS["verbose"], "VERBOSE")

log = logging.getLogger("redis_clone")


class RedisFormatter(logging.Formatter):
    """Formats a message as one line, and a traceback below it if there is one."""

    role = "C"

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        stamp = time.strftime("%d %b %Y %H:%M:%S", time.localtime(record.created))
        return f"{stamp}.{int(record.msecs):03d}"

    def format(self, record: logging.LogRecord) -> str:
        """Bytes that are no UTF-8, as in a name from a client, become escapes: no handler can write them."""
        return super().format(record).encode("utf-8", "backslashreplace").decode("utf-8")

    def formatMessage(self, record: logging.LogRecord) -> str:
        mark = MARKS.get(record.levelno, "#")
        return f"{os.getpid()}:{self.role} {self.formatTime(record)} {mark} {record.message}"


class LogFile(logging.FileHandler):
    """A log file that another program may rename at any time: before each line a new one is made if needed.

    It stays open, for when all files are open the log must say so.  While it cannot be opened its lines are
    lost, as in the real server: that is no reason to stop.  (Python's WatchedFileHandler would do, but brings
    pickle and more into each start.)
    """

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):
            if not self._has_its_name():
                self.close()  # so that the next line opens it
            super().emit(record)

    def _has_its_name(self) -> bool:
        """Whether the open file, if there is one, is still the one at the path."""
        if self.stream is None:
            return False
        try:
            return os.path.samestat(os.stat(self.baseFilename), os.fstat(self.stream.fileno()))
        except OSError:  # there is no such file any more
            return False


def start(level: str, path: str) -> None:
    """Log to the file at `path`, or to the terminal if `path` is empty; OSError if it cannot be opened."""
    handler = LogFile(path, encoding="utf-8") if path else logging.StreamHandler(sys.stdout)
    handler.setFormatter(RedisFormatter())
    for old in log.handlers:
        old.close()
    log.handlers = [handler]
    log.propagate = False
    set_level(level)


def set_level(level: str) -> None:
    log.setLevel(LEVELS[level])


def set_role(role: str) -> None:
    """Set the letter in each line: C, M or S.

    It belongs to the process, for so does the log: only a program that is one server calls start().  Servers
    that a test runs in its own process (redis_clone/testing) log through its handlers, which show no letter.
    """
    for handler in log.handlers:
        if isinstance(handler.formatter, RedisFormatter):
            handler.formatter.role = role


def debug(message: str) -> None:
    log.debug(message)


def verbose(message: str) -> None:
    log.log(LEVELS["verbose"], message)


def notice(message: str) -> None:
    log.info(message)


def warning(message: str) -> None:
    log.warning(message)


def fatal(message: str) -> None:
    """Say why the server cannot start or go on; `loglevel nothing` does not hide it."""
    log.log(LEVELS["nothing"], message)


def bug(message: str) -> None:
    """Log a bug with the traceback of the current exception: that is our crash report."""
    log.exception(message)


def died(hook: threading.ExceptHookArgs) -> None:
    """Log a bug that has ended a thread; installed as threading.excepthook."""
    name = hook.thread.name if hook.thread else "unknown"
    log.error(f"Error in the thread {name}", exc_info=hook.exc_value)


def main_thread_died(kind: type[BaseException], problem: BaseException, _: TracebackType | None) -> None:
    """Log a bug that has ended the program, for a daemon has no terminal; installed as sys.excepthook."""
    log.log(LEVELS["nothing"], "Error in the main thread", exc_info=problem)
