"""FUNCTION and FCALL.  Test names read as sentences about Redis."""

import pytest
from harness import wait_until
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.structures.checksums import crc64

pytest.importorskip("lupa")

LIBRARY = """#!lua name=mylib
redis.register_function('first', function(keys, args) return {keys[1], args[1]} end)
redis.register_function{function_name='second', callback=function() return redis.call('get', 'x') end,
    flags={'no-writes'}, description='reads x'}"""
BAD_NAME = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one "
    "character long"
)


@pytest.fixture
def redis(redis):
    redis("FUNCTION FLUSH")
    yield redis
    redis("FUNCTION FLUSH")


def load(redis, *args):
    return redis("FUNCTION", "LOAD", *args)


def test_a_library_brings_functions_that_fcall_runs(redis):
    assert load(redis, LIBRARY) == b"mylib"
    assert redis("FCALL first 1 key argument") == [b"key", b"argument"]
    redis("SET x 1")
    assert redis("FCALL second 0") == redis("FCALL_RO second 0") == b"1"


def test_a_library_is_replaced_only_when_asked_for(redis):
    load(redis, LIBRARY)
    assert load(redis, LIBRARY) == RedisError("ERR Library 'mylib' already exists")
    other = "#!lua name=mylib\nredis.register_function('third', function() return 3 end)"
    assert load(redis, "REPLACE", other) == b"mylib"
    assert redis("FCALL third 0") == 3
    assert redis("FCALL first 0") == RedisError("ERR Function not found")


@pytest.mark.parametrize(
    "code, error",
    [
        ("return 1", "ERR Missing library metadata"),
        ("#!lua name=a", "ERR Invalid library metadata"),
        ("#!lua\nx", "ERR Library name was not given"),
        ("#!lua name=a-b\nx", BAD_NAME),
        ("#!py name=a\nx", "ERR Engine 'py' not found"),
        ("#!lua name=a foo=b\nx", "ERR Invalid metadata value given: foo=b"),
        ("#!lua name=a name=b\nx", "ERR Invalid metadata value, name argument was given multiple times"),
        ("#!lua name=a\nlocal x = 1", "ERR No functions registered"),
        ("#!lua name=a\nif", "ERR Error compiling function: user_function:2: unexpected symbol near '<eof>'"),
        ("#!lua name=a\nwhile true do end", "ERR Error registering functions: ERR FUNCTION LOAD timeout"),
    ],
)
def test_an_invalid_library_is_rejected(redis, code, error):
    assert load(redis, code) == RedisError(error)
    assert redis("FUNCTION LIST") == []


@for_each(
    "call, error",
    [
        ("redis.register_function()", "wrong number of arguments to redis.register_function"),
        ("redis.register_function({}, print)", "user_function:2: Script attempted to access nonexistent "
         "global variable 'print'"),
        ("redis.register_function({}, function() end)",
         "first argument to redis.register_function must be a string"),
        ("redis.register_function('f', 1)", "second argument to redis.register_function must be a function"),
        ("redis.register_function{}", "redis.register_function must get a function name argument"),
        ("redis.register_function{function_name='f'}",
         "redis.register_function must get a callback argument"),
        ("redis.register_function{function_name='f', callback=1}",
         "callback argument given to redis.register_function must be a function"),
        ("redis.register_function{function_name='f', callback=function() end, flags='x'}",
         "flags argument to redis.register_function must be a table representing function flags"),
        ("redis.register_function{function_name='f', callback=function() end, flags={'x'}}",
         "unknown flag given"),
        ("redis.register_function{function_name='f', callback=function() end, foo='x'}",
         "unknown argument given to redis.register_function"),
        ("redis.register_function{function_name='f', callback=function() end, flags={1}}",
         "unknown flag given"),
        ("redis.register_function{function_name='f', callback=function() end, [{}]=1}",
         "named argument key given to redis.register_function is not a string"),
        ("redis.register_function('f-1', function() end)", BAD_NAME.removeprefix("ERR ")),
        ("redis.call('get', 'x')",
         "user_function:2: Script attempted to access nonexistent global variable 'call'"),
        ("foo = 1", "user_function:2: Attempt to modify a readonly table"),
    ],
)  # fmt: skip
def test_an_error_while_a_library_is_loaded_is_in_the_reply(redis, call, error):
    expected = f"ERR Error registering functions: ERR {error}"
    assert load(redis, f"#!lua name=a\n{call}") == RedisError(expected)


