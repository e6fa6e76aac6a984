"""Replication: your server leads, and the judge plays a replica (chapter 19)."""

from exercises.judge import rdb
from exercises.judge.judge import Judge
from exercises.judge.peers import next_command, play_replica
from exercises.judge.stage import stage
from exercises.judge.values import OK, Status


@stage(2, 10, "who am I?", "ROLE answers an array: master, the replication offset, and an array of replicas.")
def role(judge: Judge) -> None:
    """ROLE and INFO replication say that the server leads."""
    client = judge.client()
    sentence = "master, an offset, and an array of replicas"
    client.expect_that(
        "ROLE", lambda reply: reply[0] == b"master" and type(reply[1]) is int and len(reply) == 3, sentence
    )
    client.expect_that("INFO replication", lambda text: b"role:master\r\n" in text, "a line role:master")


@stage(
    3, 45, "a full synchronization",
    "Answer +FULLRESYNC, 40 hexadecimal digits that you make up at the start, and the offset 0.",
    "Then $, the length of an RDB file, \\r\\n, and the file. No \\r\\n follows it.",
)  # fmt: skip
def full_synchronization(judge: Judge) -> None:
    """A replica that sends PSYNC gets all data, as an RDB file."""
    client, (key, word) = judge.client(), judge.words(2)
    client.expect(["SET", key, word], OK)
    following = play_replica(judge)
    try:
        found = rdb.strings_of(following.rdb)
    except (ValueError, IndexError) as problem:
        raise client.failed(f"the file   {following.rdb!r}", f"this means {problem}") from None
    if found.get(key.encode()) != word.encode():
        raise client.failed(f"the file   holds {found}", f"expected   {key}: {word}")


@stage(
    3, 30, "the stream of writes",
    "Send each write to all replicas, as an array of bulk strings. SELECT comes before the first.",
)  # fmt: skip
def stream_to_a_replica(judge: Judge) -> None:
    """What is written after the synchronization comes to the replica, in its order, and reads do not."""
    following, client, (a, b) = play_replica(judge), judge.client(), judge.words(2)
    client.expect(["SET", a, "1"], OK)
    client.expect(["GET", a], "1")
    client.expect(["INCR", b], 1)
    for words in (["SET", a, "1"], ["INCR", b]):
        came = next_command(following.link)
        if came != [word.encode() for word in words]:
            raise client.failed(f"the replica expected {' '.join(words)}", f"came       {came}")


@stage(
    3, 20, "what a replica must not decide",
    "A replica deletes nothing by itself: send it DEL when a key's time is over.",
)  # fmt: skip
def replica_is_told_of_expiry(judge: Judge) -> None:
    """Times to live come as a point in time, and the end of a key as DEL."""
    following, client, key = play_replica(judge), judge.client(), judge.word()
    client.expect(["SET", key, "1", "PX", 100], OK)
    first = next_command(following.link)
    if len(first) != 5 or first[3].upper() != b"PXAT":
        raise client.failed(f"expected   SET {key} 1 PXAT and a time in milliseconds", f"came       {first}")
    client.expect_soon(["EXISTS", key], 0)
    second = next_command(following.link)
    if second[0].upper() not in (b"DEL", b"UNLINK") or second[1:] != [key.encode()]:
        raise client.failed(f"expected   DEL {key}", f"came       {second}")


@stage(
    4, 30, "how far are they?",
    "Send REPLCONF GETACK * to the replicas, and wait until enough have answered with the offset.",
)  # fmt: skip
def wait_for_replicas(judge: Judge) -> None:
    """WAIT waits until replicas have acknowledged what was written before it."""
    client, key = judge.client(), judge.word()
    client.expect_soon("WAIT 1 10", 0, "there is no replica any more")
    following = play_replica(judge)
    client.expect(["SET", key, "1"], OK)
    client.send("WAIT 1 0")
    words = next_command(following.link)
    while words[0].upper() != b"REPLCONF":
        words = next_command(following.link)
    client.expect_nothing("the replica has acknowledged nothing yet")
    following.link.send(["REPLCONF", "ACK", following.offset + 10**6])
    client.expect_message(1, "the replica has acknowledged an offset behind the write")


@stage(
    3, 15, "a list of replicas",
    "ROLE and INFO show the port that the replica has told with REPLCONF listening-port.",
)  # fmt: skip
def replicas_are_listed(judge: Judge) -> None:
    """INFO replication lists the replicas."""
    client = judge.client()
    play_replica(judge)
    client.expect_soon_that(
        "INFO replication", lambda text: b"port=6399,state=online" in text, "slave0:...port=6399,state=online"
    )
    client.expect_soon_that(
        "ROLE", lambda reply: [replica[1] for replica in reply[2]] == [b"6399"], "the replica's port in ROLE"
    )


@stage(
    4, 60, "going on after a short break",
    "Keep the last bytes of the stream (the backlog) and the offset at which they begin.",
    "PSYNC id offset asks for the byte at that offset. If you have it, answer +CONTINUE id; then send it.",
)  # fmt: skip
def partial_synchronization(judge: Judge) -> None:
    """A replica that comes back goes on where it was, without a new RDB file."""
    following, client, key = play_replica(judge), judge.client(), judge.word()
    following.link.close()
    client.expect(["SET", key, "1"], OK)
    link = judge.client("replica")
    link.expect("REPLCONF capa psync2", OK)
    link.expect(
        ["PSYNC", following.id, following.offset + 1],
        Status(f"CONTINUE {following.id}"),
        "the replica has missed a few bytes only, and the backlog holds them",
    )
    words = next_command(link)
    if words != [b"SET", key.encode(), b"1"]:
        raise client.failed(f"expected   SET {key} 1, which the replica has missed", f"came       {words}")
