"""Puts together the file that the reader writes, my_redis.py, from the listings of the chapters.

    ```python my_redis.py          a listing: the reader adds it to the file
    ```python my_redis.py new      with this one the reader begins the file anew

The rule is the reader's, too (docs/walkthrough.md tells it):

  * what is new comes to the end of the file, above `if __name__ == "__main__":`;
  * what has a name that is there already takes the place of the old one;
  * an import goes to the other imports, at the top;
  * a class that is there already is not replaced as a whole: the rule holds for its methods in turn, and an
    attribute that is new goes to the other attributes.

A comment right above a function or a class belongs to it.
"""

import ast
import threading
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from course import pages
from course.fences import Fence, fences_of

FILE = "my_redis.py"
NEW = "new"
MAIN = "if __name__"
DOCSTRING = "docstring"
BETWEEN = ["", ""]  # lines between two functions of a file
PARSING = threading.Lock()  # of some 3.11 and 3.12 the parser counts its depth for all threads at once


class Part(NamedTuple):
    """A statement at the top of a file, or in a class, with the lines that belong to it."""

    name: str
    node: ast.stmt
    first: int  # counted from 0
    after: int  # the line behind the last
    lines: list[str]

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_attribute(self) -> bool:
        return isinstance(self.node, ast.Assign | ast.AnnAssign)


def is_listing(fence: Fence) -> bool:
    return fence.language == "python" and fence.words[:1] == (FILE,)


def file_at(place: Fence) -> str:
    """The file as the reader has it at this place of the book; "" if it is not begun yet."""
    with PARSING:
        return _files().get(place, "")


def file_after(chapter: int) -> str:
    """The file as it is at the end of a chapter."""
    source = ""
    for page in pages():
        if page.stem[:2].isdigit() and int(page.stem[:2]) <= chapter:
            for fence in fences_of(page):
                source = extended(source, fence)
    return source


@cache
def _files() -> dict[Fence, str]:
    """For each fence of the book the file as it is above it."""
    source, files = "", {}
    for page in pages():
        for fence in fences_of(page):
            files[fence] = source
            source = extended(source, fence)
    return files


def extended(source: str, fence: Fence) -> str:
    """The file with what the fence adds to it; anything but a listing adds nothing."""
    if not is_listing(fence):
        return source
    return fence.text if NEW in fence.words else merged(source, fence.text)


def merged(source: str, listing: str) -> str:
    """The file with a listing put into it.

    >>> print(merged("import sys\\n\\n\\ndef a():\\n    return 1\\n", "def a():\\n    return 2\\n"), end="")
    import sys
    <BLANKLINE>
    <BLANKLINE>
    def a():
        return 2
    """
    lines = source.splitlines()
    for part in _parts(listing.splitlines()):
        lines = _with(lines, part)
    return "\n".join(lines) + "\n"


def _with(lines: list[str], part: Part) -> list[str]:
    there = _parts(lines)
    old = _named(there, part.name)
    if old is None:
        return _with_new(lines, there, part)
    if isinstance(part.node, ast.ClassDef):
        for member in _members(part, part.lines, part.first):
            lines = _with_member(lines, part.name, member)
        return lines
    return [*lines[: old.first], *part.lines, *lines[old.after :]]


def _with_new(lines: list[str], there: Sequence[Part], part: Part) -> list[str]:
    if part.name == DOCSTRING:
        return [*part.lines, "", *lines]
    if part.is_import:
        before = [each for each in there if each.is_import and _import_order(each) < _import_order(part)]
        first = next(each for each in there if each.is_import)
        at = before[-1].after if before else first.first
        return [*lines[:at], *part.lines, *lines[at:]]
    if main := _named(there, MAIN):
        return [*lines[: main.first], *part.lines, *BETWEEN, *lines[main.first :]]
    return [*lines, *BETWEEN, *part.lines]


def _with_member(lines: list[str], class_name: str, member: Part) -> list[str]:
    owner = _named(_parts(lines), class_name)
    assert owner is not None
    members = _members(owner, lines)
    if old := _named(members, member.name):
        return [*lines[: old.first], *member.lines, *lines[old.after :]]
    if member.is_attribute:
        head = [each for each in members if each.is_attribute or each.name == DOCSTRING]
        at = head[-1].after if head else members[0].first
        space = [""] if head and head[-1].name == DOCSTRING else []
        return [*lines[:at], *space, *member.lines, *lines[at:]]
    return [*lines[: owner.after], "", *member.lines, *lines[owner.after :]]


def _parts(lines: Sequence[str]) -> list[Part]:
    return [_part(node, lines) for node in ast.parse("\n".join(lines)).body]


def _members(owner: Part, lines: Sequence[str], shift: int = 0) -> list[Part]:
    """The parts of a class.  `shift` is the number of the line with which `lines` begin."""
    assert isinstance(owner.node, ast.ClassDef)
    return [_part(node, lines, shift) for node in owner.node.body]


def _part(node: ast.stmt, lines: Sequence[str], shift: int = 0) -> Part:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)]) - 1 - shift
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    after = (node.end_lineno or node.lineno) - shift
    return Part(_name(node), node, first + shift, after + shift, list(lines[first:after]))


def _named(parts: Sequence[Part], name: str) -> Part | None:
    return next((part for part in parts if part.name == name), None)


def _name(node: ast.stmt) -> str:
    """By what a listing knows that something is there already."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    if isinstance(node, ast.If):
        return MAIN
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return DOCSTRING
    return ast.unparse(node)


def _import_order(part: Part) -> tuple[bool, str]:
    return isinstance(part.node, ast.ImportFrom), part.name
