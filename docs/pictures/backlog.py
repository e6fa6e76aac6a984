"""Draws the stream of a master, what its backlog holds of it as time goes on, and who can still continue.

The backlog is a real one; only what is written into it, and where the two replicas are, is made up.
"""

from redis_clone.benchmark.svg import BLUE, GREEN, INK, RED, RULE, Drawing
from redis_clone.features.replication.backlog import Backlog

SIZE, PIECE, LOOKS, PIECES = 400, 50, 5, 6  # bytes, bytes, rows, pieces written between two rows
LEFT, TOP, ROW, BAR, SCALE = 120, 84, 54, 20, 0.36  # pixels, and pixels a byte
NEAR, FAR = 850, 550  # the offsets at which two replicas have lost their connection
LEAVE_AT = 2  # the row after which both are away


def draw() -> str:
    drawing = Drawing(LEFT + round(LOOKS * PIECES * PIECE * SCALE) + 20, TOP + LOOKS * ROW + 20)
    title = f"A stream, its backlog of {SIZE} bytes, and who may still continue"
    drawing.text(20, 28, title, INK, 15, "font-weight:bold")
    drawing.box(LEFT, 42, 14, 14, RULE, radius=2)
    drawing.text(LEFT + 20, 54, "the stream, forgotten", INK, 13)
    drawing.box(LEFT + 190, 42, 14, 14, BLUE, radius=2)
    drawing.text(LEFT + 210, 54, "in the backlog", INK, 13)
    backlog = Backlog(first_offset=1, size=SIZE)
    for number in range(LOOKS):
        for _ in range(PIECES):
            backlog.append(b"x" * PIECE)
            backlog.trim()
        _draw_row(drawing, backlog, number)
    return drawing.finished()


def _draw_row(drawing: Drawing, backlog: Backlog, number: int) -> None:
    y = TOP + number * ROW
    drawing.text(20, y + 15, f"offset {backlog.next_offset - 1}", INK, 13)
    drawing.box(LEFT, y, (backlog.first_offset - 1) * SCALE, BAR, RULE, radius=0)
    drawing.box(LEFT + (backlog.first_offset - 1) * SCALE, y, len(backlog) * SCALE, BAR, BLUE, radius=0)
    if number < LEAVE_AT:
        return
    for offset in (FAR, NEAR):
        may_continue = backlog.reaches(offset + 1)
        colour = GREEN if may_continue else RED
        x = LEFT + offset * SCALE
        drawing.line(x, y - 6, x, y + BAR + 4, INK)
        text = f"{offset} {'continues' if may_continue else 'needs all'}"
        drawing.text(x, y + BAR + 15, text, colour, 13, "text-anchor:middle")
