"""`syslog-enabled`: the lines of the log go to the system's log too.

A module of its own, because few servers need it, and Python's handler for it brings pickle.
"""

import logging
import os
from logging.handlers import SysLogHandler
from typing import ClassVar

from redis_clone.logging import log

SOCKETS = ("/dev/log", "/var/run/syslog")  # on Linux and macOS; elsewhere syslog is at a port


class SysLog(SysLogHandler):
    """Sends lines to the system's log, with Redis's levels."""

    priority_map: ClassVar[dict[str, str]] = {
        "DEBUG": "debug", "VERBOSE": "info", "INFO": "notice", "WARNING": "warning", "ERROR": "err",
    }  # fmt: skip

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore that no syslog is listening."""


def add_syslog(ident: str, facility: str) -> None:
    """Log to the system's log too; OSError if there is none."""
    address = next(filter(os.path.exists, SOCKETS), ("localhost", 514))
    handler = SysLog(address, SysLogHandler.facility_names[facility])
    handler.setFormatter(logging.Formatter(f"{ident}[%(process)d]: %(message)s"))
    log.addHandler(handler)
