"""EVAL and SCRIPT.  Test names read as sentences about Redis."""

import hashlib
from collections import Counter

import pytest
from harness import Client, our_server, ours_alone, real_server, wait_until

from redis_clone.protocol.errors import NOT_AN_INTEGER, WRONG_TYPE, RedisError

pytest.importorskip("lupa")

BUSY = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
ENDLESS = "while true do end"


def failed(line, script, number=1):
    """The error line of a script that failed."""
    sha1 = hashlib.sha1(script.encode()).hexdigest()
    return RedisError(f"{line} script: {sha1}, on @user_script:{number}.")


def run(redis, script, *args):
    return redis("EVAL", script, *(args or [0]))


def test_keys_and_arguments_come_in_two_tables(redis):
    assert run(redis, "return {KEYS[1], KEYS[2], ARGV[1], #ARGV}", 2, "a", "b", "c") == [b"a", b"b", b"c", 1]


def test_ten_thousand_arguments_come_in_their_order(redis):
    script = "return {#KEYS, #ARGV, KEYS[1], KEYS[5000], ARGV[1], ARGV[5000]}"
    args = [str(number) for number in range(10_000)]
    assert run(redis, script, 5000, *args) == [5000, 5000, b"0", b"4999", b"5000", b"9999"]


def test_each_run_gets_its_own_arguments_and_no_others(redis):
    script = "return {#KEYS, #ARGV, tostring(KEYS[2]), tostring(ARGV[1])}"
    run(redis, "KEYS[2] = 'mine' ARGV.x = 1 return 1", 1, "a", "b", "c", "d")
    assert run(redis, script, 1, "a") == [1, 0, b"nil", b"nil"]
    run(redis, "error('early')", 2, "a", "b", "c")
    assert run(redis, script) == [0, 0, b"nil", b"nil"]
    assert run(redis, script, 0, "x") == [0, 1, b"nil", b"x"]


@pytest.mark.parametrize(
    "args, error",
    [
        ("x", NOT_AN_INTEGER),
        ("-1", "ERR Number of keys can't be negative"),
        ("2 a", "ERR Number of keys can't be greater than number of args"),
    ],
)
def test_the_number_of_keys_is_checked(redis, args, error):
    assert redis("EVAL", "return 1", *args.split()) == RedisError(error)


@pytest.mark.parametrize(
    "value, resp2, resp3",
    [
        ("1", 1, 1),
        ("3.99", 3, 3),
        ("-3.99", -3, -3),
        ("'text'", b"text", b"text"),
        ("nil", None, None),
        ("true", 1, 1),
        ("false", None, None),
        ("{1, 2, nil, 4}", [1, 2], [1, 2]),
        ("{1, {'a', {}}, false}", [1, [b"a", []], None], [1, [b"a", []], None]),
        ("{ok='fine'}", "fine", "fine"),
        ("{err='ERR no'}", RedisError("ERR no"), RedisError("ERR no")),
        ("{double=3.5}", b"3.5", 3.5),
        ("{map={a=1}}", [b"a", 1], {b"a": 1}),
        ("{map={[{1, 'b'}]={}}}", [[1, b"b"], []], {(1, b"b"): []}),
        ("{set={a=true}}", [b"a"], [b"a"]),
        ("{big_number='123'}", b"123", 123),
        ("{big_number='1', map={a=1}}", b"1", 1),
        ("{verbatim_string={format='txt', string='hi'}}", b"hi", b"hi"),
        ("{verbatim_string={format='txt'}}", [], []),
        ("{verbatim_string={format='txt', string=5}}", [], []),
        ("{err='My error\\r\\n'}", RedisError("My error"), RedisError("My error")),
        ("{err='My\\nerror'}", RedisError("My error"), RedisError("My error")),
        ("redis.error_reply('My \\r\\nerror\\r\\n')", RedisError("My error"), RedisError("My error")),
        ("{redis.call, 1, {string.format}}", [None, 1, [None]], [None, 1, [None]]),
        ("{map={a=redis.call}}", [b"a", None], {b"a": None}),
        ("function() end", None, None),
        ("cjson.null", None, None),
        ("0/0", -(2**63), -(2**63)),
        ("2^63", -(2**63), -(2**63)),
        ("setmetatable({}, {__index = {1, 2}})", [], []),
    ],
)
def test_a_value_of_lua_becomes_a_reply(redis, redis3, value, resp2, resp3):
    assert run(redis, f"return {value}") == resp2
    assert run(redis3, f"return {value}") == resp3


