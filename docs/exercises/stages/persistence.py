"""Files: what outlives the server, RDB and AOF (chapters 12 and 13)."""

import time

from exercises.judge import rdb
from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, Status

AOF = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")


@stage(
    3, 45, "a snapshot in a file",
    "Any format will do at this stage. Write another file, and rename it at the end.",
    "The file is dump.rdb in the folder that --dir names.",
    alone=True,
)  # fmt: skip
def save_and_restart(judge: Judge) -> None:
    """SAVE writes all keys to dump.rdb, and the server reads them when it starts again."""
    judge.start()
    client, key, words = judge.client(), judge.word(), judge.words(3)
    client.expect(["SET", key, words[0]], OK)
    client.expect("SAVE", OK)
    judge.kill()
    judge.start()
    judge.client("later").expect(["GET", key], words[0], "SAVE has written it to a file")


@stage(
    2, 15, "a snapshot is a moment",
    "What was written after the snapshot is gone after kill -9: that is its price.",
    alone=True,
)  # fmt: skip
def a_snapshot_is_a_moment(judge: Judge) -> None:
    """After a crash the keys are as they were at the last SAVE; deleted ones stay deleted."""
    judge.start("--save", "")
    client, (kept, gone, late) = judge.client(), judge.words(3)
    client.expect(["MSET", kept, "1", gone, "1"], OK)
    client.expect("SAVE", OK)
    client.expect(["DEL", gone], 1)
    client.expect("SAVE", OK)
    client.expect(["SET", late, "1"], OK)
    judge.kill()
    judge.start("--save", "")
    judge.client("later").expect(["MGET", kept, gone, late], ["1", None, None], "this was the last SAVE")


@stage(
    3, 30, "every kind of value in the file",
    "Each kind of value has a byte for its type, and a form of its own.",
    alone=True,
)  # fmt: skip
def save_every_kind(judge: Judge) -> None:
    """Lists, hashes, sets and sorted sets, and the times to live, survive too."""
    judge.start()
    client, keys, (a, b) = judge.client(), judge.words(5), judge.words(2)
    client.expect(["RPUSH", keys[0], a, b, a], 3)
    client.expect(["HSET", keys[1], a, b], 1)
    client.expect(["SADD", keys[2], a], 1)
    client.expect(["ZADD", keys[3], "1.5", b], 1)
    client.expect(["SET", keys[4], a, "EX", 1000], OK)
    client.expect("SAVE", OK)
    judge.kill()
    judge.start()
    later = judge.client("later")
    later.expect(["LRANGE", keys[0], 0, -1], [a, b, a])
    later.expect(["HGETALL", keys[1]], [a, b])
    later.expect(["SMEMBERS", keys[2]], [a])
    later.expect(["ZRANGE", keys[3], 0, -1, "WITHSCORES"], [b, "1.5"])
    later.expect_that(["TTL", keys[4]], lambda left: 900 < left <= 1000, "a little less than 1000")


@stage(
    3, 45, "reading Redis's own format",
    "REDIS0009, opcodes, lengths of one, two or five bytes: chapter 12 of the course describes it.",
    alone=True,
)  # fmt: skip
def read_rdb(judge: Judge) -> None:
    """The server reads a dump.rdb that another Redis has written."""
    strings = dict(zip(judge.words(4), judge.words(4), strict=True))
    (judge.folder / "dump.rdb").write_bytes(rdb.file_of(strings))
    judge.start()
    client = judge.client()
    for key, value in strings.items():
        client.expect(["GET", key], value, "the judge has written dump.rdb with this string")
    client.expect("DBSIZE", len(strings))


