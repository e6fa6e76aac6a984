"""The colours of charts and diagrams: they differ for all readers, on light pages and on dark ones."""

from itertools import combinations

import pytest

from redis_clone.benchmark import plot
from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, PURPLE, RED, RULE, Drawing

# What red, green and blue light become for people who lack one of the three kinds of cone (Machado, 2009).
CONES = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
LEAST_DIFFERENCE = 10  # in CIELAB; from 2 or 3 on a difference is noticed when two colours touch


def light_of(colour):
    """The red, green and blue light of a colour such as #0067a8, each from 0 to 1."""
    return [(int(colour[start : start + 2], 16) / 255) ** 2.2 for start in (1, 3, 5)]


def seen(colour, cones):
    """A colour as a point in CIELAB, in which distances are differences as they are seen."""
    red, green, blue = (
        max(sum(part * amount for part, amount in zip(row, light_of(colour), strict=True)), 0)
        for row in cones
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    x, y, z = (part ** (1 / 3) for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("kind", CONES)
def test_no_two_colours_look_the_same_to_people_who_see_fewer_of_them(kind):
    for one, other in combinations((RED, BLUE, GREEN, PURPLE, FAINT), 2):
        for first, second in ((one.light, other.light), (one.dark, other.dark)):
            points = seen(first, CONES[kind]), seen(second, CONES[kind])
            difference = sum((left - right) ** 2 for left, right in zip(*points, strict=True)) ** 0.5
            assert difference >= LEAST_DIFFERENCE, (one.name, other.name, difference)


def test_the_style_sheet_has_the_colours_that_are_used_twice_each():
    drawing = Drawing(10, 10)
    drawing.line(0, 0, 10, 10, RULE)
    light, _, dark = drawing.finished().partition("@media (prefers-color-scheme: dark)")
    assert f"line.rule{{stroke:{RULE.light}}}" in light and f"line.rule{{stroke:{RULE.dark}}}" in dark
    assert "red" not in light


def test_the_bars_of_servers_have_colours_that_differ():
    assert len(set(plot.COLOURS)) == len(plot.COLOURS)
