"""Shutdowns, without sockets: how long they wait for replicas, and what happens to writes meanwhile."""

from collections import deque

import pytest
from harness import run

from redis_clone import commands
from redis_clone.features.replication.replica import ONLINE, Replica
from redis_clone.server.following import Received, apply
from redis_clone.server.locking import locked
from redis_clone.server.replicas import start_stream, tick
from redis_clone.server.shutdown import abort_shutdown, continue_shutdown, request_shutdown
from redis_clone.server.state import Client, Server
from redis_clone.structures.clock import Clock


class Setting:
    """A server whose clock is set by hand, with one replica that has got nothing yet."""

    def __init__(self):
        commands.load()
        self.now_ns = 10**18
        self.server = Server(clock=Clock(source=lambda: self.now_ns))
        self.server.config.set_all(
            {"save": "", "shutdown-timeout": "10", "repl-ping-replica-period": "1"}, starting=True
        )
        self.client = Client(self.server, id=1)
        start_stream(self.server)
        self.replica = Replica(None, Client(self.server, id=2).output_buffer)
        self.server.replication.replicas[self.replica] = None
        self.replica.state, self.replica.is_fed = ONLINE, True
        run(self.client, "SET k v")

    def pass_seconds(self, seconds):
        self.now_ns += round(seconds * 10**9)
        with locked(self.server):
            continue_shutdown(self.server)

    def request(self, **options):
        with locked(self.server):
            return request_shutdown(self.server, **{"wanted": False, "force": False, "now": False, **options})

    def acknowledge_all(self):
        self.replica.offset = self.server.replication.history.offset

    @property
    def has_ended(self):
        return not self.server.stop_requests.empty()


@pytest.fixture
def setting():
    return Setting()


def test_it_ends_at_once_when_the_replicas_have_everything(setting):
    setting.acknowledge_all()
    setting.request()
    assert setting.has_ended


def test_it_waits_until_they_have(setting):
    setting.request()
    setting.pass_seconds(5)
    assert not setting.has_ended and setting.server.pause.holds(may_write=True)
    setting.acknowledge_all()
    setting.pass_seconds(0.1)
    assert setting.has_ended


def test_it_waits_no_longer_than_the_time_out(setting):
    setting.request()
    setting.pass_seconds(9.9)
    assert not setting.has_ended
    setting.pass_seconds(0.1)
    assert setting.has_ended and setting.server.stop_requests.get() == "SHUTDOWN"
    setting.pass_seconds(20)
    assert not setting.has_ended, "it is requested once"


def test_now_and_a_time_out_of_zero_wait_for_nobody(setting):
    setting.request(now=True)
    assert setting.has_ended
    other = Setting()
    other.server.config.set_all({"shutdown-timeout": "0"}, starting=True)
    other.request()
    assert other.has_ended


def test_an_aborted_one_lets_writes_run_again(setting):
    shutdown = setting.request()
    assert setting.request() is shutdown, "a second request joins the first"
    with locked(setting.server):
        assert abort_shutdown(setting.server) and shutdown.has_failed
        assert not abort_shutdown(setting.server)
    assert not setting.server.pause.is_on
    setting.pass_seconds(20)
    assert not setting.has_ended


def test_when_the_data_cannot_be_saved_the_server_goes_on(setting, tmp_path):
    (tmp_path / "dump.rdb").mkdir()  # which no file can replace
    setting.server.config.set_all({"dir": str(tmp_path)}, starting=True)
    shutdown = setting.request(wanted=True, now=True)
    assert shutdown.has_failed and not setting.has_ended and setting.server.shutdown is None
    setting.request(wanted=True, now=True, force=True)
    assert setting.has_ended


def test_after_the_last_save_nothing_changes_any_more(setting):
    setting.acknowledge_all()
    setting.request()
    assert setting.has_ended
    before = setting.server.replication.history.offset
    assert run(setting.client, "SET k w") == b"", "it waits until its connection is closed"
    with locked(setting.server):
        tick(setting.server)  # it would send a PING
    link = Client(setting.server, id=3)
    with locked(setting.server):
        apply(link, deque([Received([[b"SET", b"k", b"x"]], b"its bytes")]))
    assert run(Client(setting.server, id=4), "GET k") == b"$1\r\nv\r\n"
    assert setting.server.replication.history.offset == before


def test_client_unblock_does_not_end_the_wait_of_who_has_asked_for_it(setting):
    other = Client(setting.server, id=3)
    setting.server.clients[setting.client.id] = setting.client
    run(setting.client, "SHUTDOWN")
    assert run(other, "CLIENT UNBLOCK 1") == run(other, "CLIENT UNBLOCK 1 ERROR") == b":0\r\n"
    assert setting.client.blocked