@stage(
    2, 20, "times in the file",
    "0xFC and eight bytes, the lowest first: Unix time in milliseconds. Do not load what is over.",
    alone=True,
)  # fmt: skip
def read_rdb_expires(judge: Judge) -> None:
    """The server reads when the keys of a dump.rdb expire."""
    (lives, over, ever), now = judge.words(3), int(time.time() * 1000)
    expires = {lives: now + 500_000, over: now - 5000}
    (judge.folder / "dump.rdb").write_bytes(rdb.file_of({lives: "1", over: "2", ever: "3"}, expires))
    judge.start()
    client = judge.client()
    client.expect_that(["TTL", lives], lambda left: 400 < left <= 500, "a little less than 500")
    client.expect(["GET", over], None, "its time was over before the server started")
    client.expect(["TTL", ever], -1)


@stage(
    4, 45, "writing Redis's own format",
    "Strings of type 0 will do, with plain lengths. 0xFF and eight bytes end the file.",
    alone=True,
)  # fmt: skip
def write_rdb(judge: Judge) -> None:
    """The server writes dump.rdb in Redis's own format, with its checksum."""
    judge.start()
    client, strings = judge.client(), dict(zip(judge.words(3), judge.words(3), strict=True))
    strings[judge.word()] = str(judge.number())
    for key, value in strings.items():
        client.expect(["SET", key, value], OK)
    client.expect("SAVE", OK)
    data = _dump(judge)
    try:
        found = rdb.strings_of(data)
    except (ValueError, IndexError) as problem:
        raise client.failed(f"dump.rdb   {data!r}", f"this means {problem}") from None
    if found != {key.encode(): value.encode() for key, value in strings.items()}:
        raise client.failed(f"dump.rdb   holds {found}", f"expected   {strings}")
    written = int.from_bytes(data[-8:], "little")
    if written not in (0, rdb.checksum(data[:-8])):
        raise client.failed(
            f"expected   the checksum 0x{rdb.checksum(data[:-8]):016x}, or 0 for none",
            f"came       0x{written:016x}",
        )


def _dump(judge: Judge) -> bytes:
    """What stands in dump.rdb."""
    path = judge.folder / "dump.rdb"
    if not path.exists():
        raise judge.record.failed("expected   a file dump.rdb in the folder of --dir, after SAVE")
    return path.read_bytes()


@stage(
    3, 30, "saving in the background",
    "BGSAVE answers at once. LASTSAVE is a Unix time; INFO persistence has rdb_bgsave_in_progress.",
    alone=True,
)  # fmt: skip
def bgsave(judge: Judge) -> None:
    """BGSAVE saves while the server goes on, and LASTSAVE says when that was."""
    judge.start("--save", "")
    client, key = judge.client(), judge.word()
    client.expect(["SET", key, "1"], OK)
    client.expect("BGSAVE", Status("Background saving started"))
    client.expect(["GET", key], "1", "the server goes on meanwhile")
    client.expect_soon_that("INFO persistence", lambda text: b"rdb_bgsave_in_progress:0" in text, "it ends")
    client.expect_that("LASTSAVE", lambda at: abs(at - time.time()) < 100, "the time now")
    judge.kill()
    judge.start("--save", "")
    judge.client("later").expect(["GET", key], "1")


@stage(
    3, 45, "a log of all writes",
    "Append each command that has changed something, and write it to the file before the reply goes.",
    alone=True,
)  # fmt: skip
def aof(judge: Judge) -> None:
    """With appendonly, what was answered is there after kill -9."""
    judge.start(*AOF)
    client, (key, other), count = judge.client(), judge.words(2), judge.number(3, 9)
    for number in range(1, count + 1):
        client.expect(["RPUSH", key, number], number)
    client.expect(["SET", other, "1"], OK)
    client.expect(["DEL", other], 1)
    judge.kill()
    judge.start(*AOF)
    later = judge.client("later")
    later.expect(["LRANGE", key, 0, -1], [str(n) for n in range(1, count + 1)], "all these were answered")
    later.expect(["GET", other], None)


