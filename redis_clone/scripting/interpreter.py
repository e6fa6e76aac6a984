"""A Lua 5.1 interpreter with a closed sandbox (sandbox.lua), for scripts or for functions.

The interpreter is the real one, bound by the package lupa, which is imported here and nowhere else, when the
first script comes.  Strings are bytes on both sides.

**What a script can reach.**  No Python object: lupa's own table `python` is gone, what Python hands over are
numbers, strings, booleans and tables, and its functions stand behind Lua functions.  Should one ever slip
out, every attribute of it is forbidden.  Calls within calls are bounded by Lua itself.

**Memory** is bounded while a script runs, and only then.  Where Lua itself asks for it, having too much is an
error in the script.  Where Python hands something over it would be the end of the process, so whatever of
Python runs has no limit, and what it hands over is let in; a script that is over the limit then is ended.

Not safe for several threads at once: the caller holds the server's lock.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from redis_clone import REDIS_VERSION
from redis_clone.errors import RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.scripting import bit_library, json_library, msgpack_library, struct_library
from redis_clone.scripting.values import FromLua, LuaValue, argument, to_lua

SANDBOX = Path(__file__).with_name("sandbox.lua")
MEMORY_BYTES = 512 * 1024 * 1024
MUCH_BYTES = MEMORY_BYTES // 4  # Lua 5.1 does not collect its garbage when memory ends, so we do, in time
NO_LIMIT = 1 << 62
HANDED_OVER = 16 * 1024  # what an error or a few values from Python may take
OUT_OF_MEMORY = "ERR not enough memory"
NO_LUA = "ERR Lua is not available: scripts need the Python package lupa (pip install lupa)"

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


class RegisteredFunction(NamedTuple):
    """What redis.register_function was told."""

    name: bytes
    callback: LuaFunction
    description: bytes | None = None
    flags: Sequence[bytes] = ()


class ScriptError(NamedTuple):
    """Why a script ended: the error line, and where that was."""

    line: str
    source: str = ""
    number: int = 0

    def reply(self, name: str) -> RedisError:
        if not self.source:
            return RedisError(self.line)
        return RedisError(f"{self.line} script: {name}, on {self.source}:{self.number}.")


def _size(result: LuaValue) -> int:
    """How many bytes Lua takes for what Python hands over; its tables have been made by then."""
    if type(result) is tuple:
        return sum(map(_size, result))
    return len(result) if type(result) is bytes else 0


def _forbid(target: object, name: object, is_setting: bool) -> NoReturn:
    raise AttributeError("scripts see no Python objects")


class Interpreter:
    def __init__(self, host: Host) -> None:
        """RedisError where there is no lupa."""
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
            max_memory=MEMORY_BYTES,
        )
        self._table = self._lua.table_from
        self._null: Any = None
        functions = {name: self._bounded(value) for name, value in self._host_functions().items()}
        inside = self._lua.execute(SANDBOX.read_bytes(), self._table(functions), name=b"=sandbox")
        del self._lua.globals()[b"python"]
        self._run, self._compile = inside[b"run"], inside[b"compile"]
        self._load_library, self._is_null = inside[b"load_library"], inside[b"is_null"]
        self._null = inside[b"null"]
        self._from_lua = FromLua(inside[b"kind_of"], inside[b"rawget"], self._is_table)

    # For the server.

    def compile(self, text: bytes, name: bytes) -> LuaFunction:
        """RedisError with Lua's own words when it does not compile; `name` is what errors call the source."""
        compiled, reason = self._compile(text, name)
        if compiled is None:
            raise RedisError(reason.decode("latin-1"))
        return compiled

    def run(
        self, function: LuaFunction, keys: Sequence[bytes], arguments: Sequence[bytes], as_globals: bool
    ) -> Reply | ScriptError:
        """What the function returns.  It finds its keys and arguments in globals, or else is given them."""
        outcome = self._guarded(self._run, function, self._table(keys), self._table(arguments), as_globals)
        if isinstance(outcome, ScriptError):
            return outcome
        return self._from_lua.reply(outcome, self._host.protocol)

    def load_library(self, function: LuaFunction) -> ScriptError | None:
        """Run the code of a library, which registers its functions."""
        outcome = self._guarded(self._load_library, function)
        return outcome if isinstance(outcome, ScriptError) else None

    def _guarded(self, run: LuaFunction, *arguments: Any) -> Any:
        """The first value, or the error; what Lua itself cannot go on with is one too."""
        try:
            outcome = run(*arguments)
        except self._errors as error:
            return ScriptError(f"ERR Error running script, {str(error)[:100] or 'not enough memory'}")
        finally:
            self._lua.set_max_memory(NO_LIMIT, total=True)
            if self._lua.get_memory_used(total=True) > MUCH_BYTES:
                self._lua.gccollect()
        ok, *values = outcome if isinstance(outcome, tuple) else (outcome, None)
        if ok:
            return values[0] if values else None
        line, source, number = (*values, None, None)[:3]
        return ScriptError(
            line.decode("latin-1"), (source or b"").decode("latin-1"), int(number) if number else 0
        )

    # For sandbox.lua.

    def _bounded(self, value: Any) -> Any:
        """A function of ours with no limit of memory for what it does, and a new one for what follows."""
        if not callable(value):
            return value
        used, limit = self._lua.get_memory_used, self._lua.set_max_memory

        def bounded(*arguments: LuaValue) -> LuaValue:
            is_full = used(True) > MEMORY_BYTES
            limit(NO_LIMIT, True)
            result = None
            try:
                if is_full:
                    raise RedisError(OUT_OF_MEMORY)
                result = value(*arguments)
                return result
            finally:
                limit(max(MEMORY_BYTES, used(True) + HANDED_OVER + _size(result)), True)

        return bounded

    def _host_functions(self) -> dict[bytes, Any]:
        major, minor, patch = map(int, REDIS_VERSION.split("."))
        found: dict[bytes, Any] = {
            b"version": REDIS_VERSION.encode(),
            b"version_number": major << 16 | minor << 8 | patch,
            b"check": self._check,
            b"begin": lambda: None,  # it is only called so that the limit begins to hold
        }
        for name in ("call", "pcall", "log", "sha1hex", "setresp", "set_repl", "acl_check_cmd"):
            found[name.encode()] = getattr(self, "_" + name)
        found[b"register_function"] = self._register_function
        libraries = {
            "bit": bit_library.FUNCTIONS,
            "struct": struct_library.FUNCTIONS,
            "cmsgpack": msgpack_library.functions(self._items_of, self._table),
            "cjson": json_library.functions(
                self._items_of, self._table, lambda value: bool(self._is_null(value)), lambda: self._null
            ),
        }
        for library, functions in libraries.items():
            for name, function in functions.items():
                found[f"{library}_{name}".encode()] = function
        return found

    def _call(self, *arguments: LuaValue) -> LuaValue:
        """redis.call: an error ends the script, or is caught there."""
        if not arguments:
            raise RedisError("ERR Please specify at least one argument for this redis lib call")
        reply = self._host.call([argument(value) for value in arguments])
        if isinstance(reply, RedisError):
            raise reply
        return to_lua(reply, self._host.protocol, self._table)

    def _pcall(self, *arguments: LuaValue) -> LuaValue:
        """redis.pcall: an error is a value."""
        try:
            return self._call(*arguments)
        except RedisError as error:
            line = str(error).encode("latin-1", "replace")
            return self._table({b"err": line, b"ignore_error_stats_update": True})

    def _check(self) -> bytes | None:
        reason = self._host.check()
        return reason.encode() if reason else None

    def _log(self, *arguments: LuaValue) -> None:
        if len(arguments) < 2:
            raise RedisError("ERR redis.log() requires two arguments or more.")
        level, *texts = arguments
        if type(level) not in (int, float):
            raise RedisError("ERR First argument must be a number (log level).")
        if not 0 <= level <= 3:
            raise RedisError("ERR Invalid debug level.")
        words = [argument(text) for text in texts if type(text) in (bytes, int, float)]
        self._host.log(int(level), b" ".join(words).decode("latin-1"))

    def _sha1hex(self, *arguments: LuaValue) -> bytes:
        if len(arguments) != 1:
            raise RedisError("ERR wrong number of arguments")
        text = argument(arguments[0]) if type(arguments[0]) in (bytes, int, float) else b""
        return hashlib.sha1(text).hexdigest().encode()

    def _setresp(self, *arguments: LuaValue) -> None:
        if len(arguments) != 1:
            raise RedisError("ERR redis.setresp() requires one argument.")
        if arguments[0] not in (2, 3):
            raise RedisError("ERR RESP version must be 2 or 3.")
        self._host.set_protocol(int(arguments[0]))

    def _set_repl(self, *arguments: LuaValue) -> None:
        if len(arguments) != 1:
            raise RedisError("ERR redis.set_repl() requires two arguments.")
        if arguments[0] not in (0, 1, 2, 3):
            raise RedisError(
                "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
            )
        self._host.set_replication(int(arguments[0]))

    def _acl_check_cmd(self, *arguments: LuaValue) -> bool:
        if not arguments:
            raise RedisError("ERR Please specify at least one argument for this redis lib call")
        return self._host.may_run([argument(value) for value in arguments])

    def _register_function(self, *arguments: LuaValue) -> None:
        if not 1 <= len(arguments) <= 2:
            raise RedisError("ERR wrong number of arguments to redis.register_function")
        if len(arguments) == 1:
            named = self._items_of(arguments[0])
            if named is None:
                raise RedisError(
                    "ERR calling redis.register_function with a single argument is only applicable to Lua "
                    "table (representing named arguments)."
                )
            self._host.register(self._named_function(named))
            return
        name, callback = arguments
        if type(name) not in (bytes, int, float):
            raise RedisError("ERR first argument to redis.register_function must be a string")
        if self._lua_type(callback) != "function":
            raise RedisError("ERR second argument to redis.register_function must be a function")
        self._host.register(RegisteredFunction(argument(name), callback))

    def _named_function(self, named: dict[Any, Any]) -> RegisteredFunction:
        known = {b"function_name", b"callback", b"description", b"flags"}
        if named.keys() - known:
            raise RedisError("ERR unknown argument given to redis.register_function")
        name, callback = named.get(b"function_name"), named.get(b"callback")
        if b"callback" in named and self._lua_type(callback) != "function":
            raise RedisError("ERR callback argument given to redis.register_function must be a function")
        for word, value in ((b"function_name", name), (b"description", named.get(b"description", b""))):
            if value is not None and type(value) not in (bytes, int, float):
                raise RedisError(
                    f"ERR {word.decode()} argument given to redis.register_function must be a string"
                )
        flags = self._flags(named.get(b"flags", self._table([])))
        if name is None:
            raise RedisError("ERR redis.register_function must get a function name argument")
        if callback is None:
            raise RedisError("ERR redis.register_function must get a callback argument")
        return RegisteredFunction(argument(name), callback, named.get(b"description"), flags)

    def _flags(self, value: LuaValue) -> list[bytes]:
        if not self._is_table(value):
            raise RedisError(
                "ERR flags argument to redis.register_function must be a table representing function flags"
            )
        found = self._from_lua.reply(value, 2)
        return [flag for flag in found if isinstance(flag, bytes)]

    def _is_table(self, value: LuaValue) -> bool:
        return bool(self._lua_type(value) == "table")

    def _items_of(self, value: LuaValue) -> dict[Any, Any] | None:
        return dict(value.items()) if self._is_table(value) else None
