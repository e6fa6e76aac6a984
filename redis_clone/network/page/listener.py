"""Accepts browsers at the address of the page, in the thread "page", and gives each request a thread.

A browser that fails or stops reading ends its own thread and nothing else.  When nobody has watched for a
moment, commands that the page holds in step mode go on: a closed browser must not stop the server for ever.
"""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

from redis_clone import logging
from redis_clone.config.values import ConfigError
from redis_clone.network.connection import WakeUpPipe
from redis_clone.network.page.access import is_loopback
from redis_clone.network.page.handler import PERIOD_SECONDS, SHARE, PageHandler
from redis_clone.server.inspection.panels import Inspection
from redis_clone.server.state import Server

MOST_VIEWERS = 16
PATIENCE_SECONDS = 5.0  # without a viewer, before the page stops: a browser that reloads comes back sooner
JOIN_SECONDS = 5.0


class PageListener(http.server.ThreadingHTTPServer):
    """The page of one server, from start() to stop()."""

    timeout = 0  # of handle_request(), which is called when a browser waits
    daemon_threads = True
    block_on_close = False

    def __init__(self, state: Server, address: tuple[str, int], token: str) -> None:
        if not token and not is_loopback(address[0]):
            raise ConfigError("page-bind is not on this machine alone, so the page needs a page-token.")
        self.inspection = Inspection(state)
        self.bind, self.token = address[0], token
        self.databases = len(state.databases)
        self.secret = token_urlsafe(16)  # actions must show it
        self.pause = PERIOD_SECONDS
        self._viewers = 0
        self._left_at = 0.0  # when the last viewer left; 0: nothing is to be stopped
        self._guard = threading.Lock()  # of the viewers
        self._ended = threading.Event()
        super().__init__(address, PageHandler)
        self._wake_up_pipe = WakeUpPipe(self.socket)
        self._thread = threading.Thread(target=self._accept, name="page", daemon=True)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}/"

    def start(self) -> None:
        self._thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            if self._wake_up_pipe.wait(PATIENCE_SECONDS if self._left_at else None):
                self.handle_request()
            elif self._left_at and time.monotonic() - self._left_at >= PATIENCE_SECONDS:
                self._stop_watching()

    def _stop_watching(self) -> None:
        with self._guard:
            if self._viewers:
                return
            self._left_at = 0.0
        self.inspection.stop()

    def stop(self) -> None:
        """End all streams, let held commands go on, and close the socket."""
        self._ended.set()
        self.inspection.stepping.resume()
        self._wake_up_pipe.wake()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        self._wake_up_pipe.close()
        self.server_close()

    def has_ended(self, seconds: float) -> bool:
        """Wait so many seconds, or until the server ends; returns whether it does."""
        return self._ended.wait(seconds)

    def pause_after(self, took: float) -> None:
        """A look took so many seconds of work: choose the pause before the next one of each viewer."""
        self.pause = max(PERIOD_SECONDS, took * SHARE * max(self._viewers, 1))

    @contextmanager
    def viewer(self) -> Iterator[bool]:
        """One viewer more within it; False when there are too many."""
        with self._guard:
            is_admitted = self._viewers < MOST_VIEWERS
            self._viewers += is_admitted
        try:
            yield is_admitted
        finally:
            with self._guard:
                self._viewers -= is_admitted
                if is_admitted and not self._viewers:
                    self._left_at = time.monotonic()
            self._wake_up_pipe.wake()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that has gone is no error; a bug in a panel ends its stream only."""
        import sys

        problem = sys.exc_info()[1]
        if isinstance(problem, OSError):
            logging.verbose(f"Page: a browser left: {problem}")
        else:
            logging.bug("Error in the page")


def open_page(state: Server) -> PageListener | None:
    """The page as configured; None when its address cannot be had, which the log says."""
    config = state.config
    try:
        page = PageListener(state, (config["page-bind"], config["page"]), config["page-token"])
    except OSError as problem:
        logging.warning(
            f"Could not open the page at {config['page-bind']}:{config['page']}: {problem.strerror}"
        )
        return None
    logging.notice(f"The page that shows this server is at {page.url}")
    return page
