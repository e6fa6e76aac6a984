"""The process in which the student's code runs.  It decides nothing, and knows no check.

    python -m exercises.machinery.student

The first line of its standard input says how to reach the judge, which asks from then on: for a module, an
attribute, a call, a live server (OPERATIONS).  An object of the judge's process, such as the `receive` of a
Stream, is a StandIn here.

Nothing here is safe from the student's code, which may replace any of it.  Then the judge gets other
answers, and these are all that it can get.
"""

import builtins
import contextlib
import faulthandler
import importlib
import importlib.util
import io
import json
import operator
import os
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

from exercises.machinery.catalogue import REPOSITORY
from exercises.machinery.messages import Data, Values, is_record, needs_no_process
from exercises.machinery.peer import Gone, Peer
from exercises.machinery.shown import call_name, format_exception

LONGEST_PRINT = 4000
MOST_MEMORY = 4 * 1024**3  # bytes of address space, of which threads take much and use little


class StandIn:
    """Stands for an object of the judge's process."""

    def __init__(self, peer: "Student", number: int) -> None:
        object.__setattr__(self, "_asked", (peer, number))

    def __getattr__(self, name: str) -> Any:
        return self._ask("get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("set", name, value)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("call", *arguments, **named)

    def __iter__(self) -> Any:
        content = self._ask("iterate")
        return self if content is self else iter(content)

    def _ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        return self._asked[0].request(operation, self, *arguments, **named)


def _delegated(name: str) -> Any:
    return lambda self, *arguments: self._ask("special", name, *arguments)


for _name in (
    *("eq", "ne", "lt", "le", "gt", "ge", "hash", "bool", "len", "contains", "getitem"),
    *("next", "enter", "exit", "repr", "str"),
):
    setattr(StandIn, f"__{_name}__", _delegated(_name))


class StudentValues(Values):
    """A NamedTuple of the server that is nothing but data is sent with the name of its class."""

    def __init__(self) -> None:
        super().__init__()
        self.stand_ins: dict[int, StandIn] = {}
        self.peer: Student | None = None

    def encode_other(self, value: Any) -> Data:
        if isinstance(value, StandIn):
            return ["yours", value._asked[1]]
        kind = type(value)
        if is_record(kind) and kind.__module__.startswith("redis_clone."):
            return ["record", kind.__module__, kind.__qualname__, [self.encode(each) for each in value]]
        return self.number_of(value)

    def decode_other(self, tag: str, payload: list[Data]) -> Any:
        if tag == "mine":
            assert self.peer is not None
            return self.stand_ins.setdefault(payload[0], StandIn(self.peer, payload[0]))
        if tag == "record":
            module, name, values = payload
            return operator.attrgetter(name)(importlib.import_module(module))._make(map(self.decode, values))
        if tag == "builtin":
            return getattr(builtins, payload[0])
        if tag == "bytearray":
            return bytearray(self.decode(payload[0]))
        return super().decode_other(tag, payload)


class Student(Peer):
    """The student's process, as it talks to the judge."""

    def perform(self, operation: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        came = OPERATIONS[operation](*arguments, **named)
        if operation in KEPT:
            self.values.number_of(came)  # so it is not sent as a copy
        return came

    def encode_exception(self, problem: BaseException) -> Data:
        """The names of its class and of the classes above it, its text, its attributes, and its traceback."""
        kinds = [f"{kind.__module__}:{kind.__qualname__}" for kind in type(problem).__mro__]
        return {
            "judges": getattr(problem, "judges_number", None),
            "kinds": kinds,
            "text": str(problem),
            "formatted": format_exception(problem),
            "attributes": [[name, self.values.encode(each)] for name, each in vars(problem).items()],
        }

    def decode_exception(self, data: Data) -> BaseException:
        """An exception that a function of the judge has raised."""
        known = getattr(builtins, data["base"])
        raised: BaseException = type(data["name"], (known,), {"judges_number": data["number"]})(data["text"])
        return raised


def import_from(module: str, name: str) -> Any:
    """A name of a module; True if the judge should take it from its own copy of the server."""
    try:
        value = getattr(importlib.import_module(module), name)
    except AttributeError:
        value = importlib.import_module(f"{module}.{name}")
    return True if needs_no_process(value) else value


def iterate(value: Any) -> Any:
    """All of a container at once; an iterator itself, for it may have no end."""
    iterator = iter(value)
    return value if iterator is value else list(iterator)


def special(value: Any, name: str, *arguments: Any) -> Any:
    return getattr(operator, name, getattr(builtins, name, None))(value, *arguments)  # type: ignore[misc]


def call(function: Any, *arguments: Any, **named: Any) -> Any:
    return function(*arguments, **named)


def enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def exit_(manager: Any) -> None:
    type(manager).__exit__(manager, None, None, None)


def begin_check(seconds: float) -> None:
    """A check begins: if it lasts longer, this process ends, and says where it was."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    sys.stdout = io.StringIO()


def printed() -> str:
    """What was printed since the check began."""
    return sys.stdout.getvalue()[:LONGEST_PRINT] if isinstance(sys.stdout, io.StringIO) else ""


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


def load_server() -> None:
    """Imports the server only when a check needs it."""
    from exercises.machinery import live_server  # noqa: F401


def serve(parameters: dict[str, str]) -> tuple[Any, Any, Any]:
    """Starts a live server; its port, its databases, and the list of the exceptions in it."""
    from exercises.machinery.live_server import start

    return start(parameters)


OPERATIONS: dict[str, Any] = {
    "module": importlib.import_module,
    "import": import_from,
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "call": call,
    "call each": lambda function, calls: [function(*each) for each in calls],
    "call name": call_name,
    "iterate": iterate,
    "special": special,
    "enter": enter,
    "exit": exit_,
    "is instance": isinstance,
    "move": lambda value: value,
    "begin check": begin_check,
    "printed": printed,
    "lay over": lay_over,
    "load yours": load_yours,
    "load server": load_server,
    "serve": serve,
}
KEPT = {"move"}


def limit_memory() -> None:
    """A list that grows without end is a MemoryError, and not the end of the whole machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def end_with_the_judge() -> None:
    """Ends this process when the judge's end of the standard input is closed."""
    os.read(0, 1)
    os._exit(1)


def main() -> None:
    limit_memory()
    told = json.loads(sys.stdin.readline())
    faulthandler.dump_traceback_later(told["seconds"], exit=True)
    values = StudentValues()
    values.peer = student = Student(values, told["token"])
    student.others_port = told["port"]
    student.listen()
    threading.Thread(target=end_with_the_judge, daemon=True).start()
    line = student.connect()
    line.send(student.port)
    with contextlib.suppress(Gone, OSError, EOFError):
        student.serve(line)
    os._exit(0)  # not sys.exit, which would wait for a thread that never ends


if __name__ == "__main__":
    main()
