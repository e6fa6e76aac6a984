"""Publish and subscribe."""

import pytest
from harness import ours_alone, wait_until

from redis_clone.protocol.errors import RedisError, wrong_arity
from redis_clone.protocol.replies import Push

KINDS = [("subscribe", "unsubscribe"), ("psubscribe", "punsubscribe"), ("ssubscribe", "sunsubscribe")]
ALLOWED = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"


pytestmark = pytest.mark.usefixtures("alone")


def replies(redis, line, count):
    """The replies to a command that has several."""
    redis.send(line)
    return [redis.read() for _ in range(count)]


@pytest.mark.parametrize("subscribe, unsubscribe", KINDS)
@pytest.mark.parametrize("protocol", [2, 3])
def test_each_topic_is_confirmed_with_the_number_of_subscriptions(connect, protocol, subscribe, unsubscribe):
    redis = connect(protocol)
    said, unsaid = subscribe.encode(), unsubscribe.encode()
    assert replies(redis, f"{subscribe} a b a", 3) == [[said, b"a", 1], [said, b"b", 2], [said, b"a", 2]]
    confirmation = redis(f"{unsubscribe} a")
    assert confirmation == [unsaid, b"a", 1]
    assert type(confirmation) is (list if protocol == 2 else Push)
    assert redis(f"{unsubscribe} stranger") == [unsaid, b"stranger", 1]
    assert redis(f"{unsubscribe} b") == [unsaid, b"b", 0]
    assert redis("PING") == "PONG"


@pytest.mark.parametrize("subscribe, unsubscribe", KINDS)
def test_without_a_name_one_unsubscribes_from_all(redis, subscribe, unsubscribe):
    assert redis(unsubscribe) == [unsubscribe.encode(), None, 0]
    replies(redis, f"{subscribe} a b c", 3)
    left = replies(redis, unsubscribe, 3)
    assert {name for _, name, _ in left} == {b"a", b"b", b"c"}
    assert [count for _, _, count in left] == [2, 1, 0]
    assert redis(unsubscribe) == [unsubscribe.encode(), None, 0]


def test_channels_and_patterns_are_counted_together_and_shard_channels_apart(redis):
    assert redis("SUBSCRIBE a") == [b"subscribe", b"a", 1]
    assert redis("PSUBSCRIBE a*") == [b"psubscribe", b"a*", 2]
    assert redis("SSUBSCRIBE a") == [b"ssubscribe", b"a", 1]
    assert redis("UNSUBSCRIBE") == [b"unsubscribe", b"a", 1]
    assert redis("UNSUBSCRIBE") == [b"unsubscribe", None, 1]
    assert redis("PUNSUBSCRIBE") == [b"punsubscribe", b"a*", 0]
    assert redis("SUNSUBSCRIBE") == [b"sunsubscribe", b"a", 0]


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_message_goes_to_every_subscriber_and_publish_counts_them(connect, protocol):
    publisher, first, second = connect(), connect(protocol), connect(protocol)
    assert publisher("PUBLISH news hello") == 0
    first("SUBSCRIBE news")
    second("SUBSCRIBE news")
    assert publisher("PUBLISH", "news", b"\x00\r\n\xff") == 2
    for subscriber in (first, second):
        message = subscriber.read()
        assert message == [b"message", b"news", b"\x00\r\n\xff"]
        assert type(message) is (list if protocol == 2 else Push)
    second("UNSUBSCRIBE news")
    assert publisher("PUBLISH news bye") == 1
    assert second("PING") == "PONG"


def test_a_message_comes_once_for_the_channel_and_once_for_each_pattern(redis, other):
    redis("SUBSCRIBE news.tech")
    replies(redis, "PSUBSCRIBE news.* *tech h?llo", 3)
    assert other("PUBLISH news.tech hello") == 3
    assert redis.read() == [b"message", b"news.tech", b"hello"]
    assert sorted(redis.read() for _ in range(2)) == [
        [b"pmessage", b"*tech", b"news.tech", b"hello"],
        [b"pmessage", b"news.*", b"news.tech", b"hello"],
    ]
    assert other("PUBLISH hxllo hi") == 1
    assert redis.read() == [b"pmessage", b"h?llo", b"hxllo", b"hi"]
    assert other("PUBLISH other hi") == 0


