"""EVAL, EVALSHA and SCRIPT.  How scripts run is in redis_clone/features/scripting/."""

from __future__ import annotations

from collections.abc import Sequence

from redis_clone.command_table.keyspecs import KeySpec, counted_keys
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.commands.containers import container
from redis_clone.features.scripting.host import EntryPoint, ScriptError
from redis_clone.features.scripting.running import Run, kill
from redis_clone.features.scripting.scripts import Script
from redis_clone.protocol.errors import NOT_AN_INTEGER, RedisError
from redis_clone.protocol.replies import OK, Reply, SimpleString
from redis_clone.server.script_calls import check_memory, host_of
from redis_clone.server.state import Client

command = command_group("scripting")
container("SCRIPT", "scripting")

SHA1_LENGTH = 40
FEW = {b"%d" % count: count for count in range(10)}  # the usual numbers of keys

WRITER = "noscript stale skip_monitor no_mandatory_keys"
READER = f"readonly {WRITER}"
WORST = "We cannot tell how the keys will be used so we assume the worst, {}"


def script_keys(flags: str, worst: str = "") -> KeySpec:
    """The key positions of a script: the keys follow their number."""
    return counted_keys(flags, at=2)._replace(notes=WORST.format(worst) if worst else "")


@command("EVAL", arity=-3, flags=WRITER, keys=script_keys("RW access update", "RW and UPDATE"))
def eval_(client: Client, script: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a script in Lua; no other client is served until it has ended.

    EVAL script numkeys [key [key ...]] [arg [arg ...]]
    Since 2.6.0, O(N) where N is the work that the script does.
    """
    key_count = count_keys(numkeys, args)
    known = client.server.scripting.scripts.by_text.get(script)
    return _run(client, known or _load(client, script), args, key_count)


@command("EVAL_RO", arity=-3, flags=READER, keys=script_keys("RO access", "RO and ACCESS"))
def eval_ro(client: Client, script: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a script that may not write.

    EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]
    Since 7.0.0, O(N) where N is the work that the script does.
    """
    key_count = count_keys(numkeys, args)
    return _run(client, _load(client, script), args, key_count, is_read_only=True)


@command("EVALSHA", arity=-3, flags=WRITER, keys=script_keys("RW access update"))
def evalsha(client: Client, sha1: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a script that the server has in its cache, by the SHA-1 of its text.

    EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]
    Since 2.6.0, O(N) where N is the work that the script does.
    """
    return _evalsha(client, sha1, numkeys, args)


@command("EVALSHA_RO", arity=-3, flags=READER, keys=script_keys("RO access"))
def evalsha_ro(client: Client, sha1: bytes, numkeys: bytes, *args: bytes) -> Reply:
    """Runs a script that the server has in its cache, and that may not write.

    EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]
    Since 7.0.0, O(N) where N is the work that the script does.
    """
    return _evalsha(client, sha1, numkeys, args, is_read_only=True)


def _load(client: Client, text: bytes) -> Script:
    """The script of this text, compiled if it is new."""
    scripting = client.server.scripting
    script = scripting.scripts.by_text.get(text)
    if script is None:
        script = scripting.scripts.load(scripting.interpreter(host_of(client.server)), text)
    return script


def _evalsha(
    client: Client, sha1: bytes, numkeys: bytes, args: Sequence[bytes], is_read_only: bool = False
) -> Reply:
    scripts = client.server.scripting.scripts
    if len(sha1) != SHA1_LENGTH:
        scripts.find(sha1)  # raises NOSCRIPT, which Redis reports before any other error
    key_count = count_keys(numkeys, args)
    return _run(client, scripts.find(sha1), args, key_count, is_read_only)


def count_keys(numkeys: bytes, args: Sequence[bytes], error: str = NOT_AN_INTEGER) -> int:
    """How many of the arguments are keys; `error` is raised when that is no number."""
    count = FEW.get(numkeys)
    if count is None:
        count = integer(numkeys, error)
    if count > len(args):
        raise RedisError("ERR Number of keys can't be greater than number of args")
    if count < 0:
        raise RedisError("ERR Number of keys can't be negative")
    return count


def _run(
    client: Client, script: Script, args: Sequence[bytes], key_count: int, is_read_only: bool = False
) -> Reply:
    if script.flags is not None:
        may_begin(client, script.flags, is_read_only)
    run = Run(script.sha1, is_read_only or script.is_read_only, script.allows_oom)
    run.may_cross_slots = script.may_cross_slots
    return run_lua(client, run, script.entry_point, args, key_count)


def may_begin(client: Client, flags: frozenset[bytes], is_read_only: bool) -> None:
    """Raises an error if the script may not run in a cluster, or if it may write and cannot now.

    It cannot after a disk error, by an *_RO command, or out of memory.
    """
    if b"no-cluster" in flags and client.server.cluster is not None:
        raise RedisError("ERR Can not run script on cluster, 'no-cluster' flag is set.")
    if b"no-writes" in flags:
        return
    if client.server.disk.refusal is not None:
        raise RedisError(client.server.disk.refusal)
    if is_read_only:
        raise RedisError("ERR Can not execute a script with write flag using *_ro command.")
    if b"allow-oom" not in flags:
        check_memory(client.server)


def run_lua(
    client: Client, run: Run, entry_point: EntryPoint, args: Sequence[bytes], key_count: int
) -> Reply:
    """Runs a script or a function; a failure is raised as an error that names the line."""
    host = host_of(client.server)
    host.begin(client, run)
    try:
        return entry_point(args, key_count)
    except ScriptError as failure:
        raise failure.reply(run.name) from None
    finally:
        host.end()


@command("SCRIPT|DEBUG", arity=3, flags="noscript")
def script_debug(client: Client, mode: bytes) -> SimpleString:
    """Switches the debugger for scripts on or off; there is none here.

    SCRIPT DEBUG <YES | SYNC | NO>
    Since 3.2.0, O(1)
    """
    if mode.upper() == b"NO":
        return OK
    if mode.upper() in (b"YES", b"SYNC"):
        raise RedisError("ERR SCRIPT DEBUG is not there: this server has no debugger for Lua")
    raise RedisError("ERR Use SCRIPT DEBUG YES/SYNC/NO")


@command(
    "SCRIPT|EXISTS",
    arity=-3,
    flags="noscript",
    tips="request_policy:all_shards response_policy:agg_logical_and",
)
def script_exists(client: Client, *sha1s: bytes) -> list[int]:
    """Returns for each script whether it is in the cache: 1 or 0.

    SCRIPT EXISTS sha1 [sha1 ...]
    Since 2.6.0, O(N) where N is the number of scripts asked for.
    """
    return [int(client.server.scripting.scripts.knows(sha1)) for sha1 in sha1s]


@command(
    "SCRIPT|FLUSH", arity=-2, flags="noscript", tips="request_policy:all_nodes response_policy:all_succeeded"
)
def script_flush(client: Client, *args: bytes) -> SimpleString:
    """Forgets all scripts.

    SCRIPT FLUSH [ASYNC | SYNC]
    Since 2.6.0, O(N) where N is the number of scripts.
    """
    check_flush_mode(args, "ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    client.server.scripting.flush_scripts()
    return OK


def check_flush_mode(args: Sequence[bytes], error: str) -> None:
    if len(args) > 1 or (args and args[0].upper() not in (b"ASYNC", b"SYNC")):
        raise RedisError(error)


@command(
    "SCRIPT|KILL",
    arity=2,
    flags="noscript allow_busy",
    tips="request_policy:all_shards response_policy:one_succeeded",
)
def script_kill(client: Client) -> SimpleString:
    """Ends the script that runs now, if it has written nothing.

    SCRIPT KILL
    Since 2.6.0, O(1)
    """
    kill(client.server.scripting.run, is_function=False)
    return OK


@command(
    "SCRIPT|LOAD",
    arity=3,
    flags="noscript stale",
    tips="request_policy:all_nodes response_policy:all_succeeded",
)
def script_load(client: Client, script: bytes) -> bytes:
    """Puts a script into the cache without running it, and returns the SHA-1 of its text.

    SCRIPT LOAD script
    Since 2.6.0, O(N) where N is the length of the script.
    """
    return _load(client, script).sha1.encode()
