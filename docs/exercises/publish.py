"""PUBLISH delivers a message to every subscriber.

A message on a channel goes to the clients that subscribed to the channel by name, and to those that
subscribed to a pattern that fits: once for each pattern, even if they had it already. PUBLISH answers how
often it was delivered.

`self.channels` and `self.patterns` are Topics: `of(topic)` are the subscribers of one topic, and a loop
over Topics goes through all topics. `_deliver(push, subscribers)` appends a message to the output buffer
of each subscriber, and answers how many there were. The message is, for a channel and for a pattern:

    Push([b"message", channel, message])        Push([b"pmessage", pattern, channel, message])
"""

from exercises.machinery.conversation import LiveServer

CHAPTER = 10
LEVEL = 1
CONCEPT = "publish and subscribe"
HOLE = "redis_clone/features/pubsub.py:PubSub.publish"
HINTS = (
    "The first part is one line: _deliver(Push([...]), self.channels.of(channel)).",
    "Does a pattern fit? compiled(pattern).matches(channel) says it.",
    "Go through all of self.patterns, deliver to self.patterns.of(pattern) where it fits, and add up.",
)


def test_a_subscriber_gets_it(server: LiveServer) -> None:
    listener, other = server.client("listener"), server.client("publisher")
    listener("SUBSCRIBE news")
    other.expect("PUBLISH news hello", 1)
    listener.expect_message([b"message", b"news", b"hello"])


def test_a_client_that_did_not_subscribe_gets_nothing(server: LiveServer) -> None:
    listener, other = server.client("listener"), server.client("publisher")
    listener("SUBSCRIBE sports")
    other.expect("PUBLISH news hello", 0)
    listener.says_nothing()


def test_several_subscribers_get_it(server: LiveServer) -> None:
    first, second, other = server.client("first"), server.client("second"), server.client("publisher")
    first("SUBSCRIBE news")
    second("SUBSCRIBE news")
    other.expect("PUBLISH news hello", 2)
    first.expect_message([b"message", b"news", b"hello"])
    second.expect_message([b"message", b"news", b"hello"])


def test_a_pattern_that_fits(server: LiveServer) -> None:
    listener, other = server.client("listener"), server.client("publisher")
    listener("PSUBSCRIBE news.*")
    other.expect("PUBLISH news.uk hello", 1)
    listener.expect_message([b"pmessage", b"news.*", b"news.uk", b"hello"])
    other.expect("PUBLISH sports.uk hello", 0)


def test_a_channel_and_two_patterns_are_three_messages(server: LiveServer) -> None:
    listener, other = server.client("listener"), server.client("publisher")
    listener("SUBSCRIBE news")
    listener("PSUBSCRIBE n*")
    listener("PSUBSCRIBE *s")
    other.expect("PUBLISH news hello", 3)
    listener.expect_message([b"message", b"news", b"hello"])
    listener.expect_message([b"pmessage", b"n*", b"news", b"hello"])
    listener.expect_message([b"pmessage", b"*s", b"news", b"hello"])
