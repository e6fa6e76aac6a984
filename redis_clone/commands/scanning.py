"""The arguments that SCAN, SSCAN, HSCAN and ZSCAN share: a cursor, and the options MATCH, COUNT and TYPE."""

import re
from collections.abc import Callable, Sequence

from redis_clone.commands.arguments import Options, integer
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.structures.glob import Glob, compiled

DEFAULT_COUNT = 10
_CURSOR = re.compile(rb"(?:([+-]?)0*(\d{1,20}))?")


class ScanOptions:
    """How many elements to visit in one call, and which of them to return."""

    def __init__(self) -> None:
        self.pattern: Glob | None = None
        self.count = DEFAULT_COUNT
        self.type_name: bytes | None = None

    def wants(self, name: bytes) -> bool:
        return self.pattern is None or self.pattern.matches(name)


def read_cursor(text: bytes) -> int:
    """An unsigned 64-bit number, read as strtoul does in C: -1 is allowed, and an empty text is 0."""
    found = _CURSOR.fullmatch(text)
    number = int(found[2] or 0) if found else 2**64
    if found is None or number >= 2**64:
        raise RedisError("ERR invalid cursor")
    return -number % 2**64 if found[1] == b"-" else number


def read_options(args: Sequence[bytes], takes_type: bool = False) -> ScanOptions:
    found = ScanOptions()
    options = Options(args)
    while options:
        match options.word():
            case b"MATCH":
                pattern = options.value()
                found.pattern = None if pattern == b"*" else compiled(pattern)
            case b"COUNT":
                found.count = integer(options.value())
                if found.count < 1:
                    raise RedisError(SYNTAX)
            case b"TYPE" if takes_type:
                found.type_name = options.value()
            case _:
                raise options.error()
    return found


def scan_members(
    scan: Callable[[int, int], tuple[int, list[bytes]]], cursor: int, args: Sequence[bytes]
) -> tuple[int, list[bytes]]:
    """One step over the members of a value: the next cursor, and the members that are wanted."""
    options = read_options(args)
    cursor, members = scan(cursor, options.count)
    return cursor, [member for member in members if options.wants(member)]
