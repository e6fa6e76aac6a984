"""The interface between scripts and the server: calls to the server, registered functions, errors of scripts.

This module is small, because every server imports it at its start.  The interpreter and its libraries
(interpreter.py) are imported when the first script is run.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from redis_clone.protocol.errors import CountedError, RedisError
from redis_clone.protocol.replies import Reply

LuaFunction = Any


class Host(Protocol):
    """The functions of the server that a running script can use."""

    def call(self, argv: list[bytes]) -> Reply: ...
    def check(self) -> str | None: ...
    def log(self, level: int, text: str) -> None: ...
    def set_protocol(self, protocol: int) -> None: ...
    def set_replication(self, flags: int) -> None: ...
    def may_run(self, argv: list[bytes]) -> bool: ...
    def register(self, function: "RegisteredFunction") -> None: ...

    @property
    def protocol(self) -> int: ...


class ScriptError(Exception):
    """The error that ended a script: the line for the client, and where in the script it was."""

    def __init__(self, line: str, source: str = "", number: int = 0, is_counted: bool = False) -> None:
        super().__init__(line)
        self.line = line
        self.source = source
        self.number = number
        self.is_counted = is_counted

    def reply(self, name: str) -> RedisError:
        place = f" script: {name}, on {self.source}:{self.number}." if self.source else ""
        return (CountedError if self.is_counted else RedisError)(self.line + place)


# Runs a script or a function: gets its arguments, and how many of them, from the first on, are keys.
# Returns its reply; raises ScriptError.
EntryPoint = Callable[[Sequence[bytes], int], Reply]


class RegisteredFunction(NamedTuple):
    """A function that a library has registered by redis.register_function."""

    name: bytes
    entry_point: EntryPoint
    description: bytes | None = None
    flags: Sequence[bytes] = ()
