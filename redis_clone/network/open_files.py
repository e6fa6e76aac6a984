"""How many files the process may have open, and so how many clients it can serve.

For the operating system a connection is an open file.  A client takes one, and two more for the ends of its
wake-up pipe (connection.py) if it may get messages.  We ask for enough files for all clients and their pipes,
but go on with one for each client; a client that then needs a pipe and cannot have it is disconnected.  The
texts are Redis's.
"""

import errno
import os
import sys

from redis_clone import logging
from redis_clone.config.values import Config, ConfigError

FILES_PER_CLIENT = 3
FILES_BESIDE = 32  # CONFIG_MIN_RESERVED_FDS: the log, the snapshot, the listening sockets ...
STEP = 16  # of the search for the highest limit, as in the real server
MOST = 1 << 20  # where that search begins if the system names no highest limit


def allow_files(wanted: int) -> int:
    """Allow this process `wanted` open files, or as many as it can get; returns how many."""
    if sys.platform == "win32":
        return wanted  # Windows has no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted if soft == unlimited else soft
    best = wanted
    while best > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard if hard == unlimited else max(best, hard)))
            return best
        except (ValueError, OSError):  # only root may exceed the hard limit; macOS has another limit besides
            best = min(best - STEP, hard if hard != unlimited and best > hard else MOST)
    return soft


def fit_clients(config: Config) -> None:
    """At the start: lower `maxclients` to what the system allows; ConfigError when that is not even one."""
    wanted = config["maxclients"]
    needed, allowed = wanted + FILES_BESIDE, allow_files(FILES_PER_CLIENT * wanted + FILES_BESIDE)
    if allowed >= needed:
        return
    if allowed <= FILES_BESIDE:
        raise ConfigError(
            f"Your current 'ulimit -n' of {allowed} is not enough for the server to start. "
            f"Please increase your open file limit to at least {needed}. Exiting."
        )
    fitting = allowed - FILES_BESIDE
    logging.warning(f"You requested maxclients of {wanted} requiring at least {needed} max file descriptors.")
    logging.warning(
        f"Server can't set maximum open files to {needed} because of OS error: {os.strerror(errno.EPERM)}."
    )
    logging.warning(
        f"Current maximum open files is {allowed}. maxclients has been reduced to {fitting} to compensate "
        "for low ulimit. If you need higher maxclients increase 'ulimit -n'."
    )
    config.set_all({"maxclients": str(fitting)})


def check_clients(wanted: int) -> None:
    """Applies `maxclients` (process.py); ValueError when the system does not allow so many files."""
    allowed = allow_files(FILES_PER_CLIENT * wanted + FILES_BESIDE)
    if allowed < wanted + FILES_BESIDE:
        raise ValueError(
            "The operating system is not able to handle the specified number of clients, "
            f"try with {allowed - FILES_BESIDE}"
        )
