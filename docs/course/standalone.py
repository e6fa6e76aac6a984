"""Builds the server as far as a chapter has come: a folder with its modules, their tests, and the steps.

The modules that a test imports decide in which chapter it can first run.  One that imports the folder of the
commands needs the whole server; one that imports another file of the tests, as the behaviour tests and the
simulated clusters do, or the exercises, is left out.  In a unit test file, the tests that ask for a server
are skipped.
"""

import ast
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from course import REPOSITORY
from course.chapters import PACKAGE, chapter_of, imports_of, tree_of

TESTS = REPOSITORY / "tests"
COPIED = {"tables"}  # what tests may import that is no test itself
HELPERS = {path.stem for path in TESTS.rglob("*.py") if not path.name.startswith("test_")} - COPIED

CONFTEST = """
import pytest

def needs_the_server():
    pytest.skip("needs the whole server")

for name in {names}:
    globals()[name] = pytest.fixture(needs_the_server, name=name)
"""


def build(folder: Path, number: int) -> None:
    """Copies what the server consists of after that many chapters."""
    for module, chapter in chapter_of().items():
        if chapter <= number:
            _copy(PACKAGE / module, folder)
    for inner in [path for path in (folder / "redis_clone").rglob("*") if path.is_dir()]:
        for path in (PACKAGE / inner.relative_to(folder / "redis_clone")).iterdir():
            if path.is_file() and (path.suffix != ".py" or path.name == "__init__.py"):
                _copy(path, folder)
    _copy(PACKAGE / "__init__.py", folder)
    for step in (REPOSITORY / "docs" / "steps").glob("*.py"):
        _copy(step, folder)


def _copy(path: Path, folder: Path) -> None:
    target = folder / path.relative_to(REPOSITORY)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def folder_of_step(step: Path, folder: Path) -> Path:
    """A folder in which docs/steps/NN_name.py can run: with the modules up to its chapter, and no others."""
    number = int(step.name[:2])
    chapter = folder / f"chapter-{number}"
    if not chapter.exists():
        build(chapter, number)
    return chapter


def unit_tests_of(number: int) -> list[Path]:
    """The unit tests that can run from this chapter on, and not before."""
    return [path for path in sorted(TESTS.rglob("test_*.py")) if _chapter_of_test(path) == number]


@cache
def _chapter_of_test(path: Path) -> int | None:
    modules = imports_of(path)
    imported = _imported(path)
    if not modules or imported & HELPERS or any(name.startswith("exercises.") for name in imported):
        return None
    numbers = chapter_of()
    last = max(numbers.values())
    return max(last if module.endswith("/") else numbers[module] for module in modules)


def _imported(path: Path) -> set[str]:
    return {node.module or "" for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)}


def run_tests(folder: Path, number: int) -> str:
    """Run the chapter's unit tests, and the examples in its modules; "" when all is well."""
    build(folder, number)
    _copy(REPOSITORY / "pyproject.toml", folder)
    (folder / "tests").mkdir(exist_ok=True)
    fixtures = _fixtures()
    (folder / "tests" / "conftest.py").write_text(CONFTEST.format(names=fixtures), encoding="utf-8")
    tests = unit_tests_of(number)
    for path in [*tests, *(TESTS / f"{name}.py" for name in COPIED)]:
        _copy(path, folder)
    new = [f"redis_clone/{module}" for module, chapter in chapter_of().items() if chapter == number]
    what = [path.relative_to(REPOSITORY).as_posix() for path in tests] + new
    if not what:
        return ""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow", "-x", *what],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        check=False,
    )
    has_no_tests = done.returncode == 5  # modules without an example, and no unit test
    return "" if done.returncode == 0 or has_no_tests else done.stdout + done.stderr


def _fixtures() -> list[str]:
    """The names of all that tests/conftest.py offers."""
    nodes = tree_of(TESTS / "conftest.py").body
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return [f.name for f in functions if any("fixture" in ast.unparse(d) for d in f.decorator_list)]
