"""Whole RDB files: they are read as they were written, damage is found, and the real server judges both."""

import io
import random
import subprocess

import pytest
from harness import Client, has_real_server, our_server, real_server
from tables import for_each

from redis_clone.features.persistence.rdb_loader import RdbLoader, what_to_do
from redis_clone.features.persistence.rdb_primitives import write_length, write_many, write_string
from redis_clone.features.persistence.rdb_reader import (
    BadRdb,
    Ended,
    Library,
    RdbReader,
    Skipped,
    Source,
    Unreadable,
)
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import Entry
from redis_clone.network.program import main
from redis_clone.server.state import Server
from redis_clone.storage.digest import digest_of_all
from redis_clone.structures import listpack
from redis_clone.structures.stream_log import StreamId

ENTRIES = [
    Entry(0, b"text", b"hello", None),
    Entry(0, b"number", b"-12345", 4102444800000),
    Entry(0, b"long", b"abc" * 100, None),
    Entry(9, b"set", {b"a", b"b"}, None),
    Entry(9, b"hash", {b"field": b"value"}, None),
    Entry(9, b"list", [b"x", b"y" * 9000], None),
]


def written(entries=ENTRIES, checksum=True, libraries=()):
    file = io.BytesIO()
    writer = RdbWriter(file.write, {0: (3, 1), 9: (3, 0)}, checksum=checksum)
    writer.begin({"redis-ver": "7.2.4"}, libraries)
    for entry in entries:
        writer.add(entry)
    writer.end()
    return file.getvalue()


WHOLE = written()


