"""The outbox: what waits for a connection, and who must be woken for it."""

import pytest

from redis_clone.protocol.output_buffer import Outbox, SendLimits
from redis_clone.structures.clock import Clock


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


@pytest.fixture
def clock():
    return Clock(lambda: 0)


@pytest.fixture
def limited(to_wake, clock):
    """Makes an outbox with these limits for subscribers."""

    def make(hard=0, soft=0, seconds=0, subscriptions=(b"news",)):
        limits = SendLimits(clock)
        limits.set({"normal": (0, 0, 0), "pubsub": (hard, soft, seconds)})
        return Outbox(to_wake, limits, subscriptions)

    return make


def test_a_subscriber_that_does_not_read_is_closed_at_the_hard_limit(limited, to_wake):
    outbox = limited(hard=10)
    outbox.put(b"x" * 9)
    assert not outbox.closing
    to_wake.clear()
    outbox.put(b"x")
    assert outbox.is_cut and outbox.overflowed and to_wake == [outbox]


def test_what_is_being_sent_counts_too(limited):
    outbox = limited(hard=10)
    outbox.sending = 6
    outbox.put(b"xxx")
    assert not outbox.closing
    outbox.put(b"x")
    assert outbox.overflowed


def test_the_soft_limit_allows_some_seconds_and_begins_anew_below_it(limited, clock):
    outbox = limited(soft=10, seconds=2)
    for now_s, size, is_full in [(0, 10, False), (2, 0, False), (3, 0, True)]:
        clock.now_ns = now_s * 10**9
        outbox.put(b"x" * size)
        assert outbox.overflowed is is_full
    outbox = limited(soft=10, seconds=2)
    outbox.put(b"x" * 10)
    outbox.take()
    clock.now_ns = 9 * 10**9
    assert not outbox.is_too_full()
    outbox.put(b"x" * 10)
    assert not outbox.overflowed


def test_others_have_the_limit_of_their_own_class_which_is_none(limited):
    outbox = limited(hard=10, subscriptions=())
    outbox.put(b"x" * 1000)
    assert not outbox.closing and not outbox.is_too_full(replies=10**9)


def test_nothing_gathers_for_a_connection_that_is_closing(outbox):
    outbox.close()
    for _ in range(100):
        outbox.put(b"too late")
    assert not outbox and outbox.size == 0


def test_an_outbox_without_a_connection_can_be_rung(outbox):
    outbox.ring()
