"""A Lua 5.1 interpreter with a closed sandbox (sandbox.lua), for scripts or for functions.

The interpreter is the real one, bound by the package lupa, which is imported here and nowhere else, when the
first script comes.  Strings are bytes on both sides.

**What a script can reach.**  No Python object: lupa's own table `python` is gone, what Python hands over are
numbers, strings, booleans and tables, and its functions stand behind Lua functions.  Should one ever slip
out, every attribute of it is forbidden.  Memory is bounded (memory.py), and so are calls within calls, by Lua
itself.

**A bug of ours** that a script runs into ends the script and is raised again behind it, so that it is logged
where all are.

Not safe for several threads at once: the caller holds the server's lock.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from redis_clone import REDIS_VERSION
from redis_clone.errors import RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.scripting import bit_library, json_library, msgpack_library, struct_library
from redis_clone.scripting.library import LibraryError, Pairs, Tables, as_int64, spelled_number
from redis_clone.scripting.memory import NONE_LEFT, Memory
from redis_clone.scripting.values import FromLua, LuaValue, argument, to_lua

SANDBOX = Path(__file__).with_name("sandbox.lua")
NO_MEMORY = f"ERR {NONE_LEFT}"
BUG = "ERR internal error: this is a bug in the server, see its log"
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


def _as_int(value: LuaValue) -> int | None:
    """A number of Lua's or a string that spells one, its fraction cut off; None of all else."""
    number = spelled_number(value) if type(value) is bytes else value
    return as_int64(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


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
            max_memory=0,  # none, until the first script runs
        )
        self._memory = Memory(self._lua)
        self._bug: Exception | None = None  # that the script which runs now met
        self._null: Any = None
        functions = {
            name: self._callable(value) if callable(value) and name != b"check" else value
            for name, value in self._host_functions().items()
        }
        inside = self._lua.execute(SANDBOX.read_bytes(), self._table(functions), name=b"=sandbox")
        del self._lua.globals()[b"python"]
        self._run, self._compile = inside[b"run"], inside[b"compile"]
        self._load_library, self._is_null = inside[b"load_library"], inside[b"is_null"]
        self._null = inside[b"null"]
        self._from_lua = FromLua(inside[b"kind_of"], inside[b"rawget"], self._is_table)

    # For the server.

    def compile(self, text: bytes, name: bytes) -> LuaFunction:
        """RedisError with Lua's own words when it does not compile; `name` is what errors call the source."""
        self._memory.lift()
        compiled, reason = self._compile(text, name)
        if compiled is None:
            raise RedisError(reason.decode("latin-1"))
        return compiled

    def run(
        self, function: LuaFunction, keys: Sequence[bytes], arguments: Sequence[bytes], as_globals: bool
    ) -> Reply | ScriptError:
        """What the function returns.  It finds its keys and arguments in globals, or else is given them."""
        tables = [self._table(words) if words else None for words in (keys, arguments)]  # None: empty
        outcome = self._guarded(self._run, function, *tables, as_globals)
        if isinstance(outcome, ScriptError):
            return outcome
        return self._from_lua.reply(outcome, self._host.protocol)

    def load_library(self, function: LuaFunction) -> ScriptError | None:
        """Run the code of a library, which registers its functions."""
        outcome = self._guarded(self._load_library, function)
        return outcome if isinstance(outcome, ScriptError) else None

    def _guarded(self, run: LuaFunction, *arguments: Any) -> Any:
        """The first value, or the error; what Lua itself cannot go on with is one too."""
        self._memory.begin()
        try:
            outcome = run(*arguments)
        except self._errors as error:
            reason = str(error)[:100] or NONE_LEFT
            outcome = False, f"ERR Error running script, {reason}".encode("latin-1", "replace")
        self._memory.end()
        if self._bug is not None:
            bug, self._bug = self._bug, None
            raise bug
        ok, *values = outcome if isinstance(outcome, tuple) else (outcome, None)
        if ok:
            return values[0] if values else None
        line, source, number = (*values, None, None)[:3]
        return ScriptError(
            line.decode("latin-1"), (source or b"").decode("latin-1"), int(number) if number else 0
        )

    # For sandbox.lua.

    def _callable(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of ours as Lua calls it."""

        def called(*arguments: LuaValue) -> LuaValue:
            try:
                if self._bug is not None:
                    raise RedisError(BUG)  # a script that catches it gets no further
                self._memory.must_not_be_exhausted()
                result = function(*arguments)
                self._memory.make_sure_of(result)
                return result
            except (RedisError, LibraryError) as error:
                self._memory.settle(4 * len(str(error)))
                raise
            except Exception as bug:  # Lua stands between it and the connection, which is to log it
                self._bug = bug
                raise RedisError(BUG) from bug

        return called

    def _table(self, values: Any) -> LuaValue:
        """A new table of Lua's, of a list or of a dict."""
        self._memory.lift()
        return self._lua.table_from(values)

    def _host_functions(self) -> dict[bytes, Any]:
        major, minor, patch = map(int, REDIS_VERSION.split("."))
        found: dict[bytes, Any] = {
            b"version": REDIS_VERSION.encode(),
            b"version_number": major << 16 | minor << 8 | patch,
            b"check": self._check,
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
        )
        libraries = {
            "bit": bit_library.FUNCTIONS,
            "struct": struct_library.FUNCTIONS,
            "cmsgpack": msgpack_library.functions(tables),
            "cjson": json_library.functions(tables),
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
        """Why the script must end, if it must.  Lua asks at any time, also when its memory is full."""
        self._memory.lift()
        try:
            reason = NO_MEMORY if self._memory.is_exhausted else self._host.check()
        except Exception as bug:  # as above
            self._bug = bug
        if self._bug is not None:
            reason = BUG
        self._memory.settle(0)
        return reason.encode() if reason else None

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
        return hashlib.sha1(text).hexdigest().encode()

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

    def _pairs_of(self, value: LuaValue) -> Pairs | None:
        if not self._is_table(value):
            return None
        self._memory.lift()
        return list(value.items())

    def _table_of_pairs(self, pairs: Pairs) -> LuaValue:
        table = self._table([])
        for key, value in pairs:
            if key is None or key != key:  # lupa would end the process
                raise LibraryError(f"table index is {'nil' if key is None else 'NaN'}")
            table[key] = value
        return table