def test_a_double_of_minus_zero_keeps_its_sign(redis, redis3):
    for table in ("{double=-0.0}", "{double=-0.0, f=redis.call}", "{{double=-0.0}}"):
        replies = [run(client, f"return {table}") for client in (redis, redis3)]
        resp2, resp3 = [reply[0] if type(reply) is list else reply for reply in replies]
        assert (resp2, str(resp3)) == (b"-0", "-0.0"), table
    assert [run(redis, f"return {zero}") for zero in ("-0.0", "{-0.0}", "{double=0}")] == [0, [0], b"0"]


# How often each head is in a nested reply is counted, for Python cannot compare what is nested this deep.
MAP, SET = "map", "set"  # their heads depend on the protocol
NEST = "local t = 7 for i = 1, tonumber(ARGV[1]) do %s end return t"
LIBRARY = "#!lua name=deep\nredis.register_function('nest', function(KEYS, ARGV) %s end)"
TOO_DEEP = b"-ERR reached lua stack limit"


def lines_of(client, words):
    """How often each line is in the reply to a command."""
    client.send(*words)
    client.send("PING")
    return Counter(iter(client.stream.read_line, b"+PONG"))


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(
    "step, depth, found",
    [
        ("t = {t}", 7_994, {b"*1": 7_994, b":7": 1}),
        ("t = {t}", 7_995, {b"*1": 7_995, TOO_DEEP: 1}),
        ("t = {8, t, 9}", 7_994, {b"*3": 7_994, b":7": 1, b":8": 7_994, b":9": 7_994}),
        ("t = {8, t, 9}", 9_000, {b"*3": 7_995, b":8": 7_994, b":9": 7_994, TOO_DEEP: 3}),
        ("t = {map = {k = t}}", 2_664, {MAP: 2_664, b"$1": 2_664, b"k": 2_664, b":7": 1}),
        ("t = {map = {k = t}}", 9_000, {MAP: 2_665, b"$1": 2_664, b"k": 2_664, TOO_DEEP: 2}),
        ("t = {map = {[t] = 1}}", 9_000, {MAP: 1_999, b":1": 1_998, TOO_DEEP: 2}),
        ("t = {set = {[t] = true}}", 9_000, {SET: 2_665, TOO_DEEP: 1}),
        ("t = {} t[1] = t", 1, {b"*1": 7_995, TOO_DEEP: 1}),
    ],
)
def test_what_is_nested_too_deep_is_an_error_in_its_place(connect, protocol, step, depth, found):
    client = connect(protocol)
    script = NEST % step
    heads = {MAP: b"*2", SET: b"*1"} if protocol == 2 else {MAP: b"%1", SET: b"~1"}
    expected = {heads.get(line, line): count for line, count in found.items()}
    assert lines_of(client, ["EVAL", script, 0, depth]) == expected
    client("FUNCTION", "LOAD", "REPLACE", LIBRARY % script)
    assert lines_of(client, ["FCALL", "nest", 0, depth]) == expected
    client("FUNCTION FLUSH")
    client("MULTI")
    client("EVAL", script, 0, depth)
    in_exec = lines_of(client, ["EXEC"])
    in_exec[b"*1"] -= 1
    assert +in_exec == expected


@pytest.mark.parametrize("digits", ["1_2", "+12", "012", " 12", "twelve", ""])
def test_an_invalid_big_number_is_a_text(redis, digits):
    assert run(redis, f"return {{big_number='{digits}'}}") == digits.encode()


def test_a_verbatim_string_keeps_its_format(redis3):
    redis3.send("EVAL", "return {verbatim_string={format='markdown', string='# hi'}}", 0)
    assert redis3.stream.read_line() == b"=8" and redis3.stream.read_line() == b"mar:# hi"