def test_messages_come_in_the_order_in_which_they_were_published(redis, other):
    redis("SUBSCRIBE a")
    redis("SUBSCRIBE b")
    for number in range(200):
        other.send(f"PUBLISH {'ab'[number % 2]} {number}")
    assert [redis.read()[2] for _ in range(200)] == [b"%d" % number for number in range(200)]


def test_the_messages_of_a_transaction_come_together(redis, other):
    redis("SUBSCRIBE a")
    other("MULTI")
    other("PUBLISH a 1")
    other("PUBLISH a 2")
    assert other("EXEC") == [1, 1]
    assert [redis.read(), redis.read()] == [[b"message", b"a", b"1"], [b"message", b"a", b"2"]]


def test_ssubscribe_is_refused_in_a_transaction_and_its_sisters_are_not(redis):
    redis("MULTI"), redis("SSUBSCRIBE s"), redis("SUNSUBSCRIBE s"), redis("SUBSCRIBE c")
    refused, *others = redis("EXEC")
    assert str(refused) == "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"
    assert others == [[b"sunsubscribe", b"s", 0], [b"subscribe", b"c", 1]]


def test_a_shard_channel_is_apart_from_a_channel_of_the_same_name(redis, other):
    redis("SUBSCRIBE a")
    redis("PSUBSCRIBE *")
    redis("SSUBSCRIBE a")
    assert other("SPUBLISH a shard") == 1
    assert redis.read() == [b"smessage", b"a", b"shard"]
    assert other("SPUBLISH b shard") == 0
    assert other("PUBLISH a plain") == 2
    assert [redis.read()[0], redis.read()[0]] == [b"message", b"pmessage"]


def test_a_resp2_subscriber_may_ask_for_nothing_else(redis):
    redis("SUBSCRIBE a")
    for line in (
        "GET k",
        "set k v",
        "CLIENT ID",
        "MULTI",
        "HELLO 3",
        "PUBLISH a b",
        "PUBSUB NUMPAT",
        "ECHO x",
    ):
        name = (
            "client|id"
            if line == "CLIENT ID"
            else "pubsub|numpat"
            if "NUMPAT" in line
            else line.split()[0].lower()
        )
        assert redis(line) == RedisError(f"ERR Can't execute '{name}': {ALLOWED}")
    assert "unknown command" in str(redis("NONSENSE"))
    assert redis("GET") == wrong_arity("get")
    assert redis("PING") == [b"pong", b""]
    assert redis("PSUBSCRIBE a*") == [b"psubscribe", b"a*", 2]
    assert redis("RESET") == "RESET"
    assert redis("ECHO x") == b"x"


@pytest.mark.parametrize("subscribe, unsubscribe", KINDS)
def test_the_last_unsubscribe_lets_a_resp2_subscriber_ask_again(redis, subscribe, unsubscribe):
    redis(f"{subscribe} a")
    assert ALLOWED in str(redis("GET k"))
    redis(f"{unsubscribe} a")
    assert redis("GET k") is None


def test_a_subscriber_may_quit(redis, other):
    redis("SUBSCRIBE a")
    assert redis("QUIT") == "OK"
    assert redis.is_closed()
    wait_until(lambda: other("PUBLISH a b") == 0)


def test_a_resp3_subscriber_goes_on_as_ever_and_messages_come_between_replies(redis3, other):
    redis3("SUBSCRIBE a")
    assert redis3("SET k v") == "OK"
    other("PUBLISH a one")
    other("PUBLISH a two")
    assert redis3.read() == Push([b"message", b"a", b"one"])
    assert redis3.read() == Push([b"message", b"a", b"two"])
    assert redis3("GET k") == b"v"


def test_messages_and_replies_of_a_pipeline_are_whole(redis3, other):
    redis3("SUBSCRIBE a")
    for number in range(100):
        redis3.send(f"ECHO {number}")
        other.send(f"PUBLISH a {number}")
    received = [redis3.read() for _ in range(200)]
    assert [item for item in received if not isinstance(item, Push)] == [
        b"%d" % number for number in range(100)
    ]
    assert [item[2] for item in received if isinstance(item, Push)] == [
        b"%d" % number for number in range(100)
    ]


