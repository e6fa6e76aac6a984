"""The first keys (chapter 3).

Nothing is emptied before these stages, for the last of them teaches how; so each brings keys of its own.
"""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import ANY, OK, Status, encode


@stage(
    2, 15, "a dictionary from bytes to bytes",
    "Keep one dictionary for all clients. SET answers the simple string OK: +OK\\r\\n.",
    "With a thread for each client, take a lock around each command.",
)  # fmt: skip
def set_and_get(judge: Judge) -> None:
    """SET keeps a value under a key, and GET returns it, to every client."""
    client, (key, value) = judge.client(), judge.words(2)
    client.expect(["SET", key, value], OK)
    client.expect(["GET", key], value, "SET has kept this value")
    judge.client("other").expect(["GET", key], value, "all clients see the same keys")


@stage(
    1, 5, "the null: there is nothing",
    "The null bulk string is $-1\\r\\n: no bytes and no second \\r\\n follow.",
)  # fmt: skip
def get_nothing(judge: Judge) -> None:
    """GET of a key that does not exist answers the null bulk string."""
    client = judge.client()
    client.expect(["GET", judge.word(12)], None, "nobody has set this key")
    client.expect("PING", Status("PONG"))


@stage(1, 5, "a key has one value", "Assigning to a dictionary does it.")
def overwrite(judge: Judge) -> None:
    """SET replaces what was there, and touches no other key."""
    client, (key, other, old, new) = judge.client(), judge.words(4)
    client.expect(["SET", key, old], OK)
    client.expect(["SET", other, old], OK)
    client.expect(["SET", key, new], OK)
    client.expect(["GET", key], new, "the second SET has replaced the value")
    client.expect(["GET", other], old, "this is another key")


@stage(
    2, 10, "keys and values are bytes too",
    "Names of keys differ by case: only the names of commands do not.",
)  # fmt: skip
def keys_are_bytes(judge: Judge) -> None:
    """Keys and values hold every byte, and a key's case matters."""
    client, key = judge.client(), judge.some_bytes(20) + b"\r\n\0"
    value = bytes(range(256))
    client.expect(["SET", key, value], OK)
    client.expect(["GET", key], value, "keys and values are bytes")
    word = judge.word()
    client.expect(["SET", word, "small"], OK)
    client.expect(["SET", word.upper(), "capitals"], OK)
    client.expect(["GET", word], "small", "the case of a key matters")


@stage(
    2, 15, "a pipeline sees its own writes",
    "Run the commands one after the other, and put the replies together.",
)  # fmt: skip
def pipeline_of_writes(judge: Judge) -> None:
    """The commands of a pipeline see what those before them did."""
    client, (key, first, second) = judge.client(), judge.words(3)
    commands = [["SET", key, first], ["GET", key], ["SET", key, second], ["GET", key]]
    client.send_bytes(b"".join(map(encode, commands)))
    for reply in (OK, first, OK, second):
        client.expect_message(reply, "commands of one client run in their order")


@stage(
    2, 15, "one broken connection is nobody else's problem",
    "A receive that fails, or a half command that never goes on, ends this connection only.",
)  # fmt: skip
def leaving_in_the_middle(judge: Judge) -> None:
    """A client that leaves in the middle of a command harms nobody."""
    client, key = judge.client("stays"), judge.word()
    client.expect(["SET", key, "1"], OK)
    half = judge.client("leaves")
    half.send_bytes(encode(["SET", key, "2"])[:-5])
    half.end_sending()
    half.expect_end("its client has nothing more to say, and half a command is no command")
    client.expect(["GET", key], "1", "half a command is no command")
    judge.client("new").expect("PING", Status("PONG"))


@stage(
    1, 10, "a dictionary can be emptied",
    "Each stage after this one begins with FLUSHALL, so that it finds no keys.",
)  # fmt: skip
def flushall(judge: Judge) -> None:
    """FLUSHALL removes all keys."""
    client, keys = judge.client(), judge.words(3)
    for key in keys:
        client.expect(["SET", key, "1"], OK)
    client.expect("FLUSHALL", OK)
    for key in keys:
        client.expect(["GET", key], None, "FLUSHALL has removed all keys")
    client.expect(["SET", keys[0], "2"], OK)
    client.expect(["GET", keys[0]], ANY)