@stage(
    3, 20, "a command is not what is logged",
    "Log what came out: SPOP as SREM, EXPIRE as the time itself.",
    alone=True,
)  # fmt: skip
def aof_of_chance(judge: Judge) -> None:
    """A command with chance or time in it gives the same when the log is read again."""
    judge.start(*AOF)
    client, (key, other), members = judge.client(), judge.words(2), judge.words(20)
    client.expect(["SADD", key, *members], 20)
    popped = client.expect_that(["SPOP", key, 10], lambda reply: len(reply) == 10, "ten members")
    client.expect(["SET", other, "1", "PX", 150], OK)
    judge.kill()
    time.sleep(0.15)  # the key's time passes while no server runs
    judge.start(*AOF)
    later, gone = judge.client("later"), set(popped)
    left = [member for member in members if member.encode() not in gone]
    later.expect_that(
        ["SMEMBERS", key],
        lambda reply: sorted(reply) == sorted(x.encode() for x in left),
        "those that were not popped",
    )
    later.expect(["EXISTS", other], 0, "its time went on while the server was down")


@stage(
    3, 20, "a log that was cut short",
    "A crash may leave half a command at the end. Cut it off, say so in the log, and go on.",
    alone=True,
)  # fmt: skip
def aof_cut_short(judge: Judge) -> None:
    """A half command at the end of the log does not keep the server from starting."""
    judge.start(*AOF)
    client, (a, b) = judge.client(), judge.words(2)
    client.expect(["SET", a, "1"], OK)
    client.expect(["SET", b, "2"], OK)
    judge.kill()
    _cut_short(judge)
    judge.start(*AOF)
    judge.client("later").expect(["MGET", a, b], ["1", None], "three bytes of the last command are missing")


def _cut_short(judge: Judge) -> None:
    """Take three bytes from the end of the log."""
    logs = sorted(judge.folder.rglob("*.aof"), key=lambda path: path.stat().st_size)
    if not logs:
        raise judge.record.failed("expected   a file whose name ends with .aof in the folder of --dir")
    logs[-1].write_bytes(logs[-1].read_bytes()[:-3])


@stage(
    4, 45, "rewriting the log",
    "Write the present state into a new file, and what comes meanwhile too; then switch.",
    alone=True,
)  # fmt: skip
def aof_rewrite(judge: Judge) -> None:
    """BGREWRITEAOF makes the log short, and loses nothing."""
    judge.start(*AOF)
    client, key, count = judge.client(), judge.word(), judge.number(200, 300)
    for _ in range(count):
        client("INCR " + key)
    judge.record.exchanges.clear()
    before = _size(judge)
    client.expect_that(
        "BGREWRITEAOF", lambda reply: reply.startswith("Background"), "Background append only file ..."
    )
    sentence = "aof_rewrite_in_progress:0 in the end"
    client.expect_soon_that("INFO persistence", lambda text: b"aof_rewrite_in_progress:0" in text, sentence)
    client.expect(["INCR", key], count + 1)
    if not _size(judge) < before / 2:
        raise client.failed(f"expected   less than half of {before} bytes", f"came       {_size(judge)}")
    judge.kill()
    judge.start(*AOF)
    judge.client("later").expect(["GET", key], str(count + 1), "nothing is lost")


def _size(judge: Judge) -> int:
    """The bytes in all files of the log."""
    return sum(path.stat().st_size for path in judge.folder.rglob("*.aof"))


@stage(
    4, 20, "all or nothing, in the log too",
    "Log a transaction between MULTI and EXEC, and run it only when EXEC is there.",
    alone=True,
)  # fmt: skip
def aof_of_transactions(judge: Judge) -> None:
    """A transaction whose end is missing in the log did not happen."""
    judge.start(*AOF)
    client, (a, b) = judge.client(), judge.words(2)
    client.expect(["SET", a, "1"], OK)
    client.send("MULTI")
    client.send(["SET", a, "2"])
    client.send(["SET", b, "2"])
    client.send("EXEC")
    for reply in (OK, Status("QUEUED"), Status("QUEUED"), [OK, OK]):
        client.expect_message(reply)
    judge.kill()
    _cut_short(judge)
    judge.start(*AOF)
    judge.client("later").expect(["MGET", a, b], ["1", None], "the end of the transaction is missing")
