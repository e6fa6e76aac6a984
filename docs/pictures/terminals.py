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

from redis_clone.benchmark.svg import MONO, Drawing

REPOSITORY = Path(__file__).resolve().parents[2]
SESSION = (
    "SADD fruit apple pear", "MULTI", "SCARD fruit", "SMEMBERS fruit", "EXEC",
    "HSET ada born 1815 died 1852", "HGETALL ada",
)  # fmt: skip
READY = "Ready to accept connections"
PROMPT = re.compile(r"\d+(\[\d+\])?(\(TX\))?> $")
TYPED_LINE = re.compile(r"[\d.]+:\d+(\(TX\))?> ")
COMMAND_LINE = " . ["  # in the lines that the log level debug shows for commands
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>].?|\x07|\r")
LINE, CHARACTER, WIDE, TALL_FROM, COLUMNS = 17, 7.2, 1180, 62, 92
DARK, BAR, PALE, TYPED = "#111827", "#374151", "#e5e7eb", "#fbbf24"


def draw() -> str:
    server, client = _played()
    lines = max(len(server), len(client))
    drawing = Drawing(WIDE, TALL_FROM + LINE * lines + 24)
    _draw_terminal(drawing, 10, 690, "$ python server.py --loglevel debug", server)
    _draw_terminal(drawing, 710, 460, "$ python client.py", client)
    return drawing.finished()


def _draw_terminal(drawing: Drawing, x: int, width: int, command: str, lines: list[str]) -> None:
    drawing.box(x, 10, width, drawing.height - 20, DARK)
    drawing.box(x, 10, width, 24, BAR)
    for number, colour in enumerate(("#ef4444", "#f59e0b", "#10b981")):
        drawing.circle(x + 16 + 16 * number, 22, 5, colour)
    drawing.text(x + 70, 26, command, PALE, 12, font=MONO)
    for number, line in enumerate(lines):
        colour = TYPED if TYPED_LINE.match(line) else PALE
        indent = CHARACTER * (len(line) - len(line.lstrip()))  # blanks in front are not drawn everywhere
        drawing.text(x + 12 + indent, TALL_FROM + LINE * number, line.lstrip(), colour, 12, font=MONO)


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
    shown = [_short(line) for line in logged if READY in line or COMMAND_LINE in line]
    return [part for line in shown for part in _wrapped(line)], screen


def _short(line: str) -> str:
    """A line of the log without the process and the date."""
    return re.sub(r"^\d+:M .*?(\d\d:\d\d:\d\d)\.\d+ ", r"\1 ", line.rstrip())


def _wrapped(line: str) -> list[str]:
    """A line that is longer than the terminal is wide goes on in the next one.

    >>> [len(part) for part in _wrapped("x" * 100)]
    [92, 8]
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
    return [line for line in screen.splitlines() if line.strip()][:-1]


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
