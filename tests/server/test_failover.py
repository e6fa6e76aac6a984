"""Failovers, without sockets: nothing moves the offset meanwhile, and what else may happen to the server."""

import pytest
from harness import run

from redis_clone import commands
from redis_clone.features.replication.failover import NO_FAILOVER, WAITING
from redis_clone.features.replication.replica import ONLINE, Replica
from redis_clone.server import cron
from redis_clone.server.failover import continue_failover, end_failover
from redis_clone.server.locking import locked
from redis_clone.server.replicas import start_stream
from redis_clone.server.shutdown import abort_shutdown, request_shutdown
from redis_clone.server.state import Client, Server
from redis_clone.structures.clock import Clock


class Setting:
    """A server whose clock is set by hand, with one replica that has got nothing yet."""

    def __init__(self):
        commands.load()
        self.now_ns = 10**18
        self.server = Server(clock=Clock(source=lambda: self.now_ns))
        self.server.config.set_all({"save": "", "repl-ping-replica-period": "1"}, starting=True)
        self.client = Client(self.server, id=1)
        start_stream(self.server)
        link = Client(self.server, id=2)
        self.replica = Replica(link, link.output_buffer)
        self.replica.ip, self.replica.port = "10.0.0.2", 6379
        self.server.replication.replicas[self.replica] = None
        self.replica.state, self.replica.is_fed, self.replica.heard_ms = ONLINE, True, self.now_ns // 10**6
        self.run("SET k v")

    def run(self, line, client=None):
        return run(client or self.client, line)

    def pass_seconds(self, seconds):
        self.now_ns += round(seconds * 10**9)
        cron.tick(self.server)

    def acknowledge_all(self):
        self.replica.offset = self.offset

    @property
    def offset(self):
        return self.server.replication.history.offset

    @property
    def state(self):
        return self.server.failover.state


@pytest.fixture
def setting():
    return Setting()


def test_nothing_moves_the_offset_while_it_waits(setting):
    setting.run("SET soon gone PX 1000")
    setting.run("SET evictable v")
    offset = setting.offset
    assert setting.run("FAILOVER") == b"+OK\r\n"
    assert setting.run("CONFIG SET maxmemory-policy allkeys-random maxmemory 1") == b"+OK\r\n"
    for _ in range(5):
        setting.pass_seconds(1)
    assert setting.run("GET soon") == b"$-1\r\n" and setting.run("DBSIZE") == b":3\r\n"
    for line in ("WAIT 2 0", "PUBLISH a b", "SET k w", "EVAL return(1) 0"):
        assert setting.run(line, Client(setting.server)) == b"", f"{line} waits"
    assert setting.offset == offset and setting.state == WAITING
    setting.run("CONFIG SET maxmemory 0")
    setting.run("FAILOVER ABORT")
    setting.pass_seconds(1)
    assert setting.offset > offset and setting.run("DBSIZE") == b":2\r\n"


def test_the_cron_hands_the_role_over_as_soon_as_a_replica_has_everything(setting):
    setting.run("FAILOVER")
    setting.pass_seconds(0.1)
    assert setting.state == WAITING
    setting.acknowledge_all()
    setting.pass_seconds(0.1)
    following = setting.server.following
    assert (following.host, following.port) == ("10.0.0.2", 6379) and setting.server.failover.is_in_progress


def test_the_cron_aborts_it_when_the_time_is_up(setting):
    setting.run("FAILOVER TIMEOUT 500")
    setting.pass_seconds(0.4)
    assert setting.state == WAITING
    setting.pass_seconds(0.1)
    assert setting.state == NO_FAILOVER and setting.server.following is None


def test_a_script_that_yields_the_lock_must_end_first(setting):
    setting.run("FAILOVER")
    setting.acknowledge_all()
    setting.server.busy = "BUSY"
    with locked(setting.server):
        continue_failover(setting.server)
    assert setting.state == WAITING
    setting.server.busy = ""
    with locked(setting.server):
        continue_failover(setting.server)
    assert setting.server.failover.is_in_progress


def test_a_shutdown_meanwhile_has_a_pause_of_its_own(setting):
    writer = Client(setting.server)
    setting.run("FAILOVER")
    with locked(setting.server):
        request_shutdown(setting.server, wanted=False, force=False, now=False)
    assert setting.run("SET k w", writer) == b""
    setting.run("FAILOVER ABORT")
    assert writer.blocked is not None, "the shutdown still waits for the replica"
    with locked(setting.server):
        assert abort_shutdown(setting.server)
    assert writer.blocked is None and writer.output_buffer.drain() == b"+OK\r\n"


def test_what_was_postponed_is_rejected_by_what_is_a_replica_now(setting):
    writer = Client(setting.server)
    setting.run("FAILOVER")
    assert setting.run("SET k w", writer) == b""
    setting.acknowledge_all()
    setting.pass_seconds(0.1)
    assert writer.blocked is not None, "until the target has answered"
    with locked(setting.server):
        end_failover(setting.server)
    assert writer.output_buffer.drain().startswith(b"-READONLY")


def test_an_expired_key_is_not_deleted_by_what_is_a_replica_now(setting):
    setting.run("SET soon gone PX 10")
    setting.acknowledge_all()
    setting.run("FAILOVER")
    setting.pass_seconds(0.1)
    with locked(setting.server):
        end_failover(setting.server)
    setting.pass_seconds(1)
    assert setting.run("GET soon") == b"$-1\r\n" and setting.run("DBSIZE") == b":2\r\n"