@pytest.mark.parametrize(
    "command, resp2, resp3",
    [
        ("'get', 'missing'", b"false", b"null"),
        ("'get', 'text'", b'"1"', b'"1"'),
        ("'incr', 'number'", b"1", b"1"),
        ("'ping'", b'{"ok":"PONG"}', b'{"ok":"PONG"}'),
        ("'lrange', 'list', 0, -1", b'["a","b"]', b'["a","b"]'),
        ("'hgetall', 'hash'", b'["f","v"]', b'{"map":{"f":"v"}}'),
        ("'smembers', 'set'", b'["m"]', b'{"set":{"m":true}}'),
        ("'zscore', 'zset', 'm'", b'"1.5"', b'{"double":1.5}'),
        ("'zrange', 'zset', 0, -1, 'WITHSCORES'", b'["m","1.5"]', b'[["m",{"double":1.5}]]'),
    ],
)
def test_a_reply_becomes_a_value_of_lua(redis, command, resp2, resp3):
    for line in ("SET text 1", "RPUSH list a b", "HSET hash f v", "SADD set m", "ZADD zset 1.5 m"):
        redis(line)
    assert run(redis, f"return cjson.encode(redis.call({command}))") == resp2
    redis("DEL number")
    assert run(redis, f"redis.setresp(3) return cjson.encode(redis.call({command}))") == resp3


@pytest.mark.parametrize(
    "script, line",
    [
        ("return foo", "ERR user_script:1: Script attempted to access nonexistent global variable 'foo'"),
        ("foo = 1", "ERR user_script:1: Attempt to modify a readonly table"),
        ("error('boom')", "ERR user_script:1: boom"),
        ("error({err='MY own'})", "MY own"),
        ("error({err=5})", "5"),
        (
            "local x = coroutine.wrap(function() error('boom') end)()",
            "ERR user_script:1: user_script:1: boom",
        ),
        (
            "return cjson.encode({redis.call})",
            "ERR user_script:1: Cannot serialise function: type not supported",
        ),
        ("return redis.call('nope')", "ERR Unknown Redis command called from script"),
        ("redis.call('get')", "ERR Wrong number of args calling Redis command from script"),
        ("redis.call('get', {})", "ERR Lua redis lib command arguments must be strings or integers"),
        ("redis.call()", "ERR Please specify at least one argument for this redis lib call"),
        ("redis.call('multi')", "ERR This Redis command is not allowed from script"),
        ("redis.call('eval', 'return 1', 0)", "ERR This Redis command is not allowed from script"),
        ("redis.call('lpush', KEYS[1], 1)", WRONG_TYPE),
        ("local x; x.y = 1", "ERR user_script:1: attempt to index local 'x' (a nil value)"),
        ("return cjson.decode('[1,')", "ERR user_script:1: Expected value but found T_END at character 4"),
        ("redis.log(10, 'x')", "ERR Invalid debug level."),
        ("redis.setresp(4)", "ERR RESP version must be 2 or 3."),
    ],
)
def test_the_error_of_a_script_names_its_line(redis, script, line):
    redis("SET text 1")
    assert run(redis, script, 1, "text") == failed(line, script)


def test_the_error_names_the_line_that_failed(redis):
    script = "local x = 1\n\nreturn redis.call('nope')"
    assert run(redis, script) == failed("ERR Unknown Redis command called from script", script, 3)


def test_a_script_that_does_not_compile_is_an_error(redis):
    error = RedisError(
        "ERR Error compiling script (new function): user_script:1: unexpected symbol near 'if'"
    )
    assert run(redis, "return if") == redis("SCRIPT", "LOAD", "return if") == error


def test_pcall_gives_the_error_to_the_script(redis):
    redis("SET text 1")
    assert run(redis, "return redis.pcall('lpush', 'text', 1).err") == WRONG_TYPE.encode()
    assert run(redis, "return redis.pcall('lpush', 'text', 1)") == RedisError(WRONG_TYPE)
    assert run(redis, "return {pcall(redis.call, 'nope')}") == [
        None, b"ERR Unknown Redis command called from script",
    ]  # fmt: skip
    assert run(redis, "return select(2, pcall(error, 'x'))") == b"x"


def test_writes_of_a_script_that_fails_later_stay(redis):
    run(redis, "redis.call('set', 'a', 1) error('x')")
    assert redis("GET a") == b"1"


