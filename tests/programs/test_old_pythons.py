"""A Python that is too old: each program says so in one line, before anything in it can fail."""

import ast
import subprocess
import sys
from pathlib import Path

from harness import REPOSITORY

PROGRAMS = (
    "server.py",
    "client.py",
    "redis_clone/benchmark/__main__.py",
    "redis_clone/benchmark/hit_rates.py",
    "docs/check.py",
    "docs/exercises/check.py",
    "docs/pictures/__main__.py",
    "docs/steps/10_pubsub.py",
)
STEPS = sorted((REPOSITORY / "docs" / "steps").glob("[0-9]*.py"))
# What Python reads of a program before redis_clone says that it is too old.
READ_BEFORE = ("redis_clone/__init__.py", "docs/course/__init__.py", "docs/pictures/__init__.py")
RUN = """
import runpy, sys
sys.version_info, sys.argv[:] = (3, 8, 18), sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_each_program_says_in_one_line_that_a_python_is_too_old():
    for program in PROGRAMS:
        command = [sys.executable, "-c", RUN, str(REPOSITORY / program)]
        ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), program
        assert "Python 3.10 or newer; this is" in ended.stderr, program


def test_what_a_program_reads_before_that_has_the_syntax_of_old_pythons():
    for path in map(Path, (*PROGRAMS, *STEPS, *READ_BEFORE)):
        ast.parse((REPOSITORY / path).read_text(encoding="utf-8"), str(path), feature_version=(3, 8))
