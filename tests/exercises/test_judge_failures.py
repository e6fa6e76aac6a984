"""What a student reads when a stage fails: whole texts, as they are printed."""

import doctest
import importlib
import socket
from textwrap import dedent

import pytest
from exercises.judge.failure import StageFailed
from exercises.judge.values import NULL_ARRAY, OK, InAnyOrder, Status, error
from exercises.judge.wire import Connection, Record

GET, BECAUSE = "GET color", "SET has kept this value"


def read_by_student(answer, words=GET, expected="green", why="", ends=False):
    """What the student reads when the server answers a command with these bytes."""
    judge, server = socket.socketpair()
    client = Connection(Record(), "client", judge, 0.05)
    with judge, server:
        server.sendall(answer)
        if ends:
            server.shutdown(socket.SHUT_WR)
        with pytest.raises(StageFailed) as failed:
            client.expect(words, expected, why)
        return "\n".join(line.rstrip() for line in str(failed.value).split("\n"))


def reads(text, answer, **asked):
    came = read_by_student(answer, **asked)
    assert came == dedent(text).strip("\n"), f"it is\n{came}"


def test_another_value():
    reads(
        r"""
        client > GET color
        client < "greed"

        received   $5\r\ngreed\r\n
                             ^
        expected   $5\r\ngreen\r\n
        because    SET has kept this value
        """,
        b"$5\r\ngreed\r\n",
        why=BECAUSE,
    )


def test_a_line_that_ends_with_a_newline_only():
    reads(
        r"""
        client > GET color

        received   $5\ngreen\n
                     ^
        this means you sent \n where \r\n belongs
        """,
        b"$5\ngreen\n",
    )


def test_a_bulk_string_that_is_too_short():
    reads(
        r"""
        client > GET color

        received   $5\r\ngree\r\n
                                 ^
        then       nothing came for 0.05 seconds
        this means a bulk string of 5 bytes has 4
        """,
        b"$5\r\ngree\r\n",
    )


def test_a_bulk_string_that_is_too_long():
    reads(
        r"""
        client > GET color

        received   $4\r\ngreen\r\n
                             ^
        this means a bulk string of 4 bytes has 5: \r\n belongs here
        """,
        b"$4\r\ngreen\r\n",
    )


def test_no_reply_at_all():
    reads(
        """
        client > GET color

        came       nothing came for 0.05 seconds
        """,
        b"",
    )


def test_a_connection_that_ends():
    reads(
        """
        client > GET color

        came       the connection ended: your server probably crashed, or closed it after one command
        """,
        b"",
        ends=True,
    )


def test_a_connection_that_ends_in_the_middle():
    reads(
        r"""
        client > GET color

        received   *2\r\n:1\r\n$3
                                 ^
        then       the connection ended: your server probably crashed, or closed it after one command
        this means element 2 of 2 is missing: the line has no end yet: \r\n is missing
        """,
        b"*2\r\n:1\r\n$3",
        ends=True,
    )


def test_bytes_that_are_no_reply():
    reads(
        r"""
        client > GET color

        received   green\r\n
                   ^
        this means a reply begins with one of + - : $ * and not with 'g'
        """,
        b"green\r\n",
    )


def test_the_right_value_as_another_kind():
    reads(
        r"""
        client > GET color
        client < green

        received   +green\r\n
                   ^
        expected   $5\r\ngreen\r\n
        this means the value is right, but it is a simple string (+) where a bulk string ($) belongs
        """,
        b"+green\r\n",
    )


def test_an_error_where_a_value_belongs():
    reads(
        r"""
        client > GET color
        client < (error) ERR no such color

        received   -ERR no such color\r\n
                   ^
        expected   $5\r\ngreen\r\n
        this means your server answered with an error where none belongs
        """,
        b"-ERR no such color\r\n",
    )


def test_a_command_that_is_not_there_yet():
    text = read_by_student(b"-ERR unknown command 'GET'\r\n")
    assert text.endswith("this means your server does not know this command yet")


def test_another_error():
    reads(
        r"""
        client > INCR color
        client < (error) ERR no number

        received   -ERR no number\r\n
                        ^
        expected   -ERR value is not an integer ..., as you like
        this means an error is right, but clients look at how its text begins
        """,
        b"-ERR no number\r\n",
        words="INCR color",
        expected=error("ERR value is not an integer"),
    )


def test_the_other_nothing():
    reads(
        r"""
        client > EXEC
        client < (nil)

        received   $-1\r\n
                   ^
        expected   *-1\r\n
        this means there are two kinds of nothing: $-1 is no string, *-1 is no array
        """,
        b"$-1\r\n",
        words="EXEC",
        expected=NULL_ARRAY,
    )


def test_elements_in_another_order():
    reads(
        r"""
        client > LRANGE l 0 -1
        client < 1) "b"
                 2) "a"

        received   *2\r\n$1\r\nb\r\n$1\r\na\r\n
                               ^
        expected   ["a", "b"]
        this means the elements are right, and their order is not
        """,
        b"*2\r\n$1\r\nb\r\n$1\r\na\r\n",
        words="LRANGE l 0 -1",
        expected=["a", "b"],
    )


def test_an_element_that_is_missing():
    reads(
        r"""
        client > SMEMBERS s
        client < 1) "b"

        received   *1\r\n$1\r\nb\r\n
                   ^
        expected   ["a", "b"] in any order
        this means 2 elements were expected, and 1 came
        """,
        b"*1\r\n$1\r\nb\r\n",
        words="SMEMBERS s",
        expected=InAnyOrder(["a", "b"]),
    )


def test_a_long_reply_is_shown_around_the_place():
    text = read_by_student(b"$200\r\n" + b"a" * 99 + b"b" + b"a" * 100 + b"\r\n", expected="a" * 200)
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if line.strip() == "^")
    shown, caret = lines[at - 1], lines[at]
    assert shown.startswith("received   ...a") and shown.endswith("a...") and shown[caret.index("^")] == "b"


def test_more_than_one_reply():
    judge, server = socket.socketpair()
    client = Connection(Record(), "client", judge, 0.05)
    with judge, server:
        server.sendall(b"+OK\r\n+OK\r\n")
        client.expect("SET a 1", OK)
        with pytest.raises(StageFailed, match="more came than one reply for each command"):
            client.expect("PING", Status("PONG"))


def test_a_port_at_which_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with pytest.raises(StageFailed, match=f"nobody listens at 127.0.0.1:{address[1]}: is your server"):
        Connection.to(address, Record(), "client", 1.0)


def test_silence_where_silence_belongs():
    judge, server = socket.socketpair()
    client = Connection(Record(), "client", judge, 0.05)
    with judge, server:
        client.expect_nothing("nobody has pushed")
        server.sendall(b"+OK\r\n")
        with pytest.raises(StageFailed, match="expected   nothing for now\nbecause    nobody has pushed"):
            client.expect_nothing("nobody has pushed")


def test_the_examples_in_the_docstrings_hold():
    for name in ("judge.failure", "judge.rdb", "judge.values", "stages.cluster"):
        outcome = doctest.testmod(importlib.import_module(f"exercises.{name}"))
        assert outcome.attempted and not outcome.failed, name
