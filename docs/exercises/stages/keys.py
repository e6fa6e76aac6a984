"""Keys, whatever their values (chapter 8)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import ANY, OK, InAnyOrder, Status, error


@stage(1, 10, "counting what was there", "DEL and EXISTS answer how many of the keys there were.")
def del_and_exists(judge: Judge) -> None:
    """DEL removes keys, EXISTS counts them."""
    client, (a, b, missing) = judge.client(), judge.words(3)
    client.expect(["MSET", a, 1, b, 2], OK)
    client.expect(["EXISTS", a, b, missing, a], 3, "a key that is named twice counts twice")
    client.expect(["DEL", a, missing, a], 1, "the second time it is gone already")
    client.expect(["GET", a], None)
    client.expect(["GET", b], "2")


@stage(1, 5, "the kind of a value", "The reply is a simple string: +string or +none.")
def type_(judge: Judge) -> None:
    """TYPE names the kind of a key's value."""
    client, (key, missing) = judge.client(), judge.words(2)
    client.expect(["SET", key, "x"], OK)
    client.expect(["TYPE", key], Status("string"))
    client.expect(["TYPE", missing], Status("none"))


@stage(1, 5, "counting all keys", "It is the length of the dictionary.")
def dbsize(judge: Judge) -> None:
    """DBSIZE counts the keys."""
    client, keys = judge.client(), judge.words(judge.number(3, 9))
    client.expect("DBSIZE", 0)
    for key in keys:
        client.expect(["SET", key, key], OK)
    client.expect("DBSIZE", len(keys))
    client.expect(["DEL", keys[0]], 1)
    client.expect("DBSIZE", len(keys) - 1)


@stage(
    2, 30, "glob patterns",
    "* fits any bytes, ? one, [ab] one of these, and \\ takes away the meaning of the next.",
    "Match by recursion: at * try every rest of the text.",
)  # fmt: skip
def keys(judge: Judge) -> None:
    """KEYS lists the keys that fit a pattern."""
    client, (one, two) = judge.client(), judge.words(2)
    names = [f"{one}:a", f"{one}:b", f"{one}:ab", f"{two}:a", f"{one}*a"]
    for name in names:
        client.expect(["SET", name, 1], OK)
    for pattern, fitting in {
        "*": names,
        f"{one}:*": names[:3],
        f"{one}:?": names[:2],
        "*:[bc]": [names[1]],
        f"{one}\\*a": [names[4]],
        two: [],
    }.items():
        client.expect(["KEYS", pattern], InAnyOrder(fitting), f"these keys fit {pattern}")


@stage(2, 10, "moving a value to another name", "A key that does not exist is an error: ERR no such key.")
def rename(judge: Judge) -> None:
    """RENAME gives a value another key, and overwrites what was there; RENAMENX does not."""
    client, (a, b, value, other) = judge.client(), judge.words(4)
    client.expect(["MSET", a, value, b, other], OK)
    client.expect(["RENAMENX", a, b], 0, "the new name is taken")
    client.expect(["RENAME", a, b], OK)
    client.expect(["MGET", a, b], [None, value])
    client.expect(["RENAME", a, b], error("ERR no such key"))


@stage(
    2, 10, "a copy is a value of its own",
    "COPY answers 1, or 0 when the new key exists and REPLACE is missing.",
)  # fmt: skip
def copy(judge: Judge) -> None:
    """COPY makes a second key with an equal value, which goes its own way."""
    client, (a, b, value) = judge.client(), judge.words(3)
    client.expect(["SET", a, value], OK)
    client.expect(["COPY", a, b], 1)
    client.expect(["APPEND", b, "!"], 7)
    client.expect(["MGET", a, b], [value, value + "!"], "the copy has changed, and not the first")
    client.expect(["COPY", a, b], 0)
    client.expect(["COPY", a, b, "REPLACE"], 1)
    client.expect(["GET", b], value)


@stage(
    2, 20, "numbered databases",
    "SELECT belongs to the connection: a new client begins with database 0.",
    "Keep a list of 16 dictionaries, and in each client the number of its own.",
)  # fmt: skip
def select(judge: Judge) -> None:
    """SELECT chooses one of sixteen databases, for this client alone."""
    client, other, key, number = judge.client(), judge.client("other"), judge.word(), judge.number(1, 15)
    client.expect(["SET", key, "zero"], OK)
    client.expect(["SELECT", number], OK)
    client.expect(["GET", key], None, "another database has other keys")
    client.expect(["SET", key, "other"], OK)
    other.expect(["GET", key], "zero", "the other client is still in database 0")
    client.expect("SELECT 16", error("ERR DB index is out of range"))
    client.expect("FLUSHALL", OK)
    other.expect(["GET", key], None, "FLUSHALL removes the keys of all databases, FLUSHDB those of one")


@stage(2, 15, "moving between databases", "MOVE answers 0 when the key is not there, or is there already.")
def move(judge: Judge) -> None:
    """MOVE takes a key into another database."""
    client, key, number = judge.client(), judge.word(), judge.number(1, 15)
    client.expect(["SET", key, "1"], OK)
    client.expect(["MOVE", key, number], 1)
    client.expect(["GET", key], None)
    client.expect(["MOVE", key, number], 0, "it is not here any more")
    client.expect(["SELECT", number], OK)
    client.expect(["GET", key], "1")


