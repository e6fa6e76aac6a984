"""Rules: commands of clients that wait, fail, are answered in place or lose their connection."""

import pytest
from harness import Client, wait_until

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import NULL_ARRAY
from redis_clone.testing import running_server
from redis_clone.testing.rules import LINES

OOM = RedisError("OOM command not allowed when used memory > 'maxmemory'.")


@pytest.fixture(scope="module")
def one_server():
    with running_server() as server:
        yield server


@pytest.fixture
def server(one_server):
    one_server.reset()
    return one_server


def sent(server, client, line):
    """Send a command that has to wait; return when it does."""
    count = server.blocked_clients + 1
    client.send(line)
    wait_until(lambda: server.blocked_clients == count)


# Which commands.

MATCHES = [  # a rule, a command that it meets, and one that it does not
    ({"command": "GET"}, "GET key", "MGET key"),
    ({"command": "get"}, "get key", "SET key 1"),
    ({"command": "*"}, "PING", None),
    ({"command": "CLIENT"}, "CLIENT ID", "PING"),
    ({"command": "CLIENT ID"}, "CLIENT ID", "CLIENT INFO"),
    ({"command": "config|get"}, "CONFIG GET port", "CONFIG SET maxmemory 0"),
    ({"key": "key"}, "MGET other key", "GET other"),
    ({"key": b"key"}, "EVAL 'return 1' 1 key", "PING"),
    ({"command": "SET", "key": "key"}, "SET key 1", "GET key"),
]


def test_a_rule_meets_the_commands_that_it_names(server, redis):
    for rule, met, missed in MATCHES:
        with server.on(**rule, error="OOM") as set_rule:
            assert redis(met) == OOM, rule
            assert missed is None or redis(missed) != OOM, rule
            assert set_rule.fired == 1, rule
        assert redis("PING") == "PONG", rule


def test_a_command_whose_keys_cannot_be_told_gets_its_own_error(server, redis):
    for line in ("EVAL 'return 1' 5 key", "EVAL 'return 1' x key", "ZUNION 9 key", "XREAD STREAMS key"):
        own = redis(line)
        with server.on(key="key", error="OOM") as rule:
            assert redis(line) == own != OOM and rule.fired == 0, line


def test_a_rule_may_be_about_the_clients_of_one_name(server, redis, connect):
    other = connect()
    redis("CLIENT SETNAME worker")
    with server.on("GET", client="worker", error="OOM"):
        assert redis("GET key") == OOM and other("GET key") is None


def test_what_a_script_or_exec_calls_and_a_look_of_the_test_are_met_by_no_rule(server, redis):
    redis("MULTI"), redis("GET key")
    with server.on("GET", error="OOM") as rule:
        assert redis("EXEC") == [None]
        pytest.importorskip("lupa")
        assert redis("EVAL", "return redis.call('GET', 'key')", 0) is None
        assert server.execute("GET", "key") is None and server.value("key") is None
        assert rule.fired == 0


def test_a_rule_that_makes_no_sense_is_a_value_error(server):
    for wrong, reason in [
        ({"command": "NONSENSE"}, "the server has no command 'NONSENSE'"),
        ({"command": "CLIENT NONSENSE"}, "the server has no command 'CLIENT NONSENSE'"),
        ({"error": "OOM", "cut": True}, "a rule does one thing"),
        ({"error": "OOM", "reply": None}, "a rule does one thing"),
        ({"delay": -1}, "not less than 0"),
        ({"reply": object()}, "no RESP type for object"),
    ]:
        with pytest.raises(ValueError, match=reason):
            server.on(**wrong)
    assert not server._state.restrictions


# What happens to them.


def test_a_command_that_fails_does_not_run_and_its_error_is_counted(server, redis):
    with server.on("SET", error="OOM"):
        assert redis("SET key 1") == OOM
    assert redis("SET other 1") == "OK" and server.keys() == [b"other"]
    assert b"errorstat_OOM:count=1" in redis("INFO errorstats")
    assert b"cmdstat_set:calls=1" in redis("INFO commandstats")


def test_an_error_may_be_a_line_of_ones_own_or_the_first_word_of_a_line_of_redis(server, redis):
    for word, line in {**LINES, "ERR my own": "ERR my own"}.items():
        with server.on("GET", error=word):
            assert redis("GET key") == RedisError(line)


def test_an_error_after_multi_makes_exec_fail(server, redis):
    redis("MULTI")
    with server.on("SET", error="OOM"):
        assert redis("SET key 1") == OOM
    assert str(redis("EXEC")).startswith("EXECABORT")


def test_a_command_is_answered_in_place(server, redis, connect):
    resp3 = connect()
    resp3("HELLO 3")
    for reply, in_resp2, in_resp3 in [
        ("OK", "OK", "OK"),
        (b"bytes", b"bytes", b"bytes"),
        (7, 7, 7),
        (None, None, None),
        (1.5, b"1.5", 1.5),
        ([b"a", 1], [b"a", 1], [b"a", 1]),
        ({b"a": 1}, [b"a", 1], {b"a": 1}),
    ]:
        with server.on("GET", reply=reply):
            assert redis("GET key") == in_resp2 and resp3("GET key") == in_resp3, reply


