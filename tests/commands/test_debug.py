"""DEBUG: the subcommands that help to test a client."""

import pytest
from harness import Client, ours_alone

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode

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


@pytest.mark.parametrize("text", ["boo", "ERR two words", "WRONG kind", ""])
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
