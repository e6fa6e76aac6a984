"""The libraries of functions.  FUNCTION LOAD adds one, FCALL runs a function that it registered.

Always true: the name of a function belongs to one library, and a load that fails changes nothing.
The caller holds the server's lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.features.scripting.host import EntryPoint, RegisteredFunction, ScriptError
from redis_clone.features.scripting.shebang import FLAGS, check_name, read_library
from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.features.scripting.interpreter import Interpreter

SOURCE = b"user_function"


class Function(NamedTuple):
    name: bytes
    entry_point: EntryPoint
    description: bytes | None
    flags: frozenset[bytes]

    @property
    def is_read_only(self) -> bool:
        return b"no-writes" in self.flags

    @property
    def allows_oom(self) -> bool:
        return b"allow-oom" in self.flags

    @property
    def may_cross_slots(self) -> bool:
        return b"allow-cross-slot-keys" in self.flags


class Library:
    def __init__(self, name: bytes, code: bytes) -> None:
        self.name = name
        self.code = code
        self.functions: dict[bytes, Function] = {}
        self.by_lower_name: dict[bytes, Function] = {}  # FCALL ignores the letter case

    def register(self, registered: RegisteredFunction) -> None:
        """Adds a function; called by redis.register_function while the library is loaded."""
        check_name(registered.name)
        if registered.name in self.functions:
            raise RedisError("ERR Function already exists in the library")
        if set(registered.flags).difference(FLAGS):
            raise RedisError("ERR unknown flag given")
        function = Function(
            registered.name, registered.entry_point, registered.description, frozenset(registered.flags)
        )
        self.functions[registered.name] = self.by_lower_name[registered.name.lower()] = function


class Libraries:
    """All libraries by name; `loading` is the one whose code runs now."""

    def __init__(self) -> None:
        self.by_name: dict[bytes, Library] = {}
        self.loading: Library | None = None
        self.codes: list[
            bytes
        ] = []  # the list that the libraries were made from; loading a snapshot replaces it

    def find(self, name: bytes) -> Function | None:
        """The function of this name, in any letter case."""
        lowered = name.lower()
        found = (library.by_lower_name.get(lowered) for library in self.by_name.values())
        return next((function for function in found if function is not None), None)

    @property
    def function_count(self) -> int:
        return sum(len(library.functions) for library in self.by_name.values())

    def load(self, interpreter: Interpreter, code: bytes, replaces: bool = False) -> bytes:
        """Adds a library; returns its name.  `replaces` allows one that exists."""
        library = self._compiled(interpreter, code, replaces)
        others = [other for other in self.by_name.values() if other.name != library.name]
        _check_names(library, others)
        self.by_name[library.name] = library
        return library.name

    def restore(self, interpreter: Interpreter, codes: Iterable[bytes], policy: bytes) -> None:
        """Adds all of these libraries, or none; `policy` is FLUSH, APPEND or REPLACE."""
        merged = {} if policy == b"FLUSH" else dict(self.by_name)
        for code in codes:
            library = self._compiled(interpreter, code, replaces=True)
            if library.name in merged and policy != b"REPLACE":
                raise RedisError(f"ERR Library {library.name.decode('latin-1')} already exists")
            merged[library.name] = library
            _check_names(library, [other for other in merged.values() if other is not library])
        self.by_name = merged

    def _compiled(self, interpreter: Interpreter, code: bytes, replaces: bool) -> Library:
        head = read_library(code)
        if head.engine.lower() != b"lua":
            raise RedisError(f"ERR Engine '{head.engine.decode('latin-1')}' not found")
        if head.name in self.by_name and not replaces:
            raise RedisError(f"ERR Library '{head.name.decode('latin-1')}' already exists")
        library = Library(head.name, code)
        self.loading = library
        try:
            interpreter.load_library(head.body, SOURCE)
        except RedisError as error:
            raise RedisError(f"ERR Error compiling function: {error}") from None
        except ScriptError as failure:
            raise RedisError(f"ERR Error registering functions: {failure.line}") from None
        finally:
            self.loading = None
        if not library.functions:
            raise RedisError("ERR No functions registered")
        return library


def _check_names(library: Library, others: Iterable[Library]) -> None:
    taken = {name for other in others for name in other.by_lower_name}
    for name in library.functions:
        if name.lower() in taken:
            raise RedisError(f"ERR Function {name.decode('latin-1')} already exists")