def test_a_function_has_one_library(redis):
    load(redis, LIBRARY)
    again = "#!lua name=other\nredis.register_function('first', function() end)"
    assert load(redis, again) == RedisError("ERR Function first already exists")


def test_a_function_is_called_in_whatever_case_it_is_written(redis):
    load(redis, LIBRARY)
    assert redis("FCALL FIRST 1 key argument") == [b"key", b"argument"]
    again = "#!lua name=other\nredis.register_function('First', function() end)"
    assert load(redis, again) == RedisError("ERR Function First already exists")


def test_flags_are_listed_in_their_order_and_a_description_as_text(redis):
    load(
        redis,
        "#!lua 'name=mylib'\nredis.register_function{function_name='f', callback=function() end, "
        "description=5, "
        "flags={'allow-cross-slot-keys', 'no-cluster', 'allow-stale', 'allow-oom', 'no-writes'}}",
    )
    (library,) = redis("FUNCTION LIST")
    (function,) = library[5]
    assert function[3] == b"5"
    assert function[5] == ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"]


def sealed(body, version=10):
    """A payload with this body, a version and a correct checksum."""
    body += version.to_bytes(2, "little")
    return body + crc64(body).to_bytes(8, "little")


@for_each(
    "payload, error",
    [
        (sealed(b"\xf5"), "ERR Failed loading library payload"),
        (sealed(b"\xf5\x40"), "ERR Failed loading library payload"),
        (sealed(b"\x00"), "ERR given type is not a function"),
        (sealed(b"\xf5\x03abc"), "ERR Missing library metadata"),
        (sealed(b"", version=99), "ERR DUMP payload version or checksum are wrong"),
        (sealed(b"")[:-1] + b"x", "ERR DUMP payload version or checksum are wrong"),
    ],
)
def test_an_invalid_payload_is_rejected(redis, payload, error):
    assert redis("FUNCTION", "RESTORE", payload) == RedisError(error)


