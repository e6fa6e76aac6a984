"""The prompt, used through a pseudo-terminal as a person uses it; the transcripts are redis-cli's too.

The terminal is a "dumb" one, for which neither readline nor redis-cli sends codes that move the cursor.
"""

import importlib.util
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client_harness import (
    OURS,
    PATIENCE,
    REAL,
    TOOK,
    FakeServer,
    RealServer,
    environment,
    has_redis_cli,
    run_ours,
)
from harness import wait_until

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

import pty

Fake = Callable[..., FakeServer]

needs_readline = pytest.mark.skipif(not importlib.util.find_spec("readline"), reason="no readline")


# Without it Ctrl-C would be a key as any other; and pty.fork() is not safe in a process with threads.
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


HISTORY = Path(".local") / "state" / "redis_clone" / "history"


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, program: list[str], home: Path, **variables: str) -> None:
        self.screen, keyboard = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *program],
            stdin=keyboard,
            stdout=keyboard,
            stderr=keyboard,
            env=environment(**{"TERM": "dumb", "HOME": str(home), **variables}),
            start_new_session=True,
        )
        os.close(keyboard)
        self.shown = ""  # with the times of replies that were slow
        self.code: int | None = None

    def expect(self, end: str, since: int = 0) -> None:
        """Wait until the screen, or what is new on it, ends in `end`."""
        while not TOOK.sub("", self.shown[since:]).endswith(end):
            assert self._read(), f"waited for {end!r} after {self.shown!r}"

    def type(self, keys: str, then: str) -> None:
        """Press keys, and wait for what they lead to."""
        before = len(self.shown)
        os.write(self.screen, keys.encode())
        self.expect(then, since=before)

    def leave(self, keys: str) -> int:
        """Press keys that end the program; its exit code."""
        os.write(self.screen, keys.encode())
        while self._read():
            pass
        return self.close()

    def interrupt(self, then: str | None = None) -> None:
        """Press Ctrl-C, and wait for `then`, or for the end of the program.

        Pressed just before Python begins to wait for a key or a socket, it is noticed only with the next
        one; so it is pressed when the program is asleep.  Where that cannot be seen, it is pressed again
        after some seconds, as a person would; not sooner, for on a busy machine the first one may be on its
        way, and then the next one would be for the prompt.
        """
        before = len(self.shown)
        if sys.platform == "linux":
            wait_until(self._is_asleep)
        for _ in range(10):
            os.write(self.screen, b"\x03")
            while self._has_news(PATIENCE / 10):
                if not self._read() or (then and self.shown[before:].endswith(then)):
                    return
        raise AssertionError(f"Ctrl-C did nothing after {self.shown!r}")

    def close(self) -> int:
        if self.code is None:
            os.close(self.screen)  # which hangs up, so that the program ends if it has not
            self.code = self.process.wait(PATIENCE)
        return self.code

    def _is_asleep(self) -> bool:
        """Whether the program waits for something; it is looked at twice, for it may wait for the screen."""
        looks = []
        for _ in range(2):
            looks.append(Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2][0])
            time.sleep(0.01)
        return looks == ["S", "S"]

    def _has_news(self, seconds: float) -> bool:
        return bool(select.select([self.screen], [], [], seconds)[0])

    def _read(self) -> bool:
        assert self._has_news(PATIENCE), f"nothing came after {self.shown!r}"
        try:
            read = os.read(self.screen, 65536)
        except OSError:  # how Linux says that nobody holds the other end
            return False
        self.shown += read.decode().replace("\r\n", "\n")
        return bool(read)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    """Opens terminals, which are gone when the test is; their home is `tmp_path`."""
    opened: list[Terminal] = []

    def open_terminal(*arguments: str, program: list[str] = OURS, **variables: str) -> Terminal:
        opened.append(Terminal([*program, *arguments], tmp_path, **variables))
        return opened[-1]

    yield open_terminal
    for used in opened:
        used.close()


@pytest.fixture
def here(server: RealServer, monkeypatch: pytest.MonkeyPatch) -> RealServer:
    """A server whose socket is in the current directory, so that its name in the prompt is short."""
    monkeypatch.chdir(Path(server.path).parent)
    return server


def converse(client: Terminal, conversation: list[tuple[str, str]]) -> str:
    """Type each line and wait for the prompt that must follow; what the screen showed."""
    client.expect("redis redis.sock> ")
    for line, prompt in conversation:
        client.type(line + "\n", then=f"redis redis.sock{prompt}> ")
    shown = TOOK.sub("", client.shown)
    assert client.leave("quit\n") == 0
    return shown


TRANSACTIONS = [
    ("SELECT 3", "[3]"),
    ("MULTI", "[3](TX)"),
    ("SELECT 4", "[4](TX)"),
    ("EXEC", "[4]"),
    ("MULTI", "[4](TX)"),
    ("SELECT 5", "[5](TX)"),
    ("DISCARD", "[4]"),
    ("MULTI", "[4](TX)"),
    ("nonsense", "[4](TX)"),
    ("EXEC", "[4]"),
    ("SELECT 99", "[4]"),
    ("RESET", ""),
]

