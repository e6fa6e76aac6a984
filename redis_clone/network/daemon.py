"""`daemonize yes`: the server goes on in the background, without a terminal; and its pid file."""

import contextlib
import os
import sys
from collections.abc import Iterator

from redis_clone import logging

PID_FILE = "/var/run/redis.pid"  # of a daemon, unless `pidfile` names another


def daemonize() -> None:
    """Return in a child process with a session of its own; the process that was started exits with 0.

    Where the system has no fork(), as on Windows, the server stays what it is, and the log says so.

    Called before there is any thread, for a child of fork() has one thread only.  The log is open already, so
    that a log file which cannot be opened is still reported on the terminal.
    """
    if sys.platform == "win32" or not hasattr(os, "fork"):
        logging.warning(
            "'daemonize yes' needs fork(), which this system has not: the server stays in the foreground"
        )
        return
    sys.stdout.flush()
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


@contextlib.contextmanager
def pid_file(path: str) -> Iterator[None]:
    """A file with our process id, for process managers, while the server runs; "" for no file."""
    if not path:
        yield
        return
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
    except OSError as problem:
        logging.warning(f"Failed to write PID file: {problem.strerror}")
    try:
        yield
    finally:
        logging.notice("Removing the pid file.")
        with contextlib.suppress(OSError):
            os.unlink(path)
