"""Finds a function in a file, empties it, and puts another one in its place.

The functions take bytes and return bytes, so that all other bytes of the file stay as they are: line ends,
tabs, a missing newline at the end.
"""

import ast
import threading
from typing import NamedTuple

MARK = "is yours to write: exercise"
PARSING = threading.Lock()  # of some 3.11 and 3.12 the parser counts its depth for all threads at once
Function = ast.FunctionDef | ast.AsyncFunctionDef
IMPORTS = (ast.Import, ast.ImportFrom)


class NotFound(LookupError):
    """The file has no such function, or cannot be read as Python."""


class Place(NamedTuple):
    """Line numbers from 0: the first of the function, the first of its body, the first after it."""

    start: int
    body: int
    end: int
    indent: int  # of the body


def find(source: bytes, qualified_name: str) -> Place:
    """Where `Class.method` or `function` stands; its docstring does not count as its body."""
    node = _node(source, qualified_name)
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    assert node.end_lineno is not None
    if not body:  # nothing but a docstring
        return Place(first, node.end_lineno, node.end_lineno, node.body[0].col_offset)
    above = node.body[0].end_lineno if body is not node.body else _end_of_signature(source, node, body[0])
    assert above is not None
    return Place(first, above, node.end_lineno, body[0].col_offset)


def _parsed(source: bytes) -> ast.Module:
    try:
        with PARSING:
            return ast.parse(source)
    except (SyntaxError, ValueError) as problem:
        raise NotFound(f"it is not Python: {problem}") from None


def _node(source: bytes, qualified_name: str) -> Function:
    scope: ast.AST = _parsed(source)
    for name in qualified_name.split("."):
        found = [
            node
            for node in getattr(scope, "body", [])
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name
        ]
        if len(found) != 1:
            raise NotFound(f"it has {len(found) or 'no'} {qualified_name}")
        scope = found[0]
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise NotFound(f"{qualified_name} is no function")
    return scope


def _end_of_signature(source: bytes, node: Function, first: ast.stmt) -> int:
    """The number of lines up to the one that ends with the colon; comments below it belong to the body."""
    lines = _lines(source)
    at = first.lineno - 1
    while at > node.lineno and lines[at - 1].strip().startswith(b"#"):
        at -= 1
    return at


def text_of(source: bytes, qualified_name: str) -> bytes:
    """The whole function, its decorators too."""
    place = find(source, qualified_name)
    return b"".join(_lines(source)[place.start : place.end])


def body_of(source: bytes, qualified_name: str) -> bytes:
    """The part that is emptied: everything below the docstring."""
    place = find(source, qualified_name)
    return b"".join(_lines(source)[place.body : place.end])


def emptied(source: bytes, qualified_name: str, exercise: str) -> bytes:
    """The file with a mark in place of the body of that function."""
    place = find(source, qualified_name)
    lines = _lines(source)
    newline = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    sentence = f'raise NotImplementedError("{qualified_name} {MARK} {exercise}")'
    hole = b" " * place.indent + sentence.encode() + newline
    return b"".join([*lines[: place.body], hole, *lines[place.end :]])


def with_function(source: bytes, qualified_name: str, text: bytes) -> bytes:
    """The file with `text` in place of that function."""
    place = find(source, qualified_name)
    lines = _lines(source)
    return b"".join([*lines[: place.start], text, *lines[place.end :]])


def with_answer(ours: bytes, theirs: bytes, qualified_name: str) -> bytes:
    """Our file with their function, and with the names that they have added: methods, functions, imports.

    What else they have changed does not count: no other function, and no constant.
    """
    scope, _, _ = qualified_name.rpartition(".")
    methods = _added(ours, theirs, scope) if scope else []
    text = b"\n".join([text_of(theirs, qualified_name), *methods])
    text = text if text.endswith(b"\n") else text + b"\n"
    added = _added(ours, theirs, "")
    imports = [each for each in added if each.startswith((b"import ", b"from "))]
    others = [each for each in added if each not in imports]
    lines = _lines(with_function(ours, qualified_name, text))
    at = max((node.end_lineno or 0 for node in _statements(ours, "") if isinstance(node, IMPORTS)), default=0)
    return b"".join([*lines[:at], *imports, *lines[at:], *(b"\n\n" + each for each in others)])


def _added(ours: bytes, theirs: bytes, scope: str) -> list[bytes]:
    """The statements of a module or of a class that bind only names which ours does not have."""
    known = {name for node in _statements(ours, scope) for name in _names(node)}
    lines, added = _lines(theirs), []
    for node in _statements(theirs, scope):
        if isinstance(node, IMPORTS):
            node.names = [each for each in node.names if _name(each) not in known]
            if node.names:
                added.append(ast.unparse(node).encode() + b"\n")
        elif (names := _names(node)) and not known.intersection(names):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            added.append(b"".join(lines[first - 1 : node.end_lineno]))
    return added


def _statements(source: bytes, scope: str) -> list[ast.stmt]:
    tree: ast.AST = _parsed(source)
    for name in filter(None, scope.split(".")):
        tree = next(node for node in getattr(tree, "body", []) if getattr(node, "name", "") == name)
    return list(getattr(tree, "body", []))


def _names(node: ast.stmt) -> list[str]:
    """The names that a statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, IMPORTS):
        return [_name(each) for each in node.names]
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [
        each.id for target in targets if target for each in ast.walk(target) if isinstance(each, ast.Name)
    ]


def _name(imported: ast.alias) -> str:
    return imported.asname or imported.name.partition(".")[0]


def is_empty(source: bytes, qualified_name: str) -> bool:
    """Whether the mark is still there."""
    return MARK.encode() in body_of(source, qualified_name)


def line_of(source: bytes, qualified_name: str) -> int:
    """The number of the function's first line, from 1."""
    return find(source, qualified_name).start + 1


def _lines(source: bytes) -> list[bytes]:
    return source.splitlines(keepends=True)
