"""The way of one command: which of our functions a SADD calls, from the bytes to the bytes, and how deep."""

import io
import sys
from types import FrameType
from typing import NamedTuple
from unittest.mock import patch

from redis_clone import commands, dispatch, turns
from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, INK, MONO, RED, Drawing
from redis_clone.protocol.bursts import BurstReader
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.stream import Stream
from redis_clone.state import Client, Server

WORDS = [b"SADD", b"fruit", b"apple"]
LINE, INDENT = 21, 22
COLOURS = {"protocol": BLUE, "commands": GREEN, "storage": RED}


class Call(NamedTuple):
    depth: int
    module: str
    function: str


def draw() -> str:
    calls = _calls()
    drawing = Drawing(860, LINE * len(calls) + 80)
    drawing.text(20, 30, f"{encode_command(WORDS)!r}"[2:-1], INK, 14, font=MONO)
    for number, call in enumerate(calls):
        y = 58 + LINE * number
        colour = COLOURS.get(call.module.partition("/")[0], INK)
        drawing.text(30 + INDENT * call.depth, y, call.function, colour, 13, "font-weight:bold", MONO)
        drawing.text(560, y, call.module, FAINT, 12, font=MONO)
        drawing.line(20, y + 6, 840, y + 6, "#f3f4f6")
    drawing.text(20, 58 + LINE * len(calls), ":1\\r\\n", INK, 14, font=MONO)
    return drawing.finished()


@patch.object(dispatch, "perf_counter_ns", lambda: 0)  # a command that is held up is counted elsewhere
def _calls() -> list[Call]:
    """Of a second SADD, in a server where a client monitors, so that the command goes the long way."""
    commands.load()
    server = Server()
    client = Client(server)
    turns.execute(Client(server, id=2), [b"MONITOR"])
    turns.execute(client, [b"SADD", b"fruit", b"pear"])
    found: list[Call] = []
    depth = 0

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal depth
        path = frame.f_code.co_filename.replace("\\", "/").partition("/redis_clone/")[2]
        if not path or frame.f_code.co_name.startswith(("<", "__")):
            return
        if event == "call":
            found.append(Call(depth, path, frame.f_code.co_name))
            depth += 1
        elif event == "return":
            depth -= 1

    reader = BurstReader(Stream(io.BytesIO(encode_command(WORDS)).read))
    sys.setprofile(watch)
    try:
        pipeline = reader.next()
        assert pipeline is not None
        turns.execute_all(client, pipeline, bytearray())
    finally:
        sys.setprofile(None)
    return [call for call in found if call.depth >= 0]
