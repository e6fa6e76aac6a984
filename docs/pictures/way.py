"""Draws the way of one command: the functions that a SADD really calls, from its bytes to those of the reply.

A server is started in this process, and a client sends two SADDs.  For the second one the connection's thread
is traced, from the return of its `recv` to its call of `send`.  So nothing here knows the names of the
functions; the text beside each is the first sentence of its docstring.  A function that another one calls
several times is drawn once, with all the functions that these calls have called.
"""

import ast
import inspect
import socket
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from redis_clone import commands
from redis_clone.benchmark.svg import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MONO,
    PURPLE,
    RED,
    RULE,
    SANS_WIDTH,
    TINTS,
    Drawing,
    text_width,
)
from redis_clone.network.server import Network
from redis_clone.protocol.replies import encode_command
from redis_clone.server.state import Server

PACKAGE = Path(__file__).resolve().parents[2] / "redis_clone"
ARGV = [b"SADD", b"fruit", b"apple"]
REPLY = b":1\r\n"
LEFT, TOP, LINE, INDENT, SMALL = 20, 58, 17, 18, 11  # pixels
ABOUT_WIDTH = 430
COLOURS = {"network": FAINT, "protocol": BLUE, "server": PURPLE, "commands": GREEN, "storage": RED}
LOCKED = TINTS[2]


@dataclass
class Call:
    """A function, called once or several times by the same caller, and the functions that it has called."""

    code: CodeType | None
    under_lock: bool = False
    is_begun: bool = False  # it was called before the trace began, and waits for the bytes
    times: int = 1
    calls: "list[Call]" = field(default_factory=list)

    @property
    def module(self) -> str:
        assert self.code is not None
        return Path(self.code.co_filename).resolve().relative_to(PACKAGE).as_posix()

    @property
    def function(self) -> str:
        assert self.code is not None
        return self.code.co_name

    def below(self, depth: int = 0) -> "Iterator[tuple[int, Call]]":
        """All calls below this one, in their order, each with its depth."""
        for call in self.calls:
            yield depth, call
            yield from call.below(depth + 1)


def draw() -> str:
    return picture(trace())


def picture(way: Call) -> str:
    rows = list(way.below())
    shown = {id(call): call.function + (f"  x {call.times}" if call.times > 1 else "") for _, call in rows}
    about = LEFT + 34 + max(INDENT * depth + text_width(shown[id(call)], font=MONO) for depth, call in rows)
    module = about + ABOUT_WIDTH + 20
    width = module + max(text_width(call.module, SMALL, MONO) for _, call in rows) + LEFT + 6
    heights = [LINE * max(len(_about(call)), 1) + 4 for _, call in rows]
    drawing = Drawing(round(width), TOP + sum(heights) + 34)
    drawing.text(LEFT, 30, f"{encode_command(ARGV)!r}"[2:-1], INK, 14, font=MONO)
    drawing.box(module, 16, 14, 14, LOCKED, radius=2)
    drawing.text(module + 20, 28, "under the lock", FAINT, SMALL)
    y = TOP
    for (depth, call), height in zip(rows, heights, strict=True):
        if call.under_lock:
            drawing.box(LEFT, y - LINE + 3, width - 2 * LEFT, height, LOCKED, radius=0)
        colour = COLOURS.get(call.module.partition("/")[0], INK)
        drawing.text(LEFT + 10 + INDENT * depth, y, shown[id(call)], colour, 13, "font-weight:bold", MONO)
        for number, line in enumerate(_about(call)):
            drawing.text(about, y + LINE * number, line, INK, SMALL)
        drawing.text(module, y, call.module, FAINT, SMALL, font=MONO)
        drawing.line(LEFT, y - LINE + 3, width - LEFT, y - LINE + 3, RULE)
        y += height
    drawing.text(LEFT, y + 10, f"{REPLY!r}"[2:-1], INK, 14, font=MONO)
    return drawing.finished()


def trace() -> Call:
    """The calls of the second SADD; the outermost Call stands for no function."""
    server = Server()
    server.lock = threading.RLock()  # type: ignore[assignment]  # it knows its owner
    server.config.set_all({"port": "0", "save": "", "slowlog-log-slower-than": "-1"}, starting=True)
    commands.load()
    tracer = Tracer(server.lock)
    with _profiled(tracer), Network(server), socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(encode_command([*ARGV[:2], b"pear"]))
        client.recv(100)
        tracer.is_armed = True
        client.sendall(encode_command(ARGV))
        assert client.recv(100) == REPLY
    return tracer.way


@contextmanager
def _profiled(tracer: "Tracer") -> Iterator[None]:
    threading.setprofile(tracer)
    try:
        yield
    finally:
        threading.setprofile(None)


class Tracer:
    """Python calls it at each call and return in the threads that begin from now on."""

    def __init__(self, lock: Any) -> None:
        self.is_armed = False  # begins with the next bytes that are received
        self.way = Call(None)
        self._lock = lock
        self._thread = 0  # that is traced
        self._stack: list[Call] = []

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("c_call", "c_return") and isinstance(getattr(argument, "__self__", None), socket.socket):
            self._pass_bytes(frame, event, argument.__name__)  # type: ignore[attr-defined]
        elif self._thread == threading.get_ident() and _is_shown(frame.f_code):
            if event == "call":
                self._enter(frame.f_code)
            elif event == "return":
                self._stack.pop()

    def _pass_bytes(self, frame: FrameType, event: str, name: str) -> None:
        """Begin when bytes have come, inside the functions that waited for them; end with a send."""
        if self.is_armed and event == "c_return" and name.startswith("recv"):
            self.is_armed = False
            self._thread = threading.get_ident()
            self._stack = [self.way]
            for code in reversed(list(_callers(frame))):
                self._enter(code)
                self._stack[-1].is_begun = True
        elif event == "c_call" and name.startswith("send") and self._thread == threading.get_ident():
            self._thread = 0

    def _enter(self, code: CodeType) -> None:
        caller = self._stack[-1]
        call = next((call for call in caller.calls if call.code is code and not call.is_begun), None)
        if call is None:
            call = Call(code, self._lock._is_owned())
            caller.calls.append(call)
        elif not code.co_flags & inspect.CO_GENERATOR:  # a generator is called again to go on
            call.times += 1
        self._stack.append(call)


def _callers(frame: FrameType | None) -> Iterator[CodeType]:
    """The functions of ours that stand on the stack, the innermost first."""
    while frame is not None:
        if _is_shown(frame.f_code):
            yield frame.f_code
        frame = frame.f_back


@cache
def _is_shown(code: CodeType) -> bool:
    return PACKAGE in Path(code.co_filename).resolve().parents and not code.co_name.startswith(("<", "__"))


@cache
def _about_code(code: CodeType) -> list[str]:
    """The first sentence of the docstring, in lines."""
    docstring = ""
    for node in ast.walk(_parsed(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            lines = [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
            if min(lines) == code.co_firstlineno:
                docstring = ast.get_docstring(node) or ""
    sentence = " ".join(docstring.partition("\n\n")[0].split()).partition(". ")[0].removesuffix(".")
    return textwrap.wrap(sentence.replace("`", ""), int(ABOUT_WIDTH / SMALL / SANS_WIDTH))


def _about(call: Call) -> list[str]:
    assert call.code is not None
    return _about_code(call.code)


@cache
def _parsed(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))
