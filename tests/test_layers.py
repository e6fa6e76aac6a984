"""The floors of the house, as the README draws them.

A module imports only from lower floors, or from its own folder.
Beside it the few rules of style that a machine can hold: a module says what it is for, the lock is taken
in one file, and only a connection catches everything.
"""

import ast
from pathlib import Path

import pytest
from harness import REPOSITORY

PROGRAMS = {"network", "client", "benchmark"}
FLOORS = [  # lowest first; a name stands for a module or for a whole folder
    {"errors", "clock", "glob", "numbers", "checksums", "redaction"},
    {"protocol", "structures"},
    {"cache"},
    {"storage", "config", "logging", "keyspecs", "manual", "outbox"},
    {"registry"},
    # The features: none imports another.
    {
        "transactions",
        "propagation",
        "pubsub",
        "notifications",
        "blocking",
        "pause",
        "tracking",
        "acl",
        "monitoring",
        "persistence",
        "scripting",
    },
    {"state"},
    {"client_info", "commands.arguments"},
    {"checks"},
    {"admission"},
    {"serving"},
    {"dispatch"},
    {"saving"},
    {"replay"},
    {"append_only"},
    {"rewriting"},
    {"reception", "cron"},
    {"commands"},
    PROGRAMS,
]
ONE_FAMILY = {
    "acl", "protocol", "structures", "cache", "storage", "config", "persistence", "monitoring", "scripting",
    "commands", *PROGRAMS,
}  # fmt: skip
FILES = sorted(REPOSITORY.glob("redis_clone/**/*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY / "redis_clone").with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").rstrip(".")


def floor_of(module: str) -> int:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        for number, names in enumerate(FLOORS):
            if ".".join(parts[:length]) in names:
                return number
    raise AssertionError(f"{module} is on no floor: give it one")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("redis_clone"):
            base = (node.module or "").removeprefix("redis_clone").lstrip(".")
            found |= {base} if base else {alias.name for alias in node.names if alias.name.islower()}
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_imports_only_from_lower_floors(path):
    module = name_of(path)
    if not module:
        return  # the package itself, which imports nothing
    family = module.partition(".")[0]
    for imported in imports_of(path):
        is_family = imported.partition(".")[0] == family and family in ONE_FAMILY
        assert is_family or floor_of(imported) < floor_of(module), f"{module} imports {imported}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def test_the_lock_is_taken_in_dispatch_only():
    takers = {
        name_of(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.With)
        for item in node.items
        if ast.unparse(item.context_expr).endswith("server.lock")
    }
    assert takers == {"dispatch"}


def test_only_a_connection_catches_every_exception():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and name_of(path) != "network.connection":
                assert node.type is not None, f"{path}:{node.lineno}"
                assert ast.unparse(node.type) not in ("Exception", "BaseException"), f"{path}:{node.lineno}"