def test_a_script_is_known_by_the_sha1_of_its_text(redis):
    sha1 = hashlib.sha1(b"return 7").hexdigest()
    redis("SCRIPT FLUSH")
    unknown = RedisError("NOSCRIPT No matching script. Please use EVAL.")
    assert redis("EVALSHA", sha1, 0) == redis("EVALSHA too-short nonsense") == unknown
    assert redis("EVALSHA", sha1, "x") == RedisError("ERR value is not an integer or out of range")
    assert redis("SCRIPT", "LOAD", "return 7") == sha1.encode()
    assert redis("EVALSHA", sha1.upper(), 0) == redis("EVALSHA_RO", sha1, 0) == 7
    assert redis("SCRIPT", "EXISTS", sha1, "nope") == [1, 0]
    assert redis("SCRIPT FLUSH ASYNC") == redis("SCRIPT FLUSH SYNC") == "OK"
    assert redis("SCRIPT", "EXISTS", sha1) == [0]


def test_eval_caches_a_script_again_after_a_flush(redis):
    sha1 = hashlib.sha1(b"return 8").hexdigest()
    assert run(redis, "return 8") == run(redis, "return 8") == redis("EVALSHA", sha1, 0) == 8
    redis("SCRIPT FLUSH")
    assert redis("SCRIPT", "EXISTS", sha1) == [0]
    assert run(redis, "return 8") == 8
    assert redis("SCRIPT", "EXISTS", sha1) == [1]


