"""Chains of three servers with ours at each place: each kind of write arrives, and each server is killed.

How many full and partial synchronizations that takes is counted in a chain of three real ones too.
"""

from contextlib import ExitStack
from itertools import pairwise

import pytest
from harness import has_real_server, wait_until
from nodes import OURS, REAL, assert_equal, at_once, keep_keys, nodes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_real_server(), reason="needs redis-server"),
]
LIBRARY = """#!lua name=mine
redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)"""
SCRIPT = """
redis.call('SET', KEYS[1], 1) redis.call('INCR', KEYS[1])
redis.call('SELECT', 3) redis.call('LPUSH', KEYS[1], 'x')"""
WRITES = (
    "SET gone 1", "FLUSHALL", "SET k v", "EXPIRE k 1000", "SET short v PX 5", "SELECT 2", "SET k in2",
    "MOVE k 1", "SELECT 1", "APPEND k more", "COPY k k2 DB 4", "SWAPDB 4 5", "SELECT 0", "FLUSHDB",
    "SADD bag a b c d", "SPOP bag 2", "HSET h a 1 b 2 c 3", "HINCRBYFLOAT h a 0.5", "ZADD z 1 a 2 b",
    "ZPOPMIN z", "RPUSH l a b c", "LMOVE l l LEFT RIGHT", "BLPOP l 0", "PFADD p a b c", "XADD s 1-1 a 1",
    "XADD s 1-* a 2", "XGROUP CREATE s g 0", "XREADGROUP GROUP g me COUNT 1 STREAMS s >",
    "XCLAIM s g you 0 1-1", "XACK s g 1-1", "XAUTOCLAIM s g you 0 0", "XADD s 2-1 b 1",
    "XREADGROUP GROUP g me STREAMS s >", "XTRIM s MAXLEN 1", "XGROUP CREATECONSUMER s g they",
    "GETEX k EX 1000", "SET c v", "GETDEL c", "SETBIT bits 100000 1", "BITFIELD bits SET u8 0 255",
    "GEOADD geo 1 2 here", "SORT l ALPHA STORE sorted", "EXPIRE sorted -1",
)  # fmt: skip


def write_all_kinds(client):
    for line in WRITES:
        reply = client(line)
        assert not isinstance(reply, Exception), (line, reply)
    assert client("EVAL", SCRIPT, 1, "made") is None
    assert client("RESTORE", "restored", 0, client("DUMP z")) == "OK"
    client("MULTI"), client("SET a 1"), client("SELECT 7"), client("SET a 2"), client("SELECT 0")
    assert client("EXEC") == ["OK"] * 4
    assert client("FUNCTION", "LOAD", "REPLACE", LIBRARY) == b"mine"
    assert client("FCALL put 1 f x") == "OK"
    client("SET", "big", b"big" * 1_000_000), client("RPUSH", "big:list", *map(str, range(20_000)))


def assert_all_hear(servers):
    with ExitStack() as stack:
        listeners = [stack.enter_context(node.connect()) for node in servers]
        for listener in listeners:
            assert listener("SUBSCRIBE news") == [b"subscribe", b"news", 1]
        servers[0]("PUBLISH news rain")
        assert [listener.read() for listener in listeners] == [[b"message", b"news", b"rain"]] * 3


def wait_for_links(servers):
    for above, node in pairwise(servers):
        node.wait_for_link()
        wait_until(lambda above=above: b"state=online" in above("INFO replication"))


def story(servers):
    """What happens to a chain; returns its counters at each stage."""
    master, middle, last = servers
    middle.follow(master), last.follow(middle)
    wait_for_links(servers)
    for node in servers:
        node("CONFIG REWRITE")
    with master.connect() as client:
        write_all_kinds(client)
    assert_all_hear(servers)
    keep_keys(master)
    assert_equal(*servers)
    assert len({repr(node("FUNCTION LIST WITHCODE")) for node in servers}) == 1
    assert [node("XPENDING s g")[0] for node in servers] == [2, 2, 2]
    assert len({repr(node("XPENDING s g")) for node in servers}) == 1
    found = [[node.counters() for node in servers]]
    assert [node("SAVE") for node in servers] == ["OK"] * 3, (
        "so what each has missed when it comes back is little"
    )
    for killed in (last, middle, master):
        killed.kill()
        if killed is not master:
            master("INCR n")
        killed.start()
        wait_for_links(servers)
        master("INCR n")
        assert_equal(*servers)
        found.append([node.counters() for node in servers])
    return found


CHAINS = {
    "three real ones": (REAL, REAL, REAL),
    "ours first": (OURS, REAL, REAL),
    "ours between": (REAL, OURS, REAL),
    "ours last": (REAL, REAL, OURS),
    "ours alone": (OURS, OURS, OURS),
}


def test_a_chain_with_ours_at_any_place_behaves_as_three_real_ones(tmp_path):
    def told(name):
        with nodes(tmp_path / name, *CHAINS[name]) as servers:
            return story(servers)

    stories = at_once(told, CHAINS)
    assert stories == [stories[0]] * len(CHAINS)
