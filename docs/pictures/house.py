"""The map of the house: the floors as tests/test_layers.py holds them, with the number of their lines."""

import ast
from pathlib import Path

from redis_clone.benchmark.svg import FAINT, INK, Drawing

REPOSITORY = Path(__file__).resolve().parents[2]
HIGH, WIDE, LEFT = 30, 860, 20
COLOURS = ("#e0e7ff", "#dbeafe", "#d1fae5", "#fef3c7", "#ffe4e6")


def draw() -> str:
    floors = _floors()
    drawing = Drawing(WIDE, HIGH * len(floors) + 70)
    drawing.text(LEFT, 28, "A module imports only from lower floors, or from its own folder", size=15)
    for number, names in enumerate(reversed(floors)):
        y = 44 + number * HIGH
        shown = "   ".join(_shown(name) for name in sorted(names))
        size = 11 if len(shown) < 130 else 9
        drawing.box(LEFT, y, WIDE - 2 * LEFT, HIGH - 4, COLOURS[number % len(COLOURS)])
        drawing.text(LEFT + 12, y + 18, str(len(floors) - 1 - number), FAINT, 12)
        drawing.text(LEFT + 40, y + 18, shown, INK, size)
    return drawing.finished()


def _floors() -> list[set[str]]:
    """FLOORS, lowest first, read off the test's source, for the test itself needs pytest."""
    source = (REPOSITORY / "tests" / "test_layers.py").read_text(encoding="utf-8")
    values = {
        target.id: ast.unparse(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    programs = ast.literal_eval(values["PROGRAMS"])
    floors: list[set[str]] = ast.literal_eval(values["FLOORS"].replace("PROGRAMS", repr(programs)))
    return floors


def _shown(name: str) -> str:
    path = REPOSITORY / "redis_clone" / name.replace(".", "/")
    files = list(path.glob("**/*.py")) if path.is_dir() else [path.with_suffix(".py")]
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    return f"{name}{'/' if path.is_dir() else ''} {lines}"