@pytest.mark.parametrize(
    "line, error",
    [
        ("SCRIPT FLUSH x", "ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
        ("SCRIPT KILL", "NOTBUSY No scripts in execution right now."),
        ("SCRIPT DEBUG x", "ERR Use SCRIPT DEBUG YES/SYNC/NO"),
    ],
)
def test_the_script_command_says_what_is_wrong(redis, line, error):
    assert redis(line) == RedisError(error)


@pytest.mark.parametrize(
    "script, reply",
    [
        ("#!lua\nreturn 1", 1),
        ("#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1", 1),
        ("#!lua", RedisError("ERR Invalid script shebang")),
        ("#!py\nreturn 1", RedisError("ERR Unexpected engine in script shebang: #!py")),
        ("#!lua flags=foo\nreturn 1", RedisError("ERR Unexpected flag in script shebang: foo")),
        ("#!lua name=x\nreturn 1", RedisError("ERR Unknown lua shebang option: name=x")),
        ("#!lua 'flags=no-writes' \"flags=allow-oom\"\nreturn 1", 1),
        ('#!lua "flags\nreturn 1', RedisError("ERR Invalid engine in script shebang")),
    ],
)
def test_the_first_line_of_a_script_may_say_what_it_does(redis, script, reply):
    assert run(redis, script) == reply


def test_a_script_that_says_it_does_not_write_may_not(redis):
    error = "ERR Write commands are not allowed from read-only scripts."
    script = "#!lua flags=no-writes\nredis.call('set', 'a', 1)"
    assert run(redis, script) == failed(error, script, 2)
    script = "redis.call('set', 'a', 1)"
    assert redis("EVAL_RO", script, 0) == failed(error, script)
    assert redis("EVAL_RO", "return redis.call('get', 'a')", 0) is None
    for name in ("publish", "spublish"):  # they are propagated to replicas
        assert redis("EVAL_RO", f"return redis.pcall('{name}', 'a', 'b')", 0) == RedisError(error)
    assert redis("EVAL_RO", "return redis.pcall('pfcount', 'a')", 0) == RedisError(error)


def test_eval_ro_rejects_a_script_without_no_writes(redis):
    error = RedisError("ERR Can not execute a script with write flag using *_ro command.")
    assert redis("EVAL_RO", "#!lua\nreturn 1", 0) == error
    assert redis("EVAL_RO", "#!lua flags=allow-oom\nreturn 1", 0) == error
    assert redis("EVAL_RO", "#!lua flags=no-writes\nreturn 1", 0) == 1


def test_select_moves_the_script_alone(redis):
    run(redis, "redis.call('select', 1) redis.call('set', 'there', 1)")
    assert redis("EXISTS there") == 0
    redis("SELECT 1")
    assert redis("EXISTS there") == 1
    assert run(redis, "return redis.call('exists', 'there')") == 1


def test_a_script_runs_inside_a_transaction(redis):
    redis("MULTI")
    run(redis, "return redis.call('incr', 'a')")
    run(redis, "return foo")
    replies = redis("EXEC")
    assert replies[0] == 1 and isinstance(replies[1], RedisError)


def test_a_blocked_client_is_served_when_the_script_has_ended(redis, other):
    other.send("BLPOP list 10")
    wait_until(lambda: b"blocked_clients:1" in redis("INFO", "clients"))
    assert run(redis, "redis.call('rpush', 'list', 'a', 'b') return redis.call('llen', 'list')") == 2
    assert other.read() == [b"list", b"a"]


@pytest.mark.parametrize(
    "script, error",
    [
        ("error('x', 3)", "ERR x"),  # there is no caller at that level
        ("local function f() error('x', 3) end f()", "ERR x"),
        ("local function f() error('x', 2) end f()", "ERR user_script:1: x"),
    ],
)
def test_error_may_name_the_line_of_the_caller(redis, script, error):
    assert run(redis, script) == failed(error, script)


@pytest.mark.parametrize(
    "call, error",
    [
        ("pcall(nil)", b"attempt to call a nil value"),
        ("pcall(string.rep)", b"bad argument #1 to '?' (string expected, got no value)"),
        ("pcall(string.rep, {}, 1)", b"bad argument #1 to '?' (string expected, got table)"),
        ("pcall(error, 'x')", b"x"),
        ("xpcall(function() error('x', 4) end, function(reason) return reason end)", b"x"),
    ],
)
def test_pcall_returns_the_error_as_plain_lua_does(redis, call, error):
    script = f"local ok, first, second = pcall(function() return {call} end) return second or first"
    assert run(redis, script) == error


@pytest.mark.parametrize(
    "script, counted",
    [
        ("return redis.call('llen', 's')", {b"errorstat_WRONGTYPE": b"count=1"}),
        ("return redis.pcall('llen', 's')", {b"errorstat_WRONGTYPE": b"count=1"}),
        ("return redis.pcall('llen', 's').err", {b"errorstat_WRONGTYPE": b"count=1"}),
        ("return {err='MY error'}", {b"errorstat_MY": b"count=1"}),
        ("return redis.pcall('nope').err", {b"errorstat_ERR": b"count=1"}),
        ("return redis.pcall('get').err", {b"errorstat_ERR": b"count=1"}),
        ("return redis.pcall('multi')", {b"errorstat_ERR": b"count=1"}),
        ("return redis.setresp(4)", {b"errorstat_ERR": b"count=1"}),
        ("return redis.pcall().err", {}),
    ],
)
def test_an_error_that_a_script_meets_is_counted_once(redis, script, counted):
    redis("SET s x")
    redis("CONFIG RESETSTAT")
    run(redis, script)
    lines = redis("INFO errorstats").splitlines()[1:]
    assert dict(line.split(b":") for line in lines) == counted


@pytest.mark.parametrize("call", ["'get'", "'multi'"])
def test_a_command_that_a_script_may_not_call_is_counted_as_rejected(redis, call):
    redis("CONFIG RESETSTAT")
    run(redis, f"return redis.pcall({call}).err")
    line = f"cmdstat_{call[1:-1]}:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0"
    assert line.encode() in redis("INFO commandstats").splitlines()


def test_the_error_of_a_read_is_like_that_of_any_command(redis):
    redis("SET s x")
    for call in ("redis.pcall('get')", "redis.pcall('get', 's', 's')"):
        error = run(redis, f"return {call}.err")
        assert error == b"ERR Wrong number of args calling Redis command from script"
    assert run(redis, "return redis.pcall('llen', 's').err") == WRONG_TYPE.encode()
    assert run(redis, "return redis.pcall('gEt', 's')") == b"x"


@pytest.mark.parametrize("word", ["pfcount", "PFCOUNT"])
def test_a_command_that_may_replicate_is_no_read(redis, word):
    error = "ERR Write commands are not allowed from read-only scripts."
    assert str(redis("EVAL_RO", f"return redis.call('{word}', 'h')", 0)).startswith(error)
    assert run(redis, f"return redis.call('{word}', 'h')") == 0


@ours_alone  # scripts may call it since 7.2
def test_a_blocking_command_does_not_block_in_a_script(redis):
    assert run(redis, "return redis.call('blpop', 'nothing', 0)") is None
    assert run(redis, "return redis.call('wait', 1, 0)") == 0


def test_a_script_reads_streams_without_the_option_block(redis):
    redis("XADD s 1-1 field value"), redis("XGROUP CREATE s group 0")
    for words in (
        "XREAD BLOCK 0 STREAMS s $",
        "xread block 0 streams s 0",
        "XREAD BLOCK soon STREAMS s $",
        "XREAD COUNT 1 BLOCK 0",
        "xReadGroup GROUP group me BLOCK 0 STREAMS s >",
    ):
        reply = run(redis, "return redis.pcall(unpack(ARGV))", 0, *words.split())
        name = words.split()[0]
        assert reply == RedisError(f"ERR {name} command is not allowed with BLOCK option from scripts"), words
    reply = run(redis, "return redis.pcall('XREAD', 'COUNT', 'x', 'BLOCK', '0', 'STREAMS', 's', '0')")
    assert reply == RedisError("ERR value is not an integer or out of range")
    redis("MULTI"), redis("XREAD BLOCK 0 STREAMS s 0")
    assert redis("EXEC") == [[[b"s", [[b"1-1", [b"field", b"value"]]]]]]


@ours_alone  # 7.0 looks at the clock for TIME
def test_the_time_stands_still_for_a_script(redis):
    script = "local a = redis.call('time') for i = 1, 300000 do end local b = redis.call('time') "
    assert run(redis, script + "return a[1] == b[1] and a[2] == b[2]") == 1


def test_the_small_functions_of_redis(redis):
    assert run(redis, "return redis.sha1hex('')") == b"da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert run(redis, "return redis.status_reply('fine')") == "fine"
    assert run(redis, "return redis.error_reply('MY error')") == RedisError("MY error")
    assert run(redis, "return redis.replicate_commands()") == 1
    assert run(redis, "return redis.acl_check_cmd('set', 'a', 'b')") == 1
    assert run(redis, "return {redis.LOG_WARNING, redis.REPL_ALL, redis.REPL_NONE}") == [3, 3, 0]
    assert run(redis, "redis.log(redis.LOG_DEBUG, 'quiet', 1) return redis.breakpoint()") is None


@pytest.fixture(params=["ours", "real"])
def impatient(request, tmp_path):
    """Two clients of a server whose busy-reply-threshold is 50 ms."""
    if request.param == "ours":
        context = our_server(**{"busy-reply-threshold": "50"})
    else:
        request.getfixturevalue("real_address")  # skips the test without a real server
        context = real_server(tmp_path, "--busy-reply-threshold", "50")
    with context as address:
        clients = [Client(address), Client(address)]
        yield clients
        for client in clients:
            client.close()


def answered_busy(client):
    """Sends PING until the reply is BUSY."""
    return wait_until(lambda: str(client("GET a")) == BUSY)


@pytest.mark.parametrize(
    "script",
    [
        ENDLESS,
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(redis.call, 'nope') end",
    ],
)
def test_an_endless_script_answers_busy_and_can_be_killed(impatient, script):
    caller, other = impatient
    caller.send("EVAL", script, 0)
    assert answered_busy(other)
    assert other("SCRIPT KILL") == "OK"
    assert "Script killed by user with SCRIPT KILL" in str(caller.read())
    assert other("GET a") is None
    assert caller("EVAL", "return {1, #KEYS}", 1, "k") == [1, 1]  # the next script is not affected


def test_a_coroutine_can_be_killed_too():
    with our_server(**{"busy-reply-threshold": "50"}) as address:
        caller, other = Client(address), Client(address)
        caller.send("EVAL", "coroutine.wrap(function() while true do end end)()", 0)
        assert answered_busy(other)
        assert other("SCRIPT KILL") == "OK"
        assert "killed" in str(caller.read())
        caller.close()
        other.close()


def test_a_script_that_has_written_cannot_be_killed(impatient):
    steps = iter([20_000_000, 200_000_000, 2_000_000_000])  # more steps if it has ended too early

    def answers():
        caller("DEL a")
        caller.send("EVAL", f"redis.call('set', 'a', 1) for i = 1, {next(steps)} do end return 'done'", 0)
        wait_until(lambda: other("GET a") is not None)  # it is busy, or it was
        replies = [str(other(line)) for line in ("SCRIPT KILL", "FUNCTION KILL", "GET a")]
        assert caller.read() == b"done" and other("GET a") == b"1"
        return replies[-1] == BUSY and replies

    caller, other = impatient
    by_script, by_function, _ = wait_until(answers)
    assert by_script.startswith("UNKILLABLE Sorry the script already executed write commands")
    assert by_function.startswith("UNKILLABLE")


def test_while_a_script_runs_the_server_cannot_be_shut_down_orderly(impatient):
    caller, other = impatient
    caller.send("EVAL", ENDLESS, 0)
    assert answered_busy(other)
    assert str(other("SHUTDOWN")) == BUSY
    assert other("SCRIPT KILL") == "OK"


def test_other_clients_see_nothing_of_a_half_done_script():
    with our_server(**{"busy-reply-threshold": "20"}) as address:
        caller, other, waiting = Client(address), Client(address), Client(address)
        waiting.send("BLPOP list 0")
        wait_until(lambda: b"blocked_clients:1" in other("INFO", "clients"))
        caller.send(
            "EVAL",
            "redis.call('rpush', 'list', 'a') for i = 1, 20000000 do end return redis.call('llen', 'list')",
            0,
        )
        seen = [str(other("LLEN list")) for _ in range(20)]
        assert set(seen) <= {BUSY, "0"}
        assert caller.read() == 1
        assert waiting.read() == [b"list", b"a"]
        for client in (caller, other, waiting):
            client.close()


def test_the_server_ends_though_a_script_runs():
    with our_server(**{"busy-reply-threshold": "20"}) as address:
        caller, other = Client(address), Client(address)
        caller.send("EVAL", ENDLESS, 0)
        assert answered_busy(other)
    caller.close()
    other.close()


def test_when_memory_is_full_a_script_may_not_begin_to_write(redis):
    redis("SET text 1")
    redis("CONFIG SET maxmemory 1")
    try:
        full = "OOM command not allowed when used memory > 'maxmemory'."
        script = "return redis.call('set', 'a', 1)"
        assert run(redis, script) == failed(full, script)
        assert run(redis, "#!lua\nreturn 1") == RedisError(full)
        assert run(redis, "#!lua flags=no-writes\nreturn 1") == 1
        assert run(redis, "return redis.call('get', 'text')") == b"1"
        assert run(redis, f"#!lua flags=allow-oom\n{script}") == "OK"
        assert run(redis, f"redis.call('del', 'nothing') {script}") == "OK"
    finally:
        redis("CONFIG SET maxmemory 0")


def test_a_script_has_the_rights_of_its_caller(redis, connect):
    redis("ACL SETUSER bob on nopass +eval +get +@connection ~a*")
    bob = connect()
    bob("AUTH bob x")
    try:
        assert run(bob, "return redis.call('get', 'a')") is None
        assert run(bob, "return redis.acl_check_cmd('set', 'a', 1)") is None
        for script in ("return redis.call('set', 'a', 1)", "return redis.call('get', 'b')"):
            assert isinstance(run(bob, script), RedisError)
    finally:
        redis("ACL DELUSER bob")


# What others see of a script.


@pytest.mark.parametrize(
    "words, called",
    [
        (["EVAL", "redis.call('set', 'a', '1') return redis.call('get', 'a')", "0"], ["set a 1", "get a"]),
        (["eval_ro", "return redis.call('set', 'a', 1)", "0"], []),
        (["EVAL", "return redis.call('nosuch')", "0"], []),
        (["EVAL", "syntax(", "0"], []),
        (["EVAL", "return 1", "many"], []),
        (["EVALSHA", "f" * 40, "0"], []),
        (["fcall", "missing", "0"], []),
    ],
)
def test_monitor_shows_a_script_as_it_was_sent_before_the_commands_that_it_calls(
    redis, connect, words, called
):
    def quoted(words):
        return " ".join(f'"{word}"' for word in words)

    listener = connect()
    listener("MONITOR")
    redis(*words)
    for line in ("MULTI", words, "EXEC"):
        redis(line) if type(line) is str else redis(*line)
    shown = [quoted(words), *(quoted(line.split()) for line in called)]
    for expected in [*shown, '"MULTI"', *shown, '"EXEC"']:
        line = listener.read()
        assert line.endswith(f"] {expected}")
        assert (" lua] " in line) == (expected in shown[1:])


def test_a_denied_command_of_a_script_is_logged_with_the_client_that_called_the_script(redis, other):
    redis("ACL SETUSER limited on nopass ~* +@all -get")
    redis("ACL LOG RESET")
    other("AUTH limited x")
    script = "\"return redis.call('get', 'k')\" 0"
    for lines in ([f"EVAL {script}"], ["MULTI", f"EVAL_RO {script}", "EXEC"]):
        for line in lines:
            other(line)
        latest = redis("ACL LOG")[0]
        shown = dict(zip(latest[::2], latest[1::2], strict=True))
        assert (shown[b"context"], shown[b"username"]) == (b"lua", b"limited")
        assert b" cmd=" + lines[-1].split()[0].lower().encode() + b" " in shown[b"client-info"]
        assert b"id=%d " % other("CLIENT ID") in shown[b"client-info"]
    redis("ACL DELUSER limited")


@ours_alone  # 7.0 remembers the keys that the script declares, once it reads any
@pytest.mark.parametrize("name", ["EVAL", "EVAL_RO"])
def test_the_keys_that_a_script_has_read_are_tracked_for_its_caller(connect, other, name):
    reader = connect(3)
    reader("CLIENT TRACKING ON")
    reader(name, "return redis.call('MGET', 'a', 'b')", 1, "c")
    other("MSET a 1 b 1 c 1")
    reader.send("PING")
    invalidated = {tuple(reader.read()[1]) for _ in range(2)}
    assert invalidated == {(b"a",), (b"b",)} and reader.read() == "PONG"


@pytest.mark.parametrize(
    "words, runs",
    [
        (["EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'k')", "0"], True),
        (["EVAL", "#!lua\nreturn redis.call('GET', 'k')", "0"], False),
        (["EVAL", "return redis.call('GET', 'k')", "0"], False),
        (["EVAL_RO", "return redis.call('GET', 'k')", "0"], True),
        (["EVALSHA", hashlib.sha1(b"#!lua flags=no-writes\nreturn 5").hexdigest(), "0"], True),
        (["EVALSHA", "f" * 40, "0"], False),
        (["FCALL", "reads", "0"], True),
        (["FCALL", "writes", "0"], False),
        (["FCALL", "missing", "0"], False),
        (["FCALL_RO", "reads", "0"], True),
    ],
)
@pytest.mark.parametrize("in_multi", [False, True])
def test_a_pause_of_writes_postpones_a_script_unless_its_flags_say_that_it_writes_nothing(
    redis, other, words, runs, in_multi
):
    redis("SCRIPT", "LOAD", "#!lua flags=no-writes\nreturn 5")
    register = "#!lua name=lib\nredis.register_function{function_name='%s', callback=function() end%s} "
    rest = (register % ("writes", "")).partition("\n")[2]
    redis("FUNCTION", "LOAD", "REPLACE", register % ("reads", ", flags={'no-writes'}") + rest)
    redis("CLIENT PAUSE 100000 WRITE")
    try:
        if in_multi:
            other("MULTI")
        other.send(*words)
        if in_multi and runs:
            assert other.read() == "QUEUED"
            other.send("EXEC")
        if not runs:
            wait_until(lambda: b"blocked_clients:1" in redis("INFO clients"))
            redis("CLIENT UNPAUSE")
        other.read()
        assert b"blocked_clients:0" in redis("INFO clients")
    finally:
        redis("CLIENT UNPAUSE")
        redis("FUNCTION FLUSH")


# Commands that are special in a script.


@pytest.mark.parametrize(
    "rest, ordered", [("", b"abc"), ("DESC", b"cba"), ("GET #", b"abc"), ("LIMIT 1 2", b"bc")]
)
def test_a_script_gets_the_members_of_a_set_in_order_from_sort(redis, rest, ordered):
    redis("SADD s b c a")
    words = ", ".join(f"'{word}'" for word in f"SORT s BY _ {rest}".split())
    assert run(redis, f"return redis.call({words})") == [bytes([letter]) for letter in ordered]


def test_a_script_may_not_reset_the_cluster(redis):
    reply = run(redis, "return redis.pcall('CLUSTER', 'RESET').err")
    assert reply == b"ERR This Redis command is not allowed from script"
