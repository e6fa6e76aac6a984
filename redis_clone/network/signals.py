"""The signals that ask the server to end: SIGTERM, and SIGINT, which is Ctrl-C.

The handler runs in the main thread, between any two steps of it, so it does next to nothing: it puts a
request into a queue, and the main thread finds it there (program.py).  A signal that must not wait, such as a
second Ctrl-C, ends the process at once.  Its attributes belong to the main thread, which runs the handler
too; the queue is one that a handler may use (SimpleQueue).
"""

import contextlib
import os
import signal
from types import FrameType

from redis_clone import logging
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.server.state import Server

SIGNALS = ("SIGTERM", "SIGINT")


class Signals:
    """The handlers of the signals, installed from its creation on."""

    def __init__(self, state: Server) -> None:
        self._state = state
        self.is_loading = False  # the process may end at once then: nothing would be lost
        self.are_pending = False  # an end was requested, and the save for it has not failed
        for name in SIGNALS:
            signal.signal(getattr(signal, name), self._request_end)
        if hasattr(signal, "SIGHUP"):  # as in Redis, a closed terminal does not end the server
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _request_end(self, number: int, frame: FrameType | None) -> None:
        """Request the end.  A second SIGINT exits at once, without waiting for a save or a script."""
        if self.are_pending and number == signal.SIGINT:
            logging.warning("You insist... exiting now.")
            with contextlib.suppress(OSError):
                os.unlink(WholeFile.temporary_name())
            os._exit(1)
        if self.is_loading:
            logging.warning("Received shutdown signal during loading, exiting now.")
            os._exit(0)
        self.are_pending = True
        self._state.stop_requests.put(signal.Signals(number).name)
