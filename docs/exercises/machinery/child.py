"""The process in which the checks of one exercise run: python child.py NAME RESULTS SECONDS [OVERLAY]

RESULTS is a file: a line of JSON for each check that begins and for each that ends, so that the one that
never ended can be told.  OVERLAY is a folder laid over the repository: what is in it is taken instead, so
that neither the tests nor the grading of a class touch anybody's files.

A check that lasts longer than SECONDS ends the process, with the stack on the standard error.  The end does
not wait for threads that are still at work.
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
from pathlib import Path
from types import ModuleType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
IMPORTED = "the code can be imported"
TIMES_TO_IMPORT = 3  # as long as a check may take, for two hundred modules may have to be compiled
LONGEST_PRINT = 4000
MOST_MEMORY = 4 * 1024**3  # bytes of address space, of which threads take much and use little


def main(name: str, results: str, seconds: str, overlay: str = "") -> None:
    limit_memory()
    sys.path[:1] = [str(REPOSITORY), str(REPOSITORY / "docs")]
    status = 1
    with open(results, "a", encoding="utf-8") as file:

        def report(times: int = 1, **line: Any) -> None:
            """`times`: what begins may take so many times SECONDS."""
            file.write(json.dumps(line) + "\n")
            file.flush()
            if "begin" in line:
                faulthandler.dump_traceback_later(times * float(seconds), exit=True)  # the clock begins anew

        with contextlib.suppress(_Failed):
            run(name, overlay, report)
            status = 0
    sys.stdout.flush()
    os._exit(status)  # not sys.exit: a thread that never ends must not keep us


def limit_memory() -> None:
    """A list that grows without end is a MemoryError, and not the end of the whole machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


class _Failed(Exception):
    """A check did not hold; it is reported already."""


def run(name: str, overlay: str, report: Any) -> None:
    """All checks in the order of the file, up to the first that does not hold."""
    from exercises.machinery.catalogue import find
    from exercises.machinery.trial import told

    exercise = find(name)
    assert exercise is not None, name
    report(begin=IMPORTED, times=TIMES_TO_IMPORT)
    try:
        lay_over(overlay)
        checks = importlib.import_module(f"exercises.{name}")
        given = Given(exercise.path if exercise.file else "", overlay)
    except (Exception, SystemExit) as problem:
        report(end=IMPORTED, wrong=_why_not(problem) or told(problem), printed="")
        raise _Failed from problem
    functions = [value for key, value in vars(checks).items() if key.startswith("test_")]
    report(checks=[_sentence(function) for function in functions])
    for function in functions:
        report(begin=_sentence(function), times=TIMES_TO_IMPORT if given.would_import(function) else 1)
        wrong, printed = _outcome(function, given)
        report(end=_sentence(function), wrong=wrong, printed=printed)
        if wrong:
            raise _Failed


class Given:
    """What a check may ask for by the names of its parameters."""

    def __init__(self, path: str, overlay: str) -> None:
        self._yours = load_yours(path, overlay) if path else None
        self._server: Any = None

    def arguments(self, function: Any) -> dict[str, Any]:
        return {name: getattr(self, name) for name in inspect.signature(function).parameters}

    def would_import(self, function: Any) -> bool:
        """Whether it needs a server for the first time."""
        return self._server is None and not {"server", "serve"}.isdisjoint(
            inspect.signature(function).parameters
        )

    @property
    def yours(self) -> ModuleType | None:
        """The module that the student writes."""
        return self._yours

    @property
    def server(self) -> Any:
        """A live server of the check's own."""
        return self.serve()

    def serve(self, **parameters: str) -> Any:
        """The same with parameters: serve(appendonly="yes")."""
        from exercises.machinery.conversation import LiveServer

        self._server = LiveServer(**parameters)
        return self._server

    def bugs(self) -> list[str]:
        return self._server.record.bugs.told[-1:] if self._server else []


def _outcome(function: Any, given: Given) -> tuple[str, str]:
    """What is wrong ("" if nothing), and what was printed meanwhile."""
    from exercises.machinery.trial import NotYet, told

    wrong, printed = "", io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            function(**given.arguments(function))
    except NotYet as problem:
        wrong = str(problem) or "it does not hold"
    except (Exception, SystemExit) as problem:
        wrong = "\n".join([f"came      {told(problem)}", *(f"in the server:  {bug}" for bug in given.bugs())])
    return wrong, printed.getvalue()[:LONGEST_PRINT]


def lay_over(overlay: str) -> None:
    """Have the modules in `overlay` imported instead of those of the same name."""
    if not overlay:
        return
    importlib.import_module("redis_clone").__path__.insert(0, os.path.join(overlay, "redis_clone"))
    for folder in sorted(Path(overlay, "redis_clone").glob("*/")):
        if folder.is_dir():
            importlib.import_module(f"redis_clone.{folder.name}").__path__.insert(0, str(folder))


def load_yours(path: str, overlay: str) -> ModuleType:
    """The student's file, as a module of the server if it stands there."""
    if path.startswith("redis_clone/"):
        return importlib.import_module(path.removesuffix(".py").replace("/", "."))
    where = Path(overlay, path)
    if not overlay or not where.exists():
        where = REPOSITORY / path
    spec = importlib.util.spec_from_file_location("yours", where)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["yours"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def _sentence(function: Any) -> str:
    name: str = function.__name__
    return name.removeprefix("test_").replace("_", " ")


def _why_not(problem: BaseException) -> str:
    if isinstance(problem, SyntaxError):
        return (
            f"line {problem.lineno} of {problem.filename} is not Python: {problem.msg}\n{problem.text or ''}"
        )
    return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