@stage(
    3, 40, "going through all keys while they change",
    "The reply is [cursor, keys]. The cursor is a bulk string, and 0 says: begin, or the end.",
    "The simplest correct way: sort the keys, and let the cursor be a position. What is wrong with it?",
)  # fmt: skip
def scan(judge: Judge) -> None:
    """SCAN goes through all keys in steps."""
    client, names = judge.client(), judge.words(40)
    for name in names:
        client.expect(["SET", name, 1], OK)
    judge.record.exchanges.clear()
    found: set[bytes] = set()
    cursor, steps = b"0", 0
    while cursor != b"0" or not steps:
        reply = client.expect_that(["SCAN", cursor, "COUNT", 10], _is_scan, "a cursor, and an array of keys")
        cursor, steps = reply[0], steps + 1
        found.update(reply[1])
        if steps > 40:
            raise client.failed("expected   the cursor is 0 in the end", f"came       {steps} other cursors")
    missing = {name.encode() for name in names} - found
    if missing:
        raise client.failed(
            "expected   all 40 keys come", f"missing    {b' '.join(sorted(missing)).decode()}"
        )


def _is_scan(reply: list[object]) -> bool:
    return len(reply) == 2 and isinstance(reply[0], bytes) and isinstance(reply[1], list)


@stage(
    2, 10, "filters: after the step, not before",
    "MATCH is applied to the keys of a step: it may leave none.",
)  # fmt: skip
def scan_match(judge: Judge) -> None:
    """SCAN with MATCH answers only the keys that fit."""
    client, (one, two) = judge.client(), judge.words(2)
    for number in range(5):
        client.expect(["SET", f"{one}:{number}", 1], OK)
        client.expect(["SET", f"{two}:{number}", 1], OK)
    wanted = InAnyOrder([f"{one}:{number}" for number in range(5)])
    client.expect(
        ["SCAN", 0, "MATCH", f"{one}:*", "COUNT", 1000], ["0", wanted], "COUNT 1000 is all in one step"
    )
    client.expect("SCAN word", error("ERR invalid cursor"))


@stage(1, 10, "a random key", "An empty database answers the null bulk string.")
def randomkey(judge: Judge) -> None:
    """RANDOMKEY answers one of the keys."""
    client, names = judge.client(), judge.words(4)
    client.expect("RANDOMKEY", None)
    for name in names:
        client.expect(["SET", name, 1], OK)
    for _ in range(5):
        client.expect_that("RANDOMKEY", lambda key: key.decode() in names, f"one of {', '.join(names)}")


@stage(
    1, 10, "what a server says of itself",
    "CLIENT ID counts the connections since the start; a name is kept with the client.",
)  # fmt: skip
def client_id_and_name(judge: Judge) -> None:
    """Each client has a number of its own, and may have a name."""
    client, other, name = judge.client(), judge.client("other"), judge.word()
    mine = client.expect_that("CLIENT ID", lambda number: number > 0, "a number")
    other.expect_that("CLIENT ID", lambda number: number > mine, f"a number greater than {mine}")
    client.expect(["CLIENT", "SETNAME", name], OK)
    client.expect("CLIENT GETNAME", name)
    other.expect("CLIENT GETNAME", ANY)


@stage(
    2, 20, "who is connected?",
    "Keep a table of all connections. A line is id=3 addr=127.0.0.1:51234 ... name=ada ... cmd=client|list.",
    "cmd= is the command that the client has sent last, in small letters.",
)  # fmt: skip
def client_list(judge: Judge) -> None:
    """CLIENT LIST has a line for each connection, with its name and its last command."""
    client, other, name = judge.client(), judge.client("other"), judge.word()
    other.expect(["CLIENT", "SETNAME", name], OK)
    other.expect(["GET", name], None)
    sentence = f"a line id=... name={name} ... cmd=get ..."
    client.expect_that("CLIENT LIST", lambda text: _is_listed(_line_of(text, name)), sentence)
    other.close()
    client.expect_soon_that("CLIENT LIST", lambda text: not _line_of(text, name), "the other client has left")


def _line_of(text: bytes, name: str) -> bytes:
    """The line of the client of this name; nothing when there is none."""
    lines = [line for line in text.split(b"\n") if f" name={name} ".encode() in line]
    return lines[0] if lines else b""


def _is_listed(line: bytes) -> bool:
    return line.startswith(b"id=") and b" cmd=get" in line


@stage(
    2, 15, "parameters of a running server",
    "CONFIG GET answers names and values in turn; it takes patterns.",
)  # fmt: skip
def config(judge: Judge) -> None:
    """CONFIG SET changes a parameter, and CONFIG GET answers it."""
    client, value = judge.client(), judge.number(1000, 9999)
    judge.undo("CONFIG SET slowlog-max-len 128")
    client.expect(["CONFIG", "SET", "slowlog-max-len", value], OK)
    client.expect("CONFIG GET slowlog-max-len", ["slowlog-max-len", str(value)])
    client.expect(["CONFIG", "GET", judge.word()], [])
    client.expect(["CONFIG", "SET", judge.word(), 1], error("ERR Unknown option"))


@stage(
    2, 20, "a report about the server",
    "INFO is one bulk string of lines name:value; a section begins with # Name.",
)  # fmt: skip
def info(judge: Judge) -> None:
    """INFO reports about the server, in sections."""
    client, count = judge.client(), judge.number(2, 6)
    for key in judge.words(count):
        client.expect(["SET", key, 1], OK)
    sentence = f"# Keyspace, and a line db0:keys={count},..."
    line = f"\r\ndb0:keys={count},".encode()
    client.expect_that(
        "INFO keyspace", lambda text: text.startswith(b"# Keyspace") and line in text, sentence
    )
    client.expect_that("INFO server", lambda text: b"\r\nredis_version:" in text, "a line redis_version:...")
