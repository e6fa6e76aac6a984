"""Commands that wait (chapter 11)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL_ARRAY, OK, QUEUED, error


@stage(2, 15, "nothing to wait for", "When an element is there, BLPOP is LPOP with the key's name before it.")
def blpop_at_once(judge: Judge) -> None:
    """BLPOP answers at once when one of the lists has an element."""
    client, (empty, key, a, b, c) = judge.client(), judge.words(5)
    client.expect(["RPUSH", key, a, b, c], 3)
    client.expect(["BLPOP", empty, key, 0], [key, a], "the first of the lists that is not empty")
    client.expect(["BRPOP", empty, key, 0], [key, c])
    client.expect(["BRPOP", key, 0], [key, b])
    client.expect(["EXISTS", key], 0)


@stage(
    3, 45, "a client that waits, while the others go on",
    "Waiting must not hold the lock, nor stop the loop: keep for each key the clients that wait for it.",
    "After each command that has pushed, look whether somebody waits for that key.",
)  # fmt: skip
def blpop_waits(judge: Judge) -> None:
    """BLPOP waits until another client pushes."""
    client, other, (key, word) = judge.client("waits"), judge.client("pushes"), judge.words(2)
    client.send(["BLPOP", key, 0])
    client.expect_nothing("the list is empty, and 0 waits for ever")
    other.expect(["RPUSH", key, word], 1, "the length is told as it was before the waiting client was served")
    client.expect_message([key, word])
    other.expect(["EXISTS", key], 0, "the waiting client has taken it")


@stage(
    2, 15, "waiting has an end",
    "The timeout is in seconds and may have a fraction. The reply is the null array.",
)  # fmt: skip
def blpop_times_out(judge: Judge) -> None:
    """BLPOP gives up after its timeout."""
    client, key = judge.client(), judge.word()
    client.expect(["BLPOP", key, "0.05"], NULL_ARRAY, "nothing came in this time")
    client.expect(["RPUSH", key, 1], 1)
    client.expect(["LLEN", key], 1, "who has given up takes nothing any more")
    client.expect(["BLPOP", key, -1], error("ERR timeout is negative"))
    client.expect(["BLPOP", key, key], error("ERR timeout is not a float or out of range"))


@stage(3, 20, "first come, first served", "Keep those who wait in the order in which they came.")
def blpop_in_order(judge: Judge) -> None:
    """Of several clients that wait, the one that came first is served first."""
    clients, other, (key, *words) = (
        [judge.client(name) for name in ("first", "second")],
        judge.client(),
        judge.words(3),
    )
    for client in clients:
        client.send(["BLPOP", key, 0])
        client.expect_nothing("the list is empty")
    other.expect(["RPUSH", key, *words], 2)
    for client, word in zip(clients, words, strict=True):
        client.expect_message([key, word], "each gets one element, in the order in which they came")


@stage(3, 20, "somebody who waits may leave", "When its connection ends, forget that it waits.")
def a_waiting_client_leaves(judge: Judge) -> None:
    """An element is not lost to a client that has left."""
    leaving, client, (key, word) = judge.client("leaves"), judge.client(), judge.words(2)
    leaving.send(["BLPOP", key, 0])
    leaving.expect_nothing("the list is empty")
    client.expect_that("CLIENT LIST", lambda text: b"cmd=blpop" in text, "a client with cmd=blpop")
    leaving.close()
    client.expect_soon_that("CLIENT LIST", lambda text: b"cmd=blpop" not in text, "the client has left")
    client.expect(["RPUSH", key, word], 1)
    client.expect(["LRANGE", key, 0, -1], [word], "nobody waits any more, so it stays")


@stage(3, 20, "a chain", "What BLMOVE pushes may serve the next one who waits.")
def blmove(judge: Judge) -> None:
    """BLMOVE waits, and what it moves may serve another waiting client."""
    mover, taker, other, (a, b, word) = (
        judge.client("mover"),
        judge.client("taker"),
        judge.client(),
        judge.words(3),
    )
    taker.send(["BLPOP", b, 0])
    taker.expect_nothing("the list is empty")
    mover.send(["BLMOVE", a, b, "LEFT", "RIGHT", 0])
    mover.expect_nothing("the list is empty")
    other.expect(["RPUSH", a, word], 1)
    mover.expect_message(word)
    taker.expect_message([b, word], "what was moved has served the next one")


@stage(
    2, 15, "never wait inside of a transaction",
    "Inside EXEC a command that would wait answers at once as if the time were over.",
)  # fmt: skip
def blpop_in_exec(judge: Judge) -> None:
    """Inside of EXEC nobody waits."""
    client, key = judge.client(), judge.word()
    client.expect("MULTI", OK)
    client.expect(["BLPOP", key, 0], QUEUED)
    client.expect("EXEC", [NULL_ARRAY], "all others would have to wait with it")


@stage(
    3, 20, "a waiting client is a state, not a dead end",
    "CLIENT UNBLOCK id ends a wait, as its timeout or, with ERROR, with an error.",
)  # fmt: skip
def client_unblock(judge: Judge) -> None:
    """CLIENT UNBLOCK ends another client's wait."""
    client, other, key = judge.client("waits"), judge.client("other"), judge.word()
    number = client.expect_that("CLIENT ID", lambda reply: reply > 0, "a number")
    for how, reply in (
        ("TIMEOUT", NULL_ARRAY),
        ("ERROR", error("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
    ):
        client.send(["BLPOP", key, 0])
        other.expect_soon(["CLIENT", "UNBLOCK", number, how], 1, "the client waits")
        client.expect_message(reply)
    other.expect(["CLIENT", "UNBLOCK", number], 0, "it does not wait any more")
