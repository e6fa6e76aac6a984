"""Scripts: Lua in the server (chapter 18)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, Status, error


@stage(
    4, 60, "a second language in the server",
    "Embed a Lua 5.1 interpreter; do not write one. KEYS and ARGV are tables of strings.",
)  # fmt: skip
def eval_(judge: Judge) -> None:
    """EVAL runs a Lua script with KEYS and ARGV, and answers what it returns."""
    client, (a, b), number = judge.client(), judge.words(2), judge.number()
    client.expect(["EVAL", f"return {number} + 1", 0], number + 1)
    client.expect(["EVAL", "return {KEYS[1], ARGV[1], ARGV[2]}", 1, a, b, number], [a, b, str(number)])
    client.expect(
        ["EVAL", "return 1", 2, a], error("ERR Number of keys can't be greater than number of args")
    )


@stage(
    3, 30, "from Lua to RESP",
    "A number loses its fraction, true is 1, false and nil are the null, a table ends at its first nil.",
)  # fmt: skip
def lua_values(judge: Judge) -> None:
    """Each Lua value has a reply."""
    client, number, word = judge.client(), judge.number(), judge.word()
    for script, reply in {
        f"return {number}.9": number,
        "return true": 1,
        "return false": None,
        f"return '{word}'": word,
        f"return {{1, '{word}', nil, 4}}": [1, word],
        f"return {{ok='{word.upper()}'}}": Status(word.upper()),
        f"return {{err='MY {word}'}}": error(f"MY {word}"),
    }.items():
        client.expect(["EVAL", script, 0], reply)


@stage(
    3, 30, "commands from within",
    "redis.call is the same way that a client's command goes. The null is false in Lua.",
)  # fmt: skip
def redis_call(judge: Judge) -> None:
    """A script calls commands with redis.call."""
    client, (key, missing), number = judge.client(), judge.words(2), judge.number()
    client.expect(["EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", 1, key, number], OK)
    client.expect(["EVAL", "return redis.call('INCRBY', KEYS[1], 5)", 1, key], number + 5)
    client.expect(["GET", key], str(number + 5))
    client.expect(
        ["EVAL", "return redis.call('GET', KEYS[1]) == false", 1, missing], 1, "the null is false in Lua"
    )


@stage(
    3, 20, "errors in scripts",
    "redis.call ends the script with the error, redis.pcall returns it as a table with the field err.",
)  # fmt: skip
def redis_pcall(judge: Judge) -> None:
    """An error ends a script, unless redis.pcall catches it; what was written before stays."""
    client, (key, word) = judge.client(), judge.words(2)
    script = "redis.call('SET', KEYS[1], ARGV[1]); return redis.call('INCR', KEYS[1])"
    client.expect(["EVAL", script, 1, key, word], error("ERR value is not an integer or out of range"))
    client.expect(["GET", key], word, "there is no way back in scripts either")
    script = "local reply = redis.pcall('INCR', KEYS[1]); if reply.err then return ARGV[1] end"
    client.expect(["EVAL", script, 1, key, word], word, "redis.pcall returns the error")
    client.expect(
        ["EVAL", "return redis.call('nothing')", 0], error("ERR Unknown Redis command called from script")
    )


@stage(2, 15, "sending a script once", "The name is the SHA-1 of the text, as 40 small hexadecimal digits.")
def evalsha(judge: Judge) -> None:
    """EVALSHA runs a script that the server knows, by its hash."""
    client, script = judge.client(), f"return {judge.number()} + ARGV[1]"
    sha = client.expect_that(
        ["SCRIPT", "LOAD", script], lambda reply: len(reply) == 40, "40 hexadecimal digits"
    )
    total = int(script.split()[1]) + 5
    client.expect(["EVALSHA", sha, 0, 5], total)
    client.expect(["EVALSHA", sha.upper(), 0, 5], total, "the case of the digits does not matter")
    client.expect(["SCRIPT", "EXISTS", sha, "0" * 40], [1, 0])
    client.expect("SCRIPT FLUSH", OK)
    client.expect(["EVALSHA", sha, 0, 5], error("NOSCRIPT No matching script. Please use EVAL."))


@stage(
    3, 20, "what a script must not do",
    "Globals would live on into the next script: forbid them. Files and other programs are not for scripts.",
)  # fmt: skip
def sandbox(judge: Judge) -> None:
    """A script cannot make global variables, nor reach out of the server."""
    client, name = judge.client(), judge.word()
    client.expect(["EVAL", f"{name} = 1", 0], error("ERR"))
    client.expect(
        ["EVAL", f"return {name}", 0], error("ERR"), "a global variable that does not exist is an error too"
    )
    client.expect(["EVAL", "return io.open('/etc/passwd')", 0], error("ERR"))
    client.expect(["EVAL", "return require('os')", 0], error("ERR"))
    client.expect("PING", Status("PONG"))


@stage(3, 20, "a script that only reads", "EVAL_RO refuses commands that write, by their flag.")
def eval_ro(judge: Judge) -> None:
    """EVAL_RO runs a script that may not write."""
    client, (key, word) = judge.client(), judge.words(2)
    client.expect(["SET", key, word], OK)
    client.expect(["EVAL_RO", "return redis.call('GET', KEYS[1])", 1, key], word)
    wrong = error("ERR Write commands are not allowed from read-only scripts")
    client.expect(["EVAL_RO", "return redis.call('DEL', KEYS[1])", 1, key], wrong)
    client.expect(["GET", key], word)


@stage(
    4, 45, "functions: scripts with a name that stay",
    "The first line is #!lua name=LIBRARY. redis.register_function enters a name and a function.",
)  # fmt: skip
def functions(judge: Judge) -> None:
    """FUNCTION LOAD keeps a library, and FCALL calls a function of it."""
    client, (library, name, key, word) = judge.client(), judge.words(4)
    judge.undo(["FUNCTION", "DELETE", library])
    body = "return redis.call('SET', keys[1], args[1])"
    code = f"#!lua name={library}\nredis.register_function('{name}', function(keys, args) {body} end)"
    client.expect(["FUNCTION", "LOAD", code], library)
    client.expect(["FCALL", name, 1, key, word], OK)
    client.expect(["GET", key], word)
    client.expect(["FUNCTION", "LOAD", code], error(f"ERR Library '{library}' already exists"))
    client.expect(
        ["FCALL_RO", name, 1, key, word],
        error("ERR Can not execute a script with write flag using *_ro command."),
    )
    client.expect(["FUNCTION", "DELETE", library], OK)
    client.expect(["FCALL", name, 1, key, word], error("ERR Function not found"))
