"""INFO: its sections, and whether its figures are true."""

import os
import time

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Verbatim

pytestmark = pytest.mark.usefixtures("alone")


def about(redis, args=""):
    """The fields of INFO, of all these sections."""
    lines = redis(f"INFO {args}").decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if line and not line.startswith("#"))


def titles(redis, args=""):
    lines = redis(f"INFO {args}").decode().split("\r\n")
    return [line[2:] for line in lines if line.startswith("#")]


def grows(redis, field, action, by=1):
    before = int(about(redis)[field])
    action()
    return int(about(redis)[field]) - before >= by


def test_info_shows_its_sections_in_their_order(redis):
    usual = [
        "Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats",
        "Cluster", "Keyspace",
    ]  # fmt: skip
    every = [*usual[:8], "Commandstats", "Errorstats", "Latencystats", *usual[9:]]
    assert titles(redis) == titles(redis, "default") == usual
    assert titles(redis, "ALL") == titles(redis, "everything") == titles(redis, "server all") == every
    assert titles(redis, "latencystats DEFAULT") == [title for title in every if title != "Commandstats"]


@for_each(
    "args, sections",
    [
        ("server", ["Server"]),
        ("CPU", ["CPU"]),
        ("Stats clients", ["Clients", "Stats"]),
        ("clients clients", ["Clients"]),
        ("nothing", []),
        ("nothing clients", ["Clients"]),
    ],
)
def test_info_shows_only_the_sections_asked_for(redis, args, sections):
    assert titles(redis, args) == sections


def test_a_section_ends_with_a_line_end_and_an_empty_line_parts_two(redis):
    text = redis("INFO clients stats")
    assert text.startswith(b"# Clients\r\n")
    assert text.endswith(b"\r\n") and not text.endswith(b"\r\n\r\n")
    assert text.count(b"\r\n\r\n# ") == 1
    assert redis("INFO nothing") == b""


@for_each("section", ["server", "clients", "memory", "persistence", "stats", "replication", "cpu", "cluster"])
def test_each_field_of_the_real_server_is_there_in_its_order(both, section):
    ours, real = ([*about(lambda _, text=text: text)] for text in both(f"INFO {section}"))
    assert [field for field in ours if field in real] == real


def test_info_is_a_text_in_resp3(redis3):
    assert isinstance(redis3("INFO"), Verbatim)


def test_info_server_identifies_the_server(redis):
    before = time.time()
    fields = about(redis, "server")
    assert before - 0.01 <= int(fields["server_time_usec"]) / 1e6 <= time.time() + 0.01
    assert fields["redis_mode"] == "standalone"
    assert fields["redis_version"].startswith("7.")
    assert len(fields["run_id"]) == 40
    assert int(fields["process_id"]) > 0
    assert 0 <= int(fields["uptime_in_seconds"]) < 24 * 3600
    assert os.path.isabs(fields["executable"])


def test_info_clients_counts_connections(redis, connect):
    assert about(redis)["connected_clients"] == "1"
    more = [connect() for _ in range(3)]
    for client in more:
        client("PING")
    assert about(redis)["connected_clients"] == "4"
    for client in more:
        client.close()
    wait_until(lambda: about(redis)["connected_clients"] == "1")
    assert about(redis)["maxclients"] == redis("CONFIG GET maxclients")[1].decode()


def test_info_stats_counts_connections_and_commands(redis, connect):
    assert grows(redis, "total_connections_received", lambda: [connect()("PING") for _ in range(3)], by=3)
    assert grows(redis, "total_commands_processed", lambda: [redis("PING") for _ in range(10)], by=10)
    assert grows(redis, "total_net_input_bytes", lambda: redis("SET", "k", b"x" * 10_000), by=10_000)
    assert grows(redis, "total_net_output_bytes", lambda: redis("GET k"), by=10_000)


def test_the_commands_of_a_transaction_are_counted_one_by_one(redis):
    before = int(about(redis)["total_commands_processed"])
    redis("MULTI")
    for _ in range(5):
        redis("PING")
    redis("EXEC")
    assert int(about(redis)["total_commands_processed"]) - before == 8  # the INFO before, MULTI, five, EXEC


