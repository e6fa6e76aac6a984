"""Code that cheats is not graded as solved, and the grading goes on."""

import csv
import io
import shutil
import subprocess
import sys
import textwrap

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import REPOSITORY, find
from exercises.machinery.running import overlay_of, run
from exercises.machinery.student_process import StudentProcess
from exercises.machinery.trial import NotYet, expect
from harness import PATIENCE

BITS, HAND_OVER, DISK, LOCKS = map(find, ("signed_bits", "hand_over", "whole_or_old", "deadlock"))
RIGHT = b"def signed(bits: int) -> int:\n    return (bits + 2**31) % 2**32 - 2**31\n"
LIAR = """
class Liar({base}):
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = object.__hash__
    __bool__ = lambda self: True
    __len__ = lambda self: 7
    __repr__ = lambda self: "right"
"""

GRADE = [sys.executable, "docs/exercises/check.py", "grade"]

# What stands in the file beside the function, and the body of the function; each answers wrongly.
CHEATS = {
    "it replaces the verbs of the checks": (
        "",
        """
        from exercises.machinery import trial
        trial.calling.gives = lambda self, expected: expected
        trial.expect = lambda *anything: None
        return 0""",
    ),
    "it replaces builtins and modules": (
        "",
        """
        import builtins, hmac, json, operator, sys
        builtins.repr = lambda value: "0"
        operator.eq = hmac.compare_digest = lambda *both: True
        for name in [each for each in sys.modules if each.startswith("exercises")]:
            del sys.modules[name]
        return 0""",
    ),
    "it answers an object that equals everything": (LIAR.format(base="object"), "return Liar()"),
    "it answers an int that equals everything": (LIAR.format(base="int"), "return Liar(3)"),
    "it ends its process as if all were well": ("", "import os; os._exit(0)"),
    "it ends its process at the import": ("import os\nos._exit(0)", "return 0"),
    "it writes an outcome to every file that is open": (
        "",
        """
        import os
        for number in range(1, 64):
            try:
                os.write(number, b'{"checks": ["a"], "passed": ["a"]}\\n["answer", 0]')
            except OSError:
                pass
        return 0""",
    ),
    "it writes an outcome to what its parent has open": (
        "",
        """
        import glob, os
        for name in glob.glob(f"/proc/{os.getppid()}/fd/*"):
            try:
                with open(name, "wb") as file:
                    file.write(b'{"checks": ["a"], "passed": ["a"]}\\n')
            except OSError:
                pass
        os._exit(0)""",
    ),
    "it ends the judge": ("", "import os; os.kill(os.getppid(), 9); os._exit(0)"),
    "it ends all processes of its group": ("", "import os; os.killpg(os.getpgid(0), 9)"),
    "a thread of it answers first": (
        "",
        """
        import gc, threading
        from exercises.machinery.messages import Line
        lines = [each for each in gc.get_objects() if type(each) is Line]
        def answer():
            for _ in range(100):
                for line in lines:
                    line.send(["answer", 0])
        threading.Thread(target=answer).start()
        return 0""",
    ),
    "it looks for what is expected in all frames and objects": (
        "",
        """
        import gc, sys
        frame = sys._getframe()
        while frame:
            if "expected" in frame.f_locals:
                return frame.f_locals["expected"]
            frame = frame.f_back
        for each in gc.get_objects():
            if type(each) is dict and type(each.get("expected")) is int:
                return each["expected"]
        return 12345""",
    ),
    "it lets the checks try the function of the judge's own server": (
        "import sys\nsys.modules['__main__'].StudentValues.encode_other = lambda self, value: True",
        "return 0",
    ),
    "it asks the judge to run something": (
        "",
        """
        import gc, sys
        Student = sys.modules["__main__"].Student
        (judge,) = [each for each in gc.get_objects() if type(each) is Student]
        for target in (len, "text", judge, 7):
            for operation in (("call", "x"), ("get", "__class__"), ("get", "format"), ("set", "x", 1)):
                try:
                    judge.request(operation[0], target, *operation[1:])
                except AttributeError:
                    continue
                return bits if bits < 2**31 else bits - 2**32
        return 12345""",
    ),
}


def outcome_of(exercise, function, beside="", seconds=15):
    """`function` in place of the exercise's, and `beside` at the end of the file."""
    content = source.with_function((REPOSITORY / exercise.path).read_bytes(), exercise.function, function)
    with overlay_of(exercise.path, content + b"\n\n" + beside.encode()) as overlay:
        return run(exercise, overlay, seconds)


def signed(body):
    """The function with this body."""
    return (
        "def signed(bits: int) -> int:\n" + "\n".join(f"    {line}" for line in body.split("\n"))
    ).encode()


def body_of(text):
    return textwrap.dedent(text).strip("\n")


