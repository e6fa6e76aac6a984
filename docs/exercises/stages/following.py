"""Replication: your server follows, and the judge plays the master (chapter 19)."""

from exercises.judge import rdb
from exercises.judge.judge import Judge
from exercises.judge.peers import play_master
from exercises.judge.stage import stage
from exercises.judge.values import OK, Status, encode, error
from exercises.judge.wire import Connection

ACK = b"*3\r\n" + encode("REPLCONF") + encode("ACK")


def _follow(judge: Judge, strings: dict[str, str]) -> tuple[Connection, Connection, list[bytes]]:
    """A client of the student's server, which follows the judge now; the link; the handshake's commands."""
    listener, client = judge.listen(), judge.client()
    judge.undo("REPLICAOF NO ONE", by=judge.client("undo"))
    client.expect(["REPLICAOF", "127.0.0.1", listener.port], OK)
    link, names = play_master(listener, rdb.file_of(strings))
    sentence = "master_link_status:up"
    client.expect_soon_that("INFO replication", lambda text: b"master_link_status:up" in text, sentence)
    return client, link, names


@stage(
    3, 45, "a handshake",
    "Send PING, REPLCONF listening-port, REPLCONF capa psync2 and PSYNC ? -1, and read each reply.",
    "Answer REPLICAOF at once; the rest happens in the background.",
)  # fmt: skip
def handshake(judge: Judge) -> None:
    """REPLICAOF lets the server connect to a master and ask for its data.

    INFO replication says master_link_status:up when the data is there, and ROLE says slave and connected.
    """
    client, _, names = _follow(judge, {})
    for name in (b"PING", b"REPLCONF", b"PSYNC"):
        if name not in names:
            raise client.failed(f"expected   {name.decode()} in the handshake", f"came       {names}")
    client.expect_that(
        "ROLE", lambda reply: reply[0] == b"slave" and reply[3] == b"connected", "slave ... connected"
    )


@stage(
    3, 30, "the master's data replaces one's own",
    "Read the length behind $, then so many bytes, and load them. What was there before goes.",
)  # fmt: skip
def load_from_the_master(judge: Judge) -> None:
    """A replica loads the RDB file of its master, and forgets its own keys."""
    mine, (own, key, value) = judge.client(), judge.words(3)
    mine.expect(["SET", own, "1"], OK)
    client, _, _ = _follow(judge, {key: value})
    client.expect_soon(["GET", key], value, "the master's file holds it")
    client.expect(["GET", own], None, "a replica has its master's keys, and no others")


@stage(3, 30, "the stream", "The master is a client that sends commands; but nothing is ever answered to it.")
def apply_the_stream(judge: Judge) -> None:
    """A replica runs what its master sends, and answers nothing."""
    client, link, _ = _follow(judge, {})
    a, b, word = judge.words(3)
    link.send_bytes(encode(["SELECT", "0"]) + encode(["SET", a, word]) + encode(["RPUSH", b, "1", "2"]))
    client.expect_soon(["GET", a], word)
    client.expect_soon(["LLEN", b], 2)
    came = link.pending()
    if came and not came.upper().startswith(ACK):
        raise client.failed(f"the master received {came!r}", "expected   nothing, or REPLCONF ACK")


@stage(
    4, 30, "counting every byte",
    "The offset counts all bytes of the stream since the RDB file, and is told as it was before GETACK.",
)  # fmt: skip
def acknowledge(judge: Judge) -> None:
    """A replica answers REPLCONF GETACK with how many bytes of the stream it has run."""
    client, link, _ = _follow(judge, {})
    data = encode(["SELECT", "0"]) + encode(["SET", judge.word(), judge.word(judge.number(3, 30))])
    link.send_bytes(data + encode(["REPLCONF", "GETACK", "*"]))
    acks: list[bytes] = []
    while len(acks) < 3 and b"%d" % len(data) not in acks:
        words = link.read()
        if not isinstance(words, list) or [bytes(word).upper() for word in words[:2]] != [
            b"REPLCONF",
            b"ACK",
        ]:
            raise client.failed(f"received   {words!r}", "expected   REPLCONF ACK and an offset")
        acks.append(words[2])
    if b"%d" % len(data) not in acks:
        raise client.failed(
            f"expected   REPLCONF ACK {len(data)}: so many bytes came before GETACK", f"came       {acks}"
        )


@stage(
    2, 15, "a replica is for reading",
    "The check belongs before the command runs, by its flag: does it write?",
)  # fmt: skip
def read_only(judge: Judge) -> None:
    """A replica refuses writes."""
    key, value = judge.words(2)
    client, _, _ = _follow(judge, {key: value})
    readonly = error("READONLY You can't write against a read only replica.")
    client.expect(["SET", key, "1"], readonly)
    client.expect(["DEL", key], readonly)
    client.expect(["GET", key], value)


@stage(4, 30, "a transaction in the stream", "Until EXEC has come, nothing of it is to be seen.")
def transactions_in_the_stream(judge: Judge) -> None:
    """A replica runs a transaction of its master as a whole."""
    client, link, _ = _follow(judge, {})
    a, b = judge.words(2)
    link.send_bytes(
        encode(["SELECT", "0"]) + encode(["SET", a, "0"]) + encode(["MULTI"]) + encode(["SET", a, "1"])
    )
    client.expect_soon(["GET", a], "0")
    link.send_bytes(encode(["SET", b, "1"]) + encode(["EXEC"]))
    client.expect_soon(["MGET", a, b], ["1", "1"])


@stage(3, 20, "becoming a master", "Close the link, keep the keys, and take writes again.")
def replicaof_no_one(judge: Judge) -> None:
    """REPLICAOF NO ONE makes a replica a master, with the data that it has."""
    key, value = judge.words(2)
    client, _, _ = _follow(judge, {key: value})
    client.expect("REPLICAOF NO ONE", OK)
    client.expect(["GET", key], value)
    client.expect(["APPEND", key, "!"], 7, "it takes writes again")
    client.expect_that("ROLE", lambda reply: reply[0] == b"master", "master")


@stage(4, 45, "coming back to the master", "Remember the id and the offset, and ask with PSYNC id offset+1.")
def ask_to_continue(judge: Judge) -> None:
    """A replica whose link broke asks its master for the rest only."""
    listener, client, key = judge.listen(), judge.client(), judge.word()
    judge.undo("REPLICAOF NO ONE", by=judge.client("undo"))
    client.expect(["REPLICAOF", "127.0.0.1", listener.port], OK)
    link, _ = play_master(listener, rdb.file_of({key: "1"}))
    client.expect_soon(["GET", key], "1")
    data = encode(["SELECT", "0"]) + encode(["SET", key, "2"])
    link.send_bytes(data)
    client.expect_soon(["GET", key], "2")
    link.close()
    again = listener.accept("master")
    while (words := again.read())[0].upper() != b"PSYNC":
        again.reply(Status("PONG") if words[0].upper() == b"PING" else OK)
    if words[2] != b"%d" % (len(data) + 1):
        raise client.failed(f"expected   PSYNC, the master's id, {len(data) + 1}", f"came       {words}")
    again.reply(Status("CONTINUE"))
    again.send_bytes(encode(["SET", key, "3"]))
    client.expect_soon(["GET", key], "3", "the master has continued")