@for_each(
    "command, hits, misses",
    [
        ("GET k", 1, 0), ("GET missing", 0, 1), ("GET set", 1, 0), ("MGET k missing k", 2, 1),
        ("EXISTS k missing", 1, 1), ("TOUCH k missing", 1, 1), ("STRLEN k", 1, 0),
        ("GETRANGE missing 0 1", 0, 1), ("TYPE k", 1, 0), ("TYPE missing", 0, 1), ("TTL k", 1, 0),
        ("PTTL missing", 0, 1), ("EXPIRETIME k", 1, 0), ("PEXPIRETIME missing", 0, 1),
        ("LCS k missing", 1, 1), ("SCARD set", 1, 0), ("SISMEMBER missing a", 0, 1),
        ("SINTER set missing", 1, 1), ("GETSET k w", 1, 0), ("GETDEL k", 1, 0), ("GETEX k EX 10", 1, 0),
        ("SET k v GET", 1, 0), ("COPY k other", 1, 0), ("SRANDMEMBER set", 1, 0), ("SET k v", 0, 0),
        ("SET k v XX", 0, 0), ("SETNX k v", 0, 0), ("MSETNX k v", 0, 0), ("INCR missing", 0, 0),
        ("APPEND k x", 0, 0), ("SETRANGE k 0 x", 0, 0), ("SADD set b", 0, 0), ("SPOP set", 0, 0),
        ("SMOVE set k a", 0, 0), ("KEYS *", 0, 0), ("SCAN 0", 0, 0), ("RANDOMKEY", 0, 0),
        ("DEL k missing", 0, 0), ("RENAME k other", 0, 0), ("MOVE k 1", 0, 0), ("EXPIRE k 100", 0, 0),
        ("PERSIST k", 0, 0), ("WATCH k missing", 0, 0), ("DBSIZE", 0, 0), ("SUNIONSTORE d set missing", 1, 1),
        ("SMEMBERS missing", 0, 1), ("HGET missing f", 0, 1), ("LLEN missing", 0, 1), ("ZCARD missing", 0, 1),
    ],
)  # fmt: skip
def test_info_stats_counts_hits_and_misses_of_reads(redis, command, hits, misses):
    redis("SET k v")
    redis("SADD set a")
    before = about(redis)
    redis(command)
    after = about(redis)
    counted = [
        int(after[f"keyspace_{name}"]) - int(before[f"keyspace_{name}"]) for name in ("hits", "misses")
    ]
    assert counted == [hits, misses]


def test_info_stats_counts_expired_keys(redis):
    def expire():
        redis("SET k v PX 1")
        wait_until(lambda: not redis("EXISTS k"))

    assert grows(redis, "expired_keys", expire)


def test_info_counts_errors_by_their_first_word(redis):
    redis("SADD s a")
    redis("GET s")
    before = about(redis)
    for line in ("GET s", "INCR s", "NONSENSE", "GET", "EXEC"):
        redis(line)
    after = about(redis)
    assert int(after["total_error_replies"]) - int(before["total_error_replies"]) == 5
    counts = [int(fields["errorstat_WRONGTYPE"].removeprefix("count=")) for fields in (before, after)]
    assert counts[1] - counts[0] == 2


def test_an_error_inside_exec_is_counted_too(redis):
    redis("SADD s a")
    before = int(about(redis)["total_error_replies"])
    redis("MULTI")
    redis("GET s")
    redis("EXEC")
    assert int(about(redis)["total_error_replies"]) == before + 1


def stats_of(redis, command):
    """The figures of INFO commandstats, by name."""
    line = about(redis, "commandstats").get(f"cmdstat_{command}")
    pairs = [pair.split("=") for pair in line.split(",")] if line else []
    return {name: float(value) for name, value in pairs}


@pytest.fixture
def fresh(redis):
    redis("CONFIG RESETSTAT")
    return redis


def outcome(redis, command):
    figures = stats_of(redis, command)
    return figures["calls"], figures["rejected_calls"], figures["failed_calls"]


@pytest.mark.parametrize(
    "lines, command, calls_rejected_failed",
    [
        (["GET k", "GET k"], "get", (2, 0, 0)),
        (["SADD s a", "GET s"], "get", (1, 0, 1)),
        (["GET"], "get", (0, 1, 0)),
        (["GET k", "get k l"], "get", (1, 1, 0)),
        (["CLIENT ID"], "client|id", (1, 0, 0)),
        (["CLIENT ID x"], "client|id", (0, 1, 0)),
        (["CLIENT SETNAME 'a b'"], "client|setname", (1, 0, 1)),
        (["SET k v EX 0", "SET k v NX XX"], "set", (2, 0, 2)),
        (["EXEC"], "exec", (1, 0, 1)),
        (["MULTI", "MULTI", "EXEC"], "multi", (2, 0, 1)),
        (["MULTI", "GET", "EXEC"], "exec", (1, 0, 1)),
        (["SADD s a", "MULTI", "GET s", "EXEC"], "get", (1, 0, 1)),
        (["SADD s a", "MULTI", "GET s", "EXEC"], "exec", (1, 0, 0)),
        (["MULTI", "EXEC x", "DISCARD"], "exec", (0, 1, 0)),
        (["MULTI", "WATCH k", "DISCARD"], "watch", (1, 0, 1)),
        (["MULTI", "SHUTDOWN", "DISCARD"], "shutdown", (0, 1, 0)),
        (["COPY a a"], "copy", (1, 0, 1)),
        (["MULTI", "BLPOP k 0", "BRPOPLPUSH k k 0", "EXEC"], "blpop", (1, 0, 0)),
        (["MULTI", "BLPOP k 0", "BRPOPLPUSH k k 0", "EXEC"], "brpoplpush", (1, 0, 0)),
        (["LPOP k 1 2"], "lpop", (1, 0, 1)),
    ],
)
def test_commandstats_counts_calls_rejections_and_failures(fresh, lines, command, calls_rejected_failed):
    for line in lines:
        fresh(line)
    assert outcome(fresh, command) == calls_rejected_failed


