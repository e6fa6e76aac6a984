"""Fetches the excerpts, the pieces of the source that a page shows, by name, so that they cannot go stale.

    ```python redis_clone/storage/keyspace.py STRING Database.get
    ```python redis_clone/server/locking.py "execute_pipeline: woken = ... _wake(woken)"
    ```text tests/features/cluster/scripts/04_failure.txt

Without a name it is the whole file.  A name is that of a function, a class, a method, a constant or a type;
comments right above it belong to it.  A long excerpt is cut by two beginnings of lines, behind a colon and
with three dots between them.  The head of the function stays, without the docstring, and so do the lines
from the first that begins like the one to the next that begins like the other.  A line of three dots stands
for what was left out.  With one beginning only, one line stays.
"""

import ast
from itertools import pairwise
from pathlib import Path
from textwrap import dedent, indent

from course import REPOSITORY
from course.fences import Fence
from course.listings import is_listing

Named = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


class Missing(Exception):
    """The source has no such thing any more."""


def is_excerpt(fence: Fence) -> bool:
    return fence.language in ("python", "text") and bool(fence.words) and not is_listing(fence)


def excerpt(fence: Fence, repository: Path = REPOSITORY) -> str:
    """What the fence should show."""
    path, *names = fence.words
    source = (repository / path).read_text(encoding="utf-8")
    if not names:
        return source
    pieces = [cut_out(source, name) for name in names]
    text = pieces[0]
    for before, piece in pairwise(pieces):
        are_short = before.count("\n") == piece.count("\n") == 1
        text += ("" if are_short else "\n\n") + piece
    return text


def cut_out(source: str, name: str) -> str:
    """One piece, without its indentation."""
    name, _, cut = name.partition(":")
    node = _find(ast.parse(source), name)
    lines = source.splitlines(keepends=True)
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    if not cut:
        return dedent("".join(lines[first : node.end_lineno]))
    assert isinstance(node, ast.FunctionDef | ast.ClassDef), f"{name} is too short to be cut"
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    head = lines[first : node.body[0].lineno - 1]
    kept = _cut(lines[body[0].lineno - 1 : node.end_lineno], cut)
    return dedent("".join(head + kept))


def _cut(lines: list[str], cut: str) -> list[str]:
    begins, dots, ends = (part.strip() for part in cut.partition("..."))
    start = _line_that_begins(lines, begins, 0)
    end = _line_that_begins(lines, ends, start) if dots else start
    kept = lines[start : end + 1]
    margin = min(len(line) - len(line.lstrip()) for line in kept if line.strip())
    before = [indent("...\n", " " * margin)] if start else []
    after = [indent("...\n", " " * margin)] if end + 1 < len(lines) else []
    return before + kept + after


def _line_that_begins(lines: list[str], text: str, start: int) -> int:
    for number in range(start, len(lines)):
        if lines[number].lstrip().startswith(text):
            return number
    raise Missing(f"no line begins with {text!r}")


def _find(tree: ast.AST, name: str) -> Named:
    node = tree
    for part in name.split("."):
        inside = [child for child in ast.iter_child_nodes(node) if part in _names_of(child)]
        if not inside:
            raise Missing(f"there is no {name}")
        node = inside[-1]
    assert isinstance(node, Named)
    return node


def _names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    elements = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return [element.id for element in elements if isinstance(element, ast.Name)]
