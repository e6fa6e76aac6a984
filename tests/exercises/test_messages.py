"""Values go from one process to the other as copies, if they are plain; all others stay where they are."""

import json
import socket

import pytest
from exercises.machinery import messages
from exercises.machinery.messages import Line, Values


@pytest.fixture
def both():
    """The values of two processes, each of which hears the other."""
    return Values(), Values()


def sent(both, value):
    """What arrives."""
    return both[1].decode(json.loads(json.dumps(both[0].encode(value))))


def test_plain_values_arrive_as_copies_of_the_same_type(both):
    for value in (
        *(None, True, 1, 1.5, float("inf"), 2**200, -(2**53), "\udc80text", b"\x00\xff", [], (), {}, set()),
        [1, (2, b"3")],
        {(1, b"a"): [None], "b": {1, 2}},
        frozenset({b"a"}),
        range(1, 9, 2),
    ):
        came = sent(both, value)
        assert came == value and type(came) is type(value), value


def test_what_only_looks_like_a_plain_value_stays_where_it_is(both):
    class Number(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    number = Number(7)
    data = both[0].encode([number])
    assert data == ["list", [["mine", 0]]]
    assert both[0].decode(["yours", 0]) is number and both[0].knows(number)


def test_an_object_keeps_its_number(both):
    one, two = object(), object()
    assert [both[0].encode(each) for each in (one, two, one)] == [["mine", 0], ["mine", 1], ["mine", 0]]


def test_nonsense_is_an_error(both):
    for data in (["bytearray", 7], ["yours", 7], ["list", 5], ["bytes", "\u1234"]):
        with pytest.raises((ValueError, LookupError, TypeError)):
            both[0].decode(data)


def test_whole_messages_go_over_a_line(monkeypatch):
    monkeypatch.setattr(messages, "MOST_BYTES", 100)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as near,
        listener.accept()[0] as far,
    ):
        line = Line(far)
        Line(near).send(["request", 1])
        Line(near).send("x" * 200)
        assert line.receive() == ["request", 1]
        with pytest.raises(ValueError, match="202 bytes"):
            line.receive()
