"""The layers of the architecture, as the README draws them: which folder may import which.

A module imports only from lower layers or from its own folder, no imports run in a circle, and no feature
imports another.  Besides, these tests hold the few rules of style that a machine can check: every module has
a docstring, the lock is acquired in one file, and only four modules catch every exception.
"""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from harness import REPOSITORY

LAYERS = [  # lowest first
    {"structures", "logging"},
    {"protocol"},
    {"cache"},
    {"storage", "config", "command_table"},
    {"features"},
    {"server"},
    {"commands"},
    {"network", "client", "benchmark"},
    {"testing"},
]
PROGRAMS = {"__main__", "cluster"}  # `python -m redis_clone` and `-m redis_clone.cluster` stand above all
MOST_FOLDERS, MOST_LAYERS = 16, 9
FEATURES_THAT_MEET: set[tuple[str, str]] = set()  # pairs: a feature, and another that it may import
CATCHERS = ("network.connection", "network.server", "network.cluster_bus", "features.scripting.interpreter")
FILES = sorted(REPOSITORY.glob("redis_clone/**/*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY / "redis_clone").with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").rstrip(".")


def layer_of(module: str) -> int:
    folder = module.partition(".")[0]
    if folder in PROGRAMS:
        return len(LAYERS)
    for number, folders in enumerate(LAYERS):
        if folder in folders:
            return number
    raise AssertionError(f"{module} is in no layer: give it one")


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """The nodes of a module's syntax tree; the module itself comes first."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> set[str]:
    """The modules of redis_clone that a module imports, for types too."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "redis_clone":
            base = (node.module or "").removeprefix("redis_clone").lstrip(".")
            for alias in node.names:
                module = f"{base}.{alias.name}".lstrip(".")
                found.add(module if module in MODULES else base)
    return found - {""}


MODULES = {name_of(path): path for path in FILES if name_of(path)}


def feature_of(module: str) -> str:
    return module.split(".")[1] if module.startswith("features.") else ""


def may_import(module: str, imported: str) -> bool:
    folder, other = module.partition(".")[0], imported.partition(".")[0]
    if folder != other:
        return layer_of(imported) < layer_of(module)
    pair = feature_of(module), feature_of(imported)
    return pair[0] == pair[1] or pair in FEATURES_THAT_MEET


def test_a_module_imports_only_from_lower_layers_or_its_own_folder():
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        for imported in sorted(imports_of(path))
        if not may_import(module, imported)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_imports_run_in_a_circle():
    TopologicalSorter({module: imports_of(path) for module, path in MODULES.items()}).prepare()


def test_there_are_few_folders_and_few_layers():
    folders = {module.partition(".")[0] for module in MODULES} - PROGRAMS
    assert folders == set().union(*LAYERS)
    assert len(folders) <= MOST_FOLDERS and len(LAYERS) <= MOST_LAYERS


def test_a_module_says_what_it_is_for():
    modules = {name_of(path): nodes_of(path)[0] for path in FILES}
    assert not [name for name, module in modules.items() if module.body and not ast.get_docstring(module)]


def test_the_lock_is_acquired_and_released_in_one_file():
    """Whether by `with` or by acquire() and release()."""
    takers = {
        name_of(path)
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith(("server.lock", "state.lock"))
    }
    assert takers == {"server.locking"}


def test_only_threads_that_must_go_on_and_the_script_interpreter_catch_every_exception():
    """The interpreter carries a bug through Lua to the connection."""
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.ExceptHandler) and name_of(path) not in CATCHERS:
                assert node.type is not None, f"{path}:{node.lineno}"
                assert ast.unparse(node.type) not in ("Exception", "BaseException"), f"{path}:{node.lineno}"
