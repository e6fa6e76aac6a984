"""A snapshot shows the instant of its beginning, whatever is done while it is taken."""

import io
import random

import pytest

from redis_clone import commands
from redis_clone.features.persistence.rdb_loader import RdbLoader
from redis_clone.features.persistence.rdb_reader import Source
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import Snapshot, sizes_of, walk
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server
from redis_clone.storage.digest import digest_of_all

KEYS = [b"string", b"list", b"set", b"hash", b"zset", b"stream", b"bits", b"other", b"more"]
WRITES = """
    SET {key} {word}
    SET {key} {word} PX {number}000000
    APPEND {key} {word}
    SETRANGE {key} {number} {word}
    SETBIT {key} {number} 1
    INCR {key}
    PFADD {key} {word}
    PFCOUNT {key}
    RPUSH {key} {word} b c
    LPUSH {key} {word}
    LPOP {key}
    LSET {key} 0 {word}
    LINSERT {key} BEFORE b {word}
    LREM {key} 0 b
    LTRIM {key} 0 5
    LMOVE {key} {another} LEFT RIGHT
    SADD {key} {word} {number} z
    SREM {key} {word} z
    SPOP {key}
    SMOVE {key} {another} z
    SUNIONSTORE {key} {another}
    HSET {key} {word} {number} f v
    HDEL {key} f
    HINCRBY {key} n {number}
    ZADD {key} {number} {word} 1 m
    ZINCRBY {key} {number} m
    ZREM {key} m
    ZPOPMIN {key}
    ZREMRANGEBYRANK {key} 0 0
    ZRANGESTORE {key} {another} 0 -1
    GEOADD {key} 13.4 52.5 berlin
    XADD {key} * {word} {number}
    XADD {key} MAXLEN 3 * f v
    XGROUP CREATE {key} g 0 MKSTREAM
    XGROUP CREATECONSUMER {key} g {word}
    XREADGROUP GROUP g {word} STREAMS {key} >
    XAUTOCLAIM {key} g {word} 0 0
    XTRIM {key} MAXLEN 2
    XSETID {key} 99999999999999-1
    DEL {key}
    EXPIRE {key} {number}
    EXPIRE {key} -1
    PERSIST {key}
    RENAME {key} {another}
    COPY {key} {another} REPLACE
    COPY {key} {another} DB 1 REPLACE
    MOVE {key} 1
    SWAPDB 0 1
    SORT {key} ALPHA STORE {another}
    SELECT {db}
    SELECT {db}
""".strip().splitlines()
RARE_WRITES = ["FLUSHDB", "FLUSHALL"]


def some_command(source):
    line = source.choice(RARE_WRITES if source.random() < 0.004 else WRITES)
    words = {
        "key": source.choice(KEYS),
        "another": source.choice(KEYS),
        "word": source.choice([b"a", b"b", b"a somewhat longer word"]),
        "number": b"%d" % source.randrange(1, 99),
        "db": b"%d" % source.randrange(2),
    }
    return [
        b"".join(
            words[part] if part in words else part.encode() for part in word.replace("}", "{").split("{")
        )
        for word in line.split()
    ]


def loaded_digest(data):
    """The digest of the data of a server that loads the file."""
    twin = Server()
    RdbLoader(twin.databases, now_ms=None).load(Source(io.BytesIO(data).read))
    return digest_of_all(twin.databases)


@pytest.fixture
def client():
    commands.load()
    server = Server()
    server.config.set_all({"save": ""})  # or a FLUSHALL would write a file
    return Client(server)


@pytest.mark.parametrize("seed", range(60))
def test_a_snapshot_is_the_dataset_at_the_instant_of_its_beginning(client, seed):
    source = random.Random(seed)
    databases = client.server.databases
    for _ in range(source.randrange(300)):
        execute(client, some_command(source))
    expected, keys = digest_of_all(databases), sum(map(len, databases))
    snapshot = Snapshot(databases)
    file = io.BytesIO()
    writer = RdbWriter(file.write, snapshot.sizes)
    writer.begin({})
    taken = 0
    while entries := snapshot.take(slice_ns=0, keys_at_once=1):
        for _ in range(source.randrange(8)):
            execute(client, some_command(source))
        for entry in entries:
            writer.add(entry)
        taken += len(entries)
    snapshot.end()
    writer.end()
    assert (taken, snapshot.total) == (keys, keys)
    assert loaded_digest(file.getvalue()) == expected


def test_a_walk_under_the_lock_shows_the_same(client):
    source = random.Random(7)
    for _ in range(500):
        execute(client, some_command(source))
    databases = client.server.databases
    file = io.BytesIO()
    writer = RdbWriter(file.write, sizes_of(databases), compress=False, checksum=False)
    writer.begin({})
    for entry in walk(databases):
        writer.add(entry)
    writer.end()
    assert loaded_digest(file.getvalue()) == digest_of_all(databases)


def test_a_value_is_copied_once_however_often_it_is_edited(client):
    execute(client, [b"SADD", b"s", b"a"])
    snapshot = Snapshot(client.server.databases)
    for member in (b"b", b"c", b"d"):
        execute(client, [b"SADD", b"s", member])
    [entry] = snapshot.take()
    assert entry.value == {b"a"}
    assert snapshot.take() == []


def test_after_the_end_nothing_is_kept_and_nothing_is_copied(client):
    execute(client, [b"SADD", b"s", b"a"])
    snapshot = Snapshot(client.server.databases)
    snapshot.end()
    assert snapshot.take() == []
    execute(client, [b"SADD", b"s", b"b"])
    assert client.server.databases[0]._snapshot_view is None


def test_a_slice_ends_when_its_time_is_up(client):
    for number in range(1000):
        execute(client, [b"SET", b"key:%d" % number, b"v"])
    snapshot = Snapshot(client.server.databases)
    assert len(snapshot.take(slice_ns=0)) < 100
    assert snapshot.taken < snapshot.total == 1000
