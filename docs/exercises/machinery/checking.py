"""The judge of one exercise: this process runs the checks, and decides.

    python checking.py NAME SECONDS [OVERLAY]      with a key in the standard input

The student's code runs in another process, which is started here.  OVERLAY is a folder whose version of the
exercise's file replaces that of the repository, so that neither the tests nor the grading of a class change
any file.  After the import and after each check this process writes the Outcome so far as a line, signed with
the key: a line that the student's code wrote has no signature, and does not count.

A check that lasts longer than SECONDS is ended by the student's process, which says in which line it was; or
else, a moment later, from here.
"""

import __future__

import builtins
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

if __name__ == "__main__":  # behind Python's own folders: no file of a student is taken for one of these
    sys.path += [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2])]

from exercises.machinery.catalogue import Exercise, find
from exercises.machinery.outcome import IMPORTED, Outcome, signature
from exercises.machinery.peer import Gone
from exercises.machinery.student_process import StudentProcess
from exercises.machinery.trial import NotYet

TIMES_TO_IMPORT = 3  # as long as a check may take, for two hundred modules may have to be compiled

Check = Callable[..., None]


def main(name: str, seconds: str, overlay: str = "") -> None:
    key = sys.stdin.readline().strip()
    exercise = find(name)
    assert exercise is not None, name
    for outcome in outcomes(exercise, overlay, float(seconds)):
        line = json.dumps(asdict(outcome))
        os.write(1, f"{signature(key, line)} {line}\n".encode())
    os._exit(0)  # not sys.exit, which would wait for a thread that never ends


def outcomes(exercise: Exercise, overlay: str, seconds: float) -> Iterator[Outcome]:
    """The outcome so far, again and again; the first check that fails is the last."""
    outcome = Outcome()
    code = compiled(exercise)  # before the student's code runs, which could change the file
    with StudentProcess(TIMES_TO_IMPORT * seconds) as process:
        try:
            checks = load(exercise, code, overlay, process)
        except (Exception, Gone) as problem:
            outcome.failed = IMPORTED
            outcome.wrong, outcome.timed_out = process.why(problem, TIMES_TO_IMPORT * seconds)
            yield outcome
            return
        outcome.checks = list(checks)
        yield outcome
        for sentence, check in checks.items():
            wrong, outcome.timed_out = attempt(check, process, seconds)
            if wrong:
                outcome.failed, outcome.wrong, outcome.printed = sentence, wrong, process.printed()
                yield outcome
                return
            outcome.passed.append(sentence)
            yield outcome


def compiled(exercise: Exercise) -> Any:
    """The code of the checks; no annotation is evaluated, for a proxy is no type."""
    flags = __future__.annotations.compiler_flag
    path = str(exercise.checks_path)
    return compile(exercise.checks_path.read_bytes(), path, "exec", flags, dont_inherit=True)


def load(exercise: Exercise, code: Any, overlay: str, process: StudentProcess) -> dict[str, Check]:
    """The checks by their sentences, in the order of the file."""
    student = process.start()
    student.request("lay over", overlay, exercise.path)
    module = ModuleType(f"exercises.{exercise.name}")
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": student.imported}
    sys.modules[module.__name__] = module  # dataclasses look there
    exec(code, vars(module))
    checks = {
        name.removeprefix("test_").replace("_", " "): value
        for name, value in vars(module).items()
        if name.startswith("test_")
    }
    if any({"server", "serve"} & set(_parameters(check)) for check in checks.values()):
        student.request("load server")
    if exercise.file:
        process.yours = student.request("load yours", exercise.file, overlay)
    return checks


def _parameters(check: Check) -> tuple[str, ...]:
    return check.__code__.co_varnames[: check.__code__.co_argcount]


def attempt(check: Check, process: StudentProcess, seconds: float) -> tuple[str, bool]:
    """What is wrong ("" if nothing), and whether it took too long."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            process.begin_check(seconds)
            check(**{name: getattr(process, name) for name in _parameters(check)})
            process.raise_what_was_caught()
    except NotYet as problem:
        return str(problem) or "it does not hold", False
    except (Exception, SystemExit, Gone) as problem:
        return process.why(problem, seconds)
    return "", False


if __name__ == "__main__":
    main(*sys.argv[1:])
