"""Draws how a cluster shares the hash slots, and how a client finds the node that has its key."""

from itertools import pairwise

from redis_clone.benchmark.svg import BLUE, GREEN, INK, MONO, PAPER, PURPLE, RED, Drawing
from redis_clone.features.cluster.slots import SLOTS, key_slot

NODES = ("7000", "7001", "7002")
COLOURS = (BLUE, GREEN, PURPLE)
KEYS = (b"foo", b"bar", b"fruit", b"user:{42}:name", b"user:{42}:cart")
LEFT, TOP, WIDTH, BAR = 30, 96, 630, 34


def draw() -> str:
    drawing = Drawing(LEFT * 2 + WIDTH, 346)
    drawing.text(20, 28, f"{SLOTS} slots, three masters: each key has a slot, each slot a master", INK, 15)
    _draw_bar(drawing)
    _draw_redirect(drawing, b"foo")
    return drawing.finished()


def ranges() -> list[tuple[int, int]]:
    """The slots of each node, as redis-cli shares them."""
    bounds = [round(number * SLOTS / len(NODES)) for number in range(len(NODES) + 1)]
    return [(begin, end - 1) for begin, end in pairwise(bounds)]


def owner(slot: int) -> int:
    return next(number for number, (begin, end) in enumerate(ranges()) if begin <= slot <= end)


def _x(slot: int) -> float:
    return LEFT + slot * WIDTH / SLOTS


def _draw_bar(drawing: Drawing) -> None:
    for (begin, end), name, colour in zip(ranges(), NODES, COLOURS, strict=True):
        drawing.box(_x(begin), TOP, _x(end) - _x(begin) - 2, BAR, colour, radius=2)
        middle = (_x(begin) + _x(end)) / 2
        text = f"{name}: {begin} to {end}"
        drawing.text(middle, TOP + 22, text, PAPER, 13, "text-anchor:middle;font-weight:bold")
    for number, key in enumerate(sorted(dict.fromkeys(KEYS), key=key_slot)):
        slot, is_above = key_slot(key), number % 2 == 0
        edge, y = (TOP, TOP - 12) if is_above else (TOP + BAR, TOP + BAR + 22)
        drawing.line(_x(slot), edge, _x(slot), edge + (-8 if is_above else 8), INK)
        drawing.text(_x(slot), y, f"{key.decode()}: {slot}", INK, 12, "text-anchor:middle")


def _draw_redirect(drawing: Drawing, key: bytes) -> None:
    slot = key_slot(key)
    asked, right = NODES[0], NODES[owner(slot)]
    rows = [
        ("client", asked, f"SET {key.decode()} 1", INK),
        (asked, "client", f"-MOVED {slot} 127.0.0.1:{right}", RED),
        ("client", right, f"SET {key.decode()} 1", INK),
        (right, "client", "+OK", GREEN),
    ]
    remark = f"the client remembers who has slot {slot}"
    drawing.text(LEFT + 160, 210 + 28 * len(rows), remark, INK, 13)
    for number, (sender, receiver, text, colour) in enumerate(rows):
        y = 210 + 28 * number
        drawing.text(LEFT, y, f"{sender} -> {receiver}", INK, 13, "font-weight:bold")
        drawing.text(LEFT + 160, y, text, colour, 13, font=MONO)
