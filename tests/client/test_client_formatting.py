"""The three forms of a reply, from the bytes of the wire to the bytes of the screen."""

import io

import pytest

from redis_clone.client.formatting import csv, pretty, pretty_push, raw, render
from redis_clone.protocol.replies import Push, Reply, read_reply
from redis_clone.protocol.stream import Stream

#    on the wire                pretty               raw            csv
SCALARS = [
    (b"+OK\r\n",                 b"OK",               b"OK",         b'"OK"'),
    (b"-ERR x\r\n",              b"(error) ERR x",    b"ERR x\n",    b'ERROR,"ERR x"'),
    (b":-5\r\n",                 b"(integer) -5",     b"-5",         b"-5"),
    (b"$2\r\nhi\r\n",            b'"hi"',             b"hi",         b'"hi"'),
    (b"$0\r\n\r\n",              b'""',               b"",           b'""'),
    (b"$-1\r\n",                 b"(nil)",            b"",           b"NULL"),
    (b"*-1\r\n",                 b"(nil)",            b"",           b"NULL"),
    (b"_\r\n",                   b"(nil)",            b"",           b"NULL"),
    (b"#t\r\n",                  b"(true)",           b"(true)",     b"true"),
    (b"#f\r\n",                  b"(false)",          b"(false)",    b"false"),
    (b",1.5\r\n",                b"(double) 1.5",     b"1.5",        b"1.5"),
    (b",-inf\r\n",               b"(double) -inf",    b"-inf",       b"-inf"),
    (b'=7\r\ntxt:"b"\r\n',       b'"b"',              b'"b"',        b'"\\"b\\""'),
    (b"*0\r\n",                  b"(empty array)",    b"",           b""),
    (b"~0\r\n",                  b"(empty set)",      b"",           b""),
    (b"%0\r\n",                  b"(empty hash)",     b"",           b""),
    (b">0\r\n",                  b"(empty push)",     b"",           b""),
    (b"(98765432109876543210\r\n", b"(integer) 98765432109876543210", *[b"98765432109876543210"] * 2),
]  # fmt: skip


def reply(wire: bytes) -> Reply:
    return read_reply(Stream(io.BytesIO(wire).read))


def test_each_type_of_reply_is_formatted_in_each_form() -> None:
    formatted = [(wire, *(form(reply(wire)) for form in (pretty, raw, csv))) for wire, *_ in SCALARS]
    assert formatted == SCALARS


def test_nested_arrays_are_indented_below_their_number() -> None:
    assert pretty([1, [b"a", [b"b", b"c"]], None]).decode().split("\n") == [
        "1) (integer) 1",
        '2) 1) "a"',
        '   2) 1) "b"',
        '      2) "c"',
        "3) (nil)",
    ]


def test_numbers_stand_flush_right_when_there_are_ten_or_more() -> None:
    lines = pretty([7] * 9 + [[1, 2]]).decode().split("\n")
    assert lines[0] == " 1) (integer) 7"
    assert lines[9:] == ["10) 1) (integer) 1", "    2) (integer) 2"]


def test_the_value_of_a_map_stands_behind_its_key_or_below_when_it_takes_several_lines() -> None:
    nested = {b"a": 1, b"b": [1, {b"c": reply(b"~2\r\n:1\r\n:2\r\n")}], b"d": [], b"e": {b"f": [2]}}
    assert pretty(nested).decode().split("\n") == [
        '1# "a" => (integer) 1',
        '2# "b" => ',
        "   1) (integer) 1",
        '   2) 1# "c" => ',
        "         1~ (integer) 1",
        "         2~ (integer) 2",
        '3# "d" => (empty array)',
        '4# "e" => 1# "f" => 1) (integer) 2',
    ]


def test_an_array_may_be_the_key_of_a_map() -> None:
    keyed = reply(b"%1\r\n*2\r\n:1\r\n:2\r\n:3\r\n")
    assert pretty(keyed) == b"1# 1) (integer) 1\n   2) (integer) 2 => (integer) 3"
    assert (raw(keyed), csv(keyed)) == (b"1\n2 3", b"1,2,3")


def test_raw_arrays_are_flat() -> None:
    assert raw([b"a", [b"b", None], {b"k": [1, 2]}]) == b"a\nb\n\nk 1\n2"


def test_csv_strings_are_quoted_as_at_the_prompt() -> None:
    assert csv([b'"\n\xff', [b"\xc3\xa9"]]) == rb'"\"\n\xff","\xc3\xa9"'


def test_an_invalidation_is_one_line_and_other_pushes_are_arrays() -> None:
    assert pretty_push(Push([b"invalidate", [b"k", b"l"]])) == b"-> invalidate: 'k', 'l'"
    assert pretty_push(Push([b"invalidate", None])) == b'1) "invalidate"\n2) (nil)'


@pytest.mark.parametrize(
    "form, text", [("pretty", b"1) " * 9000 + b"(integer) 7\n"), ("raw", b"7\n"), ("csv", b"7\n")]
)
def test_a_reply_may_be_nested_as_deep_as_one_likes(form, text):
    reply = 7
    for _ in range(9000):
        reply = [reply]
    assert render(reply, form) == text
    assert render({b"k": reply}, form).endswith(text)
