"""What all requests of the page share: the server that is shown, the secrets, and how many watch."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

from redis_clone.config.values import ConfigError
from redis_clone.network.page.access import is_loopback
from redis_clone.server.inspection.panels import Inspection
from redis_clone.server.state import Server

MOST_VIEWERS = 16
PERIOD_SECONDS = 0.05  # between two looks at the server
LONGEST_PERIOD_SECONDS = 1.0
SHARE = 40  # all viewers together spend at most this part of the time on looking


class Site:
    """The page of one server."""

    def __init__(self, state: Server, bind: str, token: str) -> None:
        if not token and not is_loopback(bind):
            raise ConfigError("page-bind is not on this machine alone, so the page needs a page-token.")
        self.inspection = Inspection(state)
        self.bind, self.token = bind, token
        self.databases = len(state.databases)
        self.secret = token_urlsafe(16)  # actions must show it
        self.viewers = 0
        self.left_at: float | None = None  # when the last viewer left; None: what that ends has ended
        self._guard = threading.Lock()  # of the viewers
        self._looks_are_due = threading.Condition()
        self._asked = 0  # how often look_soon() was called
        self._has_ended = False

    @contextmanager
    def viewer(self) -> Iterator[bool]:
        """One viewer more within it; False when there are too many."""
        with self._guard:
            is_admitted = self.viewers < MOST_VIEWERS
            self.viewers += is_admitted
        try:
            yield is_admitted
        finally:
            with self._guard:
                self.viewers -= is_admitted
                if is_admitted and not self.viewers:
                    self.left_at = time.monotonic()

    def pause_after(self, took: float) -> float:
        """A look of a viewer took so many seconds of work: how long it pauses before the next one."""
        wanted = took * SHARE * max(self.viewers, 1)
        return min(max(PERIOD_SECONDS, wanted), LONGEST_PERIOD_SECONDS)

    def stop_watching(self) -> None:
        """Nobody has watched for a while: record nothing, and let held commands go on."""
        with self._guard:
            if self.viewers:
                return
            self.left_at = None
        self.inspection.stop()

    def look_soon(self) -> None:
        """Something was asked for: its effect is to be seen at once, and not after the pause of a viewer."""
        with self._looks_are_due:
            self._asked += 1
            self._looks_are_due.notify_all()

    def end(self) -> None:
        """The server ends: let held commands go on, and end the streams."""
        with self._looks_are_due:
            self._has_ended = True
            self._looks_are_due.notify_all()
        self.inspection.let_go()

    @property
    def asked(self) -> int:
        """How often something was asked for; what a look has seen is compared with it in wait_for_look()."""
        return self._asked

    def wait_for_look(self, seconds: float, asked: int) -> None:
        """Wait so many seconds, or until more was asked for than `asked`, or the server ends."""
        with self._looks_are_due:
            self._looks_are_due.wait_for(lambda: self._has_ended or self._asked > asked, seconds)

    def has_ended(self) -> bool:
        return self._has_ended


class HasSite(socketserver.BaseServer):
    """A socketserver with our site."""

    site: Site
