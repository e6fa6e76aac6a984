"""Says which chapter each module belongs to.  A page names its modules once, near its top:

    New here: `protocol/stream.py`, `network/server.py`.

The paths are those below redis_clone/, and the paragraph may be as long as it likes.  An `__init__.py` is not
named: it comes with the first module of its folder.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from course import CHAPTERS, REPOSITORY

PACKAGE = REPOSITORY / "redis_clone"
NEW_HERE = re.compile(r"^New here: (.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"[\w/]+\.py")


class Chapter(NamedTuple):
    number: int
    page: Path
    modules: tuple[str, ...]  # new here

    @property
    def title(self) -> str:
        return self.page.stem


@cache
def chapters() -> list[Chapter]:
    found = []
    for page in sorted(CHAPTERS.glob("*.md")):
        new_here = NEW_HERE.search(page.read_text(encoding="utf-8"))
        modules = MODULE.findall(new_here[1]) if new_here else []
        found.append(Chapter(int(page.stem[:2]), page, tuple(modules)))
    return found


@cache
def chapter_of() -> dict[str, int]:
    """The number of each module's chapter."""
    return {module: chapter.number for chapter in chapters() for module in chapter.modules}


def modules() -> list[str]:
    """Every module that belongs to a chapter."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [path.relative_to(PACKAGE).as_posix() for path in paths if path.name != "__init__.py"]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> set[str]:
    """The modules of ours that a file needs to run; those that only its annotations name are left out.

    A whole folder that is imported stands for itself: "commands/".
    """
    found = set()
    for node in _running(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "redis_clone":
            base = "/".join((node.module or "").split(".")[1:])
            if (PACKAGE / f"{base}.py").exists():
                found.add(f"{base}.py")
            else:
                found |= set(_from_folder(base, [alias.name for alias in node.names]))
    return found


def _from_folder(folder: str, names: list[str]) -> Iterator[str]:
    for name in names:
        path = f"{folder}/{name}" if folder else name
        if (PACKAGE / f"{path}.py").exists():
            yield f"{path}.py"
        elif (PACKAGE / path).is_dir():
            yield f"{path}/"


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node except those below `if TYPE_CHECKING:`."""
    yield node
    is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in node.orelse if is_for_types else ast.iter_child_nodes(node):  # type: ignore[attr-defined]
        yield from _running(child)
