"""RESP3: the newer protocol (chapter 2)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL, OK, Map, Push, Set, Status, error
from exercises.judge.wire import Connection


def speak_resp3(client: Connection) -> None:
    """Switch a connection to RESP3."""
    client.expect_that(
        "HELLO 3", lambda reply: isinstance(reply, Map) and reply[b"proto"] == 3, "a map with proto 3"
    )


@stage(
    2, 20, "agreeing on a protocol",
    "HELLO 2 answers a flat array, HELLO 3 a map: %7\\r\\n and seven pairs. Another version is -NOPROTO.",
)  # fmt: skip
def hello(judge: Judge) -> None:
    """HELLO chooses the protocol of a connection, and describes the server."""
    client, other = judge.client(), judge.client("other")
    client.expect_that(
        "HELLO 2", lambda reply: reply[reply.index(b"proto") + 1] == 2, "an array with proto, 2"
    )
    speak_resp3(client)
    client.expect(["GET", judge.word()], NULL, "the null of RESP3 is _\\r\\n")
    other.expect(["GET", judge.word()], None, "the other client still speaks RESP2")
    client.expect(["HELLO", judge.number(4, 99)], error("NOPROTO unsupported protocol version"))


@stage(
    2, 20, "kinds of aggregates",
    "HGETALL is a map, SMEMBERS a set: % and ~. Keep the kind in your replies until they are encoded.",
)  # fmt: skip
def maps_and_sets(judge: Judge) -> None:
    """In RESP3 a hash is a map, and a set is a set."""
    client, (one, two, a, b) = judge.client(), judge.words(4)
    speak_resp3(client)
    client.expect(["HSET", one, a, b], 1)
    client.expect(["SADD", two, a], 1)
    client.expect(["HGETALL", one], Map({a: b}))
    client.expect(["SMEMBERS", two], Set([a]))
    client.expect(["LRANGE", one + two, 0, -1], [], "a list is an array as before")


@stage(2, 15, "numbers with a fraction", "A double is , and the number as people write it.")
def doubles(judge: Judge) -> None:
    """In RESP3 a score is a double, and stands in a pair with its member."""
    client, (key, member), score = judge.client(), judge.words(2), judge.number() + 0.5
    speak_resp3(client)
    client.expect(["ZADD", key, score, member], 1)
    client.expect(["ZSCORE", key, member], score)
    client.expect(["ZRANGE", key, 0, -1, "WITHSCORES"], [[member, score]])


@stage(
    3, 20, "messages beside replies",
    "A push begins with >. So a subscriber may go on with other commands: both can be told apart.",
)  # fmt: skip
def pushes(judge: Judge) -> None:
    """In RESP3 messages are pushes, and a subscriber may send any command."""
    client, publisher, (channel, word) = judge.client(), judge.client("publisher"), judge.words(2)
    speak_resp3(client)
    client.expect(["SUBSCRIBE", channel], Push(["subscribe", channel, 1]))
    client.expect(["SET", channel, word], OK, "a subscriber of RESP3 may go on")
    publisher.expect(["PUBLISH", channel, word], 1)
    client.expect_message(Push(["message", channel, word]))
    client.expect("PING", Status("PONG"))


@stage(
    2, 15, "a connection as if it were new",
    "RESET gives up everything: transaction, subscriptions, protocol, database, user.",
)  # fmt: skip
def reset(judge: Judge) -> None:
    """RESET makes a connection as it was at the start."""
    client, key = judge.client(), judge.word()
    speak_resp3(client)
    client.expect("SELECT 3", OK)
    client.expect("MULTI", OK)
    client.expect("RESET", Status("RESET"))
    client.expect(["GET", key], None, "no transaction, and RESP2")
    client.expect(["SET", key, "1"], OK)
    judge.client("other").expect(["GET", key], "1", "and database 0")
