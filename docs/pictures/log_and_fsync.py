"""Draws how far the log has got, step by step: handed on, written, synced; and what each kind of crash loses.

The log is a real one, with a file of its own; the positions are those that it reports.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, INK, PAPER, RED, RULE, Colour, Drawing
from redis_clone.features.persistence.aof_log import ALWAYS, EVERYSEC, Log
from redis_clone.protocol.ops import BOTH
from redis_clone.structures.clock import Clock

LEFT, BAR, ROW, TOP, WIDTH, SCALE = 20, 24, 74, 104, 660, 5.4  # pixels, and pixels a byte
LEGEND = {RULE: "in the queue", BLUE: "written: the system has it", GREEN: "synced: the disk has it"}


class Row(NamedTuple):
    """What happened, and how far the log was then; `ends` are the positions at which clients' writes end."""

    title: str
    ends: dict[str, int]
    written: int
    synced: int
    answered: set[str]  # clients that have their +OK


class Story:
    """A log, clients that write, and the rows that tell how far the log has got."""

    def __init__(self, folder: str, policy: str) -> None:
        self.log = Log(Clock(), bool, bool)
        self.log.policy = policy
        self.log.switch_file(open(Path(folder, policy), "ab", buffering=0))  # noqa: SIM115 (closed by the log)
        self._ends: dict[str, int] = {}
        self._answered: set[str] = set()

    def write(self, client: str) -> None:
        """A client's command is run: its op is handed on to the log."""
        self.log.feed([(0, [b"INCR", client.encode()], BOTH)])
        self._ends[client] = self.log.logged

    def answer(self, client: str) -> None:
        """The client's thread sends its reply, once the log has what it reports."""
        self.log.flush_before_reply(self._ends[client])
        self._answered.add(client)

    def told(self, title: str) -> Row:
        return Row(title, dict(self._ends), self.log.written, self.log.synced, set(self._answered))


def everysec(folder: str) -> Iterator[Row]:
    story = Story(folder, EVERYSEC)
    story.write("ada")
    yield story.told("ada's command has run; its change is handed on to the log")
    story.answer("ada")
    yield story.told("before ada's reply is sent, the log is written")
    story.log.sync()
    story.write("bob")
    story.answer("bob")
    yield story.told("once a second a thread syncs the file; then bob writes")
    story.write("cyd")
    yield story.told("cyd's command has run, and no reply was sent yet")
    story.log.close()


def always(folder: str) -> Iterator[Row]:
    story = Story(folder, ALWAYS)
    for client in ("ada", "bob", "cyd"):
        story.write(client)
    yield story.told("three commands have run; no reply was sent yet")
    story.answer("ada")
    yield story.told("ada's thread writes and syncs for all three: one fsync")
    story.answer("bob")
    story.answer("cyd")
    yield story.told("the threads of bob and cyd find that it is done, and reply")
    story.log.close()


def draw() -> str:
    with tempfile.TemporaryDirectory() as folder:
        parts = {"appendfsync everysec": list(everysec(folder)), "appendfsync always": list(always(folder))}
    drawing = Drawing(WIDTH, TOP + sum(40 + ROW * len(rows) for rows in parts.values()) - 20)
    drawing.text(
        LEFT, 28, "The log: who has the bytes, and what a crash would lose", INK, 15, "font-weight:bold"
    )
    for number, (colour, meaning) in enumerate(LEGEND.items()):
        drawing.box(LEFT + 130 * number + 70 * (number == 2), 44, 16, 16, colour, radius=2)
        drawing.text(LEFT + 22 + 130 * number + 70 * (number == 2), 57, meaning, INK, 13)
    y = TOP
    for policy, rows in parts.items():
        drawing.text(LEFT, y - 10, policy, INK, 14, "font-weight:bold")
        for row in rows:
            _draw_row(drawing, row, y)
            y += ROW
        y += 40
    return drawing.finished()


def lost(row: Row, safe: int) -> list[tuple[str, bool]]:
    """The clients whose writes are lost when only `safe` bytes are left, and whether they had their reply."""
    return [(client, client in row.answered) for client, end in row.ends.items() if end > safe]


def _draw_row(drawing: Drawing, row: Row, y: float) -> None:
    drawing.text(LEFT, y + 14, row.title, INK, 13)
    begin = 0
    for client, end in row.ends.items():
        colour = GREEN if end <= row.synced else BLUE if end <= row.written else RULE
        drawing.box(LEFT + begin * SCALE, y + 22, (end - begin) * SCALE - 2, BAR, colour, radius=2)
        text = f"{client}, replied" if client in row.answered else client
        on = INK if colour is RULE else PAPER
        drawing.text(LEFT + begin * SCALE + 8, y + 39, text, on, 13)
        begin = end
    _draw_losses(drawing, row, y + 62)


def _draw_losses(drawing: Drawing, row: Row, y: float) -> None:
    for x, crash, safe in ((LEFT, "kill -9", row.written), (LEFT + 270, "power failure", row.synced)):
        losses = lost(row, safe)
        colour: Colour = RED if any(has_reply for _, has_reply in losses) else FAINT
        names = ", ".join(client + (" (replied!)" if has_reply else "") for client, has_reply in losses)
        drawing.text(x, y, f"{crash} loses: {names or 'nothing'}", colour, 13)
