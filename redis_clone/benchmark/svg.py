"""Writes just enough SVG for charts and diagrams: boxes, lines, circles and texts, painted in their order.

The charts of the benchmark and the pictures in docs/pictures are drawn with it.  The program
that shows the picture and its fonts are not known here; `text_width` says how wide a text is at most, so that
nothing is cut off.
"""

from html import escape

MONO, SANS = "ui-monospace, Menlo, Consolas, monospace", "system-ui, sans-serif"
INK, PAPER, FAINT, RED, BLUE, GREEN = "#1f2937", "#ffffff", "#9ca3af", "#d82c20", "#2563eb", "#059669"

SANS_WIDTH, MONO_WIDTH = 0.64, 0.61  # of a character, as a part of the font's size


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

    def __init__(self, width: int, height: int, background: str = PAPER) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []
        self.box(0, 0, width, height, background, radius=0)

    def box(self, x: float, y: float, width: float, height: float, fill: str, radius: int = 6) -> None:
        size = f'width="{width:.5g}" height="{height:.0f}" rx="{radius}"'
        self._parts.append(f'<rect x="{x:.0f}" y="{y:.0f}" {size} fill="{fill}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = FAINT) -> None:
        ends = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
        self._parts.append(f'<line {ends} stroke="{colour}" stroke-width="1.5"/>')

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        self._parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str = INK,
        size: int = 13,
        style: str = "",
        font: str = SANS,
        turned: int = 0,
    ) -> None:
        """One line, which begins at x and stands on y; `style` is CSS, such as text-anchor:middle.

        `turned` is an angle in degrees around the point (x, y): -90 reads upwards.
        """
        look = f'style="font-family:{font};font-size:{size}px;{style}"'
        shown = escape(text).replace(" ", "\u00a0")  # plain spaces would be drawn as one
        turn = f' transform="rotate({turned} {x:.0f} {y:.0f})"' if turned else ""
        self._parts.append(f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" {look}{turn}>{shown}</text>')

    def finished(self) -> str:
        head = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {head}>', *self._parts, "</svg>\n"])
