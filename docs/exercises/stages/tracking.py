"""Client-side caching: the server tells what has become stale (chapter 10)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL, OK, Push, Status, error
from exercises.judge.wire import Connection
from exercises.stages.resp3 import speak_resp3


def _stale(*keys: str) -> Push:
    return Push(["invalidate", list(keys)])


def _tracking(judge: Judge, *options: str) -> Connection:
    """A client of RESP3 that has turned tracking on."""
    client = judge.client("caching")
    speak_resp3(client)
    client.expect(["CLIENT", "TRACKING", "ON", *options], OK)
    return client


@stage(
    4, 45, "who has read what",
    "Remember for each key the clients that read it. At the next write, tell them, and forget.",
)  # fmt: skip
def client_tracking(judge: Judge) -> None:
    """A client that has read a key is told when it changes, once."""
    client, other, key = _tracking(judge), judge.client("other"), judge.word()
    client.expect(["GET", key], NULL)
    other.expect(["SET", key, "1"], OK)
    client.expect_message(_stale(key))
    other.expect(["SET", key, "2"], OK)
    client.expect_nothing("it was told already, and has not read the key again")
    client.expect(["GET", key], "2")
    other.expect(["DEL", key], 1)
    client.expect_message(_stale(key))


@stage(3, 15, "what is not tracked", "CLIENT TRACKING OFF forgets all.")
def tracking_off(judge: Judge) -> None:
    """A client is told only of the keys that it has read, while tracking is on."""
    client, other, (key, another) = _tracking(judge), judge.client("other"), judge.words(2)
    client.expect(["GET", key], NULL)
    other.expect(["SET", another, "1"], OK)
    client.expect_nothing("it has not read this key")
    client.expect("CLIENT TRACKING OFF", OK)
    other.expect(["SET", key, "1"], OK)
    client.expect_nothing("tracking is off")


@stage(
    3, 15, "one's own writes",
    "With NOLOOP, compare the client that has written with the one that is to be told.",
)  # fmt: skip
def tracking_noloop(judge: Judge) -> None:
    """A client is told of its own writes too, unless it asks for NOLOOP."""
    client, quiet, key = _tracking(judge), _tracking(judge, "NOLOOP"), judge.word()
    client.expect(["GET", key], NULL)
    client.send(["SET", key, "1"])
    came = [client.read(), client.read()]
    if Status("OK") not in came or not any(isinstance(each, Push) for each in came):
        raise client.failed("expected   OK, and a push with invalidate")
    quiet.expect(["GET", key], "1")
    quiet.expect(["SET", key, "2"], OK)
    quiet.expect_nothing("NOLOOP leaves out one's own writes")


@stage(
    3, 20, "all keys that begin so",
    "In broadcasting mode nothing is remembered for each key: compare the key with each prefix.",
)  # fmt: skip
def tracking_bcast(judge: Judge) -> None:
    """With BCAST a client is told of all keys with a prefix, read or not."""
    prefix, key = judge.words(2)
    client, other = _tracking(judge, "BCAST", "PREFIX", prefix), judge.client("other")
    other.expect(["SET", key, "1"], OK)
    client.expect_nothing("the key does not begin so")
    for _ in range(2):
        other.expect(["SET", prefix + key, "1"], OK)
        client.expect_message(_stale(prefix + key), "each change is told")
    client.expect(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", prefix[:3]], error("ERR Prefix"))


@stage(3, 15, "only what the client wants to keep", "CLIENT CACHING YES holds for the next command only.")
def tracking_optin(judge: Judge) -> None:
    """With OPTIN only reads after CLIENT CACHING YES are tracked."""
    client, other, (a, b) = _tracking(judge, "OPTIN"), judge.client("other"), judge.words(2)
    client.expect(["GET", a], NULL)
    client.expect("CLIENT CACHING YES", OK)
    client.expect(["GET", b], NULL)
    other.expect(["MSET", a, "1", b, "1"], OK)
    client.expect_message(_stale(b), "only b was read after CLIENT CACHING YES")
    client.expect_nothing("only b was read after CLIENT CACHING YES")


@stage(
    3, 20, "caching with RESP2",
    "Messages go to another connection, which has subscribed to __redis__:invalidate.",
)  # fmt: skip
def tracking_redirect(judge: Judge) -> None:
    """With REDIRECT another connection is told, which may speak RESP2."""
    client, listener, key = judge.client("caching"), judge.client("listener"), judge.word()
    number = listener.expect_that("CLIENT ID", lambda reply: reply > 0, "a number")
    channel = "__redis__:invalidate"
    listener.expect(["SUBSCRIBE", channel], ["subscribe", channel, 1])
    client.expect(["CLIENT", "TRACKING", "ON", "REDIRECT", number], OK)
    client.expect(["GET", key], None)
    judge.client("other").expect(["SET", key, "1"], OK)
    listener.expect_message(["message", channel, [key]])


@stage(3, 15, "everything is stale", "FLUSHALL tells the null in place of the keys.")
def tracking_flushall(judge: Judge) -> None:
    """FLUSHALL, and a key whose time is over, are told too."""
    client, other, key = _tracking(judge), judge.client("other"), judge.word()
    other.expect(["SET", key, "1", "PX", 60], OK)
    client.expect(["GET", key], "1")
    other.expect_soon(["EXISTS", key], 0)
    client.expect_message(_stale(key), "the key's time is over")
    client.expect(["GET", key], NULL)
    other.expect("FLUSHALL", OK)
    client.expect_message(Push(["invalidate", NULL]), "the null says: all keys")
