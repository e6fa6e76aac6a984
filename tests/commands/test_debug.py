"""DEBUG: the subcommands that help to test a client."""

import time
from pathlib import Path

import pytest
from harness import Client, our_server, ours_alone, run, started
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode
from redis_clone.server.cron import tick
from redis_clone.server.state import Client as ServersClient
from redis_clone.server.state import Server

KINDS = (
    "string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "push", "verbatim",
    "true", "false", "nonsense",
)  # fmt: skip


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_debug_protocol_answers_the_same_bytes_as_redis(our_address, real_address, kind, protocol):
    answers = []
    for address in (our_address, real_address):
        client = Client(address)
        client(f"HELLO {protocol}")
        client.send_bytes(f"DEBUG PROTOCOL {kind}\r\nECHO end\r\n".encode())
        answer = b""
        while not answer.endswith(b"$3\r\nend\r\n"):
            answer += client.socket.recv(10_000)
        answers.append(answer)
        client.close()
    assert answers[0] == answers[1]


@for_each("text", ["boo", "ERR two words", "WRONG kind", ""])
def test_debug_error_answers_with_that_error(redis, text):
    assert redis("DEBUG", "ERROR", text) == RedisError(text)


def test_an_error_by_debug_is_not_counted(redis):
    redis("CONFIG RESETSTAT")
    redis("DEBUG ERROR 'WRONG kind'")
    assert redis("INFO errorstats") == b"# Errorstats\r\n"


def test_debug_log_writes_to_the_log(redis):
    assert redis("DEBUG LOG hello") == "OK"


def test_debug_help_lists_the_subcommands(redis):
    lines = redis("DEBUG HELP")
    assert {"DIGEST", "ERROR <string>", "LOG <message>", "PROTOCOL <type>", "SLEEP <seconds>"} <= set(lines)
    assert lines[0].startswith("DEBUG <subcommand>")


def test_an_attribute_is_for_resp3_alone(redis3):
    assert redis3("DEBUG PROTOCOL attrib") == b"Some real reply following the attribute"
    assert encode(RedisError("boo")) == b"-boo\r\n"


@ours_alone  # it takes two seconds there
def test_debug_stringmatch_test_matches_random_patterns(redis):
    assert redis("DEBUG STRINGMATCH-TEST") == "Apparently Redis did not crash: test passed"


@ours_alone
def test_jmap_is_answered_politely(redis):
    assert "no heap of Java" in redis("DEBUG JMAP")


def test_debug_populate_makes_the_keys_that_are_not_there_yet(redis):
    redis("SET key:1 mine")
    assert redis("DEBUG POPULATE 3") == "OK"
    assert redis("MGET key:0 key:1 key:2 key:3") == [b"value:0", b"mine", b"value:2", None]
    redis("DEBUG POPULATE 2 long 10")
    redis("DEBUG POPULATE 2 short 3")
    assert redis("MGET long:1 short:1") == [b"value:1\0\0\0", b"val"]
    assert redis("DBSIZE") == 7


@pytest.mark.parametrize("args", ["", "x", "-1", "1 key x", "1 key -1", "1 key 2 3"])
def test_debug_populate_takes_a_count_a_prefix_and_a_size(both, args):
    ours, real = both(f"DEBUG POPULATE {args}")
    assert ours == real and isinstance(ours, RedisError)


@pytest.fixture
def both_filled(both):
    """Sends a command to both servers, which have a few keys."""
    both("FLUSHALL")
    both("SET text hello")
    both("HSET small a 1")
    both("RPUSH", "long", *["x" * 1000] * 100)
    both("SADD", "big", *range(10_000))
    return both


@for_each(
    "line",
    [
        "SET-DISABLE-DENY-SCRIPTS", "SET-DISABLE-DENY-SCRIPTS x", "SET-DISABLE-DENY-SCRIPTS 0 1",
        "SET-SKIP-CHECKSUM-VALIDATION", "SET-SKIP-CHECKSUM-VALIDATION x", "PAUSE-CRON", "PAUSE-CRON x",
        "AOF-FLUSH-SLEEP", "AOF-FLUSH-SLEEP x", "AOF-FLUSH-SLEEP -0",
        "QUICKLIST-PACKED-THRESHOLD", "QUICKLIST-PACKED-THRESHOLD x", "QUICKLIST-PACKED-THRESHOLD 5gb",
        "QUICKLIST-PACKED-THRESHOLD 100b", "QUICKLIST-PACKED-THRESHOLD 4293918720",
        "QUICKLIST-PACKED-THRESHOLD 4293918721", "QUICKLIST-PACKED-THRESHOLD 0",
        "REPLYBUFFER", "REPLYBUFFER RESIZING", "REPLYBUFFER RESIZING x", "REPLYBUFFER RESIZING 1",
        "REPLYBUFFER PEAK-RESET-TIME x", "REPLYBUFFER PEAK-RESET-TIME 5", "REPLYBUFFER PEAK-RESET-TIME never",
        "REPLYBUFFER PEAK-RESET-TIME reset", "REPLYBUFFER other 1",
        "HTSTATS", "HTSTATS x", "HTSTATS -1", "HTSTATS 16", "HTSTATS 15",
        "HTSTATS-KEY", "HTSTATS-KEY none", "HTSTATS-KEY small", "HTSTATS-KEY text",
        "LISTPACK", "LISTPACK none", "LISTPACK text", "LISTPACK small", "LISTPACK big",
        "QUICKLIST none", "QUICKLIST text", "QUICKLIST long", "QUICKLIST long 1", "QUICKLIST long 1 2",
        "STRINGMATCH-LEN", "STRINGMATCH-LEN a* abc", "STRINGMATCH-TEST x",
        "CHANGE-REPL-ID x", "CHANGE-REPL-ID", "CONFIG-REWRITE-FORCE-ALL", "CONFIG-REWRITE-FORCE-ALL x",
        "REPLICATE", "REPLICATE SET a b", "SET-ACTIVE-EXPIRE x", "SET-ACTIVE-EXPIRE 1",
    ],
)  # fmt: skip
def test_subcommands_for_tests_of_redis_answer_as_there(both_filled, line):
    ours, real = both_filled(f"DEBUG {line}")
    assert ours == real


