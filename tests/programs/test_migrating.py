"""MIGRATE between two servers, ours and the real one, in all four pairs."""

import itertools
import threading
from contextlib import ExitStack, contextmanager

import pytest
from harness import Client, free_port, has_real_server, our_server, started, wait_until
from replicating import assert_same_data, connected, our_replica, real_master, replica_of, run

from redis_clone.protocol.errors import RedisError

pytestmark = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
READING = RedisError("IOERR error or timeout reading to target instance")
VALUES = (
    ["SET k hello"], ["SET k 12345"], [f"SETRANGE k 300000 {'x' * 70_000}"],
    ["RPUSH k a b 1 2"], [f"RPUSH k {' '.join(map(str, range(10_000)))}"],
    ["SADD k 1 2 3"], ["SADD k a b c"], [f"SADD k {' '.join(f'member:{n}' for n in range(2000))}"],
    ["HSET k f v g w"], [f"HSET k {' '.join(map(str, range(2000)))}"],
    ["ZADD k 1 a 2.5 b inf c"], [f"ZADD k {' '.join(f'{n} m{n}' for n in range(1000))}"],
    [
        *(f"XADD k {n}-1 f v{n}" for n in range(1, 300)), "XDEL k 7-1", "XGROUP CREATE k g 5-1",
        "XREADGROUP GROUP g ada COUNT 20 STREAMS k >", "XACK k g 9-1", "XGROUP CREATECONSUMER k g bob",
    ],
    ["PFADD k a b c"], ["GEOADD k 13.36 38.11 Palermo"],
)  # fmt: skip


@contextmanager
def server(kind, folder):
    """A client of a server of this kind, which knows its port."""
    folder.mkdir(exist_ok=True)
    with our_replica(0, folder) if kind == "ours" else real_master(folder) as client:
        yield client


JUDGES = pytest.param("real to real", marks=pytest.mark.slow)  # it says whether the tests are true


@pytest.fixture(scope="module", params=["ours to ours", "ours to real", "real to ours", JUDGES])
def servers(request, tmp_path_factory):
    kinds = request.param.split(" to ")
    with ExitStack() as stack:
        yield [stack.enter_context(server(kind, tmp_path_factory.mktemp(kind))) for kind in kinds]


@pytest.fixture
def source(servers):
    servers[0]("FLUSHALL")
    return servers[0]


@pytest.fixture
def target(servers):
    servers[1]("FLUSHALL")
    return servers[1]


def migrate(source, target, keys="KEYS k", more="", db=0, timeout=100_000):
    return source(f"MIGRATE 127.0.0.1 {target.port} '' {db} {timeout} {more} {keys}")


def digest(client, key="k"):
    return client(f"DEBUG DIGEST-VALUE {key}")


def test_every_type_arrives_as_it_was(source, target):
    for lines in VALUES:
        for line in lines:
            assert not isinstance(source(line), RedisError), line[:100]
        before = digest(source)
        assert migrate(source, target) == "OK", lines[0][:100]
        assert source("EXISTS k") == 0 and digest(target) == before, lines[0][:100]
        target("DEL k")


def test_a_group_of_a_stream_arrives_with_what_is_pending(source, target):
    for line in VALUES[12]:
        source(line)
    asked = ("XINFO GROUPS k", "XPENDING k g", "XRANGE k - + COUNT 10", "XINFO CONSUMERS k g")
    before = [source(line) for line in asked[:3]]
    assert migrate(source, target) == "OK"
    assert [target(line) for line in asked[:3]] == before
    assert [consumer[1] for consumer in target(asked[3])] == [b"ada", b"bob"]


def test_the_time_to_live_goes_along(source, target):
    source("SET k v PX 100000"), source("SET soon v PX 20"), source("SET ever v")
    assert migrate(source, target, "KEYS k ever") == "OK"
    assert 0 < target("PTTL k") <= 100_000 and target("PTTL ever") == -1
    wait_until(lambda: source("EXISTS soon") == 0)
    assert migrate(source, target, "KEYS soon") == "NOKEY"


