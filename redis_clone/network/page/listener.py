"""Accepts browsers at the address of the page, in the thread "page", and gives each request a thread.

A browser that fails or stops reading ends its own thread and nothing else.  When nobody has watched for a
moment, commands that the page holds in step mode go on: a closed browser must not stop the server for ever.
"""

import os
import socket
import socketserver
import sys
import threading
import time

from redis_clone import logging
from redis_clone.network.connection import WakeUpPipe, format_address
from redis_clone.network.page.handler import PageHandler
from redis_clone.network.page.site import HasSite, Site
from redis_clone.server.state import Server

PATIENCE_SECONDS = 5.0  # without a viewer, before the watch ends: a browser that reloads comes back sooner
JOIN_SECONDS = 5.0


class PageListener(socketserver.ThreadingTCPServer, HasSite):
    """The page of one server, from start() to stop()."""

    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share a port
    request_queue_size = 64
    timeout = 0  # of handle_request(), which is called when a browser waits
    daemon_threads = True
    block_on_close = False

    def __init__(self, state: Server, address: tuple[str, int], token: str) -> None:
        self.site = Site(state, address[0], token)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, PageHandler)
        self._wake_up_pipe = WakeUpPipe(self.socket)
        self._thread = threading.Thread(target=self._accept, name="page", daemon=True)

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]  # type: ignore[no-any-return]

    def start(self) -> None:
        self._thread.start()

    def _accept(self) -> None:
        while not self.site.has_ended():
            if self._wake_up_pipe.wait(PATIENCE_SECONDS):
                self.handle_request()
            elif self.site.left_at and time.monotonic() - self.site.left_at >= PATIENCE_SECONDS:
                self.site.stop_watching()

    def stop(self) -> None:
        """End all streams, let held commands go on, and close the socket."""
        self.site.end()
        self._wake_up_pipe.wake()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        self._wake_up_pipe.close()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that has gone is no error; a bug in a panel ends its stream only."""
        problem = sys.exc_info()[1]
        if isinstance(problem, OSError):
            logging.verbose(f"Page: a browser left: {problem}")
        else:
            logging.bug("Error in the page")


def open_page(state: Server) -> PageListener | None:
    """The page as configured; None when its address cannot be had, which the log says."""
    config = state.config
    address = config["page-bind"], config["page"]
    try:
        page = PageListener(state, address, config["page-token"])
    except OSError as problem:
        logging.warning(f"Could not open the page at {address[0]}:{address[1]}: {problem.strerror}")
        return None
    where = format_address((address[0], page.port))
    logging.notice(f"The page that shows this server is at http://{where}/")
    return page
