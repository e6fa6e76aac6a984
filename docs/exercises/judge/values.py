r"""The kinds of reply as Python values, and their bytes.

    OK, Status("OK")       a simple string    +OK\r\n
    b"abc", "abc"          a bulk string      $3\r\nabc\r\n
    7                      an integer         :7\r\n
    [1, b"a"]              an array           *2\r\n:1\r\n$1\r\na\r\n
    None, NULL_ARRAY       the two nulls      $-1\r\n and *-1\r\n
    error("ERR syntax")    an error that begins so
    InAnyOrder([...])      an array whose elements come in no particular order
    ANY                    whatever it is
    Map, Set, Push         the kinds that only RESP3 has; so are floats, bools and NULL

A str is the bytes of its UTF-8; a stage that expects one expects a bulk string.
"""

from typing import Any

from exercises.machinery.conversation import Failure, Status, pretty

__all__ = [
    "ANY", "NULL", "NULL_ARRAY", "OK", "QUEUED", "Failure", "InAnyOrder", "Map", "Push", "Set", "Status",
    "describe", "encode", "error", "matches",
]  # fmt: skip


class InAnyOrder(list[Any]):
    """An expected array or set; the order of its elements does not matter."""


class Set(list[Any]):
    """A set of RESP3."""


class Push(list[Any]):
    """A message of RESP3 that no command has asked for."""


class Map(dict[Any, Any]):
    """A map of RESP3."""


class Mark:
    """A value with no other equal to it."""

    def __init__(self, name: str, data: bytes = b"") -> None:
        self.name, self.data = name, data

    def __repr__(self) -> str:
        return self.name


ANY = Mark("anything")
NULL_ARRAY = Mark("(nil array)", b"*-1\r\n")
NULL = Mark("(null)", b"_\r\n")  # of RESP3
OK = Status("OK")
QUEUED = Status("QUEUED")
LISTS = {list: b"*", tuple: b"*", InAnyOrder: b"*", Set: b"~", Push: b">"}


def error(beginning: str) -> Failure:
    """An expected error that begins so; its words after that are the server's own."""
    return Failure(beginning)


def encode(value: Any) -> bytes:
    r"""The bytes of a value on the wire.

    >>> encode([OK, "a", 1, None])
    b'*4\r\n+OK\r\n$1\r\na\r\n:1\r\n$-1\r\n'
    """
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, Mark):
        return value.data
    if isinstance(value, Status | Failure):
        return (b"-" if isinstance(value, Failure) else b"+") + value.encode("latin-1") + b"\r\n"
    if isinstance(value, bool):
        return b"#t\r\n" if value else b"#f\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, float):
        return f",{value:.17g}\r\n".encode()
    if isinstance(value, Map):
        return b"%%%d\r\n" % len(value) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return LISTS[type(value)] + b"%d\r\n" % len(value) + b"".join(map(encode, value))
    data = value if isinstance(value, bytes) else str(value).encode()
    return b"$%d\r\n%b\r\n" % (len(data), data)


def matches(expected: Any, came: Any) -> bool:
    """Whether a reply is what was expected, kind and all."""
    if expected is ANY:
        return True
    if isinstance(expected, Failure):
        return isinstance(came, Failure) and came.startswith(expected)
    if isinstance(expected, InAnyOrder):
        return isinstance(came, list) and sorted(map(encode, expected)) == sorted(map(encode, came))
    if isinstance(expected, Map):
        return isinstance(came, Map) and sorted(_pairs(expected)) == sorted(_pairs(came))
    if isinstance(expected, list | tuple):
        if not isinstance(came, list) or len(came) != len(expected):
            return False
        return LISTS[type(expected)] == LISTS[type(came)] and all(map(matches, expected, came))
    return encode(expected) == encode(came)


def _pairs(items: Map) -> list[bytes]:
    return [encode(key) + encode(value) for key, value in items.items()]


def describe(value: Any) -> str:
    """A value as redis-cli shows it, in one line.

    >>> describe([OK, "a", None])
    '[OK, "a", (nil)]'
    """
    if isinstance(value, Map):
        return "{" + ", ".join(f"{describe(k)}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        order = " in any order" if isinstance(value, InAnyOrder) else ""
        return "[" + ", ".join(map(describe, value)) + "]" + order
    if isinstance(value, Mark | float | bool):
        return str(value)
    if isinstance(value, str) and not isinstance(value, Status | Failure):
        value = value.encode()
    return pretty(value)
