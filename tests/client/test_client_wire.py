"""`--wire`: the bytes of each request and reply, and what is said of them."""

import io
import itertools
from collections.abc import Callable

import pytest
from client_harness import FakeServer, run_ours

from redis_clone.client.resp_pieces import KINDS, MOST_ITEMS, MOST_LEVELS, NOTES, pieces_of
from redis_clone.client.wire import Wire
from redis_clone.protocol.replies import encode_command

Fake = Callable[..., FakeServer]

MEANINGS = [
    (b"+OK\r\n", "simple string; a short status, up to the end of the line"),
    (b"-ERR x\r\n", "error; the first word is its kind, the rest for people"),
    (b":-7\r\n", "integer; in decimal digits"),
    (b"$0\r\n\r\n", "bulk string of 0 bytes; counted, so any byte may be in it"),
    (b"$-1\r\n", "null bulk string; there is no value (RESP3: _)"),
    (b"*-1\r\n", "null array; nothing came, or nothing was done (RESP3: _)"),
    (b"*0\r\n", "empty array"),
    (b"_\r\n", "null; there is no value (RESP2: $-1 or *-1)"),
    (b"#t\r\n", "boolean, true; RESP2 would say :1 or :0"),
    (b",1.5\r\n", "double; a number with a fraction (RESP2: its digits as a bulk string)"),
    (b"(12345678901234567890\r\n", "big number; an integer of more than 64 bits"),
]


def test_each_type_is_one_piece_with_its_meaning() -> None:
    pieces = [piece for data, _ in MEANINGS for piece in pieces_of(data)]
    assert [(piece.head + piece.body, piece.meaning) for piece in pieces] == MEANINGS


def test_every_type_that_has_a_name_has_a_note() -> None:
    assert KINDS.keys() == NOTES.keys()


NESTED = b"*3\r\n%1\r\n$1\r\nk\r\n~2\r\n:1\r\n:2\r\n=6\r\ntxt:ab\r\n|1\r\n+a\r\n:1\r\n>1\r\n:9\r\n"


def test_the_pieces_together_are_the_bytes_again() -> None:
    assert b"".join(piece.head + piece.body for piece in pieces_of(NESTED)) == NESTED


def test_the_items_of_an_array_hang_below_it() -> None:
    assert [piece.branch for piece in pieces_of(b"*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n:3\r\n")] == [
        "",
        "├ ",
        "│ ├ ",
        "│ └ ",
        "└ ",
        "  └ ",
    ]


def test_keys_and_values_of_a_map_are_told_apart() -> None:
    meanings = [piece.meaning.partition(":")[0] for piece in pieces_of(b"%1\r\n$1\r\nk\r\n:5\r\n")]
    assert meanings[1:] == ["key", "value"]


def test_a_note_is_given_once_a_message() -> None:
    first, second = pieces_of(b"*2\r\n:1\r\n:2\r\n")[1:]
    assert (first.meaning, second.meaning) == ("integer; in decimal digits", "integer")


def test_a_long_array_is_shown_by_its_beginning() -> None:
    pieces = pieces_of(b"*1000\r\n" + b":1\r\n" * 1000)
    assert len(pieces) == 1 + MOST_ITEMS + 1
    assert pieces[-1].meaning == f"... and {1000 - MOST_ITEMS} more"


def test_what_is_no_resp_or_is_cut_off_is_said_to_be() -> None:
    for data in (b"HTTP/1.1 400\r\n", b"$5\r\nab\r\n", b"*2\r\n:1\r\n", b":1", b"$x\r\n"):
        assert pieces_of(data)[-1].meaning == "not RESP, or not all of it", data


def test_a_letter_of_several_bytes_is_read_as_utf_8() -> None:
    (piece,) = pieces_of("$5\r\ncafé\r\n".encode())
    assert "(café in UTF-8)" in piece.meaning


class Screen(io.StringIO):
    encoding = "utf-8"


def watched(*steps: tuple[str, bytes], encoding: str = "utf-8") -> str:
    screen = Screen()
    screen.encoding = encoding
    ticks = itertools.count()
    wire = Wire(screen, is_on=True, clock=lambda: next(ticks) / 1000)
    for verb, data in steps:
        getattr(wire, verb)(data)
    return screen.getvalue()


def test_a_request_and_its_reply_stand_side_by_side_with_their_meanings() -> None:
    shown = watched(("sending", encode_command([b"GET", b"a"])), ("received", b"$5\r\nhello\r\n"))
    assert shown.splitlines() == [
        "──> 20 bytes to the server",
        r"    *2\r\n            array of 2, a command with 1 argument",
        r"    ├ $3\r\n GET\r\n  the command: bulk string of 3 bytes",
        r"    └ $1\r\n a\r\n    argument 1: bulk string of 1 byte",
        "<── 11 bytes from the server, 1.0 ms later",
        r"    $5\r\n hello\r\n  bulk string of 5 bytes; counted, so any byte may be in it",
    ]


def test_a_pipeline_is_named_and_its_replies_are_counted() -> None:
    shown = watched(
        ("sending", encode_command([b"PING"]) * 2), ("received", b"+PONG\r\n"), ("received", b"+PONG\r\n")
    )
    assert "a pipeline, 2 commands in one go" in shown
    assert "reply 1 of 2, 1.0 ms later" in shown and "reply 2 of 2, 2.0 ms later" in shown


