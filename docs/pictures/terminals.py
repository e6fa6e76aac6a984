"""Draws a server and a client side by side, in two terminals: both are started, and their output is drawn.

The client is given a pseudo-terminal, as a person would; so this picture is made where Python has `pty`, on
Linux and macOS.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis_clone.benchmark.svg import MONO, Colour, Drawing

REPOSITORY = Path(__file__).resolve().parents[2]
SESSION = (
    "SADD fruit apple pear", "MULTI", "SCARD fruit", "SMISMEMBER fruit apple fig", "EXEC",
    "HSET ada born 1815 died 1852", "HGETALL ada",
)  # fmt: skip
DURATION = re.compile(r"\(\d+\.\d\ds\)")  # shown below the reply to a slow command
READY = "Ready to accept connections"
PROMPT = re.compile(r"\d+(\[\d+\])?(\(TX\))?> $")
TYPED_LINE = re.compile(r"[\d.]+:\d+(\(TX\))?> ")
PORT, CLIENT_PORT = 7000, 50000  # are shown in the place of the ports that were free
COMMAND_LINE = " . ["  # in the lines that the log level debug shows for commands
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>].?|\x07|\r")
LINE, CHARACTER, WIDE, HEAD, COLUMNS = 18, 7.95, 740, 52, 88  # pixels; columns of the terminal
DARK = Colour("terminal", "#111827", "#161b22")  # a terminal is dark on every page
BAR = Colour("bar", "#374151", "#30363d")
PALE = Colour("pale", "#e5e7eb", "#e5e7eb")
TYPED = Colour("typed", "#fbbf24", "#fbbf24")
BUTTONS = [Colour(f"button-{value[1:]}", value, value) for value in ("#ef4444", "#f59e0b", "#10b981")]


def draw() -> str:
    server, client = _played()
    drawing = Drawing(WIDE, 30 + _height(server) + _height(client))
    _draw_terminal(drawing, 10, f"$ python server.py --port {PORT} --loglevel debug", server)
    _draw_terminal(drawing, 20 + _height(server), f"$ python client.py -p {PORT}", client)
    return drawing.finished()


def _height(lines: list[str]) -> int:
    return HEAD + LINE * len(lines)


def _draw_terminal(drawing: Drawing, y: int, command: str, lines: list[str]) -> None:
    drawing.box(10, y, WIDE - 20, _height(lines), DARK)
    drawing.box(10, y, WIDE - 20, 26, BAR)
    for number, colour in enumerate(BUTTONS):
        drawing.circle(26 + 16 * number, y + 13, 5, colour)
    drawing.text(80, y + 18, command, PALE, 13, font=MONO)
    for number, line in enumerate(lines):
        colour = TYPED if TYPED_LINE.match(line) else PALE
        indent = CHARACTER * (len(line) - len(line.lstrip()))  # blanks in front are not drawn everywhere
        drawing.text(22 + indent, y + HEAD - 6 + LINE * number, line.lstrip(), colour, 13, font=MONO)


def _played() -> tuple[list[str], list[str]]:
    """The lines that the two terminals show in the end."""
    with _started("server.py", "--port", "0", "--loglevel", "debug", "--save", "") as server:
        assert server.stdout is not None
        logged: list[str] = []
        while not logged or READY not in logged[-1]:
            logged.append(server.stdout.readline())
        port = re.search(r"port=(\d+)", "".join(logged))
        assert port is not None
        screen = _typed(port[1])
        server.terminate()
        logged = [logged[-1], *server.stdout.read().splitlines()]
    shown = [_steady(line) for line in logged if READY in line or COMMAND_LINE in line]
    return [part for line in shown for part in _wrapped(line)], [_steady(line) for line in screen]


def _steady(line: str) -> str:
    """A line without what differs from run to run: the process, the time, and the ports.

    >>> _steady("123:M 30 Nov 2026 19:32:10.123 * [127.0.0.1:57772 db0 client-1] PING")
    '* [127.0.0.1:50000 db0 client-1] PING'
    >>> _steady("127.0.0.1:41169(TX)> EXEC")
    '127.0.0.1:7000(TX)> EXEC'
    """
    without_time = re.sub(r"^\d+:M .*?\d\d:\d\d:\d\d\.\d+ ", "", line.rstrip())
    port = CLIENT_PORT if " [" in without_time else PORT
    return re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", without_time)


def _wrapped(line: str) -> list[str]:
    """A line that is longer than the terminal is wide goes on in the next one.

    >>> [len(part) for part in _wrapped("x" * 100)]
    [88, 12]
    """
    return [line[start : start + COLUMNS] for start in range(0, len(line), COLUMNS)]


def _typed(port: str) -> list[str]:
    """The client's screen after the session."""
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "client.py", "-p", port]
    variables = {**os.environ, "TERM": "dumb", "COLUMNS": "100", "REDISCLI_HISTFILE": os.devnull}
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=follower, stdout=follower, env=variables) as client:
        os.close(follower)
        screen = _until_prompt(leader)
        for line in SESSION:
            os.write(leader, line.encode() + b"\n")
            screen += _until_prompt(leader)
        os.write(leader, b"\x04")
        client.wait(100)
    os.close(leader)
    return [line for line in screen.splitlines() if line.strip() and not DURATION.fullmatch(line)][:-1]


def _until_prompt(leader: int) -> str:
    screen = ""
    while not PROMPT.search(screen):
        screen = ESCAPES.sub("", screen + os.read(leader, 65536).decode(errors="replace"))
    return screen


@contextmanager
def _started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    program = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield program
    finally:
        program.kill()
        program.communicate()
