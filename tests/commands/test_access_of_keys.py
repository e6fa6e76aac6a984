"""Which commands count as an access of a key, as OBJECT IDLETIME and FREQ show it."""

import pytest
from harness import ours_alone
from tables import for_each

MAKERS = {
    "string": "SET k 10", "list": "RPUSH k a b", "set": "SADD k a b", "hash": "HSET k f 1",
    "zset": "ZADD k 1 a 2 b", "stream": "XADD k 1-1 a b",
}  # fmt: skip
ACCESSES = """
string: GET k|SET k word|SET k word NX|APPEND k 1|STRLEN k|TOUCH k|PERSIST k|EXPIRE k 100|DUMP k|COPY k z|SETNX k 1|GETEX k|MGET k|BITCOUNT k|LPUSH k a
list: LLEN k|LRANGE k 0 1|LPUSH k 1|LPOP k|LINDEX k 9|LREM k 0 zzz
set: SCARD k|SADD k a|SREM k zz|SRANDMEMBER k|SINTERCARD 1 k|SSCAN k 0|SUNIONSTORE q k
hash: HGET k f|HSET k f 1|HDEL k zz|HRANDFIELD k
zset: ZCARD k|ZADD k 1 a|ZREM k zz|ZUNIONSTORE u 1 k
stream: XLEN k|XADD k * a b|XRANGE k - +|XDEL k 9-9|XINFO STREAM k
"""  # noqa: E501
NO_ACCESSES = """
string: EXISTS k|TYPE k|TTL k|PTTL k|EXPIRETIME k|OBJECT ENCODING k|OBJECT IDLETIME k|SCAN 0|SCAN 0 TYPE string|KEYS *|RANDOMKEY|WATCH k|DEBUG OBJECT k|MEMORY USAGE k|MOVE k 0
"""  # noqa: E501


def cases(text):
    for line in text.split("\n"):
        kind, _, commands = line.partition(": ")
        yield from ((kind, command) for command in commands.split("|") if command)


def make_idle(redis, kind):
    redis(MAKERS[kind])
    payload = redis("DUMP k")
    assert redis("RESTORE", "k", 0, payload, "REPLACE", "IDLETIME", 1000) == "OK"


@for_each("kind, line", list(cases(ACCESSES)))
def test_a_command_that_reads_or_writes_a_value_is_an_access(redis, kind, line):
    make_idle(redis, kind)
    redis(line)
    assert redis("OBJECT IDLETIME k") < 1000


@for_each("kind, line", list(cases(NO_ACCESSES)))
def test_a_command_that_asks_about_a_key_is_no_access(redis, kind, line):
    make_idle(redis, kind)
    redis(line)
    assert redis("OBJECT IDLETIME k") >= 1000


@ours_alone  # CLIENT NO-TOUCH is new in 7.2
def test_with_no_touch_only_touch_is_an_access(redis, other):
    make_idle(redis, "string")
    redis("CLIENT NO-TOUCH ON")
    redis("GET k"), redis("MULTI"), redis("GET k"), redis("APPEND k 1"), redis("EXEC")
    assert redis("OBJECT IDLETIME k") >= 1000
    redis("TOUCH k")
    assert redis("OBJECT IDLETIME k") < 1000
    redis("SET new 1")
    assert redis("OBJECT IDLETIME new") < 1000
    make_idle(other, "string")
    other("GET k")
    assert other("OBJECT IDLETIME k") < 1000


@pytest.fixture
def lfu(redis):
    redis("CONFIG SET maxmemory-policy allkeys-lfu")
    yield redis
    redis("CONFIG SET maxmemory-policy noeviction lfu-log-factor 10")


def test_idletime_and_freq_belong_to_their_policies(both):
    both("SET k v")
    ours, theirs = both("OBJECT FREQ k")
    assert ours == theirs
    assert both("OBJECT FREQ none") == both("OBJECT IDLETIME none") == [None, None]
    both("CONFIG SET maxmemory-policy volatile-lfu")
    try:
        ours, theirs = both("OBJECT IDLETIME k")
        assert ours == theirs
        assert both("OBJECT FREQ none") == both("OBJECT IDLETIME none") == [None, None]
    finally:
        both("CONFIG SET maxmemory-policy noeviction")


def test_the_counter_begins_at_5_and_grows_with_each_access_when_the_factor_is_0(lfu):
    lfu("CONFIG SET lfu-log-factor 0")
    lfu("SET k v")
    assert lfu("OBJECT FREQ k") == 5
    lfu("GET k"), lfu("SET k w"), lfu("APPEND k x"), lfu("EXISTS k"), lfu("TTL k")
    assert lfu("OBJECT FREQ k") == 8


def test_restore_sets_the_counter(lfu):
    lfu("SET k v")
    payload = lfu("DUMP k")
    lfu("RESTORE", "copy", 0, payload, "FREQ", 200)
    assert lfu("OBJECT FREQ copy") == 200
    assert "FREQ value" in str(lfu("RESTORE", "other", 0, payload, "FREQ", 256))


def test_debug_object_shows_when_a_key_was_last_accessed(redis):
    make_idle(redis, "hash")
    reply = redis("DEBUG OBJECT k")
    fields = dict(part.split(b":", 1) for part in reply.encode().split()[1:])
    assert list(fields) == [b"at", b"refcount", b"encoding", b"serializedlength", b"lru", b"lru_seconds_idle"]
    assert fields[b"encoding"] == b"listpack" and int(fields[b"lru_seconds_idle"]) >= 1000
    assert "no such key" in str(redis("DEBUG OBJECT none"))