def test_keys_arrive_in_the_database_that_is_named(source, target):
    source("SELECT 2"), source("MSET a 1 b 2")
    assert migrate(source, target, "KEYS a", db=3) == migrate(source, target, "KEYS b", db=4) == "OK"
    assert source("DBSIZE") == 0
    found = [target(f"SELECT {db}") and target("KEYS *") for db in (3, 4, 0)]
    assert found == [[b"a"], [b"b"], []]
    source("SELECT 0")


def test_copy_leaves_the_key_and_replace_overwrites_one(source, target):
    source("SET k new"), target("SET k old")
    busy = "ERR Target instance replied with error: BUSYKEY Target key name already exists."
    assert migrate(source, target, more="COPY") == RedisError(busy)
    assert migrate(source, target, more="COPY REPLACE") == "OK"
    assert source("GET k") == target("GET k") == b"new"


def test_of_many_keys_those_stay_that_the_target_rejects(source, target):
    source("MSET a 1 b 2 c 3 d 4"), target("SET b x")
    assert "BUSYKEY" in str(migrate(source, target, "KEYS a none b c"))
    assert sorted(source("KEYS *")) == [b"b", b"d"]
    assert target("MGET a b c d") == [b"1", b"x", b"3", None]


def test_a_password_is_sent_and_a_wrong_one_leaves_the_keys(source, target):
    source("MSET a 1 b 2")
    target("CONFIG SET requirepass secret"), target("ACL SETUSER ada on >word ~* +@all")
    try:
        source("SET noauth 1")
        assert "NOAUTH" in str(source(f"MIGRATE localhost {target.port} noauth 0 1000"))
        for more in ("AUTH wrong", "AUTH2 ada wrong", "AUTH2 nobody word"):
            assert "error: WRONGPASS" in str(migrate(source, target, "KEYS a", more=more)), more
        assert source("EXISTS a b") == 2
        # The cached connection was let in before there was a password, so the target has the key by now.
        assert migrate(source, target, "KEYS a", more="REPLACE AUTH secret") == "OK"
        assert migrate(source, target, "KEYS b", more="AUTH2 ada word") == "OK"
        assert target("MGET a b") == [b"1", b"2"]
    finally:
        target("CONFIG SET requirepass ''"), target("ACL DELUSER ada")


def test_a_target_that_sleeps_is_given_up_and_the_key_stays(source, target):
    source("SET k v")

    def is_given_up():
        """False if the target has answered before it slept."""
        target.send("DEBUG SLEEP 0.3")
        reply = migrate(source, target, timeout=20)
        assert target.read() == "OK"
        return reply == READING or migrate(target, source) != "OK"

    wait_until(is_given_up)
    assert source("GET k") == b"v"
    assert migrate(source, target, more="REPLACE") == "OK" and target("GET k") == b"v"


class Pushers:
    """Clients that push to a list, at whichever of two servers has it, until the `with` over them ends."""

    def __init__(self, ports, count=3):
        self._ports = ports
        self._is_over = threading.Event()
        self.pushed = [[] for _ in range(count)]
        self._threads = [threading.Thread(target=self._push, args=(n,)) for n in range(count)]

    def _push(self, name):
        clients = [Client(("127.0.0.1", port)) for port in self._ports]
        for number in itertools.count():
            element = f"{name}:{number}"
            while not any(client(f"RPUSHX k {element}") for client in clients):
                pass
            self.pushed[name].append(element.encode())
            if self._is_over.is_set():
                return

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def test_what_clients_push_while_a_list_migrates_there_and_back_is_neither_lost_nor_doubled(source, target):
    source("RPUSH k first")
    with Pushers([source.port, target.port]) as pushers:
        for _ in range(20):
            assert migrate(source, target) == "OK"
            assert migrate(target, source) == "OK"
    elements, pushed = source("LRANGE k 0 -1"), itertools.chain(*pushers.pushed)
    assert elements[0] == b"first" and sorted(elements[1:]) == sorted(pushed)


