"""DUMP and RESTORE: what one server dumps, the other restores, whatever the type and the encoding."""

import math
import random
import time

import pytest
from harness import Client, has_real_server, real_server
from tables import for_each

from redis_clone.features.persistence.rdb_primitives import write_string
from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, RedisError, wrong_arity
from redis_clone.structures import listpack
from redis_clone.structures.checksums import crc64

BAD_DATA = RedisError("ERR Bad data format")
BAD_CHECKSUM = RedisError("ERR DUMP payload version or checksum are wrong")
BUSY = RedisError("BUSYKEY Target key name already exists.")
HIGHEST = 9223372036854775807
STRING_X = b"\x00\x01x"  # the value of a payload: the string x

LETTERS = " ".join(f"m{at}" for at in range(20))
NUMBERS = " ".join(map(str, range(600)))
LONG = "x" * 65
NOISE = random.Random(1).randbytes(20_000)


def sealed(value: bytes, version: int = 10) -> bytes:
    """A payload around a value, with a proper end."""
    body = value + version.to_bytes(2, "little")
    return body + crc64(body).to_bytes(8, "little")


def contents(redis, key="k"):
    """All that can be read of a value."""
    kind = redis("TYPE", key)
    if kind == "stream":
        return kind, *stream_contents(redis, key)
    reading = {
        "string": "GET {}",
        "list": "LRANGE {} 0 -1",
        "set": "SMEMBERS {}",
        "hash": "HGETALL {}",
        "zset": "ZRANGE {} 0 -1 WITHSCORES",
    }
    reply = redis(reading[kind].format(key))
    if kind == "hash":
        return kind, dict(zip(reply[::2], reply[1::2], strict=True))
    if kind == "zset":
        return kind, [float(text) if at % 2 else text for at, text in enumerate(reply)]
    return kind, sorted(reply) if kind == "set" else reply


def stream_contents(redis, key):
    info = redis(f"XINFO STREAM {key}")
    known = dict(zip(info[::2], info[1::2], strict=True))
    counted = {name: known[name] for name in known if not name.startswith(b"radix")}
    groups = redis(f"XINFO GROUPS {key}")
    names = [dict(zip(group[::2], group[1::2], strict=True))[b"name"] for group in groups]
    pending = [
        [(id_, consumer, count) for id_, consumer, _, count in redis("XPENDING", key, name, "-", "+", "1000")]
        for name in names
    ]
    return redis(f"XRANGE {key} - +"), counted, groups, pending


VALUES = {
    "a string": ["SET k hello"],
    "an empty string": ["SET k ''"],
    "a small integer": ["SET k -5"],
    "an integer of 16 bits": ["SET k 32767"],
    "an integer of 32 bits": ["SET k -2147483648"],
    "an integer of 64 bits": ["SET k 9223372036854775807"],
    "no integer": ["SET k 007"],
    "a string that was changed in place": ["SET k hello", "SETRANGE k 2 LL"],
    "a string that can be compressed": [f"SET k {'abcdef' * 50}"],
    "a string of zeros": ["SETBIT k 800000 1"],
    "a string of noise": [["SET", "k", NOISE]],
    "a short list": ["RPUSH k a 1 -1 4095 -4096 40000 8388607 2147483647 9223372036854775807 ''"],
    "a list of several nodes": [f"RPUSH k {NUMBERS} {LONG} {LONG}"] * 10,
    "a list of large elements": [["RPUSH", "k", "a", NOISE, "b", "c", b"y" * 10_000, NOISE]],
    "a set of integers": ["SADD k 1 2 -3"],
    "a set of larger integers": ["SADD k 1 70000"],
    "a set of largest integers": ["SADD k 1 -9223372036854775808"],
    "a set of many integers": [f"SADD k {NUMBERS}"],
    "a set": [f"SADD k {LETTERS} 1 2"],
    "a large set": [f"SADD k {LONG} {NUMBERS} x"],
    "a small hash": ["HSET k name Ada age 36"],
    "a hash with a long value": [f"HSET k name {LONG}"],
    "a large hash": [f"HSET k {NUMBERS}"],
    "a small sorted set": ["ZADD k 1 a 1.5 b -inf c inf d 1e300 e 0.1 f -7 g 1e20 h"],
    "a large sorted set": [f"ZADD k 3.25 {LONG} {NUMBERS} -inf low inf high"],
    "a stream": ["XADD k 1-1 f v g w", "XADD k 1-2 f x g y", "XADD k 2-0 other z", "XADD k 3-0 1 2"],
    "a stream with deleted entries": [
        *[f"XADD k {at}-{at} f {at}" for at in range(1, 251)],
        "XDEL k 7-7 100-100 250-250",
    ],
    "an empty stream": ["XADD k 5-5 f v", "XDEL k 5-5"],
    "a stream of far sequence numbers": ["XADD k 1-18446744073709551615 f v", "XADD k 2-0 f v"],
    "a stream with groups": [
        *[f"XADD k {at}-0 f {at}" for at in range(1, 11)],
        "XGROUP CREATE k g 0",
        "XGROUP CREATE k half 5-0",
        "XGROUP CREATE k empty $ ENTRIESREAD 3",
        "XREADGROUP GROUP g ada COUNT 3 STREAMS k >",
        "XREADGROUP GROUP g bob COUNT 4 STREAMS k >",
        "XREADGROUP GROUP half bob COUNT 1 STREAMS k >",
        "XACK k g 2-0",
        "XDEL k 3-0",
        "XCLAIM k g bob 0 1-0",
        "XGROUP CREATECONSUMER k g idle",
    ],
}


