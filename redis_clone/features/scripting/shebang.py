"""The first line of a script: #!lua name=mylib flags=no-writes,allow-oom

EVAL's scripts may have one, for the flags; libraries of functions must, for the name.
"""

import re
from typing import NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

FLAGS = (b"no-writes", b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys")
BAD_NAME = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one "
    "character long"
)


class Library(NamedTuple):
    engine: bytes
    name: bytes
    body: bytes  # begins with an empty line in place of the first, so that errors have the right line numbers


class Head(NamedTuple):
    """The first line of a script for EVAL, parsed.  `flags` is None without a shebang."""

    flags: frozenset[bytes] | None
    body: bytes


def read_script(text: bytes) -> Head:
    """
    >>> read_script(b"#!lua flags=no-writes\\nreturn 1")
    Head(flags=frozenset({b'no-writes'}), body=b'\\nreturn 1')
    """
    if not text.startswith(b"#!"):
        return Head(None, text)
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid script shebang")
    engine, *options = _words(line, "ERR Invalid engine in script shebang")
    if engine != b"#!lua":
        raise RedisError(f"ERR Unexpected engine in script shebang: {engine.decode('latin-1')}")
    flags: frozenset[bytes] = frozenset()
    for option in options:
        if not option.startswith(b"flags="):
            raise RedisError(f"ERR Unknown lua shebang option: {option.decode('latin-1')}")
        flags |= _read_flags(option.removeprefix(b"flags="))
    return Head(flags, newline + body)


def _read_flags(text: bytes) -> frozenset[bytes]:
    found = frozenset(text.split(b",")) if text else frozenset()
    unknown = [flag for flag in text.split(b",") if flag not in FLAGS] if text else []
    if unknown:
        raise RedisError(f"ERR Unexpected flag in script shebang: {unknown[0].decode('latin-1')}")
    return found


def read_library(text: bytes) -> Library:
    """
    >>> read_library(b"#!lua name=math_of_mine\\nreturn 1")
    Library(engine=b'lua', name=b'math_of_mine', body=b'\\nreturn 1')
    """
    if not text.startswith(b"#!"):
        raise RedisError("ERR Missing library metadata")
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid library metadata")
    engine, *options = _words(line, "ERR Invalid library metadata")
    name = None
    for option in options:
        if option[:5].lower() != b"name=":
            raise RedisError(f"ERR Invalid metadata value given: {option.decode('latin-1')}")
        if name is not None:
            raise RedisError("ERR Invalid metadata value, name argument was given multiple times")
        name = option[5:]
    if name is None:
        raise RedisError("ERR Library name was not given")
    check_name(name)
    return Library(engine.removeprefix(b"#!"), name, newline + body)


def _words(line: bytes, error: str) -> list[bytes]:
    """The words of the first line, which may be quoted."""
    try:
        return split_words(line)
    except UnbalancedQuotes:
        raise RedisError(error) from None


def check_name(name: bytes) -> None:
    """Raises an error for an invalid name of a library or a function; Redis uses one text for both."""
    if not re.fullmatch(rb"[A-Za-z0-9_]+", name):
        raise RedisError(BAD_NAME)
