"""Draws a bar chart as SVG: a group of bars for each test, a bar for each server."""

from redis_clone.benchmark.report import Results
from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, PURPLE, RED, Colour, Drawing, text_width

BAR, GAP, TITLE, LEGEND = 16, 14, 24, 40  # pixels: the height of a bar, and where the heading stands
WIDTH, MARGIN, SIZE = 820, 16, 12
COLOURS = (RED, FAINT, BLUE, GREEN, PURPLE)


def as_svg(results: Results, title: str, unit: str = "/s") -> str:
    """The chart; the longest bar stands for the highest rate of all.

    >>> from redis_clone.benchmark.comparison import Score
    >>> as_svg({"get": {"ours": Score([100.0])}}, "one bar").count("<rect")
    3
    """
    names = list(dict.fromkeys(name for scores in results.values() for name in scores))
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    bars = sum(map(len, results.values()))
    drawing = Drawing(WIDTH, LEGEND + BAR + GAP + bars * BAR + len(results) * GAP)
    left = MARGIN + max(text_width(test, SIZE) for test in results)
    drawing.text(left, TITLE, title, size=16, style="font-weight:bold")
    _draw_legend(drawing, colours, left)
    _draw_bars(drawing, results, colours, left, unit)
    return drawing.finished()


def _draw_legend(drawing: Drawing, colours: dict[str, Colour], x: float) -> None:
    for name, colour in colours.items():
        drawing.box(x, LEGEND, SIZE, BAR - 2, colour, radius=0)
        drawing.text(x + 18, LEGEND + SIZE, name, size=SIZE)
        x += 18 + text_width(name, SIZE) + 2 * GAP


def _draw_bars(
    drawing: Drawing, results: Results, colours: dict[str, Colour], left: float, unit: str
) -> None:
    most = max(score.rate for scores in results.values() for score in scores.values()) or 1
    room = WIDTH - left - MARGIN - text_width(_shown(most, unit), SIZE)
    y = LEGEND + BAR + GAP
    for test, scores in results.items():
        drawing.text(left - 8, y + SIZE, test, size=SIZE, style="text-anchor:end")
        for name, score in scores.items():
            length = score.rate / most * room
            drawing.box(left, y, length, BAR - 2, colours[name], radius=0)
            drawing.text(left + length + 6, y + SIZE, _shown(score.rate, unit), size=SIZE)
            y += BAR
        y += GAP


def _shown(rate: float, unit: str) -> str:
    """
    >>> _shown(12345.6, "/s"), _shown(12.34, "%")
    ('12,346/s', '12.3%')
    """
    return f"{rate:,.0f}{unit}" if unit == "/s" else f"{rate:.1f}{unit}"