def test_commandstats_has_the_time_that_a_command_takes(fresh):
    for _ in range(2):
        fresh("DEBUG SLEEP 0.005")
    figures = stats_of(fresh, "debug")
    assert figures["usec"] >= 10_000
    assert abs(figures["usec_per_call"] - figures["usec"] / 2) <= 0.01
    assert stats_of(fresh, "get") == {}


def test_an_unknown_command_is_not_in_commandstats(fresh):
    fresh("NONSENSE")
    fresh("CLIENT NONSENSE")
    assert set(about(fresh, "commandstats")) == {"cmdstat_config|resetstat"}


def test_latencystats_has_percentiles_of_each_command(fresh):
    fresh("DEBUG SLEEP 0.005")
    fresh("CLIENT ID")
    fields = about(fresh, "latencystats")
    assert "latency_percentiles_usec_client|id" in fields
    named = dict(pair.split("=") for pair in fields["latency_percentiles_usec_debug"].split(","))
    assert list(named) == ["p50", "p99", "p99.9"]
    assert 5000 <= float(named["p50"]) == float(named["p99.9"])


@pytest.mark.parametrize("percentiles, names", [("0 100", ["p0", "p100"]), ("99.90 1e1", ["p99.9", "p10"])])
def test_the_percentiles_can_be_chosen(fresh, percentiles, names):
    fresh("PING")
    try:
        assert fresh("CONFIG", "SET", "latency-tracking-info-percentiles", percentiles) == "OK"
        field = about(fresh, "latencystats")["latency_percentiles_usec_ping"]
        assert [pair.partition("=")[0] for pair in field.split(",")] == names
    finally:
        fresh("CONFIG", "SET", "latency-tracking-info-percentiles", "50 99 99.9")


@for_each(
    "name, text",
    [
        ("latency-tracking-info-percentiles", "50 x"), ("latency-tracking-info-percentiles", "101"),
        ("latency-tracking-info-percentiles", "-1"), ("latency-tracking", "maybe"),
        ("latency-monitor-threshold", "-1"), ("slowlog-log-slower-than", "-2"), ("slowlog-max-len", "x"),
    ],
)  # fmt: skip
def test_a_bad_value_is_rejected_with_the_error_line_of_redis(both, name, text):
    ours, theirs = both("CONFIG", "SET", name, text)
    assert ours == theirs


def test_config_resetstat_resets_the_counters(redis, connect):
    connect()("SET k v")
    redis("GET k")
    redis("GET missing")
    redis("NONSENSE")
    assert redis("CONFIG RESETSTAT") == "OK"
    fields = about(redis, "stats errorstats commandstats")
    for name in (
        "total_connections_received", "rejected_connections", "expired_keys", "keyspace_hits",
        "keyspace_misses", "total_error_replies",
    ):  # fmt: skip
        assert fields[name] == "0", name
    assert int(fields["total_net_input_bytes"]) < 100 and int(fields["total_reads_processed"]) <= 1
    lines = [name for name in fields if name.startswith(("cmdstat_", "errorstat_"))]
    assert lines == ["cmdstat_config|resetstat"]


def test_info_stats_counts_reads_and_writes(redis):
    before = about(redis, "stats")
    for _ in range(5):
        redis("PING")
    after = about(redis, "stats")
    for name in ("total_reads_processed", "total_writes_processed"):
        assert 6 <= int(after[name]) - int(before[name]) <= 7


def test_a_protocol_error_is_an_error_too(fresh, connect):
    client = connect()
    client.send_bytes(b"*1\r\nfoo\r\n")
    assert client.read() == RedisError("ERR Protocol error: expected '$', got 'f'")
    assert about(fresh, "errorstats") == {"errorstat_ERR": "count=1"}


