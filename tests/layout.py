"""What a reader sees of an SVG picture: each text with the box that it takes, and what it stands on.

It understands what `redis_clone.benchmark.svg` writes, and no more.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from redis_clone.benchmark.svg import MONO, SANS, text_width

SVG = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.72, 0.2  # of the font's size, above and below the line that a text stands on
LEEWAY = 0.9  # text_width is generous, and a text that is a little narrower than it says is no mistake
COLOUR = re.compile(r"\.([\w-]+)\{fill:(#\w{6})\}")


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Shape(NamedTuple):
    colour: str
    box: Box


class Line(NamedTuple):
    begin: tuple[float, float]
    end: tuple[float, float]

    def crosses(self, box: Box) -> bool:
        (x1, y1), (x2, y2) = self
        around = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        return box.overlaps(around) and any(box.overlaps(Box(x, y, x, y)) for x, y in self._points())

    def _points(self) -> Iterator[tuple[float, float]]:
        """Points of the line, one for each pixel."""
        (x1, y1), (x2, y2) = self
        steps = int(max(abs(x2 - x1), abs(y2 - y1))) + 1
        for step in range(steps + 1):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


class Text(NamedTuple):
    """`grounds` are the boxes and circles that the text touches, the one that was painted last at the end."""

    shown: str
    colour: str
    box: Box
    grounds: list[Shape]
    is_crossed: bool  # by a line that no ground covers


class Picture(NamedTuple):
    frame: Box
    texts: list[Text]
    light: dict[str, str]  # the value of each colour on a light page
    dark: dict[str, str]


def read_picture(svg: str) -> Picture:
    root = ElementTree.fromstring(svg)
    light, _, dark = (root.findtext(f"{SVG}style") or "").partition("@media (prefers-color-scheme: dark)")
    frame = Box(*map(float, root.attrib["viewBox"].split()))
    return Picture(frame, list(_texts(root)), dict(COLOUR.findall(light)), dict(COLOUR.findall(dark)))


def _texts(root: ElementTree.Element) -> Iterator[Text]:
    painted: list[Shape | Line] = []
    for element in root:
        if element.tag == f"{SVG}text":
            yield _text(element, painted)
        elif element.tag == f"{SVG}line":
            x1, y1, x2, y2 = (float(element.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
            painted.append(Line((x1, y1), (x2, y2)))
        elif element.tag in (f"{SVG}rect", f"{SVG}circle"):
            painted.append(Shape(element.attrib["class"], _shape_box(element)))


def _text(element: ElementTree.Element, painted: "list[Shape | Line]") -> Text:
    box = _text_box(element)
    grounds: list[Shape] = []
    is_crossed = False
    for part in painted:
        if isinstance(part, Line):
            is_crossed = is_crossed or part.crosses(box)
        elif part.box.overlaps(box):
            grounds.append(part)
            is_crossed = is_crossed and not part.box.holds(box)
    return Text(element.text or "", element.attrib["class"].split()[0], box, grounds, is_crossed)


def _shape_box(element: ElementTree.Element) -> Box:
    if element.tag == f"{SVG}rect":
        x, y, width, height = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        return Box(x, y, x + width, y + height)
    x, y, radius = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
    return Box(x - radius, y - radius, x + radius, y + radius)


def _text_box(element: ElementTree.Element) -> Box:
    style = element.attrib["style"]
    found = re.search(r"font-size:(\d+)px", style)
    assert found is not None
    size = int(found[1])
    font = MONO if "mono" in element.attrib["class"].split() else SANS
    width = text_width(element.text or "", size, font) * LEEWAY
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    if "transform" in element.attrib:  # the only turn that is used: it reads upwards
        return Box(x - ASCENT * size, y - width, x + DESCENT * size, y)
    x -= width / 2 if "text-anchor:middle" in style else width if "text-anchor:end" in style else 0
    return Box(x, y - ASCENT * size, x + width, y + DESCENT * size)


def contrast(one: str, other: str) -> float:
    """How much two colours differ in lightness, by the rule of the web (WCAG): from 1 to 21.

    >>> round(contrast("#000000", "#ffffff")), round(contrast("#777777", "#ffffff"), 1)
    (21, 4.5)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