@pytest.mark.slow
def test_no_cheat_is_solved():
    assert outcome_of(BITS, RIGHT).is_solved
    for cheat, (beside, body) in CHEATS.items():
        outcome = outcome_of(BITS, signed(body_of(body)) + b"\n", beside)
        assert outcome.failed and not outcome.is_solved, cheat


def test_an_object_that_equals_everything_is_told_from_a_number():
    beside, body = CHEATS["it answers an int that equals everything"]
    outcome = outcome_of(BITS, signed(body) + b"\n", beside)
    assert outcome.failed == "small numbers" and "an object of a class of its own" in outcome.wrong


@pytest.mark.slow
def test_a_judge_that_was_stopped_is_ended():
    body = "import os, signal; os.kill(os.getppid(), signal.SIGSTOP); return 0"
    outcome = outcome_of(BITS, signed(body) + b"\n", seconds=0.4)
    assert outcome.timed_out and not outcome.is_solved


def test_a_class_of_the_server_that_equals_everything_is_not_the_judges():
    """What is expected is made of the judge's own HandOver and Abort."""
    content = (REPOSITORY / HAND_OVER.path).read_text()
    lies = LIAR.format(base="tuple") + "\nHandOver = Abort = lambda *values: Liar(values)\n"
    with overlay_of(HAND_OVER.path, (content + lies).encode()) as overlay:
        outcome = run(HAND_OVER, overlay)
    assert outcome.failed == "the first replica that has everything gets the role"


@pytest.mark.slow
def test_an_object_of_the_checks_cannot_be_replaced_or_looked_into():
    for exercise, function in (
        (DISK, "def save(disk, name, data):\n    disk.left = lambda name: []\n"),
        (DISK, "def save(disk, name, data):\n    disk._possible_names.clear()\n"),
        (DISK, "def save(disk, name, data):\n    type(disk).__init__.__globals__\n    disk.__class__.x()\n"),
        (DISK, "def save(disk, name, data):\n    disk.create.__globals__['expect'] = print\n"),
        (LOCKS, "def transfer(source, target, amount):\n    source.lock.met = True\n    return True\n"),
    ):
        with overlay_of(exercise.path, function.encode()) as overlay:
            outcome = run(exercise, overlay)
        assert outcome.failed and not outcome.passed, function


def test_a_check_that_fails_in_a_function_that_was_called_cannot_be_caught():
    with StudentProcess(seconds=60) as student:
        names = student.start().moved({})
        code = "def catching(function):\n    try: function()\n    except Exception: pass\n"
        student.process.module("builtins").exec(code, names)
        names["catching"](lambda: expect(False, "it is called in the right order"))
        with pytest.raises(NotYet, match="in the right order"):
            student.raise_what_was_caught()


@pytest.mark.slow
def test_a_class_of_three_is_graded_though_one_rewrites_the_checks(tmp_path):
    """Two who are honest, one of them half-way; the third changes the checks and the machinery for all."""
    repository = tmp_path / "repository"
    ignored = shutil.ignore_patterns("__pycache__", "yours")
    for folder in ("redis_clone", "docs/exercises"):
        shutil.copytree(REPOSITORY / folder, repository / folder, ignore=ignored)
    rewriting = body_of("""
        from pathlib import Path
        for path in Path({exercises!r}).rglob("*.py"):
            path.write_text("def test_nothing() -> None: pass")
        Path({exercises!r}, "json.py").write_text("")
        return (bits + 2**31) % 2**32 - 2**31""").format(exercises=str(repository / "docs" / "exercises"))
    before = (repository / BITS.path).read_bytes()
    digits = find("three_digits")
    three = "def _three_digits(number: int) -> int:\n    unit = 10 ** max(len(str(number)) - 3, 0)\n"
    three += "    return number - number % unit\n"
    for student, function, other in (
        ("ada", RIGHT, three.encode()),
        ("bob", signed(rewriting) + b"\n", None),
        ("cyd", RIGHT, None),
    ):
        root = tmp_path / "class" / student
        for exercise, answer in ((BITS, function), (digits, other)):
            content = (repository / exercise.path).read_bytes()
            path = root / exercise.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.with_function(content, exercise.function, answer) if answer else content)
    done = subprocess.run(
        [*GRADE, str(tmp_path / "class"), "--csv", "--only", "signed_bits,three_digits"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    results = {(row["student"], row["exercise"]): row["result"] for row in rows}
    assert results["ada", "signed_bits"] == results["ada", "three_digits"] == "solved", done.stdout
    assert results["bob", "signed_bits"] == "failed" and results["cyd", "signed_bits"] == "solved"
    assert "changed docs/exercises/" in rows[2]["detail"] + rows[3]["detail"]
    assert (repository / BITS.path).read_bytes() == before
    assert not (repository / "docs" / "exercises" / "json.py").exists()
