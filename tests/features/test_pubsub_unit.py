"""Subscriptions, and the messages that reach each output buffer, without a server."""

from dataclasses import dataclass, field

import pytest

from redis_clone.features.pubsub import PubSub, Subscriptions, Topics
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import Push, encode


@dataclass(eq=False)
class Listener:
    protocol: int = 2
    output_buffer: OutputBuffer = field(default_factory=lambda: OutputBuffer([]))
    subscriptions: Subscriptions = field(default_factory=Subscriptions)


@pytest.fixture
def pubsub():
    return PubSub()


def subscribe(listener, topics, subscribed, topic):
    """What SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE do."""
    topics.add(topic, listener)
    subscribed[topic] = None


def messages(*pushes, protocol=2):
    return b"".join(encode(Push(push), protocol) for push in pushes)


def test_a_message_reaches_the_subscribers_of_its_channel_and_no_other_client(pubsub):
    listeners = [Listener() for _ in range(3)]
    for listener in listeners[:2]:
        pubsub.channels.add(b"news", listener)
    pubsub.channels.add(b"weather", listeners[2])
    assert pubsub.publish(b"news", b"hello") == 2
    message = messages([b"message", b"news", b"hello"])
    assert [listener.output_buffer.drain() for listener in listeners] == [message, message, b""]
    assert pubsub.publish(b"silence", b"hello") == 0


def test_a_client_gets_a_message_for_its_channel_and_for_each_pattern_that_fits(pubsub):
    listener = Listener()
    pubsub.patterns.add(b"n*", listener)
    pubsub.channels.add(b"news", listener)
    pubsub.patterns.add(b"*s", listener)
    pubsub.patterns.add(b"x*", listener)
    assert pubsub.publish(b"news", b"hi") == 3
    assert listener.output_buffer.drain() == messages(
        [b"message", b"news", b"hi"],
        [b"pmessage", b"n*", b"news", b"hi"],
        [b"pmessage", b"*s", b"news", b"hi"],
    )


def test_each_subscriber_gets_a_message_in_its_own_protocol(pubsub):
    listeners = [Listener(2), Listener(3), Listener(2)]
    for listener in listeners:
        pubsub.channels.add(b"news", listener)
    pubsub.publish(b"news", b"\r\n")
    for listener in listeners:
        message = messages([b"message", b"news", b"\r\n"], protocol=listener.protocol)
        assert listener.output_buffer.drain() == message


def test_shard_channels_are_separate_from_channels(pubsub):
    listener = Listener()
    pubsub.shard_channels.add(b"news", listener)
    pubsub.patterns.add(b"*", other := Listener())
    assert pubsub.publish_to_shard(b"news", b"hi") == 1
    assert pubsub.publish(b"news", b"hi") == 1
    assert listener.output_buffer.drain() == messages([b"smessage", b"news", b"hi"])
    assert other.output_buffer.drain() == messages([b"pmessage", b"*", b"news", b"hi"])


def test_a_client_that_leaves_is_forgotten_everywhere(pubsub):
    leaving, staying = Listener(), Listener()
    for listener in (leaving, staying):
        subscribe(listener, pubsub.channels, listener.subscriptions.channels, b"news")
    subscribe(leaving, pubsub.channels, leaving.subscriptions.channels, b"alone")
    subscribe(leaving, pubsub.patterns, leaving.subscriptions.patterns, b"n*")
    subscribe(leaving, pubsub.shard_channels, leaving.subscriptions.shard_channels, b"shard")
    assert leaving.subscriptions and leaving.subscriptions.count == 3
    pubsub.forget(leaving)
    assert not leaving.subscriptions and leaving.subscriptions.count == 0
    assert (list(pubsub.channels), list(pubsub.patterns), list(pubsub.shard_channels)) == ([b"news"], [], [])
    assert pubsub.publish(b"news", b"hi") == 1 and not leaving.output_buffer


def test_topics_keep_the_order_of_subscription_and_forget_the_empty_ones():
    topics, first, second = Topics(), Listener(), Listener()
    topics.add(b"b", first)
    topics.add(b"a", first)
    topics.add(b"b", second)
    topics.add(b"b", first)  # again, which changes nothing
    assert list(topics) == [b"b", b"a"] and len(topics) == 2
    assert list(topics.of(b"b")) == [first, second] and topics.count(b"b") == 2
    topics.remove(b"b", first)
    topics.remove(b"b", second)
    assert list(topics) == [b"a"] and list(topics.of(b"b")) == [] and topics.count(b"b") == 0