REPLIES = [
    ("3 INCR n", ""),
    ("0 INCR n", ""),
    ('GET "n', ""),
    ("", ""),
    ("RPUSH list a b", ""),
    ("MGET n list none", ""),
    ("LRANGE list 0 -1", ""),
    ("HELLO 3", ""),
    ("CONFIG GET maxmemory", ""),
    ("clear", ""),
    ("connect 127.0.0.1", ""),
]


@has_redis_cli
@pytest.mark.parametrize("conversation", [TRANSACTIONS, REPLIES], ids=["transactions", "replies"])
def test_a_conversation_looks_as_with_redis_cli(
    here: RealServer, terminal: Open, conversation: list[tuple[str, str]]
) -> None:
    shown = []
    for program in (OURS, REAL):
        here.ask("FLUSHALL")
        options = ["--no-table"] if program is OURS else []
        shown.append(converse(terminal("-s", "redis.sock", *options, program=program), conversation))
    assert _without_ids(shown[0]) == _without_ids(shown[1].replace("redis-cli", "client.py"))


def test_a_hash_is_a_table_at_a_terminal_unless_one_says_no_table(here: RealServer, terminal: Open) -> None:
    here.ask("HSET user name Ada")
    client = terminal("-s", "redis.sock")
    client.expect("> ")
    client.type("HGETALL user\n", then="redis redis.sock> ")
    is_table = importlib.util.find_spec("tabulate") is not None
    assert ("name     Ada\n" in client.shown) == is_table
    plain = terminal("-s", "redis.sock", "--no-table")
    plain.expect("> ")
    plain.type("HGETALL user\n", then='1) "name"\n2) "Ada"\nredis redis.sock> ')


def _without_ids(shown: str) -> str:
    """HELLO tells each client its number."""
    return re.sub(r'"id" => \(integer\) \d+', '"id"', shown)


@pytest.mark.parametrize("command", ["SUBSCRIBE a", "PSUBSCRIBE a", "MONITOR"])
def test_messages_are_shown_until_ctrl_c_and_then_there_is_the_prompt_again(
    here: RealServer, terminal: Open, command: str
) -> None:
    client = terminal("-s", "redis.sock", "-n", "2")
    client.expect("[2]> ")
    client.type(command + "\n", then="OK\n" if command == "MONITOR" else "(integer) 1\n")
    here.ask("PUBLISH a hello")
    client.expect('"hello"\n')
    client.interrupt(then="redis redis.sock[2]> ")
    client.type("PING\n", then="PONG\nredis redis.sock[2]> ")


def test_a_key_interrupts_a_subscription_for_a_command(here: RealServer, terminal: Open) -> None:
    subscribed = "redis redis.sock(subscribed mode)> "
    client = terminal("-s", "redis.sock")
    client.expect("redis redis.sock> ")
    client.type("SUBSCRIBE a b\n", then='2) "b"\n3) (integer) 2\n')
    client.type("P", then=f"{subscribed}P")
    client.type("ING\n", then='1) "pong"\n2) ""\n')
    client.type("GET a\n", then="allowed in this context\n")
    run_ours("-s", "redis.sock", "PUBLISH", "a", "hello")
    client.expect('"hello"\n')
    client.type("peek a\n", then=f"UNSUBSCRIBE first.\n{subscribed}")
    client.type("UNSUBSCRIBE\n", then="3) (integer) 0\nredis redis.sock> ")
    client.type("PING\n", then="PONG\nredis redis.sock> ")


@pytest.mark.slow
def test_the_time_spent_listening_is_not_shown(here: RealServer, terminal: Open) -> None:
    client = terminal("-s", "redis.sock")
    client.expect("redis redis.sock> ")
    client.type("MONITOR\n", then="OK\n")
    listened = len(client.shown)
    run_ours("-s", "redis.sock", "BLPOP", "nothing", "0.6")
    client.interrupt(then="redis redis.sock> ")
    assert not TOOK.search(client.shown[listened:])


def test_resp3_lets_a_subscriber_use_every_command(here: RealServer, terminal: Open) -> None:
    client = terminal("-s", "redis.sock", "-3")
    client.expect("redis redis.sock> ")
    client.type("SUBSCRIBE a\n", then="3) (integer) 1\n")
    client.type("GET none\n", then="(nil)\n")
    client.interrupt(then="redis redis.sock> ")


def test_ctrl_c_leaves_at_the_prompt_and_while_a_reply_is_due(fake_server: Fake, terminal: Open) -> None:
    server = fake_server(b"", b"")
    idle, waiting = terminal("-p", server.port), terminal("-p", server.port)
    idle.expect("> ")
    idle.interrupt()
    assert idle.close() == 0
    waiting.expect("> ")
    waiting.type("BLPOP k 0\n", then="BLPOP k 0\n")
    assert server.news.get(timeout=PATIENCE) == [b"BLPOP", b"k", b"0"]
    waiting.interrupt()
    assert waiting.close() == 1
    assert "Traceback" not in idle.shown + waiting.shown


