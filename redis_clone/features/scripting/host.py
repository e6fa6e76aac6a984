"""What stands between scripts and the server: what a script may ask, what it registers, how it fails.

Small, because the server has it from its start.  The interpreter with its libraries (interpreter.py) is
imported when the first script comes.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from redis_clone.protocol.errors import CountedError, RedisError
from redis_clone.protocol.replies import Reply

LuaFunction = Any


class Host(Protocol):
    """What a script asks of the server while it runs."""

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
    """Why a script ended: the error line, and where that was."""

    def __init__(self, line: str, source: str = "", number: int = 0, is_counted: bool = False) -> None:
        super().__init__(line)
        self.line = line
        self.source = source
        self.number = number
        self.is_counted = is_counted

    def reply(self, name: str) -> RedisError:
        place = f" script: {name}, on {self.source}:{self.number}." if self.source else ""
        return (CountedError if self.is_counted else RedisError)(self.line + place)


# What runs a script or a function, given its words; so many of the first of them are keys.  Else ScriptError.
Entrance = Callable[[Sequence[bytes], int], Reply]


class RegisteredFunction(NamedTuple):
    """What redis.register_function was told."""

    name: bytes
    entrance: Entrance
    description: bytes | None = None
    flags: Sequence[bytes] = ()
