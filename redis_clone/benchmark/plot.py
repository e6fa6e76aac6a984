"""A bar chart as an SVG file: a group of bars for each test, a bar for each server."""

from html import escape

from redis_clone.benchmark.report import Results

BAR, GAP, LEFT, WIDTH = 16, 14, 170, 820  # pixels
COLOURS = ("#d82c20", "#6b7280", "#2563eb", "#059669", "#d97706")


def as_svg(results: Results, title: str, unit: str = "/s") -> str:
    """
    >>> from redis_clone.benchmark.contest import Score
    >>> as_svg({"get": {"ours": Score([100.0])}}, "one bar").count("<rect")
    3
    """
    most = max((score.rate for scores in results.values() for score in scores.values()), default=1) or 1
    names = list(dict.fromkeys(name for scores in results.values() for name in scores))
    parts, top = [_text(LEFT, 24, title, "font-size:16px;font-weight:bold")], 40
    for number, name in enumerate(names):
        parts.append(_bar(LEFT + number * 150, top, 12, COLOURS[number % len(COLOURS)]))
        parts.append(_text(LEFT + number * 150 + 18, top + 12, name))
    top += BAR + GAP
    for test, scores in results.items():
        parts.append(_text(LEFT - 8, top + 12, test, "text-anchor:end"))
        for name, score in scores.items():
            length = score.rate / most * (WIDTH - LEFT - 90)
            parts.append(_bar(LEFT, top, length, COLOURS[names.index(name) % len(COLOURS)]))
            parts.append(
                _text(
                    LEFT + length + 6,
                    top + 12,
                    f"{score.rate:,.0f}{unit}" if unit == "/s" else f"{score.rate:.1f}{unit}",
                )
            )
            top += BAR
        top += GAP
    return _document(parts, top)


def _document(parts: list[str], height: int) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _bar(x: float, y: float, length: float, colour: str) -> str:
    return f'<rect x="{x:.0f}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y}" style="{style}">{escape(text)}</text>'
