"""The floors of the house, as the README draws them.

A module imports only from lower floors, or from its own folder.
Beside it the few rules of style that a machine can hold: a module says what it is for, the lock is taken
in one file, and only a connection catches everything.
"""

import ast
from functools import cache
from pathlib import Path

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
    {"dispatch"},
    {"serving"},
    {"locking"},
    {"reception", "cron", "loading"},
    {"commands"},
    PROGRAMS,
]
ONE_FAMILY = {
    "acl", "protocol", "structures", "cache", "storage", "config", "persistence", "monitoring", "scripting",
    "commands", *PROGRAMS,
}  # fmt: skip
CATCHERS = ("network.connection", "network.server", "scripting.interpreter")
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


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """The module itself comes first."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("redis_clone"):
            base = (node.module or "").removeprefix("redis_clone").lstrip(".")
            found |= {base} if base else {alias.name for alias in node.names if alias.name.islower()}
    return found


def may_import(module: str, imported: str) -> bool:
    family = module.partition(".")[0]
    is_family = imported.partition(".")[0] == family and family in ONE_FAMILY
    return is_family or floor_of(imported) < floor_of(module)


def test_a_module_imports_only_from_lower_floors():
    wrong = [
        f"{module} imports {imported}"
        for path in FILES
        if (module := name_of(path))  # the package itself has no name, and imports nothing
        for imported in sorted(imports_of(path))
        if not may_import(module, imported)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_is_on_a_floor():
    assert all(floor_of(name_of(path)) >= 0 for path in FILES if name_of(path))


def test_a_module_says_what_it_is_for():
    modules = {name_of(path): nodes_of(path)[0] for path in FILES}
    assert not [name for name, module in modules.items() if module.body and not ast.get_docstring(module)]


def test_the_lock_is_taken_given_away_and_taken_back_in_one_file():
    """By `with` and by acquire() and release() alike."""
    takers = {
        name_of(path)
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith(("server.lock", "state.lock"))
    }
    assert takers == {"locking"}


def test_only_a_connection_and_the_cron_catch_every_exception():
    """And what carries a bug to the connection through Lua."""
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.ExceptHandler) and name_of(path) not in CATCHERS:
                assert node.type is not None, f"{path}:{node.lineno}"
                assert ast.unparse(node.type) not in ("Exception", "BaseException"), f"{path}:{node.lineno}"
