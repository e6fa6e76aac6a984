"""The clients of the checks record a conversation, and a student reads it."""

import logging

import pytest
from exercises.machinery import conversation
from exercises.machinery.conversation import Record, TalkingClient, pretty, wait_until
from exercises.machinery.live_server import Bugs
from exercises.machinery.trial import NotYet


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def connect(record, our_address):
    clients = []

    def make(name):
        clients.append(TalkingClient(record, name, our_address[1]))
        clients[-1]("FLUSHALL")
        record._exchanges.clear()
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def message_of(action):
    with pytest.raises(NotYet) as caught:
        action()
    return [line.rstrip() for line in str(caught.value).split("\n")]


def test_a_reply_that_is_not_as_expected_comes_with_the_conversation(connect):
    ada, bob = connect("ada"), connect("bob")
    ada.expect("SET a 1", "OK")
    assert message_of(lambda: bob.expect("GET a", b"2")) == [
        "ada>            SET a 1",
        "                OK",
        "bob>            GET a",
        '                "1"',
        'expected  "2"',
    ]


def test_a_message_for_who_said_nothing_is_shown_with_the_name(connect):
    ada, bob = connect("ada"), connect("bob")
    ada("SUBSCRIBE news")
    bob.expect("PUBLISH news hello", 1)
    lines = message_of(ada.says_nothing)
    assert 'ada gets        1) "message"' in lines and lines[-1] == "expected  nothing for ada"


def test_what_came_in_one_piece_with_something_else_is_something_too(connect):
    ada = connect("ada")
    ada.send_bytes(b"PING\r\nPING\r\n")
    assert ada.read() == "PONG"
    assert message_of(ada.says_nothing)[-1] == "expected  nothing for ada"


def test_silence(connect):
    connect("ada").says_nothing(0.01)


def test_errors(connect):
    ada = connect("ada")
    ada.expect_error("GET", "ERR wrong number")
    assert message_of(lambda: ada.expect_error("PING", "ERR"))[-1] == "expected  (error) ERR ..."
    assert message_of(lambda: ada.expect("GET", "ERR wrong number of arguments for 'get' command"))
    assert (
        message_of(lambda: ada.expect_that("GET", lambda reply: True, "anything"))[-1] == "expected  anything"
    )


def test_a_server_that_hangs_up(connect):
    ada = connect("ada")
    ada("QUIT")
    assert message_of(lambda: ada("PING"))[-1] == "came      the server hung up"


def test_a_server_that_says_nothing(connect, monkeypatch):
    ada = connect("ada")
    ada._socket.settimeout(0.05)
    assert message_of(lambda: ada("BLPOP nothing 0"))[-1].startswith("came      nothing, for")


def test_what_is_no_resp(record, connect):
    ada = connect("ada")
    ada._unread = b"hello\r\n"
    assert message_of(ada.read)[-1] == "came      no RESP: b'hello'"


def test_a_fault_in_the_server_is_shown():
    bugs = Bugs()
    try:
        raise ZeroDivisionError("of mine")
    except ZeroDivisionError:
        log = logging.Logger("test")
        log.addHandler(bugs)
        log.exception("Error while running")
    assert "in the server:  ZeroDivisionError: of mine" in str(Record(bugs).not_yet())


def test_a_long_conversation_is_shown_from_its_last_part_on(record):
    for number in range(50):
        record.add("ada", sent=f"GET {number}")
    lines = str(record.not_yet()).split("\n")
    assert lines[0] == "..." and lines[-1].endswith("GET 49") and len(lines) == conversation.REMEMBERED + 1


def test_replies_look_as_in_redis_cli():
    assert pretty([1, b"a", [None, []]]) == '1) (integer) 1\n2) "a"\n3) 1) (nil)\n   2) (empty array)'
    assert pretty(b"x" * 1000).endswith('... (1000 bytes)"')


def test_waiting_for_what_never_comes_ends(monkeypatch):
    monkeypatch.setattr(conversation, "PATIENCE_S", 0.05)
    assert message_of(lambda: wait_until(lambda: False, "pigs fly"))[0] == "expected  pigs fly"
    wait_until(lambda: True)