@pytest.mark.parametrize("line, elements", [("HTSTATS-KEY", 10_000), ("HTSTATS", 3)])
def test_the_size_of_a_table_is_that_of_redis(both, line, elements):
    both("FLUSHALL")
    for name in ("big", "volatile", "small"):
        both("SADD", name, *range(10_000))
    both("EXPIRE volatile 1000")
    both("SMISMEMBER", "big", *range(20_000))  # Redis moves a table to its new size a step at each access
    argument = "big" if line == "HTSTATS-KEY" else "0"
    ours, real = (reply.split(b"\n") for reply in both(f"DEBUG {line} {argument}"))
    assert ours[0] in real and b" number of elements: %d" % elements in ours
    assert [part for part in real if b"number of elements" in part or b"table size" in part] == [
        part for part in ours if b"number of elements" in part or b"table size" in part
    ]


def test_change_repl_id_gives_another_id(redis):
    def replid():
        return [line for line in redis("INFO replication").splitlines() if b"master_replid:" in line]

    before = replid()
    assert redis("DEBUG CHANGE-REPL-ID") == "OK"
    assert replid() != before


def test_restore_may_skip_the_checksum(redis):
    redis("SET a 1")
    payload = redis("DUMP a")
    wrong = payload[:-1] + bytes([payload[-1] ^ 1])
    assert redis("RESTORE", "b", 0, wrong) == RedisError("ERR DUMP payload version or checksum are wrong")
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    assert redis("RESTORE", "b", 0, wrong) == "OK"
    assert redis("RESTORE", "c", 0, b"x") == RedisError("ERR DUMP payload version or checksum are wrong")
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0")
    assert isinstance(redis("RESTORE", "c", 0, wrong), RedisError)


def test_a_file_is_loaded_with_a_wrong_checksum_when_it_is_not_looked_at(redis):
    redis("SET a 1")
    redis("SAVE")
    folder, name = (redis(f"CONFIG GET {which}")[1].decode() for which in ("dir", "dbfilename"))
    path = Path(folder, name)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    assert redis("DEBUG RELOAD NOSAVE") == "OK"
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0")
    assert redis("GET a") == b"1"
    path.unlink()


@for_each("kind", KINDS[:-1])
def test_a_script_may_call_what_is_denied_to_it(redis, kind):
    script = f"return redis.call('debug', 'protocol', '{kind}')"
    assert "not allowed from script" in str(redis("EVAL", script, 0))
    redis("DEBUG SET-DISABLE-DENY-SCRIPTS 1")
    reply = redis("EVAL", script, 0)
    redis("DEBUG SET-DISABLE-DENY-SCRIPTS 0")
    assert "not allowed from script" not in str(reply)


def test_a_script_never_waits_for_messages(redis):
    redis("DEBUG SET-DISABLE-DENY-SCRIPTS 1")
    for name in ("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR"):
        argv = "'MONITOR'" if name == "MONITOR" else f"'{name}', 'x'"
        reply = str(redis("EVAL", f"return redis.pcall({argv})", 0))
        assert f"ERR {name} isn't allowed for" in reply, name
    redis("DEBUG SET-DISABLE-DENY-SCRIPTS 0")


@pytest.mark.parametrize(
    "options, loads", [("", True), ("NOFLUSH", False), ("NOFLUSH MERGE", True), ("NOSAVE", True)]
)
def test_a_library_that_is_there_already_is_loaded_only_to_replace_it(redis, options, loads):
    pytest.importorskip("lupa")
    code = "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
    redis("FUNCTION", "LOAD", code)
    redis("SAVE")
    reply = redis(f"DEBUG RELOAD {options}")
    assert (reply == "OK") == loads or "Error trying to load the RDB dump" in str(reply)
    assert redis("FCALL f 0") == 1
    redis("FUNCTION FLUSH")


def test_pause_cron_stops_what_runs_in_the_background():
    server = Server()
    client = ServersClient(server)
    server.config.set_all({"enable-debug-command": "yes"}, starting=True)
    run(client, "DEBUG PAUSE-CRON 1")
    server.databases[0].load(b"b", b"1", 1)
    tick(server)
    assert server.databases[0].stored(b"b")
    run(client, "DEBUG PAUSE-CRON 0")
    tick(server)
    assert not server.databases[0].stored(b"b")


@pytest.mark.slow
def test_the_log_can_be_made_slow(tmp_path):
    with our_server(dir=str(tmp_path), appendonly="yes", appendfsync="always") as address:
        client = Client(address)
        client("DEBUG AOF-FLUSH-SLEEP 200000")
        begun = time.monotonic()
        client("SET a 1")
        assert time.monotonic() - begun >= 0.2
        client.close()


def test_config_rewrite_force_all_writes_the_defaults_too(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text("port 0\n")
    with started(str(path), "--dir", str(tmp_path)) as (_, port):
        client = Client(("127.0.0.1", port))
        assert client("CONFIG REWRITE") == "OK" and "maxclients" not in path.read_text()
        assert client("DEBUG CONFIG-REWRITE-FORCE-ALL") == "OK" and "maxclients 10000" in path.read_text()
        client.close()
