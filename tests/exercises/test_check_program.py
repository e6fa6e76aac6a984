"""check.py runs as a student runs it, in a checkout of its own."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY

SOLVED = b"""\
    if len(text) > 20 or str(int(text)).encode() != text or not INT64_MIN <= int(text) <= INT64_MAX:
        raise ValueError(text)
    return int(text)
"""


@pytest.fixture
def checkout(tmp_path):
    """A student's checkout: the server and its exercises, and nothing of git."""
    root = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "yours")
    shutil.copytree(REPOSITORY / "redis_clone", root / "redis_clone", ignore=ignored)
    shutil.copytree(REPOSITORY / "docs" / "exercises", root / "docs" / "exercises", ignore=ignored)
    return root


@pytest.fixture
def check(checkout):
    def run(*words):
        command = [sys.executable, "docs/exercises/check.py", *words]
        done = subprocess.run(
            command, cwd=checkout, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    return run


@pytest.mark.slow
def test_from_start_to_restore(check, checkout):
    numbers = checkout / "redis_clone" / "structures" / "numbers.py"
    before = numbers.read_bytes()
    status, shown = check("start", "integers")
    assert (
        status == 0
        and "redis_clone/structures/numbers.py, line" in shown
        and "One way to write an integer" in shown
    )

    status, shown = check("integers")
    assert status == 1 and "NOT YET  plain integers" in shown and "is yours to write" in shown

    mark = b'    raise NotImplementedError("parse_integer is yours to write: exercise integers")\n'
    numbers.write_bytes(numbers.read_bytes().replace(mark, SOLVED))
    status, shown = check("integers")
    assert status == 0 and "Solved." in shown

    text = numbers.read_bytes()
    numbers.write_bytes(
        text.replace(SOLVED, b"    return _mine(text)\n") + b"\n\ndef _mine(text):\n" + SOLVED
    )
    assert check("integers")[0] == 0, "a function beside it counts too"
    numbers.write_bytes(b"def half(" + text)
    status, shown = check("integers")
    assert status == 1 and "is not Python" in shown
    numbers.write_bytes(text)

    status, shown = check("list")
    assert (
        "[x] integers" in shown and "[ ] watch" in shown and "1 of " in shown and "Open: integers." in shown
    )

    status, shown = check("solution", "integers")
    assert status == 0 and "def parse_integer(" in shown and "write it back and compare" in shown

    status, shown = check("restore", "integers")
    assert status == 0 and ".exercises" in shown and numbers.read_bytes() == before


def test_what_is_refused_says_what_to_do(check):
    for words, reason in (
        (["nothing"], "There is no exercise nothing"),
        (["start"], "Name one exercise"),
        (["watch"], "You have not begun it"),
        (["restore", "watch"], "not open"),
        (["solution", "watch"], "Solve it first"),
        (["grade", "docs"], "no checkout and no patch"),
    ):
        status, shown = check(*words)
        assert status == 2 and reason in shown, shown


@pytest.mark.slow
def test_nobody_is_graded_while_the_own_repository_has_holes(check, checkout):
    check("start", "watch")
    status, shown = check("grade", str(checkout))
    assert status == 2 and "are open: watch" in shown
    check("restore", "watch")
    status, shown = check("grade", str(checkout), "--only", "watch", "--csv")
    assert status == 0 and shown.splitlines()[1] == "checkout,watch,6,not begun,0,0,"
    assert "There is no exercise rnak" in check("grade", str(checkout), "--only", "watch,rnak")[1]
    assert "no exercise of a chapter 99" in check("grade", str(checkout), "--only", "99")[1]
    status, shown = check("grade", str(checkout), "--only", "5,watch")
    assert "The exercises: deadlock, lost_update, watch\n" in shown and "0 of 3 solved" in shown


def test_hints_and_the_text(check):
    assert "Hint 1 of 3" in check("hint", "watch")[1]
    assert "Hint 2 of 3" in check("hint", "watch")[1]
    assert "WATCH lets a client say" in check("show", "watch")[1]
    assert "def watched_keys_changed" in check("solution", "watch", "--peek")[1]


def test_without_words_it_explains_itself(check):
    status, shown = check()
    assert status == 0 and "start NAME" in shown and "grade" in shown


def test_it_needs_no_package(checkout):
    """-S leaves out site-packages, -I whatever the environment says."""
    for word in ("list", "stage"):
        command = [sys.executable, "-I", "-S", "docs/exercises/check.py", word]
        done = subprocess.run(
            command, cwd=checkout, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0 and "0 of " in done.stdout, done.stderr


@pytest.mark.slow
def test_the_example_of_the_readme_passes_the_proof_that_it_names(checkout):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "tests", checkout / "tests", ignore=ignored)
    shutil.copytree(REPOSITORY / "docs" / "chapters", checkout / "docs" / "chapters", ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", checkout)
    folder = checkout / "docs" / "exercises"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    example, wrong, *_ = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (folder / "both_ends.py").write_text(example, encoding="utf-8")
    (folder / "wrong" / "both_ends.py").write_text(wrong, encoding="utf-8")
    proof = re.search(r"Then `python -m (pytest [^`]*)` proves it", readme)
    words = shlex.split(
        proof[1].replace("your_name", "both_ends").replace("or wrong_answer", "or kept_wrong")
    )
    command = [sys.executable, "-m", *words, "-p", "no:cacheprovider", "-rA"]
    done = subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for test in ("test_unsolved_it_fails_soon[both_ends]", "test_the_repository_fills_its_holes[both_ends]"):
        assert f"PASSED tests/exercises/test_every_exercise.py::{test}" in done.stdout, done.stdout
