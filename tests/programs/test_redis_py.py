"""The redis-py client does a session of every type against `python server.py`, in RESP2 and in RESP3."""

import pytest
import redis as redis_py
from harness import PATIENCE, started


@pytest.fixture(scope="module")
def port():
    with started() as (_, port):
        yield port


@pytest.fixture(params=[2, 3])
def client(port, request):
    client = redis_py.Redis(port=port, protocol=request.param, decode_responses=True)
    client.flushall()
    yield client
    client.close()


def test_strings_and_counters(client):
    assert client.set("a", "1", ex=100, nx=True)
    assert client.set("a", "2", nx=True) is None
    assert client.incrby("a", 5) == 6
    assert client.incrbyfloat("a", 0.5) == 6.5
    assert client.mget("a", "missing") == ["6.5", None]
    assert 0 < client.ttl("a") <= 100
    assert client.getex("a", persist=True) == "6.5"
    assert client.append("a", "!") == 4
    assert client.getrange("a", 1, -1) == ".5!"


def test_lists(client):
    client.rpush("l", "a", "b", "c")
    assert client.lrange("l", 0, -1) == ["a", "b", "c"]
    assert client.lmove("l", "m", "LEFT", "RIGHT") == "a"
    assert client.lpop("l", 5) == ["b", "c"]
    assert client.lpop("l") is None


def test_hashes(client):
    client.hset("h", mapping={"name": "Ada", "born": "1815"})
    assert client.hgetall("h") == {"name": "Ada", "born": "1815"}
    assert client.hincrby("h", "born", 1) == 1816
    assert dict(client.hscan_iter("h")) == {"name": "Ada", "born": "1816"}


def test_sets(client):
    client.sadd("s", "a", "b")
    client.sadd("t", "b", "c")
    assert client.smembers("s") == {"a", "b"}
    assert set(client.sinter("s", "t")) == {"b"}
    assert client.smismember("s", ["a", "z"]) == [1, 0]


def test_sorted_sets(client):
    client.zadd("z", {"one": 1, "two": 2})
    ranked = client.zrange("z", 0, -1, withscores=True)
    assert [tuple(pair) for pair in ranked] == [("one", 1.0), ("two", 2.0)]
    assert client.zrank("z", "two") == 1


def test_keys(client):
    client.mset({f"key:{number}": number for number in range(100)})
    assert client.dbsize() == 100
    assert len(set(client.scan_iter("key:*"))) == 100
    assert client.rename("key:1", "other") and client.type("other") == "string"
    assert client.expire("other", 10, nx=True) and client.delete("other") == 1


def test_a_transaction_with_watch(client):
    client.set("balance", 10)

    def spend(pipe):
        left = int(pipe.get("balance")) - 3
        pipe.multi()
        pipe.set("balance", left)
        pipe.get("balance")

    assert client.transaction(spend, "balance") == [True, "7"]


def test_a_pipeline_with_an_error_in_it(client):
    pipe = client.pipeline(transaction=False)
    pipe.set("word", "x").incr("word").get("word")
    ok, failure, value = pipe.execute(raise_on_error=False)
    assert (ok, value) == (True, "x")
    assert "not an integer" in str(failure)


def test_publish_and_subscribe(client):
    with client.pubsub() as listener:
        listener.subscribe("news")
        listener.psubscribe("n*")
        assert listener.get_message(timeout=PATIENCE)["type"] == "subscribe"
        assert listener.get_message(timeout=PATIENCE)["type"] == "psubscribe"
        assert client.publish("news", "hello") == 2
        assert {listener.get_message(timeout=PATIENCE)["type"] for _ in range(2)} == {"message", "pmessage"}


def test_the_commands_of_monitoring_tools(client):
    assert client.info("server")["redis_mode"] == "standalone"
    assert client.client_list()[0]["db"] == "0"
    assert client.config_get("maxmemory*")["maxmemory"] == "0"
    assert "get" in client.command_list()
    assert client.command_count() > 100
    assert client.client_setname("tester") and client.client_getname() == "tester"
    client.set("greeting", "hello")
    everything = client.info("everything")
    assert everything["cmdstat_set"]["calls"] >= 1
    assert everything["latency_percentiles_usec_set"]["p50"] > 0
    assert everything["db0"]["keys"] == 1
    client.config_set("slowlog-log-slower-than", 0)
    client.get("greeting")
    assert client.slowlog_get(1)[0]["command"] == b"GET greeting"
    client.config_set("slowlog-log-slower-than", -1)
    assert client.slowlog_reset() and client.slowlog_len() == 0
    client.config_set("slowlog-log-slower-than", 10_000)
    assert client.config_resetstat()
    assert client.role()[0] in (b"master", "master") and client.wait(0, 10) == 0
