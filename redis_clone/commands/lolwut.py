"""LOLWUT: draws something.  Each version of Redis has its own drawing, and this server has one too.

A pendulum that swings in two directions at once, slowly losing its swing, draws on paper (a harmonograph, a
toy of the 1840s).  The paper is made of Braille signs: each has 2 x 4 dots.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from redis_clone import REDIS_VERSION
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.protocol.replies import Verbatim

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

BLANK = 0x2800  # the Braille sign without a dot; each dot is one bit, in this order
DOTS = {(0, 0): 1, (0, 1): 2, (0, 2): 4, (1, 0): 8, (1, 1): 16, (1, 2): 32, (0, 3): 64, (1, 3): 128}
WITH_A_DRAWING = (5, 6, 7)  # the versions that drew
NARROWEST, WIDEST = 8, 200  # characters
STEPS = 3000
TURNS = 3


@command("LOLWUT", arity=-1, flags="readonly fast")
def lolwut(client: Client, *args: bytes) -> Verbatim:
    """Draws something, each time something else, and returns the version.

    LOLWUT [VERSION version]
    Since 5.0.0, O(1)
    """
    version, width = 7, 40
    if len(args) >= 2 and args[0].upper() == b"VERSION":
        version = integer(args[1])
        width = integer(args[2]) if len(args) > 2 else width
    drawing = ""
    if version in WITH_A_DRAWING:
        drawing = draw(_pendulum(client.server.random), max(NARROWEST, min(width, WIDEST)))
    return Verbatim(f"{drawing}Redis ver. {REDIS_VERSION}\n".encode())


Curve = Callable[[float], tuple[float, float]]


def _pendulum(random: Random) -> Curve:
    """A random pendulum: its place, from -1 to 1 in both directions, at each time from 0 to 1."""
    fast, slow = random.choice([(2, 1), (3, 2), (4, 3), (5, 4), (5, 3)])
    phase, drift = random.uniform(0, math.pi), random.uniform(0.002, 0.02)

    def place(time: float) -> tuple[float, float]:
        angle, swing = time * TURNS * 2 * math.pi, 1 - 0.8 * time
        return swing * math.sin(fast * angle * (1 + drift) + phase), swing * math.sin(slow * angle)

    return place


def draw(curve: Curve, width: int) -> str:
    """The curve on a square sheet of this width in characters; one line of text for each row.

    >>> print(draw(lambda time: (2 * time - 1, 2 * time - 1), 4))
    ⠑⢄⠀⠀
    ⠀⠀⠑⢄
    <BLANKLINE>
    """
    columns, rows = 2 * width, 4 * (width // 2)
    signs = [[BLANK] * width for _ in range(rows // 4)]
    for step in range(STEPS):
        across, down = curve(step / STEPS)
        x, y = int((across + 1) / 2 * (columns - 1) + 0.5), int((down + 1) / 2 * (rows - 1) + 0.5)
        signs[y // 4][x // 2] |= DOTS[x % 2, y % 4]
    return "".join("".join(map(chr, row)) + "\n" for row in signs)
