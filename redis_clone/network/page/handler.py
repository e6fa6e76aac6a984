"""One request of a browser, in a thread of its own.

    GET  /              index.html; with ?token=... the token is kept as a cookie
    GET  /NAME          a file of the page
    GET  /events        the stream: an event whenever what the viewer looks at has changed
    POST /what-if       what would come of the held commands in each order
    POST /ACTION        what the teacher wants: /halt, /step, /resume, ...; actions.py

An event is a JSON object of the panels that have changed since the one before.
"""

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

from redis_clone import logging
from redis_clone.network.page.access import (
    COOKIE,
    HEADERS,
    has_token,
    host_is_allowed,
    origin_is_ours,
    same_secret,
)
from redis_clone.network.page.actions import actions
from redis_clone.network.page.site import HasSite
from redis_clone.server.inspection.panels import View

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
SIGN_OF_LIFE_SECONDS = 5.0  # how often something is sent, so that a browser that has gone is noticed
SEND_SECONDS = 10.0  # a browser that takes nothing for so long is disconnected


class PageHandler(BaseHTTPRequestHandler):
    """Serves one request; a stream of events is a request too, and ends with the browser or the server."""

    server: HasSite
    server_version = "redis_clone"
    sys_version = ""
    timeout = SEND_SECONDS

    def setup(self) -> None:
        super().setup()
        threading.current_thread().name = "page-browser"

    def do_GET(self) -> None:
        if not self._may_come_in():
            return
        url = urlsplit(self.path)
        if url.path == "/events":
            self._stream(url.query)
        elif url.path == "/" and "token" in parse_qs(url.query):
            self._keep_token(parse_qs(url.query)["token"][0])
        else:
            self._send_file(url.path.removeprefix("/") or "index.html")

    def do_POST(self) -> None:
        if not self._may_come_in():
            return
        if "Origin" not in self.headers or not same_secret(
            self.headers.get("X-Page-Secret", ""), self.server.site.secret
        ):
            self._refuse(403, "An action needs the secret that the page has.")
            return
        url = urlsplit(self.path)
        inspection = self.server.site.inspection
        action = actions(inspection, url.query).get(url.path)
        if url.path == "/what-if":
            self._send(200, "application/json", json.dumps(inspection.what_if()).encode())
        elif action is not None:
            action()
            self.server.site.look_soon()
            self._send(204, "text/plain", b"")
        else:
            self._refuse(404, "There is no such action.")

    def _may_come_in(self) -> bool:
        """Whether the request may be answered; if not, it has been refused."""
        if not host_is_allowed(self.headers.get("Host", ""), self.server.site.bind):
            self._refuse(403, "The page answers to its address, and to no other name.")
        elif not origin_is_ours(self.headers.get("Origin"), self.headers.get("Host", "")):
            self._refuse(403, "Another site may not read the page.")
        elif not has_token(self.server.site.token, urlsplit(self.path).query, self.headers.get("Cookie", "")):
            self._refuse(403, "The page needs its token once: open it as /?token=...")
        else:
            return True
        return False

    def _keep_token(self, token: str) -> None:
        """Give the browser the token as a cookie, and the page without it in the link."""
        self.send_response(303)
        if self.server.site.token:
            self.send_header(
                "Set-Cookie", f"{COOKIE}={quote(token, safe='')}; HttpOnly; SameSite=Strict; Path=/"
            )
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_file(self, name: str) -> None:
        kind = TYPES.get("." + name.rpartition(".")[2])
        file = resources.files(__package__).joinpath(name)
        if kind is None or "/" in name or "\\" in name or not file.is_file():
            self._refuse(404, "There is no such page.")
            return
        self._send(200, f"{kind}; charset=utf-8", file.read_bytes())

    def _refuse(self, status: int, reason: str) -> None:
        self._send(status, "text/plain; charset=utf-8", reason.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        logging.debug(f"Page: {self.address_string()} {format % arguments}")

    # The stream.

    def _stream(self, query: str) -> None:
        """Send events until the browser has gone or the server ends."""
        view = self._view(query)
        if view is None:
            self._refuse(404, "There is no such database.")
            return
        with self.server.site.viewer() as is_admitted:
            if not is_admitted:
                self._refuse(503, "Too many pages are open.")
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                self._send_events(view)
            except TimeoutError:
                logging.notice("Page: a browser that takes nothing was disconnected")

    def _view(self, query: str) -> View | None:
        """What the link asks to look at; None when there is no such database."""
        asked = parse_qs(query, encoding="latin-1", keep_blank_values=True)
        db = asked.get("db", ["0"])[0]
        if not db.isdecimal() or int(db) >= self.server.site.databases:
            return None
        keys = [part.partition("=")[2] for part in query.split("&") if part.startswith("key=")]
        return View(int(db), unquote_to_bytes(keys[0]) if keys else None)

    def _send_events(self, view: View) -> None:
        site = self.server.site
        sent: dict[str, Any] = {}  # each panel as the browser has it
        seen = (0, 0)
        pause = sign_of_life_due = 0.0
        self._write_event({"secret": site.secret})
        asked = 0
        for number in itertools.count():
            site.wait_for_look(pause, asked)
            if site.has_ended():
                return
            asked, begun = site.asked, time.thread_time()
            found = site.inspection.look(view, seen, number)
            news, cost, seen = _news(found, sent, seen)
            if news or time.monotonic() >= sign_of_life_due:
                times = {"now_ms": time.time_ns() // 1_000_000, "clock_ms": site.inspection.clock_ms}
                self._write_event({**news, **times})
                sign_of_life_due = time.monotonic() + SIGN_OF_LIFE_SECONDS
            pause = site.pause_after(time.thread_time() - begun + cost)

    def _write_event(self, event: dict[str, Any]) -> None:
        self.wfile.write(b"data: %b\n\n" % json.dumps(event).encode())


def _news(
    found: dict[str, Any], sent: dict[str, Any], seen: tuple[int, int]
) -> tuple[dict[str, Any], float, tuple[int, int]]:
    """The panels that have changed since they were sent, with what was recorded since.

    Returns also how many seconds it took to record the commands, and the numbers that were seen last.
    """
    (command, commands), (hold, holds) = found.pop("commands"), found.pop("lock")
    news = {name: panel for name, panel in found.items() if name not in sent or sent[name] != panel}
    sent.update(news)
    if command != seen[0]:
        news["commands"] = commands
    if hold != seen[1]:
        news["holds"] = holds
    is_first = seen == (0, 0)  # then they were recorded for others
    cost = 0.0 if is_first else sum(each["cpu_us"] for each in commands) / 1_000_000
    return news, cost, (command, hold)
