"""Writes just enough SVG for charts and diagrams: boxes, lines, circles and texts, painted in their order.

The charts of the benchmark and the pictures in docs/pictures are drawn with it.  A colour is a class of the
style sheet that each picture carries, and has two values: a browser, or a page that shows the picture as an
image, takes the dark ones where its reader prefers a dark page.  The colours differ also for people who do
not see red and green, and a text has a contrast of 4.5 or more on whatever it stands.

The program that shows the picture and its fonts are not known here; `text_width` says how wide a text is at
most, so that nothing is cut off.
"""

from html import escape
from typing import NamedTuple


class Colour(NamedTuple):
    """A colour, by the name of its class; `light` is shown on light pages, `dark` on dark ones."""

    name: str
    light: str
    dark: str


INK = Colour("ink", "#1f2328", "#e6edf3")
PAPER = Colour("paper", "#ffffff", "#0d1117")  # the background, and the text on a box of a strong colour
FAINT = Colour("faint", "#57606a", "#9da7b3")
RULE = Colour("rule", "#d1d9e0", "#3d444d")  # thin lines, and boxes of what is past or empty
RED = Colour("red", "#b54708", "#ff9d66")
BLUE = Colour("blue", "#0067a8", "#6cb6ff")
GREEN = Colour("green", "#00795a", "#3fd0a4")
PURPLE = Colour("purple", "#8e3a80", "#e0a3dc")
TINTS = (  # pale boxes, for INK and FAINT to stand on
    Colour("tint-blue", "#e6f0fa", "#12263a"),
    Colour("tint-green", "#e3f4ec", "#0f2a22"),
    Colour("tint-yellow", "#fdf3d3", "#332a10"),
    Colour("tint-purple", "#f5e9f5", "#2c1c31"),
    Colour("tint-red", "#fdeae0", "#36200f"),
)

MONO, SANS = "ui-monospace, Menlo, Consolas, monospace", "system-ui, sans-serif"
SANS_WIDTH, MONO_WIDTH = 0.64, 0.61  # of a character, as a part of the font's size
FONTS = f"text{{font-family:{SANS}}}.mono{{font-family:{MONO}}}line{{stroke-width:1.5}}"


def text_width(text: str, size: int = 13, font: str = SANS) -> float:
    """The pixels that a text takes; generous, for letters differ and so do fonts.

    >>> text_width("GET", 10, MONO) < text_width("GET", 10) < text_width("GETEX", 10)
    True
    """
    return len(text) * size * (MONO_WIDTH if font == MONO else SANS_WIDTH)


class Drawing:
    """A picture of a fixed size; `finished` is its SVG.

    >>> drawing = Drawing(100, 50)
    >>> drawing.text(10, 20, "a<b"); "a&lt;b" in drawing.finished()
    True
    """

    def __init__(self, width: int, height: int, background: Colour = PAPER) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []
        self._colours: dict[str, Colour] = {}
        self.box(0, 0, width, height, background, radius=0)

    def box(self, x: float, y: float, width: float, height: float, fill: Colour, radius: int = 6) -> None:
        size = f'width="{width:.5g}" height="{height:.0f}" rx="{radius}"'
        self._parts.append(f'<rect x="{x:.0f}" y="{y:.0f}" {size} {self._class(fill)}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: Colour = FAINT) -> None:
        ends = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
        self._parts.append(f"<line {ends} {self._class(colour)}/>")

    def circle(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self._parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" {self._class(fill)}/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: Colour = INK,
        size: int = 13,
        style: str = "",
        font: str = SANS,
        turned: int = 0,
    ) -> None:
        """One line, which begins at x and stands on y; `style` is CSS, such as text-anchor:middle.

        `turned` is an angle in degrees around the point (x, y): -90 reads upwards.
        """
        look = f'{self._class(colour, font)} style="font-size:{size}px;{style}"'
        shown = escape(text).replace(" ", "\u00a0")  # plain spaces would be drawn as one
        turn = f' transform="rotate({turned} {x:.0f} {y:.0f})"' if turned else ""
        self._parts.append(f'<text x="{x:.0f}" y="{y:.0f}" {look}{turn}>{shown}</text>')

    def finished(self) -> str:
        head = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        return "\n".join(
            [f'<svg xmlns="http://www.w3.org/2000/svg" {head}>', *self._style(), *self._parts, "</svg>\n"]
        )

    def _class(self, colour: Colour, font: str = SANS) -> str:
        self._colours[colour.name] = colour
        return f'class="{colour.name}{" mono" if font == MONO else ""}"'

    def _style(self) -> list[str]:
        """The style sheet: the colours that this picture uses, for light pages and for dark ones."""
        light = "".join(_rule(name, colour.light) for name, colour in self._colours.items())
        dark = "".join(_rule(name, colour.dark) for name, colour in self._colours.items())
        return ["<style>", FONTS, light, f"@media (prefers-color-scheme: dark){{{dark}}}", "</style>"]


def _rule(name: str, value: str) -> str:
    return f".{name}{{fill:{value}}}line.{name}{{stroke:{value}}}"
