"""The examples of docs/testing.md run, each as a user has it: a file of that name in a folder of its own."""

import ast
import importlib.util
import os
import re
import subprocess
import sys

import pytest
from course.fences import fences_of
from harness import REPOSITORY

from redis_clone.testing.cluster import RunningCluster
from redis_clone.testing.rules import LINES
from redis_clone.testing.running import RunningServer
from redis_clone.testing.sentinels import RunningSentinels

PAGE = REPOSITORY / "docs" / "testing.md"
EXAMPLES = {fence.words[0]: fence.text for fence in fences_of(PAGE) if fence.language == "python"}
BY_PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "redis_clone.testing.pytest_plugin"]


def imported(text):
    """The packages that an example needs."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in nodes]
    return {name.partition(".")[0] for name in names} - {"redis_clone"}


@pytest.fixture
def run(tmp_path):
    """Runs examples by pytest, or one by Python; returns the exit code and what was printed."""

    def run_in_a_folder(names, *words, autoload="1"):
        for name in names:
            missing = [each for each in imported(EXAMPLES[name]) if importlib.util.find_spec(each) is None]
            if missing:
                pytest.skip(f"{name} needs {missing}")
            (tmp_path / name).write_text(EXAMPLES[name])
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": autoload,
        }
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert {path.name for path in tmp_path.iterdir()} <= {*names, "__pycache__"}, "no file is left"
        return done.returncode, done.stdout + done.stderr

    return run_in_a_folder


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(run, name):
    is_test = name.startswith("test_")
    code, shown = run([name], *(BY_PYTEST if is_test else ()), name)
    assert code == 0 and ("passed" in shown) == is_test, shown


@pytest.mark.slow
def test_the_example_of_unittest_runs_by_unittest(run):
    code, shown = run(["test_with_unittest.py"], "-m", "unittest")
    assert code == 0 and "OK" in shown, shown


@pytest.mark.slow
def test_several_run_together_in_the_workers_of_xdist(run):
    pytest.importorskip("xdist")
    names = ["test_quick.py", "test_time.py", "test_faults.py", "test_asyncio.py"]
    code, shown = run(names, *BY_PYTEST, "-p", "xdist.plugin", "-n", "2")
    assert code == 0 and "passed" in shown, shown


def test_there_is_an_example_for_each_kind_of_user():
    packages = set().union(*map(imported, EXAMPLES.values()))
    assert {"redis", "asyncio", "django", "celery", "unittest"} <= packages


def test_the_page_names_every_error_that_has_a_short_name():
    assert all(f"`{word}`" in PAGE.read_text(encoding="utf-8") for word in LINES)


def test_the_page_names_every_method():
    rows = [
        line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    named = {word for row in rows for word in re.findall(r"`(\w+)", row)}
    for kind in (RunningServer, RunningCluster, RunningSentinels):
        assert {name for name in vars(kind) if not name.startswith("_")} <= named, kind
