"""FUNCTION loads and lists libraries of functions, FCALL runs a function.

Libraries are part of the data: they are in snapshots, in the append-only file and on replicas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.containers import container
from redis_clone.commands.dump import unwrapped, wrapped
from redis_clone.commands.scripting import (
    READER,
    WRITER,
    check_flush_mode,
    count_keys,
    may_begin,
    run_lua,
    script_keys,
)
from redis_clone.features.persistence.rdb_primitives import Reader, write_string
from redis_clone.features.scripting.libraries import Function, Libraries, Library
from redis_clone.features.scripting.running import FunctionRun, Loading, kill
from redis_clone.features.scripting.shebang import FLAGS
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, Members, Reply, SimpleString
from redis_clone.server.script_calls import host_of
from redis_clone.server.state import Client
from redis_clone.structures.glob import matches

if TYPE_CHECKING:
    from redis_clone.features.scripting.interpreter import Interpreter

command = command_group("scripting")

container("FUNCTION", "scripting", help_since="7.0.0")

ALL_SHARDS = "request_policy:all_shards response_policy:all_succeeded"
POLICIES = (b"FLUSH", b"APPEND", b"REPLACE")
FUNCTION2 = 245  # the opcode of a library in a snapshot
PAYLOAD_VERSION = 10  # of the RDB format, the first with functions
NEWEST_READ = 11


@command("FCALL", arity=-3, flags=WRITER, keys=script_keys("RW access update", "RW and UPDATE"))
def fcall(client: Client, function: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a function of a library.

    FCALL function numkeys [key [key ...]] [arg [arg ...]]
    Since 7.0.0, O(N) where N is the work that the function does.
    """
    return _call(client, function, numkeys, args, is_read_only=False)


