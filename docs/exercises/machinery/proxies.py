"""The judge's end: the student's process, and proxies for what is in it.

A check imports the server and calls it as any test would.  But what `from redis_clone... import` gives it are
proxies: each use of one is a request to the student's process.  A Proxy has neither == nor < nor any
arithmetic of its own, for an object of the student's could lie about that.

What needs no process is taken from the judge's own copy of the server, which no student can change: numbers
and texts, NamedTuples without methods, the classes of exceptions.

The student's code may use an object of the judge too, but only what such an object is for: see `perform`.
"""

import builtins
import importlib
import operator
import types
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from exercises.machinery.messages import Data, Values, is_record, needs_no_process
from exercises.machinery.peer import Gone, Peer

Plain = TypeVar("Plain", int, bool, str)
FOR_STUDENTS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "bool": bool,
    "contains": operator.contains,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": lambda manager, *problem: type(manager).__exit__(manager, *problem),
    "getitem": operator.getitem,
    "hash": hash,
    "len": len,
    "next": next,
    "repr": repr,
    "str": str,
}
WITHOUT_ATTRIBUTES = (  # they lead to the judge's own variables
    type,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.GeneratorType,
    types.ModuleType,
)


def is_public(target: Any, name: str) -> bool:
    """Whether the student's code may read this attribute of an object of the judge."""
    return not isinstance(target, WITHOUT_ATTRIBUTES) and not name.startswith("_")


