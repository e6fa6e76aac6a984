"""Draws a snapshot with copy-on-write over time: the keyspace, the view, and what has been drained.

The database and the snapshot are real ones; two boxes are joined only where both sides
refer to the very same object.
"""

from typing import Any, NamedTuple

from redis_clone.benchmark.svg import BLUE, INK, RULE, TINTS, Drawing
from redis_clone.features.persistence.snapshot import Snapshot
from redis_clone.storage.database import Database
from redis_clone.storage.hashes import Hash
from redis_clone.storage.types import frozen_copy
from redis_clone.structures.clock import Clock

SHARED, NEW, OLD, DRAINED = TINTS[0], TINTS[2], TINTS[4], TINTS[1]
KEYS = (b"alice", b"bob", b"letters")
COLUMNS = {"the keyspace": 20, "the view": 240, "drained, for the file": 460}  # and where each begins
WIDTH, TOP, BOX, LINE, ROW = 680, 104, 206, 26, 122  # pixels


class Row(NamedTuple):
    """What happened, and what each key was then in the three columns; None: it is not there."""

    title: str
    keyspace: dict[bytes, str]
    view: dict[bytes, str]
    shared: set[bytes]  # keys whose value is one object in both
    drained: dict[bytes, str]


class Story:
    """A database, a snapshot of it, and the rows that tell what became of both."""

    def __init__(self) -> None:
        self.database = Database(0, Clock(), [])
        self.database.update(b"alice", b"100", "set")
        self.database.update(b"bob", b"0", "set")
        letters = Hash()
        letters.set(b"a", b"hi")
        self.database.update(b"letters", letters, "hset")
        self.snapshot = Snapshot([self.database])
        self.drained: dict[bytes, str] = {}
        self.rows: list[Row] = []

    def record(self, title: str) -> None:
        keyspace = {entry[0]: entry[1] for entry in self.database.entries()}
        views = self.snapshot._views
        view = dict(views[0].values) if views else {}
        shared = {key for key in view if view[key] is keyspace.get(key)}
        self.rows.append(Row(title, _shown(keyspace), _shown(view), shared, dict(self.drained)))

    def set_field(self, field: bytes, value: bytes) -> None:
        """What HSET does to the hash."""
        letters = self.database.edit(b"letters", Hash)
        assert letters is not None
        letters.set(field, value)
        self.database.update(b"letters", letters, "hset")

    def drain(self) -> None:
        """Take the next key from the view."""
        for entry in self.snapshot.take(slice_ns=0, keys_at_once=1):
            self.drained[entry.key] = _text(entry.value)


def draw() -> str:
    rows = told()
    drawing = Drawing(WIDTH, TOP + ROW * len(rows) - 6)
    drawing.text(
        20, 28, "A snapshot with copy-on-write: three keys, step by step", INK, 15, "font-weight:bold"
    )
    legend = {SHARED: "one object in both", NEW: "changed since", OLD: "kept as it was", DRAINED: "drained"}
    for number, (colour, meaning) in enumerate(legend.items()):
        drawing.box(20 + 165 * number, 44, 16, 16, colour, radius=2)
        drawing.text(42 + 165 * number, 57, meaning, INK, 13)
    for title, x in COLUMNS.items():
        drawing.text(x, TOP - 16, title, INK, 13, "font-weight:bold")
    for number, row in enumerate(rows):
        _draw_row(drawing, row, TOP + ROW * number)
    return drawing.finished()


def told() -> list[Row]:
    story = Story()
    story.record("1. The snapshot begins: the view is a copy of the dict of keys, not of the values")
    story.database.update(b"alice", b"70", "set")
    story.record("2. SET alice 70: the keyspace gets a new value, the view keeps the old one")
    story.set_field(b"b", b"bye")
    story.record("3. HSET letters b bye: first the view gets a copy, then the hash is changed")
    story.drain()
    story.record("4. The snapshot thread drains a key, with the lock held for a moment")
    story.set_field(b"c", b"yes")
    story.database.delete(b"bob")
    story.record("5. HSET letters c yes needs no copy now; DEL bob leaves the view as it is")
    story.drain()
    story.drain()
    story.record("6. All is drained: the file holds the moment of step 1")
    return story.rows


def _shown(values: dict[bytes, Any]) -> dict[bytes, str]:
    return {key: _text(value) for key, value in values.items()}


def _text(value: Any) -> str:
    """A value in few letters: a string as it is, of a hash the names of the fields."""
    if isinstance(value, bytes):
        return value.decode()
    fields = value if isinstance(value, dict) else frozen_copy(value)
    return "{" + ", ".join(field.decode() for field in fields) + "}"


def _draw_row(drawing: Drawing, row: Row, y: float) -> None:
    drawing.text(20, y + 14, row.title, INK, 13)
    columns = (row.keyspace, row.view, row.drained)
    for x, values in zip(COLUMNS.values(), columns, strict=True):
        own = {id(row.keyspace): NEW, id(row.view): OLD, id(row.drained): DRAINED}[id(values)]
        for place, key in enumerate(KEYS):
            if key in values:
                is_shared = key in row.shared and values is not row.drained
                drawing.box(x, y + 24 + LINE * place, BOX, LINE - 3, SHARED if is_shared else own, radius=3)
                if is_shared and values is row.view:
                    drawing.line(x - 14, y + 35 + LINE * place, x, y + 35 + LINE * place, BLUE)
                text = f"{key.decode()}: {values[key]}"
                drawing.text(x + 8, y + 40 + LINE * place, text, INK, 13)
    drawing.line(20, y - 6, WIDTH - 14, y - 6, RULE)
