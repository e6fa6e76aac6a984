"""What the signals mean that ask the server to end: SIGTERM, and SIGINT, which is Ctrl-C.

The handler runs in the main thread, between any two steps of it, so it does next to nothing: the main thread
finds the request when it looks (program.py), or at once when that would not be soon enough.
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
    def __init__(self, state: Server) -> None:
        """From now on they are heard."""
        self._state = state
        self.is_loading = False  # nothing is lost then, and it may take long
        self.are_pending = False  # the end was asked for, and has not been refused
        for name in SIGNALS:
            signal.signal(getattr(signal, name), self._ask_for_the_end)
        if hasattr(signal, "SIGHUP"):  # the terminal is gone: as there, the server is not, nor what it saves
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask_for_the_end(self, number: int, frame: FrameType | None) -> None:
        """SIGINT twice means it: whoever waits at the terminal would not wait for a save, or for a script."""
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
