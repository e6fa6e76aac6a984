"""Which replies are tables, and what stands in their columns."""

import pytest

from redis_clone.client.tables import Table, drawn, table_of
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


@pytest.mark.parametrize("reply", [[], {}, None, SimpleString("QUEUED"), [b"odd"]])
def test_what_is_empty_queued_or_odd_stays_as_it_is(reply: object) -> None:
    assert table_of([b"HGETALL", b"k"], reply) is None


def test_a_stream_has_a_column_for_each_field() -> None:
    reply = [[b"1-0", [b"a", b"1"]], [b"2-0", [b"b", b"2"]]]
    assert table_of([b"XRANGE", b"s", b"-", b"+"], reply) == Table(
        ["id", "a", "b"], [["1-0", "1", ""], ["2-0", "", "2"]]
    )


def test_info_has_a_meaning_in_plain_words() -> None:
    table = table_of([b"INFO"], b"# Clients\r\nconnected_clients:1\r\n")
    assert table and table.rows[1] == ["connected_clients", "1", "connections that are open now"]


def test_a_client_is_a_row() -> None:
    table = table_of([b"CLIENT", b"LIST"], b"id=3 addr=127.0.0.1:5 name=x db=0 cmd=get\n")
    assert table and table.rows[0][:3] == ["3", "127.0.0.1:5", "x"]


def test_bytes_that_are_no_text_are_quoted() -> None:
    table = table_of([b"HGETALL", b"k"], [b"\x00\n", b"\xc3\xa9"])
    assert table and table.rows == [['"\\x00\\n"', "\u00e9"]]


def test_a_table_is_drawn_where_tabulate_is_installed() -> None:
    pytest.importorskip("tabulate")
    assert drawn(Table(["field"], [["1.50"]])) == b"field\n-------\n1.50"