def test_quit_and_ctrl_d_leave(fake_server: Fake, terminal: Open) -> None:
    for keys in ("quit\n", "\x04"):
        client = terminal("-p", fake_server().port)
        client.expect("> ")
        assert client.leave(keys) == 0


@needs_readline
def test_history_outlives_the_session_and_holds_no_password(
    fake_server: Fake, terminal: Open, tmp_path: Path
) -> None:
    server = fake_server(*[b"+OK\r\n"] * 8)
    client = terminal("-p", server.port)
    client.expect("> ")
    for line in (
        "SET a 1",
        "AUTH pw",
        "hello 3 auth me pw",
        "CONFIG SET requirepass pw",
        "ACL SETUSER me >pw",
    ):
        client.type(line + "\n", then="OK\n" + f"127.0.0.1:{server.port}> ")
    client.leave("\x04")
    assert (tmp_path / ".local" / "state" / "redis_clone" / "history").read_text().split("\n")[-2:] == [
        "SET a 1",
        "",
    ]
    later = terminal("-p", server.port)
    later.expect("> ")
    later.type("\x10\n", then=f"OK\n127.0.0.1:{server.port}> ")  # Ctrl-P, the line before
    assert server.received[-1] == [b"SET", b"a", b"1"]


@needs_readline
def test_tab_completes_commands_options_and_keys_and_shows_what_is_due(
    here: RealServer, terminal: Open
) -> None:
    prompt = "redis redis.sock> "
    client = terminal("-s", "redis.sock")
    client.expect(prompt)
    client.type("hgeta\t", then="hgetall ")
    client.type("\t", then=f"\n    key\n{prompt}hgetall ")
    client.type("user:1\n", then=f"(empty array)\n{prompt}")
    client.type("CONFIG RES\t\n", then=f"OK\n{prompt}")
    client.type("SET use\t", then="SET user:1 ")
    client.type("v KEE\t\n", then=f"OK\n{prompt}")
    client.type(":set nohints\n", then=prompt)
    client.type("SET a \tb\n", then=f"SET a b\nOK\n{prompt}")


@needs_readline
@pytest.mark.skipif(sys.platform != "linux", reason="another library than GNU readline may be under it")
@pytest.mark.skipif(sys.version_info < (3, 11), reason="there hints come with TAB alone")
def test_what_is_due_is_shown_in_grey_while_one_types(here: RealServer, terminal: Open) -> None:
    client = terminal("-s", "redis.sock", TERM="xterm", NO_COLOR="1")
    client.expect("redis redis.sock> \x1b[K")
    client.type("GETRANGE", then="GETRANGE\x1b[K\x1b[90m key start end\x1b[0m\x1b[14D")
    client.type(" k ", then=" \x1b[K\x1b[90mstart end\x1b[0m\x1b[9D")
    client.type("\n", then="command\nredis redis.sock> \x1b[K")
    assert "\x1b[1A\x1b[30G\x1b[K\x1b[1B\r(error)" in client.shown  # one row up, to where it stood, and gone
    client.type(":set nohints\n", then="redis redis.sock> \x1b[K")
    client.type("GETRANGE", then="GETRANGE\x1b[K")
    client.interrupt()  # readline draws the line for a last time
    assert client.close() == 0 and "SystemError" not in client.shown


def test_a_password_is_asked_for_and_not_shown(fake_server: Fake, terminal: Open) -> None:
    server = fake_server(b"+OK\r\n")
    client = terminal("-p", server.port, "--askpass")
    client.expect("Please input password: ")
    client.type("secret\n", then="> ")
    assert "secret" not in client.shown
    assert server.received == [[b"AUTH", b"secret"]]


@needs_readline
def test_the_history_file_may_be_named_and_none_is_dev_null(
    fake_server: Fake, terminal: Open, tmp_path: Path
) -> None:
    for name in (str(tmp_path / "mine"), "/dev/null"):
        client = terminal("-p", fake_server(b"+OK\r\n").port, REDISCLI_HISTFILE=name)
        client.expect("> ")
        client.type("SET a 1\n", then="> ")
        client.leave("\x04")
    assert (tmp_path / "mine").read_text() == "SET a 1\n"
    assert not (tmp_path / HISTORY).exists()


def test_a_python_without_readline_has_a_prompt_too(
    fake_server: Fake, terminal: Open, tmp_path: Path
) -> None:
    (tmp_path / "readline.py").write_text("raise ImportError")
    server = fake_server(b"+OK\r\n")
    client = terminal("-p", server.port, PYTHONPATH=str(tmp_path))
    client.expect("> ")
    client.type("SET a 1\n", then=f"OK\n127.0.0.1:{server.port}> ")
    assert client.leave("\x04") == 0
    assert not (tmp_path / HISTORY).exists()
