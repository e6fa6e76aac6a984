"""A Lua 5.1 interpreter with a closed sandbox (sandbox.lua), for scripts or for functions.

The interpreter is the real Lua, bound by the package lupa, which is imported only here, when the first script
is run.  Strings are bytes on both sides.

**What a script can reach.**  It reaches no Python object: lupa's table `python` is removed, Python passes
only numbers, strings, booleans and tables, and its functions are wrapped as C functions of Lua.  As a second
wall, every attribute of a Python object is forbidden.  Memory is bounded (memory.py); Lua itself bounds the
depth of calls.

**How a script is called.**  lupa releases the GIL when it calls a Lua function, and takes it again when Lua
calls Python and when it returns.  Each release wakes another connection's thread, which can only wait for the
server's lock: with 50 clients that costs as much as a GET.  lupa keeps the GIL when it converts a table to a
string, so a script is a table with a `__tostring` that runs it.

**A bug in this server** that a script meets ends the script and is raised again after it, so that it is
logged like any other.

Not thread-safe: the caller holds the server's lock.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from redis_clone import REDIS_VERSION
from redis_clone.features.scripting import bit_library, json_library, msgpack_library, struct_library
from redis_clone.features.scripting.host import EntryPoint, Host, LuaFunction, RegisteredFunction, ScriptError
from redis_clone.features.scripting.library import (
    LibraryError,
    Pairs,
    Tables,
    as_int64,
    parse_number,
    with_breaks,
)
from redis_clone.features.scripting.memory import NONE_LEFT, Memory
from redis_clone.features.scripting.random48 import Random48
from redis_clone.features.scripting.values import (
    COUNTED,
    FromLua,
    LuaValue,
    argument,
    in_order,
    is_table,
    to_lua,
)
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply

SANDBOX = Path(__file__).with_name("sandbox.lua")
NO_MEMORY = f"ERR {NONE_LEFT}"
BUG = "ERR internal error: this is a bug in the server, see its log"
NO_LUA = "ERR Lua is not available: scripts need the Python package lupa (pip install lupa)"

ROOM_OF_AN_ARGUMENT = 128  # bytes of Lua's memory, for its slots in tables that may just have doubled

_are_strings = frozenset([bytes]).issuperset


def _as_int(value: LuaValue) -> int | None:
    """The integer part of a Lua number, or of a string that can be read as one; None for all else."""
    number = parse_number(value) if type(value) is bytes else value
    return as_int64(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def _forbid(target: object, name: object, is_setting: bool) -> NoReturn:
    raise AttributeError("scripts see no Python objects")


class CommandError(RedisError):
    """Raised by redis.call() for the error of a command, which the server has counted already."""

    def __str__(self) -> str:
        return "\3" + str(self.args[0])  # sandbox.lua removes the mark


class Interpreter:
    def __init__(self, host: Host) -> None:
        """Raises RedisError when lupa is not installed."""
        try:
            from lupa import lua51
        except ImportError:
            raise RedisError(NO_LUA) from None
        self._host = host
        self._errors = (lua51.LuaError, lua51.LuaMemoryError)
        self._lua_type = lua51.lua_type
        self._lua = lua51.LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_forbid,
            max_memory=0,  # no limit until the first script runs
        )
        self._memory = Memory(self._lua)
        self._key_count = -1  # of the last script
        self._bug: Exception | None = None  # met by the script that runs now
        self._outcome: list[LuaValue | ScriptError] = []  # of the script that has just ended
        functions = {
            name: self._callable(value) if callable(value) else value
            for name, value in self._host_functions().items()
        }
        functions |= {b"check": self._check, b"leave": self._outcome.append, b"fail": self._fail}
        inside = self._lua.execute(SANDBOX.read_bytes(), self._table(functions), name=b"=sandbox")
        del self._lua.globals()[b"python"]
        self._compile, self._given = inside[b"compile"], inside[b"given"]
        self._readable = inside[b"readable"]
        self._script_entry_point = inside[b"script_entry_point"]
        self._function_entry_point = inside[b"function_entry_point"]
        self._library_entry_point = inside[b"library_entry_point"]
        self._null, self._is_null = inside[b"null"], inside[b"is_null"]

    # Called by the server.

    def compile(self, text: bytes, name: bytes) -> EntryPoint:
        """The entry point of a script; RedisError with Lua's own message when it does not compile.

        Errors call the source `name`.
        """
        return partial(self._run, self._script_entry_point(self._compiled(text, name)))

    def load_library(self, text: bytes, name: bytes) -> None:
        """Runs the code of a library, which registers its functions.

        Raises ScriptError when it fails, RedisError when it does not compile.
        """
        entry_point = self._library_entry_point(self._compiled(text, name))
        self._memory.begin(room=0)
        self._enter(entry_point)

    @staticmethod
    def sha1(text: bytes) -> str:
        """The name of a script: the SHA-1 of its text."""
        return hashlib.sha1(text).hexdigest()

    def _compiled(self, text: bytes, name: bytes) -> LuaFunction:
        self._memory.lift()
        compiled, reason = self._compile(text, name)
        if compiled is None:
            raise RedisError(reason.decode("latin-1"))
        return compiled

    def _run(self, entry_point: LuaValue, args: Sequence[bytes], key_count: int) -> Reply:
        """Runs a script or a function with these arguments, the first of which are keys; returns its reply.

        Raises ScriptError or RedisError when it fails, or returns an error.
        """
        self._memory.begin(sum(map(len, args), ROOM_OF_AN_ARGUMENT * len(args)))
        given = self._given
        if key_count != self._key_count:
            given[0] = self._key_count = key_count
        for place, arg in enumerate(args, 1):
            given[place] = arg
        outcome = self._enter(entry_point)
        kind = type(outcome)
        if kind is bytes or kind is int:
            return outcome  # the usual case
        self._memory.lift()
        reply = FromLua(self._host.protocol, self._items).reply(outcome)
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def _enter(self, entry_point: LuaValue) -> LuaValue:
        """Runs a script; returns its first value.  Raises ScriptError, also when Lua itself cannot go on."""
        try:
            str(entry_point)
        except self._errors as error:
            self._memory.lift()  # it may be full
            reason = str(error)[:100] or NONE_LEFT
            self._outcome[:] = [ScriptError(f"ERR Error running script, {reason}")]
            for place in list(self._given):  # the script may not have taken its arguments
                del self._given[place]
            self._key_count = -1
        self._memory.end()
        outcome = self._outcome.pop()
        if self._bug is not None:
            bug, self._bug = self._bug, None
            raise bug
        if type(outcome) is ScriptError:
            raise outcome
        return outcome

    # Called by sandbox.lua.

    def _callable(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A Python function as Lua calls it: checks memory before and after, and keeps bugs for _enter()."""
        memory, used = self._memory, self._memory.used

        def called(*arguments: LuaValue) -> LuaValue:
            try:
                if self._bug is not None:
                    raise RedisError(BUG)  # for a script that caught the bug's error and goes on
                if memory.is_exhausted:
                    raise LibraryError(NONE_LEFT)  # for a script that caught this error and goes on
                result = function(*arguments)
                if type(result) is not bytes or used() + len(result) > memory.safe_bytes:
                    memory.make_sure_of(result)
                return result
            except (RedisError, LibraryError) as error:
                memory.settle(4 * len(str(error)))
                raise
            except Exception as bug:  # cannot pass through Lua to the connection, which logs it
                self._bug = bug
                raise RedisError(BUG) from bug

        return called

    def _table(self, values: Any) -> LuaValue:
        """A new Lua table with the items of a list or a dict."""
        self._memory.lift()
        return self._lua.table_from(values)

    def _host_functions(self) -> dict[bytes, Any]:
        major, minor, patch = map(int, REDIS_VERSION.split("."))
        found: dict[bytes, Any] = {
            b"version": REDIS_VERSION.encode(),
            b"version_number": major << 16 | minor << 8 | patch,
        }
        for name in ("call", "pcall", "log", "sha1hex", "setresp", "set_repl", "acl_check_cmd"):
            found[name.encode()] = getattr(self, "_" + name)
        found[b"register_function"] = self._register_function
        tables = Tables(
            self._pairs_of,
            self._table,
            self._table_of_pairs,
            lambda value: bool(self._is_null(value)),
            lambda: self._null,
            self._check_time,
        )
        numbers = Random48()
        libraries = {
            "bit": bit_library.FUNCTIONS,
            "struct": struct_library.functions(self._check_time),
            "cmsgpack": msgpack_library.functions(tables),
            "cjson": json_library.functions(tables),
            "math": {"random": numbers.random, "randomseed": numbers.randomseed},
        }
        for library, functions in libraries.items():
            for name, function in functions.items():
                found[f"{library}_{name}".encode()] = function
        return found

    def _call(self, *arguments: LuaValue) -> LuaValue:
        """redis.call: raises the error of a command, which ends the script unless it is caught."""
        if not arguments:
            raise RedisError("ERR Please specify at least one argument for this redis lib call")
        is_usual = _are_strings(map(type, arguments))
        argv = list(arguments) if is_usual else [argument(value) for value in arguments]
        try:
            reply = self._host.call(argv)
        except RedisError as error:
            raise CommandError(*error.args) from None
        kind = type(reply)
        if kind is bytes or kind is int:
            return reply  # the usual case
        if isinstance(reply, RedisError):
            raise CommandError(*reply.args)
        return to_lua(reply, self._host.protocol, self._table)

    def _pcall(self, *arguments: LuaValue) -> LuaValue:
        """redis.pcall: returns the error of a command as a table."""
        try:
            return self._call(*arguments)
        except RedisError as error:
            line = error.args[0].encode("latin-1", "replace")
            counted = {COUNTED: True} if type(error) is CommandError else {}
            return self._table({b"err": line, **counted})

    def _check(self) -> bytes | None:
        """Why the script must end, or None.  Lua may call this at any time, also when its memory is full."""
        if self._memory.is_lifted:
            return None  # Lua is working for Python, not running the script
        self._memory.lift()
        try:
            reason = NO_MEMORY if self._memory.is_full() else self._host.check()
        except Exception as bug:  # as in called()
            self._bug = bug
        if self._bug is not None:
            reason = BUG
        self._memory.settle(0)
        return reason.encode() if reason else None

    def _check_time(self) -> None:
        """Called by a library in a long loop: lets others in after a while, ends a script that was killed."""
        reason = self._host.check()
        if reason:
            raise RedisError(reason)

    def _fail(
        self,
        reason: bytes,
        source: bytes | None = None,
        line: float | None = None,
        is_counted: bool | None = None,
    ) -> None:
        """Keeps the error of a script as its outcome."""
        place = (source or b"").decode("latin-1")
        self._outcome.append(ScriptError(reason.decode("latin-1"), place, int(line or 0), is_counted is True))

    def _log(self, *arguments: LuaValue) -> None:
        if len(arguments) < 2:
            raise RedisError("ERR redis.log() requires two arguments or more.")
        number, *texts = arguments
        level = _as_int(number)
        if level is None:
            raise RedisError("ERR First argument must be a number (log level).")
        if not 0 <= level <= 3:
            raise RedisError("ERR Invalid debug level.")
        words = [argument(text) for text in texts if type(text) in (bytes, int, float)]
        self._host.log(level, b" ".join(words).decode("latin-1"))

    def _sha1hex(self, *arguments: LuaValue) -> bytes:
        if len(arguments) != 1:
            raise RedisError("ERR wrong number of arguments")
        text = argument(arguments[0]) if type(arguments[0]) in (bytes, int, float) else b""
        return self.sha1(text).encode()

    def _setresp(self, *arguments: LuaValue) -> None:
        if len(arguments) != 1:
            raise RedisError("ERR redis.setresp() requires one argument.")
        protocol = _as_int(arguments[0])
        if protocol not in (2, 3):
            raise RedisError("ERR RESP version must be 2 or 3.")
        self._host.set_protocol(protocol)

    def _set_repl(self, *arguments: LuaValue) -> None:
        if len(arguments) != 1:
            raise RedisError("ERR redis.set_repl() requires two arguments.")
        flags = _as_int(arguments[0]) or 0
        if not 0 <= flags <= 3:
            raise RedisError(
                "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
            )
        self._host.set_replication(flags)

    def _acl_check_cmd(self, *arguments: LuaValue) -> bool:
        if not arguments:
            raise RedisError("ERR Please specify at least one argument for this redis lib call")
        return self._host.may_run([argument(value) for value in arguments])

    def _register_function(self, *arguments: LuaValue) -> None:
        if not 1 <= len(arguments) <= 2:
            raise RedisError("ERR wrong number of arguments to redis.register_function")
        if len(arguments) == 1:
            pairs = self._pairs_of(arguments[0])
            if pairs is None:
                raise RedisError(
                    "ERR calling redis.register_function with a single argument is only applicable to Lua "
                    "table (representing named arguments)."
                )
            self._host.register(self._named_function(dict(pairs)))
            return
        name, callback = arguments
        if type(name) not in (bytes, int, float):
            raise RedisError("ERR first argument to redis.register_function must be a string")
        if self._lua_type(callback) != "function":
            raise RedisError("ERR second argument to redis.register_function must be a function")
        self._host.register(RegisteredFunction(argument(name), self._function(callback)))

    def _named_function(self, named: dict[Any, Any]) -> RegisteredFunction:
        if not all(type(key) in (bytes, int, float) for key in named):
            raise RedisError("ERR named argument key given to redis.register_function is not a string")
        known = {b"function_name", b"callback", b"description", b"flags"}
        if named.keys() - known:
            raise RedisError("ERR unknown argument given to redis.register_function")
        name, callback = named.get(b"function_name"), named.get(b"callback")
        if b"callback" in named and self._lua_type(callback) != "function":
            raise RedisError("ERR callback argument given to redis.register_function must be a function")
        for parameter, value in ((b"function_name", name), (b"description", named.get(b"description", b""))):
            if value is not None and type(value) not in (bytes, int, float):
                raise RedisError(
                    f"ERR {parameter.decode()} argument given to redis.register_function must be a string"
                )
        flags = self._flags(named.get(b"flags", self._table([])))
        if name is None:
            raise RedisError("ERR redis.register_function must get a function name argument")
        if callback is None:
            raise RedisError("ERR redis.register_function must get a callback argument")
        entry_point = self._function(callback)
        description = named.get(b"description")
        text = None if description is None else argument(description)
        return RegisteredFunction(argument(name), entry_point, text, flags)

    def _function(self, callback: LuaFunction) -> EntryPoint:
        return partial(self._run, self._function_entry_point(callback))

    def _flags(self, value: LuaValue) -> list[bytes]:
        if not is_table(value):
            raise RedisError(
                "ERR flags argument to redis.register_function must be a table representing function flags"
            )
        items = dict(self._pairs_of(value) or ())
        found = in_order(items)
        if not all(type(flag) in (bytes, int, float) for flag in found):
            raise RedisError("ERR unknown flag given")
        return [argument(flag) for flag in found]

    def _pairs_of(self, value: LuaValue) -> Pairs | None:
        if not is_table(value):
            return None
        self._memory.lift()
        return self._items(value)

    def _items(self, table: LuaValue) -> Pairs:
        """The items of a table, without regard to its metatable; a -0 among its values stays one."""
        shown, minus_zeros = self._readable(table)
        pairs: Pairs = list(shown.items())
        for place in minus_zeros.values() if minus_zeros else ():
            pairs[place] = (pairs[place][0], -0.0)
        return pairs

    def _table_of_pairs(self, pairs: Pairs) -> LuaValue:
        table = self._table([])
        for key, value in with_breaks(pairs, self._check_time):
            if key is None or key != key:  # lupa would end the process
                raise LibraryError(f"table index is {'nil' if key is None else 'NaN'}")
            table[key] = value
        return table
