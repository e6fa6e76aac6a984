"""A live server in the student's process."""

import logging
from typing import Any

from exercises.machinery.shown import format_exception
from redis_clone import commands
from redis_clone.network.server import Network
from redis_clone.server.loading import load_append_only_file
from redis_clone.server.state import Server

commands.load()


class Bugs(logging.Handler):
    """Keeps the exceptions that the server logs, for a reply says only that there was one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.formatted: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.formatted.append(format_exception(record.exc_info[1]))


def start(parameters: dict[str, str]) -> tuple[int, Any, Bugs]:
    """Starts the real server at a free port, with nothing saved: its port, its databases, its bugs."""
    bugs = Bugs()
    log = logging.getLogger("redis_clone")
    log.handlers, log.propagate = [bugs], False
    state = Server()
    usual = {"port": "0", "save": "", "enable-debug-command": "yes"}
    state.config.set_all({**usual, **parameters}, starting=True)
    load_append_only_file(state)
    Network(state).__enter__()
    return state.port, state.databases, bugs