class Proxy:
    """Stands for an object of the student's process."""

    __slots__ = ("__weakref__", "_number", "_student")

    def __init__(self, student: "StudentPeer", number: int) -> None:
        object.__setattr__(self, "_student", student)
        object.__setattr__(self, "_number", number)

    def _ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        return self._student.request(operation, self, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return self._ask("get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("set", name, value)

    def __delattr__(self, name: str) -> None:
        self._ask("delete", name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._ask("call", *arguments, **named)

    def __iter__(self) -> Any:
        content = self._ask("iterate")
        return self if content is self else iter(content)

    def __next__(self) -> Any:
        return self._ask("special", "next")

    def __len__(self) -> int:
        return _exactly(int, self._ask("special", "len"))

    def __bool__(self) -> bool:
        return _exactly(bool, self._ask("special", "bool"))

    def __repr__(self) -> str:
        return _exactly(str, self._ask("special", "repr"))

    def __str__(self) -> str:
        return _exactly(str, self._ask("special", "str"))

    def __contains__(self, item: Any) -> bool:
        return _exactly(bool, self._ask("special", "contains", item))

    def __getitem__(self, key: Any) -> Any:
        return self._ask("special", "getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._ask("special", "setitem", key, value)

    def __delitem__(self, key: Any) -> None:
        self._ask("special", "delitem", key)

    def __iadd__(self, other: Any) -> Any:
        return self._ask("special", "iadd", other)

    def __enter__(self) -> Any:
        return self._ask("enter")

    def __exit__(self, *problem: object) -> None:
        self._ask("exit")

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        raise TypeError(f"a check cannot derive a class from {self!r}, which is in the student's process")

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Proxy) and _exactly(bool, instance._ask("is instance", self))


def _exactly(kind: type[Plain], value: Any) -> Plain:
    """The value, if it is of exactly this class."""
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, and not an object of another class")
    plain: Plain = value
    return plain


class Imported:
    """Stands for a module in `from module import name`."""

    def __init__(self, student: "StudentPeer", module: str) -> None:
        self._student, self._module = student, module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import statement asks for __path__ and such
            raise AttributeError(name)
        came = self._student.request("import", self._module, name)
        if came is not True:
            return came
        own = own_copy(self._module, name)
        if not needs_no_process(own):  # else the checks would try the judge's own function
            raise Gone(f"{name} is not what it should be")
        return own


def own_copy(module: str, name: str) -> Any:
    """A name of the judge's own copy of the server."""
    if not module.startswith("redis_clone."):
        raise ValueError(f"{module} is not a module of the server")
    return operator.attrgetter(name)(importlib.import_module(module))


class JudgeValues(Values):
    """Proxies stand for the student's objects; a NamedTuple of the server gets the judge's own class."""

    def __init__(self) -> None:
        super().__init__()
        self.proxies: weakref.WeakValueDictionary[int, Proxy] = weakref.WeakValueDictionary()
        self.peer: StudentPeer | None = None

    def encode_other(self, value: Any) -> Data:
        if isinstance(value, Proxy):
            return ["yours", value._number]
        kind = type(value)
        if is_record(kind):
            return ["record", kind.__module__, kind.__qualname__, [self.encode(each) for each in value]]
        if isinstance(value, type) and value.__module__ == "builtins":
            return ["builtin", value.__name__]
        if kind is bytearray:
            return ["bytearray", self.encode(bytes(value))]
        return self.number_of(value)

    def decode_other(self, tag: str, payload: list[Data]) -> Any:
        if tag == "mine":
            assert self.peer is not None
            return self.proxies.setdefault(int(payload[0]), Proxy(self.peer, int(payload[0])))
        if tag == "record":
            kind = own_copy(*payload[:2])
            if not (isinstance(kind, type) and is_record(kind)):
                raise ValueError(f"{payload[1]} is no NamedTuple")
            return kind(*map(self.decode, payload[2]))
        return super().decode_other(tag, payload)


class StudentPeer(Peer):
    """What the judge can ask of the student's process, and what it answers."""

    def __init__(self, values: JudgeValues, token: str) -> None:
        super().__init__(values, token)
        values.peer = self
        self.raised: list[BaseException] = []  # by functions of the judge that the student's code called

    def imported(self, name: str, *others: Any) -> Any:
        """In place of `__import__`, for the modules of checks."""
        if name.partition(".")[0] != "redis_clone":
            return builtins.__import__(name, *others)
        return Imported(self, name)

    def module(self, name: str) -> Any:
        """A module of the student's process."""
        return self.request("module", name)

    def moved(self, value: Any) -> Any:
        """A list or a bytearray that lives in the student's process from now on."""
        return self.request("move", value)

    def each(self, function: Any, *calls: tuple[Any, ...]) -> list[Any]:
        """What many calls of a function return, with a single request."""
        answers: list[Any] = self.request("call each", function, calls)
        return answers

    def perform(self, operation: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        """The student's code may call what it was given, read attributes, and set those named in SETTABLE."""
        target, *others = arguments
        if not self.values.knows(target):
            raise AttributeError("only an object of the checks can be used")
        if operation == "call":
            return target(*others, **named)
        if operation == "iterate":
            iterator = iter(target)
            return target if iterator is target else list(iterator)
        if operation == "special":
            return FOR_STUDENTS[others[0]](target, *others[1:])
        if operation == "get" and is_public(target, others[0]):
            return getattr(target, others[0])
        if operation == "set" and others[0] in getattr(type(target), "SETTABLE", ()):
            return setattr(target, *others)
        raise AttributeError(f"the checks do not let you {operation} {'.'.join(map(str, others[:1]))}")

    def encode_exception(self, problem: BaseException) -> Data:
        base = next(kind for kind in type(problem).__mro__ if kind.__module__ == "builtins")
        self.raised.append(problem)
        return {
            "base": base.__name__,
            "name": type(problem).__name__,
            "text": str(problem),
            "number": len(self.raised) - 1,
        }

    def decode_exception(self, data: Data) -> BaseException:
        if data["judges"] is not None:
            return self.raised[int(data["judges"])]
        kind: type[BaseException] = next(filter(None, map(_exception_class, data["kinds"])), Exception)
        raised: BaseException = kind.__new__(kind)
        raised.args = (str(data["text"]),)
        for name, value in data["attributes"]:
            if not name.startswith("_"):
                setattr(raised, name, self.values.decode(value))
        raised.formatted = str(data["formatted"])  # type: ignore[attr-defined]
        return raised


def _exception_class(name: str) -> type[Exception] | None:
    """The class, if it is one of Python or of the server."""
    module, _, qualified = name.partition(":")
    if module == "builtins":
        found = getattr(builtins, qualified, None)
    else:
        found = own_copy(module, qualified) if module.startswith("redis_clone.") else None
    return found if isinstance(found, type) and issubclass(found, Exception) else None