def test_a_push_comes_out_of_turn_and_is_no_reply() -> None:
    shown = watched(
        ("sending", encode_command([b"PING"])), ("received", b">0\r\n"), ("received", b"+PONG\r\n")
    )
    assert "<── 4 bytes from the server, out of turn\n" in shown
    assert "<── 7 bytes from the server, 1.0 ms later\n" in shown


def test_a_password_is_hidden() -> None:
    for words in (
        [b"AUTH", b"secret"],
        [b"HELLO", b"3", b"AUTH", b"me", b"secret"],
        [b"CONFIG", b"SET", b"requirepass", b"secret"],
        [b"ACL", b"SETUSER", b"me", b">secret"],
    ):
        shown = watched(("sending", encode_command([b"PING"]) + encode_command(words)))
        assert "secret" not in shown and "hidden here" in shown and "PING" in shown, words


def test_an_inline_command_with_a_password_is_hidden_whole() -> None:
    shown = watched(("sending", b"PING\r\nAUTH secret\r\n\r\n"))
    assert "secret" not in shown and shown.startswith("──> 21 bytes to the server: a pipeline, 2 commands")
    assert r"    \r\n          an empty line, which the server passes over" in shown


def test_replies_are_counted_over_several_sendings_that_none_has_answered() -> None:
    ping = ("sending", encode_command([b"PING"]))
    shown = watched(ping, ping, ("received", b"+PONG\r\n"), ("received", b"+PONG\r\n"), ping)
    assert "reply 1 of 2" in shown and "reply 2 of 2" in shown and "of 3" not in shown


def test_a_new_connection_owes_no_reply(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b"", b"")
    lines = b":pipeline PING ; PING ; PING\nPING\n"
    outcome = run_ours("-p", server.port, "--wire", stdin=lines)
    assert outcome.stdout == b"OK\nOK\n" and b"Error: Server closed" in outcome.stderr
    assert b", reply 1 of 3, " in outcome.stderr and outcome.stderr.count(b", reply ") == 1


def test_a_screen_that_knows_no_unicode_gets_lines_of_ascii() -> None:
    assert watched(("sending", encode_command([b"GET", b"a"])), encoding="cp1252").isascii()


def test_of_a_long_value_the_beginning_is_shown() -> None:
    shown = watched(("received", b"$1000\r\n" + b"x" * 1000 + b"\r\n"))
    assert r"x...\r\n  bulk string of 1000 bytes" in shown


def test_the_bytes_go_to_stderr_and_the_replies_to_stdout(fake_server: Fake) -> None:
    outcome = run_ours("-p", fake_server(b"$1\r\nv\r\n").port, "--wire", "GET", "k")
    assert outcome.stdout == b"v\n"
    assert rb"argument 1: bulk string of 1 byte" in outcome.stderr
    assert rb"    $1\r\n v\r\n  bulk string of 1 byte" in outcome.stderr


def test_the_wire_is_shown_of_a_scan_too(fake_server: Fake) -> None:
    outcome = run_ours("-p", fake_server(b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n").port, "--wire", "--scan")
    assert outcome.stdout == b"a\n" and b"the command: bulk string of 4 bytes" in outcome.stderr


def test_the_wire_is_switched_on_and_off_between_commands(fake_server: Fake) -> None:
    server = fake_server(*[b"+OK\r\n"] * 3)
    lines = b"SET a 1\n:wire on\nSET b 2\n:wire off\nSET c 3\n:wire maybe\n"
    outcome = run_ours("-p", server.port, stdin=lines)
    assert outcome.stdout == b"OK\nOK\nOK\nSay :wire on, or :wire off.\n"
    assert outcome.stderr.count(b"-> ") + outcome.stderr.count("─> ".encode()) == 1
    assert rb" b\r\n" in outcome.stderr and rb" a\r\n" not in outcome.stderr


def test_the_wire_explains_the_types_by_their_first_bytes(fake_server: Fake) -> None:
    legend = run_ours("-p", fake_server().port, stdin=b":wire\n").stdout.decode()
    for kind, name in KINDS.items():
        assert f"\n  {kind.decode()}  {name}" in legend


def test_a_pipeline_is_sent_whole_before_a_reply_is_read(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b":2\r\n", b"$1\r\n2\r\n")
    outcome = run_ours("-p", server.port, stdin=b":pipeline SET a 1 ; INCR a ; GET a\n")
    assert outcome.stdout == b"OK\n2\n2\n"
    assert server.received == [[b"SET", b"a", b"1"], [b"INCR", b"a"], [b"GET", b"a"]]


def test_a_transaction_in_a_pipeline_is_followed_by_the_prompt(fake_server: Fake) -> None:
    server = fake_server(b"+OK\r\n", b"+QUEUED\r\n", b"*1\r\n:1\r\n")
    outcome = run_ours("-p", server.port, stdin=b":pipeline MULTI ; INCR a ; EXEC\n:pipeline SUBSCRIBE a ;\n")
    assert outcome.stdout.splitlines()[:3] == [b"OK", b"QUEUED", b"1"]
    assert outcome.stdout.endswith(b"cannot be in a pipeline here.\n")


@pytest.mark.parametrize("inner", [b":7\r\n", b"*2\r\n$1\r\na\r\n%1\r\n+k\r\n:1\r\n"])
def test_what_is_nested_very_deep_is_left_out(inner: bytes) -> None:
    pieces = pieces_of(b"*1\r\n" * 9000 + inner + b"+OK\r\n")
    assert [piece.meaning for piece in pieces[-2:]] == ["... nested deeper", "simple string; " + NOTES[b"+"]]
    assert len(pieces) == MOST_LEVELS + 2
