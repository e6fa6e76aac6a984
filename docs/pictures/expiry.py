"""Draws how keys pass through the timing wheel: filed in wide slots, filed again in narrower ones, expired.

The wheel is a real one.  Its clock is turned from the beginning of one slot to that of the next.
"""

from typing import NamedTuple

from redis_clone.benchmark.svg import FAINT, INK, RULE, TINTS, Drawing
from redis_clone.cache.expiry import NARROWEST_MS, WIDTHS_MS
from redis_clone.storage.expires import Expires

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
KEYS = {b"code": 60 * SECOND, b"session": 30 * MINUTE, b"token": 7 * DAY}  # and when they expire
LANES = {  # the widths of slots
    WIDTHS_MS[1]: "slots of 37 hours",
    WIDTHS_MS[2]: "of 2 minutes",
    WIDTHS_MS[3]: "of an eighth of a second",
}
UNITS = {"d": DAY, "h": HOUR, "min": MINUTE, "s": SECOND}
COLOURS = dict(zip(KEYS, (TINTS[2], TINTS[1], TINTS[3]), strict=True))
TOP, LEFT, LANE, ROW, BOX, WIDTH = 88, 20, 210, 64, 26, 660  # pixels


class Row(NamedTuple):
    """The wheel at one time; `filed` says for each key the width and the start of its slot."""

    now_ms: int
    title: str
    filed: dict[bytes, tuple[int, int]]


def draw() -> str:
    rows = told()
    drawing = Drawing(WIDTH, TOP + ROW * len(rows) + 6)
    drawing.text(
        LEFT,
        28,
        "Three keys in the timing wheel, and when the slot of each begins",
        INK,
        15,
        "font-weight:bold",
    )
    for lane, title in enumerate(LANES.values()):
        drawing.text(LEFT + LANE * lane, TOP - 24, title, INK, 13, "font-weight:bold")
    for number, row in enumerate(rows):
        _draw_row(drawing, row, TOP + ROW * number)
    return drawing.finished()


def told() -> list[Row]:
    """The wheel at the beginning, and whenever a slot has begun."""
    expires = Expires()
    for key, expire_at_ms in KEYS.items():
        expires.set(key, expire_at_ms, now_ms=0)
    rows = [Row(0, "to expire in a minute, in half an hour, in a week", _filed(expires))]
    while expires:
        before = _filed(expires)
        now_ms = min(start for _, start in before.values()) + NARROWEST_MS
        expired, _ = expires.pop_expired(now_ms, 10)
        after = _filed(expires)
        moved = [key for key in after if after[key] != before[key]]
        titles = [f"{key.decode()} has expired" for key in expired]
        titles += [f"the slot of {key.decode()} has begun, so it is filed again" for key in moved]
        rows.append(Row(now_ms, ", ".join(titles), after))
    return rows


def _filed(expires: Expires) -> dict[bytes, tuple[int, int]]:
    return {
        key: (next(width for width in WIDTHS_MS if expires[key] // width * width == start), start)
        for start, slot in expires._timing_wheel._slots.items()
        for key in slot
    }


def _shown(time_ms: int) -> str:
    """
    >>> _shown(90_000), _shown(8 * 86_400_000), _shown(128)
    ('1 min 30 s', '8 d', '0 s')
    """
    words = []
    for unit, length_ms in UNITS.items():
        count, time_ms = divmod(time_ms, length_ms)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words[:2]) or "0 s"


def _draw_row(drawing: Drawing, row: Row, y: int) -> None:
    drawing.line(LEFT, y - 12, WIDTH - LEFT, y - 12, RULE)
    drawing.text(LEFT, y + 8, f"at {_shown(row.now_ms)}:", FAINT, 13)
    drawing.text(LEFT + 150, y + 8, row.title, INK, 13)
    for key, (width, start) in row.filed.items():
        x = LEFT + LANE * list(LANES).index(width)
        drawing.box(x, y + 18, LANE - 10, BOX, COLOURS[key], radius=3)
        drawing.text(x + 8, y + 36, f"{key.decode()}, from {_shown(start)}", INK, 13)
