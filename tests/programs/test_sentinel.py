"""Three real Sentinels watch groups of ours and of real servers, and make a replica the master."""

import shutil
import threading
from contextlib import contextmanager, suppress

import pytest
from harness import has_real_server, wait_until
from nodes import OURS, REAL, SENTINEL, SERVER, Node, assert_equal, at_once, ended, keep_keys

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (has_real_server() and shutil.which("redis-sentinel")), reason="needs redis-sentinel"
    ),
]
SECRET = "secret"
WATCH = """
sentinel monitor mine 127.0.0.1 {} 2
sentinel down-after-milliseconds mine 2000
sentinel failover-timeout mine 6000
sentinel auth-pass mine secret
"""
SOONER = "SENTINEL DEBUG INFO-PERIOD 500 PUBLISH-PERIOD 200"  # milliseconds


class Group:
    """A master, its replicas, and the Sentinels that watch them."""

    def __init__(self, folder, programs):
        text = f"{SERVER}\nrequirepass {SECRET}\nmasterauth {SECRET}"
        self.servers = [Node(each, folder / f"server-{n}", text, SECRET) for n, each in enumerate(programs)]
        watch = WATCH.format(self.servers[0].port)
        self.sentinels = [Node(SENTINEL, folder / f"sentinel-{n}", watch) for n in range(3)]

    def start(self):
        first, *others = self.servers
        for node in self.servers:
            node.start()
        for node in others:
            node.follow(first)
        for node in self.sentinels:
            node.start()
            assert node(SOONER) == "OK"
        wait_until(lambda: all(self.is_known_to(sentinel) for sentinel in self.sentinels))

    def is_known_to(self, sentinel):
        line = sentinel.field("master0")
        return f"slaves={len(self.servers) - 1},sentinels=3" in line

    @property
    def master(self):
        """The server that all Sentinels name."""
        named = {tuple(each("SENTINEL GET-MASTER-ADDR-BY-NAME mine")) for each in self.sentinels}
        ports = {int(port) for _, port in named}
        return next((node for node in self.servers if ports == {node.port}), None)

    def wait_for_master_other_than(self, old):
        def changed():
            master = self.master
            is_other = master is not None and master is not old
            return master if is_other and master.field("role") == "master" else None

        return wait_until(changed)

    def settled(self):
        """The master, once all others follow it."""
        return wait_until(self._master_of_all)

    def _master_of_all(self):
        master = self.master
        if master is None or master.field("role") != "master":
            return None
        others = [node for node in self.servers if node is not master]
        links = [(node.field("master_port"), node.field("master_link_status")) for node in others]
        return master if links == [(str(master.port), "up")] * len(others) else None


@contextmanager
def watched(folder, *programs, parameters=()):
    group = Group(folder, programs)
    for number, line in parameters:
        with group.servers[number].path.open("a") as file:
            file.write(line + "\n")
    with ended([*group.servers, *group.sentinels]):
        group.start()
        yield group


class Writer:
    """A client that asks the Sentinels for the master at each write, in a thread of its own."""

    def __init__(self, group):
        redis = pytest.importorskip("redis")
        self._errors = redis.RedisError
        addresses = [sentinel.address for sentinel in group.sentinels]
        sentinel = redis.sentinel.Sentinel(addresses, socket_timeout=2)
        self._master = sentinel.master_for("mine", password=SECRET)
        self.written = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self):
        while not self._is_over.wait(0.002):
            with suppress(self._errors):
                self.written = self._master.incr("written")

    def wait_for_writes(self):
        before = self.written
        wait_until(lambda: self.written > before + 20)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        self._thread.join()


GROUPS = {
    "ours alone": (OURS, OURS, OURS),
    "our master with a real replica": (OURS, REAL, OURS),
    "a real master with ours as replicas": (REAL, OURS, OURS),
}


def test_another_server_becomes_the_master_by_command_and_by_the_death_of_the_old_one(tmp_path):
    at_once(lambda name: survives(tmp_path / name, GROUPS[name]), GROUPS)


def survives(folder, programs):
    with watched(folder, *programs) as group:
        with Writer(group) as writer:
            second = replaced_by_command(group, writer)
            third = replaced_by_death(group, writer, second)
            assert f"\nreplicaof 127.0.0.1 {third.port}" in second.path.read_text()
            assert "\nreplicaof" not in third.path.read_text()
        keep_keys(third)
        assert_equal(*group.servers)


def replaced_by_command(group, writer):
    first = group.servers[0]
    assert group.sentinels[0]("SENTINEL CKQUORUM mine").startswith("OK 3 usable Sentinels")
    writer.wait_for_writes()
    assert group.sentinels[1]("SENTINEL FAILOVER mine") == "OK"
    group.wait_for_master_other_than(first)
    second = group.settled()
    writer.wait_for_writes()
    return second


def replaced_by_death(group, writer, second):
    second.kill()
    group.wait_for_master_other_than(second)
    writer.wait_for_writes()
    second.start()
    third = group.settled()
    writer.wait_for_writes()
    return third


def test_a_replica_says_where_it_is_reached_and_may_be_kept_out(tmp_path):
    never = "replica-priority 0"
    announced = [(1, "replica-announce-ip 127.0.0.2"), (3, "replica-announced no")]
    announced += [(number, never) for number in (1, 2, 3)]
    with watched(tmp_path, REAL, OURS, REAL, OURS, OURS, parameters=announced) as group:
        first, there, also_never, hidden, last = group.servers
        wait_until(lambda: replicas_of(group) == {("127.0.0.2", there.port), *local(also_never, last)})
        assert hidden.field("master_link_status") == "up"
        first.kill()
        assert group.wait_for_master_other_than(first) is last


def replicas_of(group):
    """Where a Sentinel reaches the replicas that it tells clients about."""
    return {(each[3].decode(), int(each[5])) for each in group.sentinels[0]("SENTINEL REPLICAS mine")}


def local(*servers):
    return {server.address for server in servers}