def in_short(value):
    """A text that is the same in each process, though the members of a set come in any order."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


def events(data):
    return list(RdbReader(Source(io.BytesIO(data).read)).events())


def digest_after_loading(data, databases=16):
    server = Server()
    RdbLoader(server.databases[:databases], now_ms=0).load(Source(io.BytesIO(data).read))
    return digest_of_all(server.databases)


def test_what_is_written_is_read():
    found = [event for event in events(WHOLE) if isinstance(event, Entry)]
    assert [(one.db, one.key, one.expire_at_ms) for one in found] == [
        (e.db, e.key, e.expire_at_ms) for e in ENTRIES
    ]
    assert events(WHOLE)[-1] == Ended(checked=True)


def test_a_file_without_a_checksum_is_read_unchecked():
    assert written(checksum=False).endswith(b"\xff" + b"\0" * 8)
    assert events(written(checksum=False))[-1] == Ended(checked=False)
    assert events(b"REDIS0003\xff")[-1] == Ended(checked=False), "there was none before version 5"


def test_the_oldest_and_the_newest_versions_are_read_and_no_others():
    for version in range(1, 12):
        assert events(b"REDIS%04d\xff" % version + b"\0" * 8)
    for version in (b"0000", b"0012", b"abcd"):
        with pytest.raises(BadRdb, match="Can't handle RDB format version"):
            events(b"REDIS" + version + b"\xff")


def test_seconds_idle_times_and_frequencies_of_keys_are_understood():
    parts = b"\xfd\x01\x00\x00\x00\xf8\x05\xf9\x07\x00\x01k\x01v"
    assert events(b"REDIS0009" + parts + b"\xff" + b"\0" * 8)[0] == Entry(0, b"k", b"v", 1000)


def test_what_follows_the_file_is_left_to_the_caller():
    source = Source(io.BytesIO(WHOLE + b"*1\r\n").read)
    assert list(RdbReader(source).events())
    assert source.offset == len(WHOLE) and source.read(9) == b"*1\r\n"


def test_the_bytes_may_come_in_any_pieces():
    file, sizes = io.BytesIO(WHOLE), random.Random(3)
    pieces = Source(lambda count: file.read(min(count, sizes.randint(1, 7))))
    server = Server()
    RdbLoader(server.databases, now_ms=0).load(pieces)  # the checksum is verified too
    assert digest_of_all(server.databases) == digest_after_loading(WHOLE)


def test_function_libraries_are_kept_and_written_again():
    data = written([], libraries=(b"#!lua name=mylib",))
    assert Library(b"#!lua name=mylib") in events(data)


MODULE_NAME = b"\x81" + (0x81BCDEF012345401).to_bytes(8, "big")


def of_modules():
    """A file with what a module keeps beside the keys, and with a key of its type that expires."""
    data = b"\x02\x05\x05\x02hi\x04" + b"\0" * 8 + b"\x03" + b"\0" * 4 + b"\x01\x07\x00"
    key = b"\xfc" + b"\1" * 8 + b"\x07\x01k" + MODULE_NAME + data
    return b"REDIS0009\xf7" + MODULE_NAME + b"\x02\x02" + data + b"\xfe\x00" + key + b"\xff" + b"\0" * 8


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"REDIS0012\xff", "was written by a newer version (RDB 12; this server reads up to 11). Nothing"),
        (b"VALKEY080\xff", "was written by Valkey. Nothing"),
        (of_modules(), "holds data of the module 'gbze8BI0V'. Nothing"),
        (b"REDIS0010\xf6\x01a\xff", "holds functions as pre-releases of Redis 7.0 wrote them. Nothing"),
    ],
    ids=in_short,
)
def test_a_sound_file_that_we_cannot_read_is_not_called_damaged(data, message):
    with pytest.raises(Unreadable) as problem:
        events(data)
    assert what_to_do("/tmp/some.rdb", problem.value).startswith(f"/tmp/some.rdb {message}")


def of_a_stream(type_byte, length, in_block=(3, 0), last_id=(3, 1)):
    """A file with a stream of three entries and a group; the numbers may say something else."""
    ids = [StreamId(number, 1) for number in (1, 2, 3)]
    items = [*in_block, 1, b"f", 0]
    for id_ in ids:
        items += [2, id_.ms - 1, 0, b"v", 4]
    block = write_string(b"".join([part.to_bytes(8, "big") for part in ids[0]])) + write_string(
        listpack.encode(items)
    )
    data = write_many([block]) + write_length(length) + b"".join(map(write_length, last_id))
    if type_byte != 15:
        data += b"\x01\x01" + b"\0\0" + b"\x03"  # first id, highest tombstone, entries ever added
    group = write_string(b"g") + b"\x02\x01" + (b"" if type_byte == 15 else b"\x02") + b"\0\0"
    data += write_many([group])
    return b"REDIS0010\xfe\x00" + bytes([type_byte]) + b"\x01s" + data + b"\xff" + b"\0" * 8


CONTRADICTING = [
    *[of_a_stream(type_byte, length) for type_byte in (15, 19) for length in (1, 5)],
    of_a_stream(19, 3, in_block=(5, 0)),
    of_a_stream(19, 3, in_block=(3, 2)),
    of_a_stream(19, 3, last_id=(2, 0)),
]


@pytest.mark.parametrize("server", ["ours", "real"])
@pytest.mark.parametrize("data", [*CONTRADICTING, of_a_stream(21, 5)], ids=in_short)
def test_a_stream_that_says_another_length_than_it_has_is_loaded(tmp_path, monkeypatch, caplog, server, data):
    """Real files of Redis 7.0 are so.  Redis believes the number, which XLEN shows, and we the entries."""
    if server == "real" and (not has_real_server() or data not in CONTRADICTING):
        pytest.skip("needs redis-server, and 7.0 does not read the type of 7.2")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump.rdb").write_bytes(data)
    with our_server(dir=str(tmp_path)) if server == "ours" else real_server(tmp_path) as address:
        client = Client(address)
        assert client("DEBUG RELOAD NOSAVE") == "OK"
        assert [id_ for id_, _ in client("XRANGE s - +")] == [b"1-1", b"2-1", b"3-1"]
        assert client("XADD s 4-1 f v") == b"4-1"
        if server == "ours":
            assert client("XLEN s") == 4 and "The value of the key 's' contradicts itself: " in caplog.text
        client.close()


def test_data_of_modules_are_rejected_by_name():
    name = b"\x81" + (0x81BCDEF012345401).to_bytes(8, "big")
    for parts in (b"\x07\x01k" + name, b"\xf7" + name):
        with pytest.raises(BadRdb, match="no matching module"):
            events(b"REDIS0009" + parts + b"\xff")
    with pytest.raises(BadRdb, match="Pre-release function format"):
        events(b"REDIS0010\xf6\x01a\xff")


def test_an_empty_value_is_skipped():
    assert events(b"REDIS0003\x01\x01k\x00\xff")[0] == Skipped(b"k")


@for_each(
    "data, reason",
    [
        (b"", "Unexpected EOF"),
        (b"REDI", "Unexpected EOF"),
        (b"XEDIS0010\xff", "Wrong signature"),
        (WHOLE[:60], "Unexpected EOF"),
        (WHOLE[:-3], "Unexpected EOF"),
        (WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]), "Wrong RDB checksum"),
        (b"REDIS0010\x63", "Invalid object type: 99"),
        (b"REDIS0010\x00\x01k\x81" + b"\x10" * 8, "Unexpected EOF"),  # a length of 2**60
        (b"REDIS0010\x01\x01k\x81" + b"\x10" * 8 + b"\x01a", "Unexpected EOF"),
    ],
)
def test_a_damaged_file_is_reported_with_its_offset(data, reason):
    with pytest.raises(BadRdb, match=reason) as problem:
        events(data)
    assert 0 <= problem.value.offset <= len(data)


def test_a_duplicate_key_or_a_database_that_we_do_not_have_is_damage():
    with pytest.raises(BadRdb, match="duplicated key 'text' in DB 0"):
        digest_after_loading(written([ENTRIES[0], ENTRIES[0]]))
    with pytest.raises(BadRdb, match="more than 4 databases"):
        digest_after_loading(WHOLE, databases=4)


def test_expired_keys_are_dropped_unless_a_log_will_delete_them():
    expired = written([Entry(0, b"k", b"v", 1000)])
    for now_ms, keys in ((2000, 0), (1000, 1), (None, 1)):
        loader = RdbLoader(Server().databases, now_ms)
        loader.load(Source(io.BytesIO(expired).read))
        assert (loader.loaded.keys, len(loader.loaded.expired_keys)) == (keys, 1 - keys)


def damaged(data, source):
    data = bytearray(data)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data))
        match source.randrange(3):
            case 0:
                data[at] ^= 1 << source.randrange(8)
            case 1:
                del data[at : at + source.randint(1, 20)]
            case 2:
                data[at:at] = source.randbytes(source.randint(1, 20))
    return bytes(data)


def try_damages(rounds, seed=0):
    """How many damages were found; a file in which none is found must be a proper one."""
    source = random.Random(seed)
    noticed = 0
    for number in range(rounds):
        data = damaged(written(checksum=bool(number % 2)), source)
        try:
            digest_after_loading(data)
        except BadRdb as problem:
            assert 0 <= problem.offset <= len(data)
            noticed += 1
    return noticed


def test_random_damage_is_found_or_harmless():
    assert try_damages(300) > 200


# The judges.

FILL = """
    SET text hello
    SET number -12345
    SET mortal v PXAT 4102444800000
    SET long {long}
    RPUSH list a b 3 {long}
    RPUSH large_list {many}
    RPUSH plain_node {huge}
    SADD integers 1 2 3 -70000 5000000000
    SADD words a b {long}
    SADD large_set {many}
    HSET hash f v {long} 1
    HSET large_hash {pairs}
    ZADD zset 1 a -inf b 2.5 c
    ZADD large_zset {scored}
    PFADD pf a b c
    GEOADD geo 13.4 52.5 berlin
    XADD stream 1-1 f v g {long}
    XADD stream 2-1 f w g x
    XDEL stream 1-1
    XGROUP CREATE stream group 0
    XREADGROUP GROUP group ada STREAMS stream >
    XGROUP CREATECONSUMER stream group bob
    SELECT 5
    SET other_db 1
    SETBIT bits 70 1
    APPEND appended abc