@pytest.fixture
def ours(our_address):
    yield from client_without_keys(our_address)


@pytest.fixture
def real(real_address):
    yield from client_without_keys(real_address)


def client_without_keys(address):
    client = Client(address)
    client("FLUSHALL")
    yield client
    client.close()


def make(redis, name):
    for words in VALUES[name]:
        reply = redis(*words) if isinstance(words, list) else redis(words)
        assert not isinstance(reply, RedisError), reply


def moved(source, target):
    """Restores the value `k` of one server on the other; returns the contents on both."""
    assert target("RESTORE", "k", 0, source("DUMP k")) == "OK"
    return contents(source), contents(target)


@for_each("name", VALUES)
def test_what_we_dump_the_real_one_restores(ours, real, name):
    ours("FLUSHALL"), real("FLUSHALL")
    make(ours, name)
    here, there = moved(ours, real)
    assert here == there


@for_each("name", VALUES)
def test_what_the_real_one_dumps_we_restore(ours, real, name):
    ours("FLUSHALL"), real("FLUSHALL")
    make(real, name)
    here, there = moved(real, ours)
    assert here == there


@for_each("name", VALUES)
def test_a_dump_is_restored_on_the_same_server(redis, name):
    make(redis, name)
    before = contents(redis)
    payload = redis("DUMP k")
    assert redis("RESTORE", "k", 0, payload, "REPLACE") == "OK"
    assert contents(redis) == before


LIMITS = {
    "everything plain": "--hash-max-listpack-entries 0"
    " --zset-max-listpack-entries 0 --set-max-intset-entries 0",
    "everything packed": "--hash-max-listpack-entries 9999 --hash-max-listpack-value 99999"
    " --zset-max-listpack-entries 9999 --zset-max-listpack-value 99999 --set-max-intset-entries 9999",
    "everything checked": "--sanitize-dump-payload yes",
    "a node for each element": "--list-max-listpack-size 1 --list-compress-depth 1 --rdbcompression no",
}


@pytest.fixture(scope="module", params=LIMITS)
def configured(request, tmp_path_factory):
    """A client of a real server with other limits than the default ones."""
    if not has_real_server():
        pytest.skip("needs redis-server")
    with real_server(tmp_path_factory.mktemp("configured"), *LIMITS[request.param].split()) as address:
        client = Client(address)
        yield client
        client.close()


@for_each("name", VALUES)
def test_a_real_server_with_other_limits_is_understood_both_ways(ours, configured, name):
    ours("FLUSHALL"), configured("FLUSHALL")
    make(configured, name)
    here, there = moved(configured, ours)
    assert here == there
    configured("DEL k")
    here, there = moved(ours, configured)
    assert here == there


