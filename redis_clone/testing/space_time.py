"""What a space-time diagram shows: who sent what to whom, when it arrived, and what the nodes said meanwhile.

Time runs down the page in rows.  A row is one step: a message arrives, or time passes.  What is sent because
of it, and what the nodes log, belongs to the same row.  Nodes are named by their ports.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

ROWS_KEPT = 300


@dataclass
class Row:
    """One step."""

    number: int
    elapsed_ms: int  # of the cluster's time since the diagram began
    text: str  # what happened, unless a message arrived
    notes: list[tuple[int, str]] = field(default_factory=list)  # by a node: what it logged


@dataclass
class Arrow:
    """A message on its way, or that was."""

    number: int
    sender: int
    receiver: int
    kind: str  # "ping"
    text: str  # what is worth knowing of it: "epoch 7"
    sent_row: int
    received_row: int | None = None
    is_lost: bool = False


class SpaceTime:
    """The rows and arrows since the bus was halted, the latest of them.

    >>> diagram = SpaceTime(); ping = diagram.sent(7000, 7001, "ping", "")
    >>> diagram.begin_row(3); diagram.received(ping); diagram.record(7001, "hello")
    >>> [(row.number, row.notes) for row in diagram.rows], ping.sent_row, ping.received_row
    ([(0, []), (1, [(7001, 'hello')])], 0, 1)
    """

    def __init__(self) -> None:
        self.rows: deque[Row] = deque([Row(0, 0, "halted")], maxlen=ROWS_KEPT)
        self.arrows: list[Arrow] = []
        self._arrows_made = 0

    @property
    def _row(self) -> Row:
        return self.rows[-1]

    @property
    def is_quiet(self) -> bool:
        """Whether no node has logged anything in the last row."""
        return not self._row.notes

    def begin_row(self, elapsed_ms: int, text: str = "") -> None:
        """Something happens; what follows from it belongs to a row of its own."""
        self.rows.append(Row(self._row.number + 1, elapsed_ms, text))
        first = self.rows[0].number
        self.arrows = [
            each for each in self.arrows if each.received_row is None or each.received_row >= first
        ]

    def record(self, node: int, text: str) -> None:
        self._row.notes.append((node, text))

    def sent(self, sender: int, receiver: int, kind: str, text: str) -> Arrow:
        self._arrows_made += 1
        arrow = Arrow(self._arrows_made, sender, receiver, kind, text, self._row.number)
        self.arrows.append(arrow)
        return arrow

    def take_over(self, arrow: Arrow) -> Arrow:
        """A message that was on its way before the diagram began."""
        return self.sent(arrow.sender, arrow.receiver, arrow.kind, arrow.text)

    def received(self, arrow: Arrow) -> None:
        arrow.received_row = self._row.number

    def lost(self, arrow: Arrow) -> None:
        """The connection has ended before it arrived."""
        arrow.received_row, arrow.is_lost = self._row.number, True

    def forget_arrows(self) -> None:
        """Keep only what is on its way: nobody looks at the others."""
        self.arrows = [each for each in self.arrows if each.received_row is None]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": [{**vars(row), "notes": list(row.notes)} for row in self.rows],
            "arrows": [vars(arrow).copy() for arrow in self.arrows],
        }
