"""Draws the architecture: the layers that tests/test_layers.py holds, and which component imports which.

A component is a folder, or a module that stands by itself.  Its row shows the number of its lines, the first
sentence of its docstring, and a dot for each other component that it imports.  Rows and columns stand in the
same order, the highest layer first, so an import of a higher layer would be a dot left of the diagonal.
"""

import ast
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from redis_clone.benchmark.svg import BLUE, FAINT, INK, RED, RULE, SANS_WIDTH, TINTS, Drawing, text_width

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "redis_clone"
TABLE = "LAYERS"  # in tests/test_layers.py
LEFT, TITLE, LINE, SIZE, SMALL, CELL = 20, 28, 15, 13, 11, 15  # pixels
PURPOSE_WIDTH = 440
FOLDERS_TO_LIST = 2  # from so many folders on, and without a docstring, the contents of a folder are shown

Layers = list[set[str]]  # names as in an import, "storage" or "commands.arguments"; the lowest layer first


class Component(NamedTuple):
    """A row of the picture."""

    name: str
    layer: int
    lines: int
    about: list[str]  # lines of text: the purpose, and for a folder of folders its contents
    imports: set[str]

    @property
    def height(self) -> int:
        return LINE * max(len(self.about), 1) + 8


class Places(NamedTuple):
    """Where the columns stand, in pixels."""

    lines: float
    about: float
    matrix: float


def draw() -> str:
    return picture(read_layers())


def picture(layers: Layers) -> str:
    rows = [_component(name, layers) for name in _in_order(layers)]
    names = max(text_width(_shown(row.name), SIZE) for row in rows)
    places = Places(LEFT + 34 + names + 44, LEFT + 34 + names + 56, LEFT + 34 + names + 70 + PURPOSE_WIDTH)
    heads = max(text_width(row.name, SMALL) for row in rows)
    top = TITLE + 22 + heads
    width = places.matrix + CELL * len(rows) + LEFT
    drawing = Drawing(round(width), round(top + sum(row.height for row in rows) + LEFT))
    drawing.text(LEFT, TITLE, "A module imports only from lower layers, or from its own folder", size=15)
    drawing.text(places.lines, top - 6, "lines, about", FAINT, SMALL, "text-anchor:end")
    drawing.text(places.matrix - 10, top - 6, "imports", FAINT, SMALL, "text-anchor:end")
    for number, row in enumerate(rows):
        x = places.matrix + CELL * (number + 0.5)
        drawing.text(x + 4, top - 6, row.name, INK, SMALL, turned=-90)
    _draw_rows(drawing, rows, places, top)
    return drawing.finished()


def _draw_rows(drawing: Drawing, rows: list[Component], places: Places, top: float) -> None:
    y = top
    for number, row in enumerate(rows):
        tint = TINTS[row.layer % len(TINTS)]
        drawing.box(LEFT, y, drawing.width - 2 * LEFT, row.height - 1, tint, radius=0)
        if number == 0 or rows[number - 1].layer != row.layer:
            drawing.text(LEFT + 8, y + LINE, str(row.layer), FAINT, SMALL)
        drawing.text(LEFT + 34, y + LINE, _shown(row.name), INK, SIZE, "font-weight:bold")
        drawing.text(places.lines, y + LINE, f"{_rounded(row.lines):,}", FAINT, SMALL, "text-anchor:end")
        for line, text in enumerate(row.about):
            drawing.text(places.about, y + LINE * (line + 1), text, INK, SMALL)
        _draw_dots(drawing, rows, number, places.matrix, y)
        y += row.height


def _draw_dots(drawing: Drawing, rows: list[Component], number: int, x: float, y: float) -> None:
    row = rows[number]
    drawing.box(x + CELL * number, y, CELL - 1, row.height - 1, RULE, radius=0)
    for column, other in enumerate(rows):
        if other.name in row.imports:
            colour = BLUE if other.layer < row.layer else RED
            drawing.circle(x + CELL * (column + 0.5), y + row.height / 2, 4, colour)


def read_layers(table: Path = REPOSITORY / "tests" / "test_layers.py") -> Layers:
    """The table, read from the source of the test, since the test itself needs pytest to be imported."""
    values: dict[str, ast.expr] = {}
    for node in ast.parse(table.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = _Filled(values).visit(node.value)
    return [set(names) for names in ast.literal_eval(values[TABLE])]


class _Filled(ast.NodeTransformer):
    """Replaces each name by the value that was assigned to it before."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)


def _in_order(layers: Layers) -> Iterator[str]:
    """All names, the highest layer first.  In a layer the longest folder comes first."""
    for names in reversed(layers):
        yield from sorted(names, key=lambda name: (-_rounded(_lines_of(name)), name))


def _component(name: str, layers: Layers) -> Component:
    layer = next(number for number, names in enumerate(layers, start=1) if name in names)
    every: set[str] = set().union(*layers)
    own = [path for path in PACKAGE.glob("**/*.py") if _place(_module(path), every) == name]
    used = {_place(module, every) for path in own for module in _imported_modules(path)}
    return Component(name, layer, _lines_of(name), _about(name), used - {None, name})  # type: ignore[arg-type]


def _files(name: str) -> list[Path]:
    path = PACKAGE / name.replace(".", "/")
    return sorted(path.glob("**/*.py")) if path.is_dir() else [path.with_suffix(".py")]


def _lines_of(name: str) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in _files(name))


def _rounded(number: int) -> int:
    """A number that stays the same when a few lines come or go: its first two digits, and noughts.

    >>> _rounded(12_757), _rounded(662), _rounded(0)
    (13000, 660, 0)
    """
    return round(number, 2 - len(str(number)))


def _shown(name: str) -> str:
    return f"{name}/" if (PACKAGE / name.replace(".", "/")).is_dir() else name


def _about(name: str) -> list[str]:
    path = PACKAGE / name.replace(".", "/")
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(_parsed(source)) or "" if source.exists() else ""
    sentence = " ".join(docstring.partition("\n\n")[0].split()).partition(". ")[0]
    texts = [sentence.removesuffix(".").replace("`", "")]
    if path.is_dir() and (not docstring or len(list(path.glob("*/__init__.py"))) >= FOLDERS_TO_LIST):
        texts.append(", ".join(_contents(path)))
    return [line for text in texts for line in textwrap.wrap(text, int(PURPOSE_WIDTH / SMALL / SANS_WIDTH))]


def _contents(folder: Path) -> list[str]:
    """The folders and modules of a folder."""
    folders = [f"{path.parent.name}/" for path in sorted(folder.glob("*/__init__.py"))]
    return folders + [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _module(path: Path) -> str:
    """storage/keyspace.py is storage.keyspace, storage/__init__.py is storage."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _place(module: str, names: set[str]) -> str | None:
    """The longest of the names that the module is, or is in.

    >>> names = {"commands", "commands.arguments"}
    >>> _place("commands.arguments", names), _place("commands.sets", names), _place("clock", names)
    ('commands.arguments', 'commands', None)
    """
    parts = module.split(".")
    found = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in found if name in names), None)


@cache
def _imported_modules(path: Path) -> set[str]:
    """Modules of this package; of `from redis_clone.a import b` both a.b and a, for b may be either."""
    found = set()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "redis_clone":
            base = (node.module or "").removeprefix("redis_clone").lstrip(".")
            found |= {f"{base}.{alias.name}".lstrip(".") for alias in node.names}
    return found
