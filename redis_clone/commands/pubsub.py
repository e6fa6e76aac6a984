"""The publish and subscribe commands.  The subscriptions are kept in redis_clone/features/pubsub.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.containers import container
from redis_clone.features.pubsub import Topics
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Push, Replies
from redis_clone.structures.glob import matches

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("pubsub")

container("PUBSUB", "pubsub", help_since="6.2.0")


@command("SUBSCRIBE", arity=-2, flags="pubsub noscript loading stale")
def subscribe(client: Client, *channels: bytes) -> Replies:
    """Subscribes to channels.

    SUBSCRIBE channel [channel ...]
    Since 2.0.0, O(N) where N is the number of channels.
    """
    mine = client.subscriptions
    return Replies(
        _add(client, b"subscribe", channel, client.server.pubsub.channels, mine.channels)
        for channel in channels
    )


@command("UNSUBSCRIBE", arity=-1, flags="pubsub noscript loading stale")
def unsubscribe(client: Client, *channels: bytes) -> Replies:
    """Unsubscribes from channels, from all of them when none is named.

    UNSUBSCRIBE [channel [channel ...]]
    Since 2.0.0, O(N) where N is the number of channels.
    """
    mine = client.subscriptions
    return _remove(client, b"unsubscribe", channels, client.server.pubsub.channels, mine.channels)


@command("PSUBSCRIBE", arity=-2, flags="pubsub noscript loading stale")
def psubscribe(client: Client, *patterns: bytes) -> Replies:
    """Subscribes to all channels that match one of the patterns.

    PSUBSCRIBE pattern [pattern ...]
    Since 2.0.0, O(N) where N is the number of patterns.
    """
    mine = client.subscriptions
    return Replies(
        _add(client, b"psubscribe", pattern, client.server.pubsub.patterns, mine.patterns)
        for pattern in patterns
    )


@command("PUNSUBSCRIBE", arity=-1, flags="pubsub noscript loading stale")
def punsubscribe(client: Client, *patterns: bytes) -> Replies:
    """Unsubscribes from patterns, from all of them when none is named.

    PUNSUBSCRIBE [pattern [pattern ...]]
    Since 2.0.0, O(N) where N is the number of patterns.
    """
    mine = client.subscriptions
    return _remove(client, b"punsubscribe", patterns, client.server.pubsub.patterns, mine.patterns)


@command("SSUBSCRIBE", arity=-2, flags="pubsub noscript loading stale", keys=all_keys("not_key"))
def ssubscribe(client: Client, *channels: bytes) -> Replies:
    """Subscribes to shard channels.

    SSUBSCRIBE shardchannel [shardchannel ...]
    Since 7.0.0, O(N) where N is the number of channels.
    """
    if client.transaction.is_running:  # SUBSCRIBE and PSUBSCRIBE may be in a transaction, as in Redis
        raise RedisError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    mine = client.subscriptions
    return Replies(
        _add(client, b"ssubscribe", channel, client.server.pubsub.shard_channels, mine.shard_channels)
        for channel in channels
    )


@command("SUNSUBSCRIBE", arity=-1, flags="pubsub noscript loading stale", keys=all_keys("not_key"))
def sunsubscribe(client: Client, *channels: bytes) -> Replies:
    """Unsubscribes from shard channels, from all of them when none is named.

    SUNSUBSCRIBE [shardchannel [shardchannel ...]]
    Since 7.0.0, O(N) where N is the number of channels.
    """
    mine = client.subscriptions
    return _remove(
        client, b"sunsubscribe", channels, client.server.pubsub.shard_channels, mine.shard_channels
    )


@command("PUBLISH", arity=3, flags="pubsub loading stale fast")
def publish(client: Client, channel: bytes, message: bytes) -> int:
    """Sends a message to all subscribers of a channel, and returns their number.

    PUBLISH channel message
    Since 2.0.0, O(N+M) where N is the number of subscribers and M is the number of patterns.
    """
    _spread(client, channel, message, is_sharded=False)
    return client.server.pubsub.publish(channel, message)


@command("SPUBLISH", arity=3, flags="pubsub loading stale fast", keys=one_key("not_key"))
def spublish(client: Client, shardchannel: bytes, message: bytes) -> int:
    """Sends a message to all subscribers of a shard channel, and returns their number.

    SPUBLISH shardchannel message
    Since 7.0.0, O(N) where N is the number of subscribers.
    """
    _spread(client, shardchannel, message, is_sharded=True)
    return client.server.pubsub.publish_to_shard(shardchannel, message)


def _spread(client: Client, channel: bytes, message: bytes, is_sharded: bool) -> None:
    """Bring a message to the servers whose clients may subscribe to it too."""
    if client.server.cluster is not None:
        client.server.cluster.publish(channel, message, is_sharded)
    else:
        client.server.propagation.send_unchanged_to_replicas()


@command("PUBSUB|CHANNELS", arity=-2, flags="pubsub loading stale")
def pubsub_channels(client: Client, pattern: bytes | None = None) -> list[bytes]:
    """Returns the channels that have subscribers.

    PUBSUB CHANNELS [pattern]
    Since 2.8.0, O(N) where N is the number of channels.
    """
    return _matching(client.server.pubsub.channels, pattern)


@command("PUBSUB|NUMSUB", arity=-2, flags="pubsub loading stale")
def pubsub_numsub(client: Client, *channels: bytes) -> list[bytes | int]:
    """Returns the number of subscribers of each channel, without those of patterns.

    PUBSUB NUMSUB [channel [channel ...]]
    Since 2.8.0, O(N) where N is the number of channels.
    """
    return _counts(client.server.pubsub.channels, channels)


@command("PUBSUB|NUMPAT", arity=2, flags="pubsub loading stale")
def pubsub_numpat(client: Client) -> int:
    """Returns how many different patterns have subscribers.

    PUBSUB NUMPAT
    Since 2.8.0, O(1)
    """
    return len(client.server.pubsub.patterns)


@command("PUBSUB|SHARDCHANNELS", arity=-2, flags="pubsub loading stale")
def pubsub_shardchannels(client: Client, pattern: bytes | None = None) -> list[bytes]:
    """Returns the shard channels that have subscribers.

    PUBSUB SHARDCHANNELS [pattern]
    Since 7.0.0, O(N) where N is the number of channels.
    """
    return _matching(client.server.pubsub.shard_channels, pattern)


@command("PUBSUB|SHARDNUMSUB", arity=-2, flags="pubsub loading stale")
def pubsub_shardnumsub(client: Client, *channels: bytes) -> list[bytes | int]:
    """Returns the number of subscribers of each shard channel.

    PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]
    Since 7.0.0, O(N) where N is the number of channels.
    """
    return _counts(client.server.pubsub.shard_channels, channels)


def _add(client: Client, verb: bytes, topic: bytes, topics: Topics, mine: dict[bytes, None]) -> Push:
    mine[topic] = None
    topics.add(topic, client)
    client.output_buffer.takes_pushes = True
    return Push([verb, topic, _count(client, mine)])


def _remove(
    client: Client, verb: bytes, wanted: tuple[bytes, ...], topics: Topics, mine: dict[bytes, None]
) -> Replies:
    """One confirmation for each topic; a single one with a null when there was no subscription."""
    confirmations = Replies()
    for topic in wanted or list(mine):
        if topic in mine:
            del mine[topic]
            topics.remove(topic, client)
        confirmations.append(Push([verb, topic, _count(client, mine)]))
    return confirmations or Replies([Push([verb, None, _count(client, mine)])])


def _count(client: Client, mine: dict[bytes, None]) -> int:
    subscriptions = client.subscriptions
    return len(mine) if mine is subscriptions.shard_channels else subscriptions.count


def _matching(topics: Topics, pattern: bytes | None) -> list[bytes]:
    return [topic for topic in topics if pattern is None or matches(pattern, topic)]


def _counts(topics: Topics, wanted: tuple[bytes, ...]) -> list[bytes | int]:
    return [item for topic in wanted for item in (topic, topics.count(topic))]
