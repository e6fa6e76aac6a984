"""Which replies are tables, and what stands in their columns."""

import pytest

from redis_clone.client.tables import Table, format_table, table_of
from redis_clone.protocol.replies import SimpleString


def test_a_flat_array_and_a_map_make_the_same_table() -> None:
    expected = Table(["field", "value"], [["name", "Ada"], ["age", "36"]])
    assert table_of([b"hgetall", b"u"], [b"name", b"Ada", b"age", b"36"]) == expected
    assert table_of([b"HGETALL", b"u"], {b"name": b"Ada", b"age": b"36"}) == expected


def test_a_range_is_a_table_only_with_its_scores() -> None:
    assert table_of([b"ZRANGE", b"z", b"0", b"-1"], [b"a", b"b"]) is None
    assert table_of([b"ZRANGE", b"withscores", b"0", b"-1"], [b"a", b"b"]) is None
    scored = table_of([b"ZRANGE", b"z", b"0", b"-1", b"WITHSCORES"], [b"a", b"1"])
    assert scored == Table(["member", "score"], [["a", "1"]])


def test_what_is_empty_queued_or_odd_stays_as_it_is() -> None:
    for reply in ([], {}, None, SimpleString("QUEUED"), [b"odd"]):
        assert table_of([b"HGETALL", b"k"], reply) is None, reply


def test_a_stream_has_a_column_for_each_field() -> None:
    reply = [[b"1-0", [b"a", b"1"]], [b"2-0", [b"b", b"2"]]]
    assert table_of([b"XRANGE", b"s", b"-", b"+"], reply) == Table(
        ["id", "a", "b"], [["1-0", "1", ""], ["2-0", "", "2"]]
    )


def test_info_is_a_row_for_each_field_and_for_each_title_of_a_section() -> None:
    table = table_of([b"INFO"], b"# Clients\r\nmaxclients:9\r\n\r\n# CPU\r\nused_cpu_sys:0.5\r\n")
    assert table == Table(
        ["field", "value"],
        [["# Clients", ""], ["maxclients", "9"], ["", ""], ["# CPU", ""], ["used_cpu_sys", "0.5"]],
    )


def test_a_client_is_a_row() -> None:
    table = table_of([b"CLIENT", b"LIST"], b"id=3 addr=127.0.0.1:5 name=x db=0 cmd=get\n")
    assert table and table.rows[0][:3] == ["3", "127.0.0.1:5", "x"]


def test_bytes_that_are_no_text_are_quoted() -> None:
    table = table_of([b"HGETALL", b"k"], [b"\x00\n", b"\xc3\xa9"])
    assert table and table.rows == [['"\\x00\\n"', "\u00e9"]]


def test_a_table_is_drawn_where_tabulate_is_installed() -> None:
    pytest.importorskip("tabulate")
    assert format_table(Table(["field"], [["1.50"]])) == b"field\n-------\n1.50"


def test_consumer_groups_are_a_table_in_both_protocols(connect) -> None:
    for protocol in (2, 3):
        redis = connect(protocol)
        redis("DEL s")
        redis("XADD s 1-1 f v")
        redis("XGROUP CREATE s g 0")
        redis("XREADGROUP GROUP g me STREAMS s >")
        groups = table_of([b"XINFO", b"GROUPS", b"s"], redis("XINFO GROUPS s"))
        assert groups and groups.header[:3] == ["name", "consumers", "pending"]
        assert groups.rows[0][:3] == ["g", "1", "1"]
        pending = table_of([b"XPENDING", b"s", b"g", b"-", b"+", b"9"], redis("XPENDING s g - + 9"))
        assert pending and pending.rows[0][:2] == ["1-1", "me"]
        assert table_of([b"XPENDING", b"s", b"g"], redis("XPENDING s g")) is None
        read = table_of([b"XREAD", b"STREAMS", b"s", b"0"], redis("XREAD STREAMS s 0"))
        assert read == Table(["stream", "id", "fields"], [["s", "1-1", "f=v"]])


def test_a_histogram_of_latencies_is_a_row_for_each_command(connect) -> None:
    for protocol in (2, 3):
        redis = connect(protocol)
        redis("CONFIG RESETSTAT")
        redis("PING")
        table = table_of([b"LATENCY", b"HISTOGRAM"], redis("LATENCY HISTOGRAM ping"))
        assert table and table.rows[0][:2] == ["ping", "1"] and table.rows[0][2].endswith(" us: 1")


def test_the_slots_of_a_cluster_are_a_row_for_each_range() -> None:
    node, other = [b"10.0.0.1", 7000, b"id", []], [b"10.0.0.2", 7001, b"id", []]
    table = table_of([b"CLUSTER", b"SLOTS"], [[0, 5460, node, other]])
    assert table == Table(["slots", "master", "replicas"], [["0-5460", "10.0.0.1:7000", "10.0.0.2:7001"]])


def test_the_slow_log_and_latency_are_tables() -> None:
    slow = table_of([b"SLOWLOG", b"GET"], [[1, 0, 1500, [b"KEYS", b"*"], b"127.0.0.1:5", b"me"]])
    assert slow and slow.rows[0][2:] == ["1.50", "KEYS *", "127.0.0.1:5", "me"]
    latest = table_of([b"LATENCY", b"LATEST"], [[b"command", 0, 20, 300]])
    assert latest and latest.rows[0][2:] == ["20", "300"]