""".strip().splitlines()
TEXTS = {
    "{long}": [b"a long text that repeats itself " * 9],
    "{huge}": [random.Random(1).randbytes(9000)],
    "{many}": [b"element %d" % number for number in range(2000)],
    "{pairs}": [b"%d" % number for number in range(2000)],
    "{scored}": [b"%d" % number for number in range(2000)],
}


def fill(client):
    for line in FILL:
        words = [text for word in line.split() for text in TEXTS.get(word, [word.encode()])]
        assert "ERR" not in str(client(words[0].decode(), *words[1:]))


@pytest.mark.parametrize("limit", ["0", "100000"])
@pytest.mark.parametrize("compression", ["yes", "no"])
def test_each_server_loads_the_file_of_the_other(tmp_path, monkeypatch, limit, compression):
    """Small limits make the real one write everything plainly, large ones everything packed."""
    if not has_real_server():
        pytest.skip("needs redis-server")
    monkeypatch.chdir(tmp_path)
    limits = [f"{kind}-max-listpack-entries" for kind in ("hash", "zset")] + ["set-max-intset-entries"]
    with (
        our_server(dir=str(tmp_path), dbfilename="ours.rdb", rdbcompression=compression) as ours,
        real_server(tmp_path, "--rdbcompression", compression, "--enable-protected-configs", "yes") as theirs,
    ):
        us, them = Client(ours), Client(theirs)
        for name in limits:
            them("CONFIG", "SET", name, limit)
        fill(us)
        fill(them)
        them("CONFIG SET dbfilename theirs.rdb")
        digests = {client("DEBUG DIGEST") for client in (us, them)}
        assert us("SAVE") == them("SAVE") == "OK"
        them("CONFIG SET dbfilename ours.rdb")
        assert them("DEBUG RELOAD NOSAVE") == "OK"
        digests.add(them("DEBUG DIGEST"))
        us.close()
        them.close()
    assert checked_by_the_real_one(tmp_path / "ours.rdb") == 0
    server = Server()
    with open(tmp_path / "theirs.rdb", "rb") as file:
        RdbLoader(server.databases, now_ms=0).load(Source(file.read))
    digests.add(digest_of_all(server.databases))
    assert len(digests) == 1


def checked_by_the_real_one(path):
    return subprocess.run(["redis-check-rdb", str(path)], stdout=subprocess.DEVNULL, check=False).returncode


@pytest.mark.parametrize(
    "data",
    [
        WHOLE,
        written(checksum=False),
        WHOLE[:70],
        b"",
        b"REDIS0010\x63",
        of_modules(),
        b"REDIS0012\xff",
        b"VALKEY080\xff",
    ],
    ids=in_short,
)
def test_check_rdb_says_what_redis_check_rdb_says(tmp_path, capsys, data):
    if not has_real_server():
        pytest.skip("needs redis-check-rdb")
    path = tmp_path / "some.rdb"
    path.write_bytes(data)
    real = subprocess.run(["redis-check-rdb", str(path)], capture_output=True, text=True, check=False)
    assert main(["--check-rdb", str(path)]) == real.returncode
    assert capsys.readouterr().out.splitlines() == real.stdout.splitlines()


def test_check_rdb_needs_a_file(tmp_path, capsys):
    assert main(["--check-rdb"]) == 1
    assert main(["--check-rdb", str(tmp_path / "none.rdb")]) == 1
    assert "No such file" in capsys.readouterr().out