def test_a_connection_is_cut_without_a_reply_and_the_command_has_not_run(server, redis, connect):
    with server.on("SET", cut=True):
        redis.send("SET key 1")
        assert redis.is_closed()
    assert server.keys() == [] and connect()("PING") == "PONG"


def test_a_rule_without_an_outcome_only_counts(server, redis):
    with server.on("GET") as rule:
        redis("GET key"), redis("GET key")
        assert rule.fired == 2


def test_a_rule_ends_after_so_many_commands_or_when_it_is_removed(server, redis):
    rule = server.fail_next("GET", "OOM", times=2)
    assert [redis("GET key") for _ in range(3)] == [OOM, OOM, None] and rule.fired == 2
    rule = server.on("GET", error="OOM")
    rule.remove(), rule.remove()
    assert redis("GET key") is None and not server._state.restrictions


def test_the_first_of_several_rules_that_has_an_outcome_counts(server, redis):
    with server.on("GET") as counting, server.fail_next("GET", "BUSY"), server.on("GET", reply=1):
        assert redis("GET key") == RedisError(LINES["BUSY"]) and redis("GET key") == 1
        assert counting.fired == 2


# A delay.


def test_a_command_that_is_delayed_holds_up_only_its_own_connection(server, redis, connect):
    slow = connect()
    with server.on("SET", delay=60) as rule:
        sent(server, slow, "SET key 1")
        assert redis("GET key") is None
        server.advance(59)
        assert redis("GET key") is None and rule.fired == 1
        server.advance(1)
        assert slow.read() == "OK" and redis("GET key") == b"1" and rule.fired == 1


def test_a_delay_is_of_real_time_too(server, redis):
    with server.on("GET", delay=0.01):
        assert redis("GET key") is None and redis("GET key") is None


def test_the_commands_behind_it_in_a_pipeline_wait_too(server, redis):
    with server.on("SET", delay=60):
        redis.send_bytes(b"SET key 1\r\nGET key\r\n")
        wait_until(lambda: server.blocked_clients)
        server.advance(60)
        assert redis.read() == "OK" and redis.read() == b"1"


def test_after_a_delay_a_command_fails_is_answered_or_is_cut(server, connect):
    for outcome, reply in [({"error": "OOM"}, OOM), ({"reply": 5}, 5), ({"cut": True}, None)]:
        slow = connect()
        with server.on("GET", delay=60, **outcome):
            sent(server, slow, "GET key")
            server.advance(60)
            assert slow.read() == reply if reply else slow.is_closed()


def test_after_a_delay_a_command_may_block_or_be_postponed_by_a_pause(server, connect, redis):
    slow = connect()
    with server.on("BLPOP", delay=60) as rule:
        sent(server, slow, "BLPOP list 10")
        redis("CLIENT PAUSE 100000 WRITE")
        server.advance(60)
        assert server._state.blocked_clients.postponed
        server.advance(40)
        wait_until(lambda: not server._state.blocked_clients.postponed)
        server.advance(10)
        assert slow.read() == NULL_ARRAY and rule.fired == 1


def test_the_command_of_a_client_that_leaves_during_the_delay_does_not_run(server, connect):
    slow = connect()
    with server.on("SET", delay=60):
        sent(server, slow, "SET key 1")
        slow.close()
        wait_until(lambda: not server.blocked_clients)
        server.advance(60)
    assert server.keys() == []


# The network.


def test_connections_are_dropped_and_clients_may_come_back(server, redis, connect):
    other = connect()
    redis("PING"), other("PING")
    assert server.drop_connections() >= 2
    assert redis.is_closed() and other.is_closed() and connect()("PING") == "PONG"
    assert server.execute("CLIENT", "LIST").count(b"\n") == 1


def test_while_connections_are_refused_those_that_are_open_go_on(server, redis):
    redis("PING")
    address = (server.host, server.port)
    with server.refusing_connections():
        with pytest.raises(ConnectionRefusedError):
            Client(address)
        assert redis("PING") == "PONG"
    late = Client(address)
    assert late("PING") == "PONG" and (server.host, server.port) == address
    late.close()


def test_a_unix_socket_is_gone_while_connections_are_refused(tmp_path):
    path = str(tmp_path / "redis.sock")
    with running_server(unixsocket=path) as server:
        with server.refusing_connections(), pytest.raises(FileNotFoundError):
            Client(path)
        client = Client(path)
        assert client("PING") == "PONG"
        client.close()


def test_a_server_that_ends_while_it_refuses_connections_does_not_listen_again():
    with running_server() as server:
        with server.refusing_connections():
            server.stop()
        with pytest.raises(ConnectionRefusedError):
            Client((server.host, server.port))
