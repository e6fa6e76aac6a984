"""Publish and subscribe (chapter 10)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, InAnyOrder, error


@stage(
    2, 30, "replies that nobody asked for",
    "SUBSCRIBE answers an array for each channel: subscribe, the channel, how many this client has now.",
    "Keep for each channel the clients that want it. PUBLISH writes to their sockets, and not to its own.",
)  # fmt: skip
def subscribe(judge: Judge) -> None:
    """A message that is published on a channel comes to its subscribers."""
    listener, publisher, (channel, word) = judge.client("listener"), judge.client("publisher"), judge.words(2)
    listener.expect(["SUBSCRIBE", channel], ["subscribe", channel, 1])
    publisher.expect(["PUBLISH", channel, word], 1, "PUBLISH answers how many have got it")
    listener.expect_message(["message", channel, word])


@stage(1, 10, "nobody is there", "A message is not kept: who comes later does not get it.")
def publish_to_nobody(judge: Judge) -> None:
    """A message without subscribers is gone."""
    listener, publisher, (channel, other, word) = (
        judge.client("listener"),
        judge.client("publisher"),
        judge.words(3),
    )
    publisher.expect(["PUBLISH", channel, word], 0)
    listener.expect(["SUBSCRIBE", channel], ["subscribe", channel, 1])
    publisher.expect(["PUBLISH", other, word], 0)
    listener.expect_nothing("it was published before, or on another channel")


@stage(1, 10, "several channels, several subscribers", "One SUBSCRIBE with three channels has three replies.")
def many_subscribers(judge: Judge) -> None:
    """A client may have several channels, and a channel several clients."""
    first, second, (a, b, word) = judge.client("first"), judge.client("second"), judge.words(3)
    first.expect(["SUBSCRIBE", a, b], ["subscribe", a, 1])
    first.expect_message(["subscribe", b, 2], "each channel has a reply of its own")
    second.expect(["SUBSCRIBE", b], ["subscribe", b, 1])
    publisher = judge.client("publisher")
    publisher.expect(["PUBLISH", b, word], 2)
    for listener in (first, second):
        listener.expect_message(["message", b, word])


@stage(
    2, 15, "going away",
    "UNSUBSCRIBE without a channel gives up all. A client that leaves is no subscriber any more.",
)  # fmt: skip
def unsubscribe(judge: Judge) -> None:
    """UNSUBSCRIBE ends it, and so does leaving."""
    listener, publisher, (a, b, word) = judge.client("listener"), judge.client("publisher"), judge.words(3)
    listener.expect(["SUBSCRIBE", a, b], ["subscribe", a, 1])
    listener.expect_message(["subscribe", b, 2])
    listener.expect(["UNSUBSCRIBE", a], ["unsubscribe", a, 1])
    publisher.expect(["PUBLISH", a, word], 0)
    publisher.expect(["PUBLISH", b, word], 1)
    listener.expect_message(["message", b, word])
    listener.close()
    publisher.expect_soon(["PUBLISH", b, word], 0, "the listener has left")


@stage(
    2, 15, "a connection that has become a radio",
    "A subscriber may only subscribe, unsubscribe, PING, RESET and QUIT.",
    "PING answers an array there: pong, and the word.",
)  # fmt: skip
def subscribed_clients(judge: Judge) -> None:
    """A client that has subscribed may not send ordinary commands."""
    listener, (channel, key) = judge.client("listener"), judge.words(2)
    listener.expect(["SUBSCRIBE", channel], ["subscribe", channel, 1])
    listener.expect(["GET", key], error("ERR Can't execute 'get'"))
    listener.expect("PING", ["pong", ""], "PING of a subscriber is an array")
    listener.expect(["UNSUBSCRIBE", channel], ["unsubscribe", channel, 0])
    listener.expect(["GET", key], None, "it has no subscriptions any more")


@stage(
    2, 20, "patterns",
    "A message comes as pmessage, pattern, channel, message: once for each pattern that fits.",
)  # fmt: skip
def psubscribe(judge: Judge) -> None:
    """PSUBSCRIBE asks for all channels that fit a pattern."""
    listener, publisher, (prefix, word) = judge.client("listener"), judge.client("publisher"), judge.words(2)
    pattern, channel = prefix + ".*", f"{prefix}.{judge.word()}"
    listener.expect(["PSUBSCRIBE", pattern], ["psubscribe", pattern, 1])
    publisher.expect(["PUBLISH", prefix, word], 0)
    publisher.expect(["PUBLISH", channel, word], 1)
    listener.expect_message(["pmessage", pattern, channel, word])
    listener.expect(
        ["SUBSCRIBE", channel], ["subscribe", channel, 2], "patterns and channels are counted together"
    )
    publisher.expect(["PUBLISH", channel, word], 2, "the client gets it twice")


@stage(2, 15, "who listens?", "PUBSUB NUMSUB answers channel, number, channel, number.")
def pubsub_channels(judge: Judge) -> None:
    """PUBSUB lists channels and counts subscribers."""
    listener, client, (a, b, missing) = judge.client("listener"), judge.client(), judge.words(3)
    listener.expect(["SUBSCRIBE", a, b], ["subscribe", a, 1])
    listener.expect_message(["subscribe", b, 2])
    client.expect_that(
        "PUBSUB CHANNELS", lambda names: {a.encode(), b.encode()} <= set(names), f"{a} and {b}"
    )
    client.expect(["PUBSUB", "CHANNELS", a[:4] + "*"], InAnyOrder([a]))
    client.expect(["PUBSUB", "NUMSUB", a, missing], [a, 1, missing, 0])


@stage(
    3, 30, "events of keys",
    "K publishes on __keyspace@0__:key the event, E on __keyevent@0__:event the key.",
    "CONFIG SET notify-keyspace-events KEA turns all on; by default there are none.",
)  # fmt: skip
def keyspace_notifications(judge: Judge) -> None:
    """With notify-keyspace-events, changes of keys are published."""
    listener, client, key = judge.client("listener"), judge.client(), judge.word()
    judge.undo(["CONFIG", "SET", "notify-keyspace-events", ""])
    listener.expect(["SUBSCRIBE", f"__keyspace@0__:{key}"], ["subscribe", f"__keyspace@0__:{key}", 1])
    client.expect(["SET", key, 1], OK)
    listener.expect_nothing("events are off by default")
    client.expect("CONFIG SET notify-keyspace-events KEA", OK)
    client.expect(["SET", key, 2], OK)
    listener.expect_message(["message", f"__keyspace@0__:{key}", "set"])
    client.expect(["DEL", key], 1)
    listener.expect_message(["message", f"__keyspace@0__:{key}", "del"])
