"""Publish and subscribe: which client subscribes to which channels, and the delivery of messages.

A publisher never waits for a subscriber: a message is put into the output buffer of each subscriber
(protocol/output_buffer.py).  It is encoded once for RESP2 and once for RESP3, however many there are.

There are three kinds of subscription, each with a Topics of its own: to a channel by name, to all channels
that match a pattern, and to a shard channel, which in a cluster stays on one node.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import Push, encode
from redis_clone.structures.glob import compiled


class Subscriptions:
    """What one client subscribes to, in the order in which it subscribed."""

    def __init__(self) -> None:
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shard_channels: dict[bytes, None] = {}

    @property
    def count(self) -> int:
        """The number that SUBSCRIBE and PSUBSCRIBE reply; shard channels are counted separately."""
        return len(self.channels) + len(self.patterns)

    def __bool__(self) -> bool:
        return bool(self.channels or self.patterns or self.shard_channels)


class Subscriber(Protocol):
    """The attributes of a client that this module uses."""

    protocol: int
    output_buffer: OutputBuffer
    subscriptions: Subscriptions


class Topics:
    """Topics and their subscribers, both in the order in which they came; every topic has a subscriber."""

    def __init__(self) -> None:
        self._subscribers: dict[bytes, dict[Subscriber, None]] = {}

    def add(self, topic: bytes, subscriber: Subscriber) -> None:
        self._subscribers.setdefault(topic, {})[subscriber] = None

    def remove(self, topic: bytes, subscriber: Subscriber) -> None:
        subscribers = self._subscribers[topic]
        del subscribers[subscriber]
        if not subscribers:
            del self._subscribers[topic]

    def of(self, topic: bytes) -> Iterable[Subscriber]:
        return self._subscribers.get(topic, ())

    def count(self, topic: bytes) -> int:
        return len(self._subscribers.get(topic, ()))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._subscribers)

    def __len__(self) -> int:
        return len(self._subscribers)


class PubSub:
    """All subscriptions of the server.  The caller holds the lock."""

    def __init__(self) -> None:
        self.channels = Topics()
        self.patterns = Topics()
        self.shard_channels = Topics()

    def publish(self, channel: bytes, message: bytes) -> int:
        """Deliver a message; returns how often it was delivered.

        A client gets it once for its channel, and once more for each of its patterns that match.
        """
        receivers = _deliver(Push([b"message", channel, message]), self.channels.of(channel))
        for pattern in self.patterns:
            if compiled(pattern).matches(channel):
                push = Push([b"pmessage", pattern, channel, message])
                receivers += _deliver(push, self.patterns.of(pattern))
        return receivers

    def publish_to_shard(self, channel: bytes, message: bytes) -> int:
        return _deliver(Push([b"smessage", channel, message]), self.shard_channels.of(channel))

    def end_shard_channels(self, has_left: Callable[[bytes], bool]) -> None:
        """Unsubscribe everybody from the shard channels that have left this node, and say so."""
        for channel in [channel for channel in self.shard_channels if has_left(channel)]:
            for subscriber in list(self.shard_channels.of(channel)):
                mine = subscriber.subscriptions.shard_channels
                del mine[channel]
                self.shard_channels.remove(channel, subscriber)
                push = Push([b"sunsubscribe", channel, len(mine)])
                subscriber.output_buffer.append(encode(push, subscriber.protocol))

    def forget(self, client: Subscriber) -> None:
        """End all subscriptions of a client that has left or sent RESET."""
        subscriptions = client.subscriptions
        for topics, subscribed in (
            (self.channels, subscriptions.channels),
            (self.patterns, subscriptions.patterns),
            (self.shard_channels, subscriptions.shard_channels),
        ):
            for topic in subscribed:
                topics.remove(topic, client)
            subscribed.clear()


def _deliver(push: Push, subscribers: Iterable[Subscriber]) -> int:
    encoded: dict[int, bytes] = {}
    receivers = 0
    for subscriber in subscribers:
        if subscriber.protocol not in encoded:
            encoded[subscriber.protocol] = encode(push, subscriber.protocol)
        subscriber.output_buffer.append(encoded[subscriber.protocol])
        receivers += 1
    return receivers