@for_each(
    "line, error",
    [
        ("FCALL nope 0", "ERR Function not found"),
        ("FCALL first x", "ERR Bad number of keys provided"),
        ("FCALL first -1", "ERR Number of keys can't be negative"),
        ("FCALL first 2 a", "ERR Number of keys can't be greater than number of args"),
        ("FCALL_RO first 0", "ERR Can not execute a script with write flag using *_ro command."),
        ("FUNCTION DELETE nope", "ERR Library not found"),
        ("FUNCTION LIST x", "ERR Unknown argument x"),
        ("FUNCTION LIST LIBRARYNAME", "ERR library name argument was not given"),
        ("FUNCTION KILL", "NOTBUSY No scripts in execution right now."),
        (
            "FUNCTION FLUSH SYNC x",
            "ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
        ),
        ("FUNCTION FLUSH x", "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
        ("FUNCTION RESTORE abc", "ERR DUMP payload version or checksum are wrong"),
    ],
)
def test_a_wrong_call_is_rejected(redis, line, error):
    load(redis, LIBRARY)
    assert redis(line) == RedisError(error)


def test_the_error_of_a_function_names_the_line(redis):
    code = "#!lua name=a\nredis.register_function('f', function() return redis.call('nope') end)"
    load(redis, code)
    line = "ERR Unknown Redis command called from script script: f, on @user_function:2."
    assert redis("FCALL f 0") == RedisError(line)


def test_a_function_that_says_it_does_not_write_may_not(redis):
    head = "#!lua name=a\nredis.register_function{function_name='f', flags={'no-writes'}, "
    load(redis, head + "callback=function() redis.call('set', 'x', 1) end}")
    assert "Write commands are not allowed from read-only scripts." in str(redis("FCALL f 0"))


def test_functions_see_neither_keys_nor_how_to_register_more(redis):
    load(redis, "#!lua name=a\nredis.register_function('f', function() return KEYS end)")
    assert "nonexistent global variable 'KEYS'" in str(redis("FCALL f 0"))
    load(
        redis,
        "REPLACE",
        "#!lua name=a\nredis.register_function('f', function() return redis.register_function end)",
    )
    assert redis("FCALL f 0") is None


def test_function_list_shows_the_functions_of_a_library(redis3, redis):
    load(redis, LIBRARY)
    [library] = redis3("FUNCTION LIST LIBRARYNAME my* WITHCODE")
    functions = {function[b"name"]: function for function in library.pop(b"functions")}
    assert library == {b"library_name": b"mylib", b"engine": b"LUA", b"library_code": LIBRARY.encode()}
    assert functions[b"second"] == {
        b"name": b"second", b"description": b"reads x", b"flags": ["no-writes"],
    }  # fmt: skip
    assert functions[b"first"][b"description"] is None
    assert redis("FUNCTION LIST LIBRARYNAME nope") == []


def test_stats_count_the_functions(redis3, redis):
    load(redis, LIBRARY)
    counts = {b"libraries_count": 1, b"functions_count": 2}
    assert redis3("FUNCTION STATS") == {b"running_script": None, b"engines": {b"LUA": counts}}


def test_function_restore_accepts_what_function_dump_returns(redis):
    load(redis, LIBRARY)
    payload = redis("FUNCTION DUMP")
    assert redis("FUNCTION", "RESTORE", payload) == RedisError("ERR Library mylib already exists")
    assert redis("FUNCTION", "RESTORE", payload, "REPLACE") == "OK"
    assert redis("FUNCTION DELETE mylib") == "OK"
    assert redis("FUNCTION", "RESTORE", payload, "FLUSH") == "OK"
    assert redis("FCALL first 1 a b") == [b"a", b"b"]
    policy = "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
    assert redis("FUNCTION", "RESTORE", payload, "X") == RedisError(policy)


def test_each_server_restores_what_the_other_dumped(both):
    both("FUNCTION", "FLUSH")
    both("FUNCTION", "LOAD", LIBRARY)
    for payload in both("FUNCTION", "DUMP"):
        both("FUNCTION", "FLUSH")
        assert both("FUNCTION", "RESTORE", payload) == ["OK", "OK"]
        assert both("FCALL", "first", 1, "a", "b") == [[b"a", b"b"]] * 2
    both("FUNCTION", "FLUSH")


def test_a_function_that_kept_redis_from_the_load_registers_nothing(redis):
    kept = "local kept = redis redis.register_function('f', function() kept.register_function('g', 1) end)"
    load(redis, "#!lua name=lib\n" + kept.replace("1", "function() end"))
    assert str(redis("FCALL f 0")).startswith(
        "ERR redis.register_function can only be called on FUNCTION LOAD command"
    )


def test_stats_show_the_call_that_runs_as_it_was_sent(redis, other):
    load(redis, "#!lua name=lib\nredis.register_function('f', function() while true do end end)")
    other("CONFIG SET busy-reply-threshold 1")
    redis.send("fCaLl f 1 key argument")
    stats = wait_until(lambda: other("FUNCTION STATS")[1])
    assert stats[:4] == [b"name", b"f", b"command", [b"fCaLl", b"f", b"1", b"key", b"argument"]]
    assert other("FUNCTION KILL") == "OK"
    assert "killed" in str(redis.read())
    other("CONFIG SET busy-reply-threshold 5000")