def test_info_clients_counts_blocked_clients(redis, connect):
    for line in ("BLPOP a b 100", "BLPOP a 0"):
        connect().send(line)
    wait_until(lambda: about(redis)["blocked_clients"] == "2")
    assert about(redis)["clients_in_timeout_table"] == "1"


@ours_alone  # new in 7.2
def test_info_clients_counts_the_keys_that_clients_are_blocked_on(redis, connect):
    redis("XGROUP CREATE stream group $ MKSTREAM")
    for line in ("BLPOP a b 100", "BLPOP a 0", "XREADGROUP GROUP group me BLOCK 0 STREAMS stream >"):
        connect().send(line)
    wait_until(lambda: about(redis)["blocked_clients"] == "3")
    fields = about(redis)
    assert (fields["total_blocking_keys"], fields["total_blocking_keys_on_nokey"]) == ("3", "1")


@ours_alone  # 7.0 counts a call when it blocks, 7.2 when it is unblocked
def test_a_blocking_command_counts_when_it_is_unblocked(fresh, connect):
    served, late, freed = connect(), connect(), connect()
    served.send("BLPOP served 0")
    late.send("BLPOP nothing 0.01")
    ident = freed("CLIENT ID")
    freed.send("BLPOP nothing 0")
    assert late.read() is not None
    wait_until(lambda: about(fresh)["blocked_clients"] == "2")
    assert outcome(fresh, "blpop") == (1, 0, 0)
    fresh("RPUSH served a")
    assert served.read() == [b"served", b"a"]
    assert outcome(fresh, "blpop") == (2, 0, 0)
    fresh(f"CLIENT UNBLOCK {ident} ERROR")
    assert freed.read() == RedisError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
    assert outcome(fresh, "blpop") == (3, 0, 1)
    assert about(fresh, "errorstats")["errorstat_UNBLOCKED"] == "count=1"


@ours_alone  # new in 7.2
def test_info_server_shows_the_addresses_it_listens_on(redis):
    fields = about(redis, "server")
    assert fields["listener0"] == f"name=tcp,bind=127.0.0.1,port={fields['tcp_port']}"


@ours_alone  # the fields are newer than 7.0
def test_info_clients_counts_subscribers_and_watchers(redis, connect):
    connect()("SUBSCRIBE a")
    connect()("WATCH k")
    fields = about(redis, "clients")
    assert (fields["pubsub_clients"], fields["watching_clients"]) == ("1", "1")


def test_info_stats_counts_channels_and_patterns(redis, connect):
    for subscriber in (connect(), connect()):
        subscriber("SUBSCRIBE a")
        subscriber("PSUBSCRIBE a*")
        subscriber("SSUBSCRIBE a")
    fields = about(redis)
    assert (fields["pubsub_channels"], fields["pubsub_patterns"], fields["pubsubshard_channels"]) == (
        "1",
        "1",
        "1",
    )


def test_info_persistence_counts_changes(redis):
    def change():
        redis("SET a 1")
        redis("SADD s x y")
        redis("DEL a missing")

    assert grows(redis, "rdb_changes_since_last_save", change, by=3)
    assert not grows(redis, "rdb_changes_since_last_save", lambda: redis("GET s"))
    assert about(redis)["loading"] == "0"


def test_info_keyspace_shows_the_databases_that_hold_keys(redis):
    assert titles(redis, "keyspace") == ["Keyspace"]
    assert about(redis, "keyspace") == {}
    redis("MSET a 1 b 2 c 3")
    redis("EXPIRE a 100")
    redis("SELECT 9")
    redis("SET k v")
    fields = about(redis, "keyspace")
    assert list(fields) == ["db0", "db9"]
    assert fields["db0"].startswith("keys=3,expires=1,avg_ttl=")
    assert fields["db9"] == "keys=1,expires=0,avg_ttl=0"


def test_info_replication_of_a_server_alone(redis):
    fields = about(redis, "replication")
    assert (fields["role"], fields["connected_slaves"], len(fields["master_replid"])) == ("master", "0", 40)
    assert about(redis, "cluster") == {"cluster_enabled": "0"}


def test_info_memory_and_cpu_are_figures(redis):
    fields = about(redis, "memory cpu")
    assert 0 < int(fields["used_memory"]) <= int(fields["used_memory_peak"])
    assert int(fields["total_system_memory"]) > int(fields["used_memory_rss"]) > 0
    assert fields["used_memory_human"][-1] in "KMG"
    assert fields["maxmemory"] == "0"
    assert float(fields["used_cpu_user"]) >= 0
