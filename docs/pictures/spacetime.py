"""Draws space-time diagrams: a line down the page for each party, and arrows for what they send each other.

Time runs down.  A scene is a list of events in their order: Send, and Note for what happens at one party.
"""

import math
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from redis_clone.benchmark.svg import BLUE, INK, MONO, RED, RULE, SANS_WIDTH, Colour, Drawing, text_width

LEFT, TOP, COLUMN = 90, 70, 250  # pixels
ROW, SLOPE, LINE, HEAD, SMALL = 38, 12, 17, 7, 13


class Send(NamedTuple):
    """A message; one that is lost ends half-way, in a cross."""

    sender: str
    receiver: str
    text: str
    colour: Colour = BLUE
    is_lost: bool = False


class Note(NamedTuple):
    """What happens at a party, or what it knows now; written to the right of its line."""

    who: str
    text: str
    colour: Colour = INK


Event = Send | Note


def picture(title: str, parties: Sequence[str], events: Sequence[Event], column: int = COLUMN) -> str:
    """The diagram.  A Note that follows a Send to the same party stands at the end of its arrow."""
    tops = [TOP + 20]
    for event, following in zip(events, [*events[1:], None], strict=True):
        tops.append(tops[-1] + _height(event, following, column))
    width = LEFT * 2 + column * (len(parties) - 1) + max(_note_room(events, parties[-1], column) - LEFT, 0)
    drawing = Drawing(round(width), round(tops[-1] + 16))
    drawing.text(20, 28, title, INK, 15, "font-weight:bold")
    places = {party: LEFT + column * number for number, party in enumerate(parties)}
    for party, x in places.items():
        drawing.text(x, TOP - 6, party, INK, 13, "font-weight:bold;text-anchor:middle")
        drawing.line(x, TOP, x, tops[-1], RULE)
    for event, y in zip(events, tops, strict=False):
        if isinstance(event, Send):
            _draw_send(drawing, event, places[event.sender], places[event.receiver], y)
        else:
            _draw_note(drawing, event, places[event.who], y, column)
    return drawing.finished()


def _lines(note: Note, column: int) -> list[str]:
    return textwrap.wrap(note.text, int((column - 16) / SMALL / SANS_WIDTH * 1.15))


def _note_room(events: Sequence[Event], last: str, column: int) -> float:
    """How wide the notes at the right edge are."""
    notes = [event for event in events if isinstance(event, Note) and event.who == last]
    return max((text_width(line, SMALL) for note in notes for line in _lines(note, column)), default=0) + 16


def _height(event: Event, following: Event | None, column: int) -> int:
    if isinstance(event, Note):
        return LINE * len(_lines(event, column)) + 14
    is_explained = isinstance(following, Note) and following.who == event.receiver
    return SLOPE + 18 if is_explained else ROW


def _draw_send(drawing: Drawing, event: Send, begin: float, end: float, y: float) -> None:
    colour, below = RED if event.is_lost else event.colour, y + SLOPE
    if event.is_lost:
        end, below = (begin + end) / 2, y + SLOPE / 2
    drawing.line(begin, y, end, below, colour)
    if event.is_lost:
        drawing.line(end - 5, below - 5, end + 5, below + 5, colour)
        drawing.line(end - 5, below + 5, end + 5, below - 5, colour)
    else:
        _draw_head(drawing, begin, y, end, below, colour)
    reach = max(-COLUMN, min(COLUMN, end - begin))  # the text stands beside the sender, not on another line
    drawing.text(begin + reach / 2, y - 3, event.text, colour, SMALL, "text-anchor:middle", MONO)


def _draw_head(drawing: Drawing, x1: float, y1: float, x2: float, y2: float, colour: Colour) -> None:
    """The two strokes at the end of an arrow."""
    back = math.atan2(y1 - y2, x1 - x2)
    for turn in (-0.4, 0.4):
        drawing.line(x2, y2, x2 + HEAD * math.cos(back + turn), y2 + HEAD * math.sin(back + turn), colour)


def _draw_note(drawing: Drawing, note: Note, x: float, y: float, column: int) -> None:
    drawing.circle(x, y, 3.5, note.colour)
    for number, line in enumerate(_lines(note, column)):
        drawing.text(x + 10, y + 4 + LINE * number, line, note.colour, SMALL)
