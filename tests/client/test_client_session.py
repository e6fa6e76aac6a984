"""A session at the prompt without its terminal: lines in, and what is shown for each, with the next prompt.

What the terminal itself adds (keys, Ctrl-C, history, completion) is tested in test_client_prompt.py.
"""

import io
from collections.abc import Callable, Iterator

import pytest
from client_harness import FakeServer, RealServer

from redis_clone.client import session as session_module
from redis_clone.client.command_line import parse
from redis_clone.client.lines import run_line
from redis_clone.client.session import Session

Fake = Callable[..., FakeServer]


class Conversation:
    """A session as `client.py` has it at a terminal."""

    def __init__(self, arguments: tuple[str, ...], errors: pytest.CaptureFixture[str]) -> None:
        self._output = io.BytesIO()
        self._errors = errors
        self.session = Session(parse(arguments), self._output)
        self.session.connect()

    @property
    def prompt(self) -> str:
        return self.session.prompt

    def errors(self) -> str:
        """What has been said on stderr since the last look."""
        return self._errors.readouterr().err

    def __call__(self, line: str) -> str:
        """Type a line: what is shown, and the prompt that follows."""
        self._output.seek(0)
        self._output.truncate()
        assert run_line(self.session, line.encode())
        self.session.show_time()
        return self._output.getvalue().decode() + self.prompt


Open = Callable[..., Conversation]


@pytest.fixture
def converse(capsys: pytest.CaptureFixture[str]) -> Iterator[Open]:
    opened: list[Conversation] = []

    def start(*arguments: str) -> Conversation:
        opened.append(Conversation(arguments, capsys))
        return opened[-1]

    yield start
    for each in opened:
        each.session.close()


def test_a_database_of_the_command_line_stands_in_the_prompt(fake_server: Fake, converse: Open) -> None:
    server = fake_server(b"+OK\r\n")
    assert converse("-p", server.port, "-n", "2").prompt == f"127.0.0.1:{server.port}[2]> "
    refusing = fake_server(b"-ERR no\r\n")
    refused = converse("-p", refusing.port, "-n", "2")
    assert (refused.errors(), refused.prompt) == (
        "SELECT 2 failed: ERR no\n",
        f"127.0.0.1:{refusing.port}> ",
    )


def test_without_a_server_the_prompt_says_so_and_connect_goes_to_another(
    fake_server: Fake, converse: Open
) -> None:
    closed, server = fake_server(), fake_server(b"+PONG\r\n", b"+OK\r\n")
    closed.stop()
    client = converse("-p", closed.port)
    for line in ("PING", "peek a", ":pipeline PING ; PING"):
        assert client(line) == "not connected> "
        assert client.errors().startswith(f"Could not connect to Redis at 127.0.0.1:{closed.port}: "), line
    there = f"127.0.0.1:{server.port}> "
    assert client(f"connect 127.0.0.1 {server.port}") == there
    assert client("PING") == f"PONG\n{there}"
    assert client("connect 127.0.0.1 x") == f"Invalid server port.\n{there}"
    assert client(f"connect 127.0.0.1 {closed.port}") == "not connected> "


def test_when_the_server_hangs_up_the_next_command_connects_again(fake_server: Fake, converse: Open) -> None:
    server = fake_server(b"+OK\r\n", b"+OK\r\n", b"+QUEUED\r\n")
    prompt = f"127.0.0.1:{server.port}[3]"
    client = converse("-p", server.port)
    assert client("SELECT 3") == f"OK\n{prompt}> "
    assert client("MULTI") == f"OK\n{prompt}(TX)> "
    assert client("SELECT 4") == f"QUEUED\n127.0.0.1:{server.port}[4](TX)> "
    assert client("GET a") == "not connected> "
    assert client.errors() == "Error: Server closed the connection\n"
    assert client("GET a") == f"OK\n{prompt}> "
    assert server.received[3:] == [[b"SELECT", b"3"], [b"GET", b"a"]]


def test_a_server_that_hangs_up_while_it_is_greeted_or_peeked_at_is_reported(
    fake_server: Fake, converse: Open
) -> None:
    gone = "Error: Server closed the connection\n"
    greeted = converse("-p", fake_server().port, "-n", "2")
    assert (greeted.prompt, greeted.errors()) == ("not connected> ", gone)
    peeking = converse("-p", fake_server().port)
    assert (peeking("peek a"), peeking.errors()) == ("not connected> ", gone)
    asking = converse("-p", fake_server().port)
    assert asking("help get").startswith("No manual: ") and asking.prompt == "not connected> "


def test_shutdown_is_followed_by_no_complaint(fake_server: Fake, converse: Open) -> None:
    client = converse("-p", fake_server().port)
    assert (client("SHUTDOWN"), client.errors()) == ("not connected> ", "")


def test_a_message_out_of_turn_is_shown_before_the_next_reply(fake_server: Fake, converse: Open) -> None:
    server = fake_server(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n+PONG\r\n")
    assert converse("-p", server.port)("PING") == f"-> invalidate: 'k'\nPONG\n127.0.0.1:{server.port}> "
    assert converse("-p", server.port, "--csv")("PING").startswith('"invalidate","k"\n"PONG"\n')


def test_quit_and_exit_leave_whatever_stands_behind_them(fake_server: Fake, converse: Open) -> None:
    session = converse("-p", fake_server().port).session
    assert [line for line in (b"quit", b"exit", b"QUIT now") if run_line(session, line)] == []


def test_peek_shows_a_key_but_not_inside_a_transaction(server: RealServer, converse: Open) -> None:
    server.ask("RPUSH list a")
    client = converse("-s", server.path)
    assert client("peek list").splitlines()[1:-1] == ['1) "a"']
    assert "There is no such key." in client("peek none")
    client("MULTI")
    assert "would be queued.\n" in client("peek list")
    assert client("EXEC").startswith("(empty array)\n")


def test_help_comes_from_the_server_and_not_in_a_transaction(server: RealServer, converse: Open) -> None:
    client = converse("-s", server.path)
    client("MULTI")
    assert client("help lpop").startswith("No manual: ")
    assert client("EXEC").startswith("(empty array)\n")  # nothing was queued on the quiet
    assert client("help lpop").startswith("\n  LPOP key [count]\n  summary: ")
    assert "\n  SADD key member [member ...]\n" in client("? @set")


def test_the_wire_is_shown_at_the_prompt_and_the_manual_is_fetched_unseen(
    server: RealServer, converse: Open
) -> None:
    client = converse("-s", server.path, "--wire")
    client("help get")
    assert client.errors() == ""
    client("PING")
    shown = client.errors()
    assert "> 14 bytes to the server\n" in shown and "simple string" in shown
    client(":wire off")
    client("PING")
    assert client.errors() == ""


def test_a_command_that_took_long_is_followed_by_its_time(
    server: RealServer, converse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = converse("-s", server.path)
    monkeypatch.setattr(session_module, "SLOW", 0.05)
    shown = client("BLPOP nothing 0.1").splitlines()
    assert shown[0] == "(nil)" and shown[1].startswith("(0.") and shown[1].endswith("s)")


def test_hints_are_switched_off_and_on(fake_server: Fake, converse: Open) -> None:
    client = converse("-p", fake_server().port)
    client(":set nohints")
    assert not client.session.guide.with_hints
    client(":set hints")
    assert client.session.guide.with_hints
    assert client(":set nonsense").startswith("Say :set hints, or :set nohints.\n")


def test_clear_clears_the_screen(fake_server: Fake, converse: Open) -> None:
    assert converse("-p", fake_server().port)("clear").startswith("\x1b[H\x1b[2J")
