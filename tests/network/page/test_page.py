"""The page over HTTP: what it serves, to whom, and what it does with a browser that is odd."""

import http.client
import json
import logging
import socket
from contextlib import contextmanager
from functools import partial

import pytest
from harness import Client, free_port, our_server, started, wait_until

from redis_clone.config.values import ConfigError
from redis_clone.network.page import handler, listener
from redis_clone.network.page.handler import PageHandler
from redis_clone.network.page.listener import PageListener, open_page
from redis_clone.network.page.site import MOST_VIEWERS
from redis_clone.server.state import Server


@contextmanager
def opened(token="", bind="127.0.0.1"):
    """A page of a server without connections; yields the listener."""
    page = PageListener(Server(), (bind, 0), token)
    page.start()
    try:
        yield page
    finally:
        page.stop()


@pytest.fixture(scope="module")
def page():
    with opened() as page:
        yield page


def ask(page, path, method="GET", **headers):
    """The status, the headers and the body of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=100)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


class Stream:
    """A browser that reads the stream of events."""

    def __init__(self, port, query=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100)
        self.connection.request("GET", f"/events?{query}")
        self.answer = self.connection.getresponse()
        self.state = {}

    def read(self):
        """Take the next event over; returns it."""
        event = json.loads(self.answer.readline().removeprefix(b"data: "))
        self.answer.readline()
        self.state.update(event)
        return event

    def read_until(self, claim):
        while not claim(self.state):
            self.read()
        return self.state

    def close(self):
        self.answer.close()
        self.connection.close()


def test_it_serves_its_files_with_their_types_and_nothing_else(page):
    files = {"/": "text/html", "/main.js": "text/javascript", "/page.css": "text/css"}
    for path, kind in files.items():
        status, headers, body = ask(page, path)
        assert (status, headers["Content-Type"].partition(";")[0]) == (200, kind), path
        assert body, path
    for path in (
        "/nothing",
        "/handler.py",
        "/../handler.py",
        "/..%2fhandler.py",
        "/__init__.py",
        "//etc/passwd",
    ):
        assert ask(page, path)[0] == 404, path


def test_each_file_says_that_only_its_own_scripts_may_run(page):
    for path in ("/", "/main.js", "/nothing"):
        headers = ask(page, path)[1]
        assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "Access-Control-Allow-Origin" not in headers, path


def test_it_answers_to_no_name_that_another_site_may_have_chosen(page):
    hosts = {
        "127.0.0.1:1": 200,
        "localhost": 200,
        "[::1]:1": 200,
        "evil.example": 403,
        "127.0.0.1.evil.example": 403,
        "": 403,
    }
    for host, status in hosts.items():
        assert ask(page, "/", Host=host)[0] == status, host
        assert ask(page, "/events", Host="evil.example")[0] == 403


def test_another_site_may_neither_read_nor_act(page):
    for path, method in (("/", "GET"), ("/events", "GET"), ("/halt", "POST")):
        assert ask(page, path, method, Origin="http://evil.example")[0] == 403, path


def test_an_action_needs_the_secret_that_only_the_page_can_read(page):
    stream = Stream(page.port)
    secret = stream.read()["secret"]
    host = f"127.0.0.1:{page.port}"
    ours = {"Host": host, "Origin": f"http://{host}"}
    for headers in ({}, ours, {**ours, "X_Page_Secret": "wrong"}, {"X_Page_Secret": secret}):
        assert ask(page, "/halt", "POST", **headers)[0] == 403, headers
    assert not page.site.inspection.stepping.is_halted
    for path, is_halted in (("/halt", True), ("/step", True), ("/resume", False)):
        assert ask(page, path, "POST", **ours, X_Page_Secret=secret)[0] == 204, path
        assert page.site.inspection.stepping.is_halted is is_halted, path
    assert ask(page, "/other", "POST", **ours, X_Page_Secret=secret)[0] == 404
    assert ask(page, "/halt", "GET")[0] == 404
    stream.close()


def test_with_a_token_the_page_is_opened_by_its_link_and_then_by_its_cookie():
    with opened(token="a secret; of 3") as page:
        for path in ("/", "/events", "/main.js", "/?token=wrong"):
            assert ask(page, path)[0] == 403, path
        status, headers, _ = ask(page, "/?token=a%20secret%3B%20of%203")
        assert (status, headers["Location"]) == (303, "/")
        assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
        assert ask(page, "/", Cookie=headers["Set-Cookie"].partition(";")[0])[0] == 200


def test_beyond_this_machine_the_page_needs_a_token():
    with pytest.raises(ConfigError, match="page-token"):
        PageListener(Server(), ("0.0.0.0", 0), "")
    PageListener(Server(), ("0.0.0.0", 0), "s3cret").stop()


def test_too_many_viewers_are_turned_away_until_one_leaves(monkeypatch):
    monkeypatch.setattr(handler, "SIGN_OF_LIFE_SECONDS", 0.01)  # that is when it is noticed
    with opened() as page:
        streams = [Stream(page.port) for _ in range(MOST_VIEWERS)]
        assert ask(page, "/events")[0] == 503
        for stream in streams:
            stream.close()
        wait_until(lambda: page.site.viewers == 0)
        assert ask(page, "/")[0] == 200


def test_a_browser_that_stops_reading_is_disconnected_with_a_line_in_the_log(monkeypatch, caplog):
    monkeypatch.setattr(PageHandler, "timeout", 0.05)
    caplog.set_level(logging.INFO, "redis_clone")
    with opened() as page:
        look = page.site.inspection.look
        lot = {"much": "x" * 20_000_000}  # more than the buffers of the system hold
        monkeypatch.setattr(page.site.inspection, "look", lambda *view: {**look(*view), **lot})
        browser = socket.create_connection(("127.0.0.1", page.port))
        browser.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: "takes nothing" in caplog.text)
        wait_until(lambda: page.site.viewers == 0)
        browser.close()


def test_a_bug_in_a_panel_ends_its_stream_and_not_the_page(monkeypatch, caplog):
    with opened() as page:
        monkeypatch.setattr(page.site.inspection, "look", lambda *view: 1 // 0)
        stream = Stream(page.port)
        stream.read()
        assert stream.answer.read() == b""
        wait_until(lambda: "ZeroDivisionError" in caplog.text)
        assert ask(page, "/")[0] == 200


def test_when_the_last_viewer_has_left_commands_that_are_held_go_on(monkeypatch):
    monkeypatch.setattr(listener, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(handler, "SIGN_OF_LIFE_SECONDS", 0.01)  # that is when it is noticed
    with opened() as page:
        stepping = page.site.inspection.stepping
        stream = Stream(page.port)
        stream.read()
        stepping.halt()
        stream.close()
        wait_until(lambda: not stepping.is_halted)


def test_a_database_that_is_not_there_is_no_page(page):
    for query in ("db=16", "db=x", "db=-1", "db="):
        assert ask(page, f"/events?{query}")[0] == 404, query


def test_a_port_that_is_taken_is_a_line_in_the_log_and_no_page(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        state = Server()
        state.config.set_all({"page": str(taken.getsockname()[1])}, starting=True)
        assert open_page(state) is None
    assert "Could not open the page at 127.0.0.1" in caplog.text


def test_a_server_shows_a_key_and_what_changes_as_it_changes():
    port = free_port()
    with our_server(page=str(port)) as address:
        redis = Client(address)
        redis("SET", b"<b>\xff", "1")
        stream = Stream(port, "db=0&key=%3Cb%3E%FF")
        stream.read_until(lambda state: state.get("key", {}).get("parts", {}).get("text") == "1")
        redis("SET", b"<b>\xff", "2")
        stream.read_until(lambda state: state["key"]["parts"]["text"] == "2")
        redis("ZADD", "z", 1, "a")
        state = stream.read_until(lambda state: state["keys"]["total"] == 2)
        assert [row["type"] for row in state["keys"]["rows"]] == ["zset", "string"]
        assert state["connections"]["total"] == 1
        stream.close()
        redis.close()


@pytest.mark.parametrize("steps", [0, 1])
def test_a_server_ends_while_a_browser_watches_and_a_command_is_held_at_a_station(steps):
    """Before the command has taken the lock, and after."""
    port = free_port()
    with started("--page", str(port)) as (process, redis_port):
        redis = Client(("127.0.0.1", redis_port))
        stream = Stream(port)
        secret = stream.read()["secret"]
        act(port, "/halt", secret)
        redis.send("PING")
        for count in range(1 + steps):
            stream.read_until(partial(has_held, 1 + count))
            if count < steps:
                act(port, "/step", secret)
        process.terminate()
        assert process.wait(100) == 0
        redis.close()
        stream.close()


def act(port, path, secret):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100)
    connection.request("POST", path, headers={"Origin": f"http://127.0.0.1:{port}", "X-Page-Secret": secret})
    assert connection.getresponse().status == 204
    connection.close()


def has_held(stations, state):
    """Whether a command is held that has passed so many stations."""
    held = state.get("steps", {}).get("held")
    return bool(held) and len(held[0]["stations"]) == stations