def test_publishing_to_oneself_in_resp3(redis3):
    redis3("SUBSCRIBE a")
    redis3.send("PUBLISH a hello")
    received = [redis3.read(), redis3.read()]
    assert 1 in received
    assert [b"message", b"a", b"hello"] in received


@ours_alone  # 7.0 sends the message first
def test_a_message_to_oneself_comes_after_the_reply(redis3):
    redis3("SUBSCRIBE a")
    redis3("PSUBSCRIBE a*")
    assert redis3("PUBLISH a hello") == 2
    assert redis3.read() == Push([b"message", b"a", b"hello"])
    assert redis3.read() == Push([b"pmessage", b"a*", b"a", b"hello"])


def test_a_subscriber_that_left_gets_nothing_more(connect):
    publisher, subscriber = connect(), connect()
    subscriber("SUBSCRIBE a")
    subscriber("PSUBSCRIBE a*")
    subscriber("SSUBSCRIBE a")
    subscriber.close()
    wait_until(lambda: publisher("PUBLISH a b") == 0)
    assert publisher("SPUBLISH a b") == 0
    assert publisher("PUBSUB CHANNELS") == []
    assert publisher("PUBSUB NUMPAT") == 0
    assert publisher("PUBSUB SHARDCHANNELS") == []


def test_a_subscriber_that_is_killed_while_it_waits(redis, other):
    redis("SUBSCRIBE a")
    assert other("CLIENT KILL TYPE pubsub") == 1
    assert redis.is_closed()
    wait_until(lambda: other("PUBLISH a b") == 0)


def test_pubsub_lists_channels_and_counts_their_subscribers(redis, connect):
    first, second = connect(), connect()
    replies(first, "SUBSCRIBE news.tech news.art", 2)
    second("SUBSCRIBE news.tech")
    replies(first, "PSUBSCRIBE n* x*", 2)
    second("PSUBSCRIBE n*")
    replies(first, "SSUBSCRIBE shard.one shard.two", 2)
    second("SSUBSCRIBE shard.one")
    assert sorted(redis("PUBSUB CHANNELS")) == [b"news.art", b"news.tech"]
    assert redis("PUBSUB CHANNELS *.t*") == [b"news.tech"]
    assert redis("PUBSUB CHANNELS nothing") == []
    assert redis("PUBSUB NUMSUB news.tech nobody news.art news.tech") == [
        b"news.tech", 2, b"nobody", 0, b"news.art", 1, b"news.tech", 2,
    ]  # fmt: skip
    assert redis("PUBSUB NUMSUB") == []
    assert redis("PUBSUB NUMPAT") == 2
    assert sorted(redis("PUBSUB SHARDCHANNELS")) == [b"shard.one", b"shard.two"]
    assert redis("PUBSUB SHARDCHANNELS *two") == [b"shard.two"]
    assert redis("PUBSUB SHARDNUMSUB shard.one nobody") == [b"shard.one", 2, b"nobody", 0]
    assert redis("PUBSUB SHARDNUMSUB") == []


def test_pubsub_is_no_map_in_resp3(redis3):
    redis3("SUBSCRIBE a")
    assert redis3("PUBSUB NUMSUB a") == [b"a", 1]
    assert redis3("PUBSUB CHANNELS") == [b"a"]


def test_pubsub_needs_a_subcommand_that_it_knows(redis):
    assert redis("PUBSUB") == wrong_arity("pubsub")
    assert redis("PUBSUB NONSENSE") == RedisError("ERR unknown subcommand 'NONSENSE'. Try PUBSUB HELP.")
    assert redis("PUBSUB NUMPAT x") == wrong_arity("pubsub|numpat")
    assert redis("PUBSUB HELP")[0].startswith("PUBSUB <subcommand>")


def test_each_command_knows_how_many_arguments_it_takes(redis):
    for line in ("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUBLISH a", "PUBLISH a b c", "SPUBLISH a"):
        assert redis(line) == wrong_arity(line.split()[0].lower()), line


@pytest.mark.parametrize("channel", [b"", b"\x00", b"with space", bytes(range(256))])
def test_a_channel_has_any_name(redis, other, channel):
    redis("SUBSCRIBE", channel)
    assert other("PUBLISH", channel, "") == 1
    assert redis.read() == [b"message", channel, b""]
