"""A Lua 5.1 interpreter with a closed sandbox (sandbox.lua), for scripts or for functions.

The interpreter is the real one, bound by the package lupa, which is imported here and nowhere else, when the
first script comes.  Strings are bytes on both sides.

**What a script can reach.**  No Python object: lupa's own table `python` is gone, what Python hands over are
numbers, strings, booleans and tables, and its functions stand behind Lua functions.  Should one ever slip
out, every attribute of it is forbidden.  Memory is bounded (memory.py), and so are calls within calls, by Lua
itself.

**How a script is entered.**  lupa gives Python's own lock, the GIL, away when it calls a function of Lua, and
takes it again when Lua calls us and when it returns.  Each time another connection's thread wakes up, only to
find that it must wait for the server's lock: at 50 clients that takes as long as a GET.  Where lupa asks a
table for its string it keeps the GIL, so a script is a table with a `__tostring` that runs it.

**A bug of ours** that a script runs into ends the script and is raised again behind it, so that it is logged
where all are.

Not safe for several threads at once: the caller holds the server's lock.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from redis_clone import REDIS_VERSION
from redis_clone.features.scripting import bit_library, json_library, msgpack_library, struct_library
from redis_clone.features.scripting.host import Entrance, Host, LuaFunction, RegisteredFunction, ScriptError
from redis_clone.features.scripting.library import LibraryError, Pairs, Tables, as_int64, spelled_number
from redis_clone.features.scripting.memory import NONE_LEFT, Memory
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

ROOM_OF_A_WORD = 128  # bytes of Lua's memory, for its places in tables that may just have doubled

_are_strings = frozenset([bytes]).issuperset


def _as_int(value: LuaValue) -> int | None:
    """A number of Lua's or a string that spells one, its fraction cut off; None of all else."""
    number = spelled_number(value) if type(value) is bytes else value
    return as_int64(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def _forbid(target: object, name: object, is_setting: bool) -> NoReturn:
    raise AttributeError("scripts see no Python objects")


class CommandError(RedisError):
    """What redis.call() raises for the error of a command: the server has counted it."""

    def __str__(self) -> str:
        return "\3" + str(self.args[0])  # sandbox.lua takes it off again


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
        self._key_count = -1  # that the last script was given
        self._bug: Exception | None = None  # that the script which runs now met
        self._left: list[LuaValue | ScriptError] = []  # by the script that has just ended: what came of it
        functions = {
            name: self._callable(value) if callable(value) else value
            for name, value in self._host_functions().items()
        }
        functions |= {b"check": self._check, b"leave": self._left.append, b"fail": self._fail}
        inside = self._lua.execute(SANDBOX.read_bytes(), self._table(functions), name=b"=sandbox")
        del self._lua.globals()[b"python"]
        self._compile, self._given = inside[b"compile"], inside[b"given"]
        self._readable = inside[b"readable"]
        self._script_entrance = inside[b"script_entrance"]
        self._function_entrance = inside[b"function_entrance"]
        self._library_entrance = inside[b"library_entrance"]
        self._null, self._is_null = inside[b"null"], inside[b"is_null"]

    # For the server.

    def compile(self, text: bytes, name: bytes) -> Entrance:
        """The entrance to a script; RedisError with Lua's own words when it does not compile.

        `name` is what errors call the source.
        """
        return partial(self._run, self._script_entrance(self._compiled(text, name)))

    def load_library(self, text: bytes, name: bytes) -> None:
        """Run the code of a library, which registers its functions; ScriptError when it fails.

        RedisError when it does not compile.
        """
        entrance = self._library_entrance(self._compiled(text, name))
        self._memory.begin(room=0)
        self._enter(entrance)

    @staticmethod
    def sha1(text: bytes) -> str:
        """The name that a script has."""
        return hashlib.sha1(text).hexdigest()

    def _compiled(self, text: bytes, name: bytes) -> LuaFunction:
        self._memory.lift()
        compiled, reason = self._compile(text, name)
        if compiled is None:
            raise RedisError(reason.decode("latin-1"))
        return compiled

    def _run(self, entrance: LuaValue, words: Sequence[bytes], key_count: int) -> Reply:
        """What a script or a function returns, given these words; the first of them are keys.

        ScriptError or RedisError when it fails, or returns an error.
        """
        self._memory.begin(sum(map(len, words), ROOM_OF_A_WORD * len(words)))
        given = self._given
        if key_count != self._key_count:
            given[0] = self._key_count = key_count
        for place, word in enumerate(words, 1):
            given[place] = word
        outcome = self._enter(entrance)
        kind = type(outcome)
        if kind is bytes or kind is int:
            return outcome  # the usual case
        self._memory.lift()
        reply = FromLua(self._host.protocol, self._readable).reply(outcome)
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def _enter(self, entrance: LuaValue) -> LuaValue:
        """The first value; ScriptError when it fails, also when Lua itself cannot go on."""
        try:
            str(entrance)
        except self._errors as error:
            reason = str(error)[:100] or NONE_LEFT
            self._left[:] = [ScriptError(f"ERR Error running script, {reason}")]
            self._given.clear()  # which it may not have taken
            self._key_count = -1
        self._memory.end()
        outcome = self._left.pop()
        if self._bug is not None:
            bug, self._bug = self._bug, None
            raise bug
        if type(outcome) is ScriptError:
            raise outcome
        return outcome

    # For sandbox.lua.

    def _callable(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of ours as Lua calls it."""
        memory, used = self._memory, self._memory.used

        def called(*arguments: LuaValue) -> LuaValue:
            try:
                if self._bug is not None:
                    raise RedisError(BUG)  # a script that catches it gets no further
                if memory.is_exhausted:
                    raise LibraryError(NONE_LEFT)  # nor does it ask again and again
                result = function(*arguments)
                if type(result) is not bytes or used() + len(result) > memory.safe_bytes:
                    memory.make_sure_of(result)
                return result
            except (RedisError, LibraryError) as error:
                memory.settle(4 * len(str(error)))
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
        """redis.pcall: an error is a value."""
        try:
            return self._call(*arguments)
        except RedisError as error:
            line = error.args[0].encode("latin-1", "replace")
            counted = {COUNTED: True} if type(error) is CommandError else {}
            return self._table({b"err": line, **counted})

    def _check(self) -> bytes | None:
        """Why the script must end, if it must.  Lua asks at any time, also when its memory is full."""
        if self._memory.is_lifted:
            return None  # it is not the script that runs now, but we who had Lua do something
        self._memory.lift()
        try:
            reason = NO_MEMORY if self._memory.is_exhausted else self._host.check()
        except Exception as bug:  # as above
            self._bug = bug
        if self._bug is not None:
            reason = BUG
        self._memory.settle(0)
        return reason.encode() if reason else None

    def _fail(
        self,
        reason: bytes,
        source: bytes | None = None,
        line: float | None = None,
        is_counted: bool | None = None,
    ) -> None:
        """Why a script ended, and where."""
        place = (source or b"").decode("latin-1")
        self._left.append(ScriptError(reason.decode("latin-1"), place, int(line or 0), is_counted is True))

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
        entrance = self._function(callback)
        description = named.get(b"description")
        told = None if description is None else argument(description)
        return RegisteredFunction(argument(name), entrance, told, flags)

    def _function(self, callback: LuaFunction) -> Entrance:
        return partial(self._run, self._function_entrance(callback))

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
        return list(self._readable(value).items())

    def _table_of_pairs(self, pairs: Pairs) -> LuaValue:
        table = self._table([])
        for key, value in pairs:
            if key is None or key != key:  # lupa would end the process
                raise LibraryError(f"table index is {'nil' if key is None else 'NaN'}")
            table[key] = value
        return table