@for_each("size", [63, 64, 4095, 4096, 16377, 16378, 16379, 70_000])
def test_long_items_of_a_listpack_end_as_in_the_real_one(ours, configured, size):
    ours("FLUSHALL"), configured("FLUSHALL")
    configured("HSET", "k", "field", b"z" * size, "next", "value")
    here, there = moved(configured, ours)
    assert here == there


def test_large_elements_can_be_used_after_their_move(ours, real):
    make(ours, "a list of large elements")
    moved(ours, real)
    for redis in (ours, real):
        assert redis("LPOP k") == b"a"
        assert redis("LINSERT", "k", "AFTER", "b", "new") == 6
        assert redis("RPUSH k end") == 7
        assert redis("LINDEX k 0") == NOISE
    assert contents(ours) == contents(real)


def test_short_values_are_dumped_byte_for_byte_as_the_real_one_dumps_them(ours, real):
    for name in (
        "a string",
        "a small integer",
        "no integer",
        "a short list",
        "a set of integers",
        "a small hash",
    ):
        for redis in (ours, real):
            redis("DEL k")
            make(redis, name)
        assert ours("DUMP k") == real("DUMP k"), name


def test_dump_of_a_missing_key_is_null(redis):
    assert redis("DUMP missing") is None


def test_dump_and_restore_count_their_arguments(redis):
    assert redis("DUMP") == redis("DUMP a b") == wrong_arity("dump")
    assert redis("RESTORE k 0") == wrong_arity("restore")


def test_a_dump_holds_the_value_without_its_time_to_live(redis):
    redis("SET k hello EX 100")
    redis("RESTORE", "copy", 0, redis("DUMP k"))
    assert redis("TTL copy") == -1


def test_restore_replaces_a_key_only_with_replace(redis):
    redis("SET k old EX 100")
    assert redis("RESTORE", "k", 0, sealed(STRING_X)) == BUSY
    assert redis("GET k") == b"old"
    assert redis("RESTORE", "k", 0, sealed(STRING_X), "replace") == "OK"
    assert redis("GET k") == b"x"
    assert redis("TTL k") == -1


def test_restore_gives_a_time_to_live(redis):
    assert redis("RESTORE", "k", 100_000, sealed(STRING_X)) == "OK"
    assert 50_000 < redis("PTTL k") <= 100_000


def test_restore_takes_a_unix_time_with_absttl(redis):
    expire_at_ms = int(time.time() * 1000) + 100_000
    assert redis("RESTORE", "k", expire_at_ms, sealed(STRING_X), "ABSTTL") == "OK"
    assert redis("PEXPIRETIME k") == expire_at_ms
    assert redis("RESTORE", "k", 0, sealed(STRING_X), "ABSTTL", "REPLACE") == "OK"
    assert redis("TTL k") == -1


@pytest.mark.parametrize("ttl, options", [(1, ["ABSTTL"]), (HIGHEST, []), (HIGHEST - 10**12, [])])
def test_restore_with_a_past_time_makes_no_key_and_removes_the_old_one(redis, ttl, options):
    """A time beyond 64 bits counts as past."""
    assert redis("RESTORE", "k", ttl, sealed(STRING_X), *options) == "OK"
    assert redis("EXISTS k") == 0
    redis("SET k old")
    assert redis("RESTORE", "k", ttl, sealed(STRING_X), "REPLACE", *options) == "OK"
    assert redis("EXISTS k") == 0


