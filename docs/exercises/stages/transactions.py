"""Transactions, and WATCH (chapter 6)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL_ARRAY, OK, QUEUED, error


@stage(
    2, 30, "queueing commands",
    "Between MULTI and EXEC keep the commands in a list, and answer +QUEUED.",
    "EXEC answers one array with all the replies.",
)  # fmt: skip
def multi_and_exec(judge: Judge) -> None:
    """MULTI queues commands, and EXEC runs them all."""
    client, other, (key, word) = judge.client(), judge.client("other"), judge.words(2)
    client.expect("MULTI", OK)
    client.expect(["SET", key, word], QUEUED)
    client.expect(["GET", key], QUEUED)
    other.expect(["GET", key], None, "nothing has run yet")
    client.expect("EXEC", [OK, word])
    other.expect(["GET", key], word)
    client.expect(["GET", key], word, "after EXEC commands run at once again")


@stage(1, 10, "changing one's mind", "DISCARD forgets the queue, and what was watched.")
def discard(judge: Judge) -> None:
    """DISCARD forgets the queue."""
    client, key = judge.client(), judge.word()
    client.expect("MULTI", OK)
    client.expect(["SET", key, 1], QUEUED)
    client.expect("DISCARD", OK)
    client.expect(["GET", key], None)
    client.expect("DISCARD", error("ERR DISCARD without MULTI"))


@stage(
    1, 10, "commands out of order",
    "The queue belongs to the client. MULTI inside of MULTI is an error, and the queue stays.",
)  # fmt: skip
def exec_without_multi(judge: Judge) -> None:
    """EXEC without MULTI, and MULTI in MULTI, are errors."""
    client, other, key = judge.client(), judge.client("other"), judge.word()
    client.expect("EXEC", error("ERR EXEC without MULTI"))
    client.expect("MULTI", OK)
    client.expect("MULTI", error("ERR MULTI calls can not be nested"))
    other.expect("EXEC", error("ERR EXEC without MULTI"), "each client has a queue of its own")
    client.expect(["INCR", key], QUEUED)
    client.expect("EXEC", [1])
    client.expect("MULTI", OK)
    client.expect("EXEC", [], "an empty queue gives an empty array")


@stage(
    2, 15, "an error while queueing",
    "Unknown commands and wrong numbers of arguments are found at once: then EXEC answers -EXECABORT.",
)  # fmt: skip
def execabort(judge: Judge) -> None:
    """A command that cannot be queued makes EXEC run nothing."""
    client, key = judge.client(), judge.word()
    client.expect("MULTI", OK)
    client.expect(["SET", key, 1], QUEUED)
    client.expect(judge.word(), error("ERR unknown command"))
    client.expect("EXEC", error("EXECABORT Transaction discarded because of previous errors."))
    client.expect(["GET", key], None, "nothing of it has run")


@stage(
    2, 15, "an error while running: there is no way back",
    "The error is one element of the array. The others run.",
)  # fmt: skip
def no_rollback(judge: Judge) -> None:
    """A command that fails in EXEC does not keep the others from running."""
    client, (key, word) = judge.client(), judge.words(2)
    client.expect("MULTI", OK)
    for words in (["SET", key, word], ["INCR", key], ["APPEND", key, "!"]):
        client.expect(words, QUEUED)
    client.expect("EXEC", [OK, error("ERR value is not an integer or out of range"), 7])
    client.expect(["GET", key], word + "!", "the command after the error has run")


@stage(
    3, 30, "optimistic locking",
    "At WATCH remember each key's version, which every write raises. EXEC compares.",
    "When a key has changed, EXEC answers the null array *-1 and runs nothing.",
)  # fmt: skip
def watch(judge: Judge) -> None:
    """EXEC runs nothing when another client has changed a watched key."""
    client, other, key = judge.client(), judge.client("other"), judge.word()
    client.expect(["WATCH", key], OK)
    other.expect(["SET", key, 5], OK)
    client.expect("MULTI", OK)
    client.expect(["SET", key, 1], QUEUED)
    client.expect("EXEC", NULL_ARRAY, "the other client has changed a watched key")
    client.expect(["GET", key], "5")


@stage(2, 15, "what is no change", "Only the watched keys count, and only from WATCH to EXEC.")
def watch_in_peace(judge: Judge) -> None:
    """EXEC runs when nobody has changed a watched key."""
    client, other, (key, another) = judge.client(), judge.client("other"), judge.words(2)
    client.expect(["WATCH", key], OK)
    other.expect(["SET", another, 1], OK)
    other.expect(["GET", key], None)
    client.expect("MULTI", OK)
    client.expect(["SET", key, 1], QUEUED)
    client.expect("EXEC", [OK], "another key has changed, and this one was only read")
    other.expect(["SET", key, 2], OK)
    client.expect("MULTI", OK)
    client.expect(["GET", key], QUEUED)
    client.expect("EXEC", ["2"], "after EXEC nothing is watched any more")


@stage(
    3, 15, "a value that came back is a change all the same",
    "Compare versions, and not values: this is the ABA problem.",
)  # fmt: skip
def watch_aba(judge: Judge) -> None:
    """A key that was changed and changed back has changed."""
    client, other, key = judge.client(), judge.client("other"), judge.word()
    client.expect(["SET", key, 1], OK)
    client.expect(["WATCH", key], OK)
    other.expect(["SET", key, 2], OK)
    other.expect(["SET", key, 1], OK)
    client.expect("MULTI", OK)
    client.expect(["INCR", key], QUEUED)
    client.expect("EXEC", NULL_ARRAY, "the value is the same again, and yet there were two writes")


@stage(
    2, 15, "a key that goes has changed too",
    "DEL, FLUSHALL and expiry change a watched key. One's own writes count as well.",
)  # fmt: skip
def watch_delete(judge: Judge) -> None:
    """Deleting a watched key is a change, and so is one's own write."""
    client, other, key = judge.client(), judge.client("other"), judge.word()
    for who, words, reply in (
        (other, ["DEL", key], 1),
        (client, ["INCR", key], 2),
        (other, ["FLUSHALL"], OK),
    ):
        client.expect(["SET", key, 1], OK)
        client.expect(["WATCH", key], OK)
        who.expect(words, reply)
        client.expect("MULTI", OK)
        client.expect("EXEC", NULL_ARRAY, f"{words[0]} has changed the watched key")


@stage(
    1, 10, "not watching any more",
    "UNWATCH and DISCARD both forget what was watched. WATCH inside of MULTI is an error.",
)  # fmt: skip
def unwatch(judge: Judge) -> None:
    """UNWATCH forgets what was watched."""
    client, other, key = judge.client(), judge.client("other"), judge.word()
    client.expect(["WATCH", key], OK)
    other.expect(["SET", key, 5], OK)
    client.expect("UNWATCH", OK)
    client.expect("MULTI", OK)
    client.expect(["WATCH", key], error("ERR WATCH inside MULTI is not allowed"))
    client.expect(["GET", key], QUEUED)
    client.expect("EXEC", ["5"], "nothing is watched")
