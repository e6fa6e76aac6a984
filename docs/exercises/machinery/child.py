"""The process in which the checks of one exercise run.

    python -m exercises.machinery.child NAME RESULTS SECONDS [OVERLAY]

RESULTS is a file.  The process writes the Outcome so far after the import and after each check, so that the
parent knows which check was running if the process ends.  OVERLAY is a folder whose version of the exercise's
file replaces that of the repository, so that neither the tests nor the grading of a class change any file.

A check that lasts longer than SECONDS ends the process, with the stack on the standard error.
"""

import contextlib
import faulthandler
import importlib
import importlib.util
import inspect
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from exercises.machinery.catalogue import REPOSITORY, Exercise, find
from exercises.machinery.conversation import LiveServer, load_server
from exercises.machinery.running import IMPORTED, Outcome
from exercises.machinery.trial import NotYet, format_exception

TIMES_TO_IMPORT = 3  # as long as a check may take, for two hundred modules may have to be compiled
LONGEST_PRINT = 4000
MOST_MEMORY = 4 * 1024**3  # bytes of address space, of which threads take much and use little

Check = Callable[..., None]


def main(name: str, results: str, seconds: str, overlay: str = "") -> None:
    limit_memory()
    exercise = find(name)
    assert exercise is not None, name
    with open(results, "a", encoding="utf-8") as file:
        for outcome in outcomes(exercise, overlay, float(seconds)):
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()
    os._exit(0)  # not sys.exit, which would wait for a thread that never ends


def limit_memory() -> None:
    """A list that grows without end is a MemoryError, and not the end of the whole machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def outcomes(exercise: Exercise, overlay: str, seconds: float) -> Iterator[Outcome]:
    """The outcome so far, again and again; the first check that fails is the last."""
    outcome = Outcome()
    faulthandler.dump_traceback_later(TIMES_TO_IMPORT * seconds, exit=True)
    try:
        checks, given = load(exercise, overlay)
    except (Exception, SystemExit) as problem:
        outcome.failed, outcome.wrong = IMPORTED, f"came      {format_exception(problem)}"
        yield outcome
        return
    outcome.checks = list(checks)
    yield outcome
    for sentence, check in checks.items():
        faulthandler.dump_traceback_later(seconds, exit=True)  # the clock begins anew
        outcome.wrong, outcome.printed = attempt(check, given)
        if outcome.wrong:
            outcome.failed = sentence
            yield outcome
            return
        outcome.passed.append(sentence)
        yield outcome


def load(exercise: Exercise, overlay: str) -> tuple[dict[str, Check], "Given"]:
    """The checks by their sentences, in the order of the file, and what they may ask for."""
    lay_over(overlay, exercise.path)
    module = importlib.import_module(f"exercises.{exercise.name}")
    checks = {
        name.removeprefix("test_").replace("_", " "): value
        for name, value in vars(module).items()
        if name.startswith("test_")
    }
    if any({"server", "serve"} & set(_parameters(check)) for check in checks.values()):
        load_server()
    return checks, Given(load_yours(exercise.file, overlay) if exercise.file else None)


def _parameters(check: Check) -> list[str]:
    return list(inspect.signature(check).parameters)


class Given:
    """What a check may ask for: each attribute is passed as the parameter of the same name."""

    def __init__(self, yours: ModuleType | None) -> None:
        self.yours = yours  # the module that the student writes
        self.bugs: list[str] = []  # the exceptions in the server that was made last

    @property
    def server(self) -> LiveServer:
        """A server of the check's own."""
        return self.serve()

    def serve(self, **parameters: str) -> LiveServer:
        """A server of the check's own with parameters: serve(appendonly="yes")."""
        server = LiveServer(**parameters)
        self.bugs = server.record.bugs.formatted
        return server


def attempt(check: Check, given: Given) -> tuple[str, str]:
    """What is wrong ("" if nothing), and what was printed meanwhile."""
    wrong, printed = "", io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            check(**{name: getattr(given, name) for name in _parameters(check)})
    except NotYet as problem:
        wrong = str(problem) or "it does not hold"
    except (Exception, SystemExit) as problem:
        bugs = [f"in the server:  {bug}" for bug in given.bugs[-1:]]
        wrong = "\n".join([f"came      {format_exception(problem)}", *bugs])
    return wrong, printed.getvalue()[:LONGEST_PRINT]


def lay_over(overlay: str, path: str) -> None:
    """Makes Python import a module of the server from `overlay` instead of the repository."""
    if overlay and path.startswith("redis_clone/"):
        folder = Path(path).parent
        importlib.import_module(".".join(folder.parts)).__path__.insert(0, str(Path(overlay, folder)))


def load_yours(path: str, overlay: str) -> ModuleType:
    """The student's file, as a module of the server if it stands there."""
    if path.startswith("redis_clone/"):
        return importlib.import_module(path.removesuffix(".py").replace("/", "."))
    spec = importlib.util.spec_from_file_location("yours", Path(overlay or REPOSITORY, path))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["yours"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
