"""Draws the bytes of a command and of its reply on the wire: each line with what it says.

The command is encoded, and its reply made, by the server's own functions.  The value has a line end in it, so
that one sees why the receiver counts bytes, and does not search for the end.
"""

from collections.abc import Iterator
from typing import NamedTuple

from redis_clone import commands
from redis_clone.benchmark.svg import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MONO,
    PAPER,
    PURPLE,
    RULE,
    Colour,
    Drawing,
    text_width,
)
from redis_clone.protocol.replies import encode_command
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

LEGEND = {PURPLE: "what kind", BLUE: "how many", GREEN: "data", RULE: "the line end"}
NAMES = ("the command", "the key", "the value")  # of the bulk strings of an array
CONVERSATION = ([b"SET", b"poem", b"roses\r\nviolets"], [b"GET", b"poem"])
WIDTH, LEFT, BYTES, LABELS, ROW, BOX, SIZE = 640, 20, 66, 290, 28, 24, 15  # pixels
END = b"\r\n"


class Piece(NamedTuple):
    """Bytes of one line that mean something together."""

    data: bytes
    colour: Colour


class Line(NamedTuple):
    offset: int
    pieces: list[Piece]
    label: str


def draw() -> str:
    parts = list(_conversation())
    drawing = Drawing(WIDTH, 74 + sum(44 + ROW * len(lines) for _, lines in parts))
    drawing.text(LEFT, 28, "Two commands and their replies, byte by byte", INK, 15, "font-weight:bold")
    for number, (colour, meaning) in enumerate(LEGEND.items()):
        drawing.box(LEFT + 130 * number, 44, 16, 16, colour, radius=2)
        drawing.text(LEFT + 22 + 130 * number, 57, meaning, INK, 13)
    y = 96
    for heading, lines in parts:
        drawing.text(LEFT, y, heading, INK, 13, "font-weight:bold")
        for number, line in enumerate(lines):
            _draw_line(drawing, line, y + 12 + ROW * number)
        y += 44 + ROW * len(lines)
    return drawing.finished()


def lines_of(data: bytes) -> Iterator[Line]:
    """The lines of a message, in order.

    >>> [(line.offset, line.label) for line in lines_of(b"*1\\r\\n$4\\r\\nPING\\r\\n")]
    [(0, 'an array of 1'), (4, 'a bulk string of 4 bytes:'), (8, 'the command')]
    """
    offset = 0
    names = iter(NAMES if data.startswith(b"*") else NAMES[-1:])
    while offset < len(data):
        head = data[offset : data.index(END, offset)]
        meaning = GREEN if head.startswith(b"+") else BLUE
        yield Line(
            offset, [Piece(head[:1], PURPLE), Piece(head[1:], meaning), Piece(END, RULE)], _label(head)
        )
        offset += len(head) + len(END)
        if head.startswith(b"$"):
            payload = data[offset : offset + int(head[1:])]
            label = next(names) + ("; the line end in it is data" if END in payload else "")
            yield Line(offset, [Piece(payload, GREEN), Piece(END, RULE)], label)
            offset += len(payload) + len(END)


def _label(head: bytes) -> str:
    kind, rest = head[:1], head[1:].decode()
    return {
        b"*": f"an array of {rest}",
        b"$": f"a bulk string of {rest} bytes:",
        b"+": "a simple string, up to the line end",
    }[kind]


def _conversation() -> Iterator[tuple[str, list[Line]]]:
    """Each message with its heading."""
    commands.load()
    client = Client(Server())
    for argv in CONVERSATION:
        sent, reply = encode_command(argv), execute(client, list(argv))
        yield f"the client sends {len(sent)} bytes", list(lines_of(sent))
        yield f"the server replies with {len(reply)} bytes", list(lines_of(reply))


def _draw_line(drawing: Drawing, line: Line, y: float) -> None:
    drawing.text(BYTES - 12, y + 17, str(line.offset), FAINT, 13, "text-anchor:end", MONO)
    x: float = BYTES
    for piece in line.pieces:
        shown = f"{piece.data!r}"[2:-1]
        width = text_width(shown, SIZE, MONO) + 8
        drawing.box(x, y, width, BOX, piece.colour, radius=3)
        drawing.text(x + 4, y + 17, shown, INK if piece.colour is RULE else PAPER, SIZE, font=MONO)
        x += width + 2
    drawing.text(LABELS, y + 17, line.label, INK, 13)