@for_each(
    "options, error",
    [
        ("REPLACED", SYNTAX),
        ("IDLETIME", SYNTAX),
        ("FREQ", SYNTAX),
        ("IDLETIME 1 FREQ 1", SYNTAX),
        ("FREQ 1 IDLETIME x", SYNTAX),
        ("IDLETIME -1", "ERR Invalid IDLETIME value, must be >= 0"),
        ("IDLETIME x", NOT_AN_INTEGER),
        ("FREQ -1", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
        ("FREQ 256", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
        ("FREQ x", NOT_AN_INTEGER),
        ("REPLACE FREQ x NONSENSE", NOT_AN_INTEGER),
    ],
)
def test_restore_reads_its_options_before_all_else(redis, options, error):
    redis("SET k old")
    assert redis("RESTORE", "k", "never", "payload", *options.split()) == RedisError(error)
    assert redis("GET k") == b"old"


@pytest.mark.parametrize(
    "options", ["IDLETIME 0", "idletime 1000 IDLETIME 5", "FREQ 255 freq 0 REPLACE ABSTTL"]
)
def test_restore_takes_idle_times_and_frequencies(redis, options):
    assert redis("RESTORE", "k", 0, sealed(STRING_X), *options.split()) == "OK"
    assert redis("GET k") == b"x"


def test_restore_looks_at_the_key_then_at_the_ttl_then_at_the_payload(redis):
    redis("SET k old")
    assert redis("RESTORE k x payload") == BUSY
    assert redis("RESTORE k x payload REPLACE") == RedisError(NOT_AN_INTEGER)
    assert redis("RESTORE k -1 payload REPLACE") == RedisError("ERR Invalid TTL value, must be >= 0")
    assert redis("RESTORE k 1 payload REPLACE ABSTTL") == BAD_CHECKSUM
    assert redis("RESTORE", "k", 1, sealed(b"\xee"), "REPLACE", "ABSTTL") == BAD_DATA
    assert redis("GET k") == b"old"


@for_each(
    "payload",
    [
        b"",
        b"short",
        b"\x00" * 9,
        sealed(STRING_X)[:-1],
        sealed(STRING_X)[:-8] + bytes(8),
        sealed(STRING_X) + b"x",
        sealed(STRING_X, version=12),
        sealed(STRING_X, version=0xFFFF),
    ],
)
def test_a_payload_of_a_newer_version_or_with_another_checksum_is_rejected(redis, payload):
    assert redis("RESTORE", "k", 0, payload) == BAD_CHECKSUM


@for_each("version", [0, 1, 6, 9, 10])
def test_a_payload_of_an_older_version_is_accepted(redis, version):
    assert redis("RESTORE", "k", 0, sealed(STRING_X, version)) == "OK"


def test_a_payload_of_redis_7_2_is_accepted(our_address):
    """Redis 7.0, with which we compare, rejects it."""
    redis = Client(our_address)
    assert redis("RESTORE", "k", 0, sealed(STRING_X, 11), "REPLACE") == "OK"
    redis.close()


def test_bytes_behind_the_value_are_ignored(redis):
    assert redis("RESTORE", "k", 0, sealed(STRING_X + b"more")) == "OK"
    assert redis("GET k") == b"x"


@for_each(
    "value",
    [
        b"\x01\x00", b"\x02\x00", b"\x04\x00", b"\x05\x00", b"\x12\x00",  # nothing in it
        b"\x06", b"\x08", b"\x63", b"\xfa",  # no type of a value
        b"\x02\x02\x01a\x01a",  # a member twice
        b"\x05\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f",  # a score that is no number
        b"\x12\x01\x03\x01a",  # a node of a list of no known kind
        b"\x0b\x08\x03\x00\x00\x00\x00\x00\x00\x00",  # an intset of an odd width
    ],
)  # fmt: skip
def test_a_damaged_payload_is_bad_data(redis, value):
    assert redis("RESTORE", "k", 0, sealed(value)) == BAD_DATA
    assert redis("EXISTS k") == 0


ZIPLIST = b"\x10\x10\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01a\x03\xf3\xff"  # as a string: a and 2
ZIPMAP = b"\x0e\x02\x01a\x01\x00x\x01b\x02\x01yz-\xff"  # as a string: a is x, and b is yz
FIVE = bytes(7) + b"\x05" + bytes(8)  # the id 5-0
STREAM_BLOCK = (
    b"\x10"
    + FIVE
    + write_string(
        listpack.encode([2, 1, 1, b"f", 0, 2, 0, 0, b"v", 4, 3, 0, 1, b"gone", 4, 0, 1, 0, 1, b"g", b"w", 6])
    )
)
STREAM_IDS = b"\x01" + STREAM_BLOCK + b"\x02\x06\x00"  # one block; two entries, the last of them 6-0
STREAM_GROUP = (
    b"\x01\x01g\x05\x00"  # one group: g, its last id 5-0
    + b"\x01" + FIVE + b"\x07" + bytes(7) + b"\x03"  # 5-0, delivered three times
    + b"\x01\x03ada" + b"\x08" + bytes(7) + b"\x01" + FIVE  # and to ada
)  # fmt: skip


@for_each(
    "value, expected",
    [
        (b"\x01\x02\x01a\xc0\x02", ("list", [b"a", b"2"])),
        (b"\x0a" + ZIPLIST, ("list", [b"a", b"2"])),
        (b"\x0e\x02" + ZIPLIST + ZIPLIST, ("list", [b"a", b"2", b"a", b"2"])),
        (b"\x02\x02\x01a\xc0\x02", ("set", [b"2", b"a"])),
        (b"\x04\x01\x01a\xc0\x02", ("hash", {b"a": b"2"})),
        (b"\x0d" + ZIPLIST, ("hash", {b"a": b"2"})),
        (b"\x09" + ZIPMAP, ("hash", {b"a": b"x", b"b": b"yz"})),
        (b"\x0c" + ZIPLIST, ("zset", [b"a", 2.0])),
        (b"\x03\x03\x01a\x031.5\x01b\xfe\x01c\xff", ("zset", [b"c", -math.inf, b"a", 1.5, b"b", math.inf])),
    ],
)
def test_the_forms_of_older_versions_are_understood(redis, value, expected):
    assert redis("RESTORE", "k", 0, sealed(value)) == "OK"
    assert contents(redis) == expected


def test_a_stream_of_redis_5_is_understood(redis):
    assert redis("RESTORE", "k", 0, sealed(b"\x0f" + STREAM_IDS + STREAM_GROUP, 9)) == "OK"
    assert redis("XRANGE k - +") == [[b"5-0", [b"f", b"v"]], [b"6-0", [b"g", b"w"]]]
    assert redis("XPENDING k g") == [1, b"5-0", b"5-0", [[b"ada", b"1"]]]
    (group,) = redis("XINFO GROUPS k")
    assert group[-4:] == [b"entries-read", 1, b"lag", 1]
    assert redis("XADD k 5-7 f v") == RedisError(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item"
    )


@for_each("name", VALUES)
@pytest.mark.slow
def test_a_damaged_value_is_rejected_or_a_proper_one(ours, name):
    """With a checksum that is right, so that the value itself is looked at."""
    ours("FLUSHALL")
    make(ours, name)
    payload = ours("DUMP k")
    source = random.Random(name)
    for _ in range(60):
        value = bytearray(payload[:-10])
        for _ in range(source.randint(1, 4)):
            value[source.randrange(min(len(value), 300))] = source.randrange(256)
        reply = ours("RESTORE", "damaged", 0, sealed(bytes(value)), "REPLACE")
        assert reply == BAD_DATA or (reply == "OK" and contents(ours, "damaged"))


def test_a_score_of_minus_zero_keeps_its_sign_where_it_was_packed_as_text(redis):
    ziplist = b"\x12\0\0\0\x0d\0\0\0\x02\0\0\x01m\x03\x02-0\xff"
    texts = write_string(listpack.encode([b"m", b"-0"]))
    double = bytes([0] * 7 + [128])
    many = b"".join(write_string(b"%d" % number) + double for number in range(63))
    for value, score in (
        (b"\x0c" + write_string(ziplist), b"-0"),
        (b"\x11" + texts, b"-0"),
        (b"\x03\x01" + write_string(b"m") + write_string(b"-0"), b"0"),  # as text, but not packed
        (b"\x05\x01" + write_string(b"m") + double, b"0"),
        (b"\x05\x01" + write_string(b"m" * 65) + double, b"-0"),  # too long to be packed
        (b"\x05\x3f" + many, b"0"),
    ):
        assert redis("RESTORE", "k", 0, sealed(value), "REPLACE") == "OK", value
        assert redis("ZRANGE k 0 0 WITHSCORES")[1] == score, value
        again = redis("DUMP k")
        redis("COPY k twin REPLACE"), redis("RESTORE", "k", 0, again, "REPLACE")
        assert [redis(f"ZRANGE {key} 0 0 WITHSCORES")[1] for key in ("k", "twin")] == [score] * 2, value
