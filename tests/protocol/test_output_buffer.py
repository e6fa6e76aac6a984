"""The output buffer: the messages that wait for a connection, and when the connection is woken."""

import pytest

from redis_clone.protocol.output_buffer import FREE_BYTES, OutputBuffer, OutputBufferLimits
from redis_clone.structures.clock import Clock


@pytest.fixture
def to_wake():
    return []


@pytest.fixture
def output_buffer(to_wake):
    return OutputBuffer(to_wake)


def test_all_messages_are_drained_at_once_and_in_their_order(output_buffer):
    assert not output_buffer and output_buffer.drain() == b""
    for message in (b"one ", b"two ", b"three"):
        output_buffer.append(message)
    assert output_buffer and (output_buffer.length, output_buffer.size) == (3, 13)
    assert output_buffer.drain() == b"one two three"
    assert not output_buffer and (output_buffer.length, output_buffer.size) == (0, 0)


def test_only_the_first_message_wakes(output_buffer, to_wake):
    output_buffer.append(b"one")
    output_buffer.append(b"two")
    assert to_wake == [output_buffer]
    output_buffer.drain()
    output_buffer.append(b"three")
    assert to_wake == [output_buffer, output_buffer]


def test_an_order_to_close_wakes_too_and_earlier_messages_are_still_sent(output_buffer, to_wake):
    output_buffer.append(b"last words")
    output_buffer.close()
    assert output_buffer.close_after_reply and to_wake == [output_buffer, output_buffer]
    assert output_buffer.drain() == b"last words"


@pytest.fixture
def clock():
    return Clock(lambda: 0)


@pytest.fixture
def limited(to_wake, clock):
    """Makes an output buffer with these limits for subscribers."""

    def make(hard=0, soft=0, seconds=0, subscriptions=(b"news",)):
        limits = OutputBufferLimits(clock)
        limits.set({"normal": (0, 0, 0), "pubsub": (hard, soft, seconds)})
        return OutputBuffer(to_wake, limits, subscriptions)

    return make


def test_a_subscriber_that_does_not_read_is_closed_at_the_hard_limit(limited, to_wake):
    output_buffer = limited(hard=10)
    output_buffer.append(b"x" * 9)
    assert not output_buffer.close_after_reply
    to_wake.clear()
    output_buffer.append(b"x")
    assert output_buffer.close_asap and output_buffer.overflowed and to_wake == [output_buffer]


def test_what_is_being_sent_counts_too(limited):
    output_buffer = limited(hard=10)
    output_buffer.sending = FREE_BYTES + 6
    output_buffer.append(b"xxx")
    assert not output_buffer.close_after_reply
    output_buffer.append(b"x")
    assert output_buffer.overflowed


def test_the_soft_limit_allows_some_seconds_and_begins_anew_below_it(limited, clock):
    output_buffer = limited(soft=10, seconds=2)
    for now_s, size, is_full in [(0, 10, False), (2, 0, False), (3, 0, True)]:
        clock.now_ns = now_s * 10**9
        output_buffer.append(b"x" * size)
        assert output_buffer.overflowed is is_full
    output_buffer = limited(soft=10, seconds=2)
    output_buffer.append(b"x" * 10)
    output_buffer.drain()
    clock.now_ns = 9 * 10**9
    assert not output_buffer.is_too_full()
    output_buffer.append(b"x" * 10)
    assert not output_buffer.overflowed


def test_the_time_above_the_soft_limit_ends_when_the_replies_are_sent(limited, clock):
    output_buffer = limited(soft=10, seconds=2)
    output_buffer.sending = FREE_BYTES + 10
    assert not output_buffer.is_too_full()
    output_buffer.sent()
    clock.now_ns = 9 * 10**9
    output_buffer.sending = FREE_BYTES + 10
    assert not output_buffer.is_too_full()
    clock.now_ns = 12 * 10**9
    assert output_buffer.is_too_full()


def test_other_clients_have_the_limit_of_their_own_class_which_is_none(limited):
    output_buffer = limited(hard=10, subscriptions=())
    output_buffer.append(b"x" * 1000)
    output_buffer.sending = 10**9
    assert not output_buffer.close_after_reply and not output_buffer.is_too_full()


def test_nothing_gathers_for_a_connection_that_is_closing(output_buffer):
    output_buffer.close()
    for _ in range(100):
        output_buffer.append(b"too late")
    assert not output_buffer and output_buffer.size == 0


def test_an_output_buffer_without_a_connection_can_be_woken(output_buffer):
    output_buffer.wake()