@command("FCALL_RO", arity=-3, flags=READER, keys=script_keys("RO access", "RO and ACCESS"))
def fcall_ro(client: Client, function: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a function of a library that has the flag no-writes.

    FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]
    Since 7.0.0, O(N) where N is the work that the function does.
    """
    return _call(client, function, numkeys, args, is_read_only=True)


def _call(client: Client, name: bytes, numkeys: bytes, args: Sequence[bytes], is_read_only: bool) -> Reply:
    function = _libraries(client).find(name)
    if function is None:
        raise RedisError("ERR Function not found")
    key_count = count_keys(numkeys, args, "ERR Bad number of keys provided")
    may_begin(client, function.flags, is_read_only)
    argv = client.server.scripting.argv
    run = FunctionRun(name.decode("latin-1"), argv, function.is_read_only, function.allows_oom)
    run.may_cross_slots = function.may_cross_slots
    return run_lua(client, run, function.entry_point, args, key_count)


def _interpreter(client: Client) -> Interpreter:
    return client.server.scripting.function_interpreter(host_of(client.server))


def _libraries(client: Client) -> Libraries:
    """The loaded libraries; those of a snapshot are compiled at the first call after it was loaded."""
    libraries, codes = client.server.scripting.libraries, client.server.dataset.libraries
    if libraries.codes is not codes:
        libraries.by_name.clear()
        if codes:
            with _loading(client):
                libraries.restore(_interpreter(client), codes, b"FLUSH")
        libraries.codes = codes
    return libraries


@command("FUNCTION|LOAD", arity=-3, flags="write denyoom noscript", tips=ALL_SHARDS)
def function_load(client: Client, *args: bytes) -> bytes:
    """Loads a library of functions, and returns its name.

    FUNCTION LOAD [REPLACE] function-code
    Since 7.0.0, O(N) where N is the length of the code.
    """
    *options, code = args
    for option in options:
        if option.upper() != b"REPLACE":
            raise RedisError(f"ERR Unknown option given: {option.decode('latin-1')}")
    libraries = _libraries(client)
    with _loading(client):
        name = libraries.load(_interpreter(client), code, replaces=bool(options))
    _changed(client)
    return name


@contextmanager
def _loading(client: Client) -> Iterator[None]:
    """Tells the host that the code of a library runs within this block."""
    host = host_of(client.server)
    host.begin(client, Loading())
    try:
        yield
    finally:
        host.end()


def _changed(client: Client) -> None:
    """Records a change for the snapshot, the log and the replicas; no key changed, so no event has a name."""
    libraries = client.server.scripting.libraries
    libraries.codes = [library.code for library in libraries.by_name.values()]
    client.server.dataset.libraries = libraries.codes
    client.db.record_dirty(b"", "")


@command("FUNCTION|DELETE", arity=3, flags="write noscript", tips=ALL_SHARDS)
def function_delete(client: Client, name: bytes) -> SimpleString:
    """Deletes a library with all its functions.

    FUNCTION DELETE library-name
    Since 7.0.0, O(1)
    """
    if _libraries(client).by_name.pop(name, None) is None:
        raise RedisError("ERR Library not found")
    _changed(client)
    return OK


@command("FUNCTION|FLUSH", arity=-2, flags="write noscript", tips=ALL_SHARDS)
def function_flush(client: Client, mode: bytes = b"SYNC") -> SimpleString:
    """Deletes all libraries.

    FUNCTION FLUSH [ASYNC | SYNC]
    Since 7.0.0, O(N) where N is the number of functions.
    """
    check_flush_mode([mode], "ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    client.server.scripting.flush_functions()
    _changed(client)
    return OK


@command("FUNCTION|LIST", arity=-2, flags="noscript", tips="nondeterministic_output_order")
def function_list(client: Client, *args: bytes) -> list[dict[str, Reply]]:
    """Lists the libraries and their functions.

    FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]
    Since 7.0.0, O(N) where N is the number of functions.
    """
    pattern, with_code = _read_list_options(args)
    libraries = _libraries(client).by_name.values()
    return [
        _library_reply(library, with_code)
        for library in libraries
        if pattern is None or matches(pattern, library.name)
    ]


def _read_list_options(args: Sequence[bytes]) -> tuple[bytes | None, bool]:
    pattern, with_code = None, False
    left = list(args)
    while left:
        word = left.pop(0)
        if word.upper() == b"WITHCODE" and not with_code:
            with_code = True
        elif word.upper() == b"LIBRARYNAME" and pattern is None:
            if not left:
                raise RedisError("ERR library name argument was not given")
            pattern = left.pop(0)
        else:
            raise RedisError(f"ERR Unknown argument {word.decode('latin-1')}")
    return pattern, with_code


def _library_reply(library: Library, with_code: bool) -> dict[str, Reply]:
    functions = [_function_reply(function) for function in library.functions.values()]
    reply: dict[str, Reply] = {"library_name": library.name, "engine": "LUA", "functions": functions}
    return reply | ({"library_code": library.code} if with_code else {})


def _function_reply(function: Function) -> dict[str, Reply]:
    flags = Members(SimpleString(flag.decode()) for flag in FLAGS if flag in function.flags)
    return {"name": function.name, "description": function.description, "flags": flags}


@command(
    "FUNCTION|STATS",
    arity=2,
    flags="noscript allow_busy",
    tips="nondeterministic_output request_policy:all_shards response_policy:special",
)
def function_stats(client: Client) -> dict[str, Reply]:
    """Returns which function runs now, and how many there are.

    FUNCTION STATS
    Since 7.0.0, O(1)
    """
    run = client.server.scripting.run
    if run and not run.is_function:
        raise RedisError(run.busy_line)
    libraries = client.server.scripting.libraries if run else _libraries(client)
    running = {"name": run.name, "command": run.argv, "duration_ms": run.age_ms} if run else None
    counts = {"libraries_count": len(libraries.by_name), "functions_count": libraries.function_count}
    return {"running_script": running, "engines": {"LUA": counts}}


@command(
    "FUNCTION|KILL",
    arity=2,
    flags="noscript allow_busy",
    tips="request_policy:all_shards response_policy:one_succeeded",
)
def function_kill(client: Client) -> SimpleString:
    """Ends the function that runs now, if it has written nothing.

    FUNCTION KILL
    Since 7.0.0, O(1)
    """
    kill(client.server.scripting.run, is_function=True)
    return OK


@command("FUNCTION|DUMP", arity=2, flags="noscript")
def function_dump(client: Client) -> bytes:
    """Returns all libraries as bytes that FUNCTION RESTORE takes.

    FUNCTION DUMP
    Since 7.0.0, O(N) where N is the number of functions.
    """
    return wrapped(b"".join(map(packed_library, _libraries(client).by_name.values())), PAYLOAD_VERSION)


def packed_library(library: Library) -> bytes:
    """The bytes of a library in a snapshot."""
    return bytes([FUNCTION2]) + write_string(library.code)


@command("FUNCTION|RESTORE", arity=-3, flags="write denyoom noscript", tips=ALL_SHARDS)
def function_restore(client: Client, payload: bytes, policy: bytes = b"APPEND") -> SimpleString:
    """Loads the libraries that FUNCTION DUMP returned.

    FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]
    Since 7.0.0, O(N) where N is the number of functions.
    """
    if policy.upper() not in POLICIES:
        raise RedisError("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
    codes = list(_codes(unwrapped(client, payload, NEWEST_READ)))
    libraries = _libraries(client)
    with _loading(client):
        libraries.restore(_interpreter(client), codes, policy.upper())
    _changed(client)
    return OK


def _codes(data: bytes) -> Iterator[bytes]:
    source = BytesIO(data)
    reader = Reader(source.read)
    while source.tell() < len(data):
        if reader.byte() != FUNCTION2:
            raise RedisError("ERR given type is not a function")
        try:
            yield reader.string()
        except ValueError:
            raise RedisError("ERR Failed loading library payload") from None
