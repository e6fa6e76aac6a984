"""The outbox: what waits for a connection, and who must be woken for it."""

import pytest

from redis_clone import outbox as outbox_module
from redis_clone.outbox import Outbox


@pytest.fixture
def to_wake():
    return []


@pytest.fixture
def outbox(to_wake):
    return Outbox(to_wake)


def test_messages_are_taken_at_once_and_in_their_order(outbox):
    assert not outbox and outbox.take() == b""
    for message in (b"one ", b"two ", b"three"):
        outbox.put(message)
    assert outbox and (outbox.length, outbox.size) == (3, 13)
    assert outbox.take() == b"one two three"
    assert not outbox and (outbox.length, outbox.size) == (0, 0)


def test_only_the_first_message_wakes(outbox, to_wake):
    outbox.put(b"one")
    outbox.put(b"two")
    assert to_wake == [outbox]
    outbox.take()
    outbox.put(b"three")
    assert to_wake == [outbox, outbox]


def test_the_order_to_close_wakes_too_and_what_was_there_is_still_sent(outbox, to_wake):
    outbox.put(b"last words")
    outbox.close()
    assert outbox.closing and to_wake == [outbox, outbox]
    assert outbox.take() == b"last words"


def test_a_connection_that_does_not_read_is_closed_at_the_limit(outbox, to_wake, monkeypatch):
    monkeypatch.setattr(outbox_module, "MOST_BYTES", 10)
    outbox.put(b"x" * 10)
    assert not outbox.closing
    to_wake.clear()
    outbox.put(b"x")
    assert outbox.closing and to_wake == [outbox]
    assert not outbox and outbox.size == 0  # nobody will read it, so no memory is kept for it


def test_nothing_gathers_for_a_connection_that_is_closing(outbox):
    outbox.close()
    for _ in range(100):
        outbox.put(b"too late")
    assert not outbox and outbox.size == 0


def test_an_outbox_without_a_connection_can_be_rung(outbox):
    outbox.ring()