@contextmanager
def killable(kind, folder):
    """A server of this kind as a process of its own that logs each write; yields its port and its process."""
    folder.mkdir(exist_ok=True)
    words = ("--appendonly", "yes", "--dir", str(folder))
    if kind == "ours":
        with started(*words) as (process, port):
            yield port, process
    else:
        with real_master(folder, *words) as client:
            yield client.port, client.process


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ours", "real"])
@pytest.mark.parametrize("kind_of_target", ["ours", "real"])
def test_no_key_is_lost_when_the_target_is_killed(kind, kind_of_target, tmp_path):
    keys = {b"key:%d" % number for number in range(3000)}
    with server(kind, tmp_path / "source") as source:
        for key in keys:
            source("SET", key, b"value of " + key)
        with killable(kind_of_target, tmp_path / "target") as (port, process):
            movers = threading.Thread(target=move_all, args=(Client(("127.0.0.1", source.port)), port, keys))
            movers.start()
            wait_until(lambda: source("DBSIZE") < 2000)
            process.kill()
            movers.join()
        left = set(source("KEYS *"))
        assert left, "the target was killed before all had moved"
        with killable(kind_of_target, tmp_path / "target") as (port, _):
            target = wait_until(lambda: connected(port))
            wait_until(lambda: "LOADING" not in str(target("PING")))
            there = set(target("KEYS *"))
            assert left | there == keys
            assert all(target("GET", key) == b"value of " + key for key in list(there)[:500])


def move_all(client, port, keys):
    """Move keys a few at a time, until the target is gone."""
    waiting = sorted(keys)
    while waiting:
        some, waiting = waiting[:5], waiting[5:]
        if client("MIGRATE", "127.0.0.1", port, b"", 0, 5000, "KEYS", *some) != "OK":
            break
    client.close()


@pytest.mark.slow
@pytest.mark.parametrize("kinds", ["ours to real", "real to ours", "ours to ours"])
def test_the_replicas_of_both_ends_have_the_same_data(kinds, tmp_path):
    with ExitStack() as stack:
        source, target = (
            stack.enter_context(server(kind, tmp_path / f"{number}"))
            for number, kind in enumerate(kinds.split(" to "))
        )
        replicas = [
            stack.enter_context(replica_of(each.port, tmp_path / f"replica of {number}"))
            for number, each in enumerate((source, target))
        ]
        for number in range(300):
            source(f"SET s{number} {number} EX 1000"), source(f"RPUSH l{number} a b {number}")
        for number in range(0, 300, 3):
            names = f"s{number} l{number} none l{number + 1}"
            assert migrate(source, target, f"KEYS {names}") == "OK"
        source("MULTI"), migrate(source, target, "KEYS s1 l2"), source("SET after 1")
        assert source("EXEC") == ["OK", "OK"]
        assert (source("DBSIZE"), target("DBSIZE")) == (600 - 302 + 1, 302)
        for end, replica in zip((source, target), replicas, strict=True):
            assert_same_data(end, replica)


@pytest.mark.slow
def test_redis_cli_imports_our_keys_into_a_real_cluster(tmp_path):
    """It sends MIGRATE to the source for each key, with COPY and REPLACE if they were asked for."""
    words = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with our_server() as address, real_master(tmp_path, *words) as node:
        source = Client(address)
        assert node("CLUSTER ADDSLOTSRANGE 0 16383") == "OK"
        wait_until(lambda: b"cluster_state:ok" in node("CLUSTER INFO"))
        source("MSET a 1 b 2 c 3"), source("RPUSH l x y"), node("SET a old")
        order = ["redis-cli", "--cluster", "import", f"127.0.0.1:{node.port}", "--cluster-from"]
        order += [f"127.0.0.1:{address[1]}", "--cluster-copy", "--cluster-replace"]
        run(order)
        assert node("DBSIZE") == source("DBSIZE") == 4 and node("GET a") == b"1"
        run([*order[:-2], "--cluster-replace"])
        assert source("DBSIZE") == 0 and node("LRANGE l 0 -1") == [b"x", b"y"]
