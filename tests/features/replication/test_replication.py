"""The master's stream, without sockets: what goes into the backlog and to which replica."""

import pytest

from redis_clone.features.replication.replica import ONLINE, SENDING, Replica
from redis_clone.features.replication.replication import Replication
from redis_clone.protocol.ops import BOTH
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.structures.clock import Clock

SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"


class Setting:
    """A clock that is set by hand, and the configuration."""

    def __init__(self):
        self.now_ns = 10**12
        self.clock = Clock(source=lambda: self.now_ns)
        self.restrictions = set()
        self.config = {"repl-backlog-size": 100, "min-replicas-to-write": 0, "min-replicas-max-lag": 10}
        self.replication = Replication(self.config, self.clock, self.restrictions)

    def pass_seconds(self, seconds):
        self.now_ns += seconds * 10**9
        self.clock.tick()


@pytest.fixture
def setting():
    return Setting()


@pytest.fixture
def replication(setting):
    return setting.replication


def online(replication):
    """A new replica that is fed."""
    replica = Replica(None, OutputBuffer([]))
    replication.replicas[replica] = None
    replication.start_feeding(replica, replication.history.offset + 1)
    return replica


def test_without_a_backlog_the_offset_stands_still(replication):
    replication.feed([(0, [b"SET", b"k", b"v"], BOTH)])
    assert replication.history.offset == 0 and replication.aux_fields() == {}


def test_the_stream_goes_to_the_backlog_and_to_each_replica(replication):
    replication.create_backlog()
    one, other = online(replication), online(replication)
    replication.feed([(0, [b"SET", b"k", b"v"], BOTH)])
    assert one.output_buffer.drain() == other.output_buffer.drain() == SELECT + SET
    assert replication.history.offset == len(SELECT + SET) == len(replication.backlog)
    assert replication.aux_fields()["repl-offset"] == replication.history.offset


def test_a_replica_that_loads_gets_what_it_missed_before_what_is_new(replication):
    replication.create_backlog()
    replica = Replica(None, OutputBuffer([]))
    replica.state, replica.stream_from = SENDING, 1
    replication.replicas[replica] = None
    for number in range(100):
        replication.feed([(0, [b"SET", b"k", b"%d" % number], BOTH)])
    assert not replica.output_buffer and len(replication.backlog) > 1000, "it will need all of it"
    whole = replication.backlog.since(1)
    replication.start_feeding(replica, 1)
    replication.feed([(0, [b"SET", b"k", b"v"], BOTH)])
    assert replica.output_buffer.drain() == whole + SET
    assert replica.state == ONLINE and len(replication.backlog) < 100 + len(SET)


def test_a_replica_may_continue_where_the_backlog_reaches(replication):
    assert not replication.may_continue(replication.history.replid, 1), "there is no backlog"
    replication.create_backlog()
    for _ in range(10):
        replication.feed([(0, [b"SET", b"k", b"v"], BOTH)])
    replid, offset = replication.history.replid, replication.history.offset
    assert replication.may_continue(replid, offset + 1) and replication.may_continue(replid, offset - 50)
    assert not replication.may_continue(replid, 1), "that is not kept any more"
    assert not replication.may_continue(replid, offset + 2), "that is of the future"
    assert not replication.may_continue("0" * 40, offset)


def test_writes_are_rejected_while_too_few_replicas_are_good(setting, replication):
    replication.create_backlog()
    setting.config["min-replicas-to-write"] = 1
    replication.look_for_good()
    assert setting.restrictions == {"replicas"}
    replica = online(replication)
    replica.heard_ms = setting.clock.now_ms
    replication.look_for_good()
    assert not setting.restrictions
    setting.pass_seconds(10)
    replication.look_for_good()
    assert not setting.restrictions, "ten seconds are allowed"
    setting.pass_seconds(1)
    replication.look_for_good()
    assert setting.restrictions == {"replicas"}
    setting.config["min-replicas-max-lag"] = 0  # switches it off
    replication.look_for_good()
    assert not setting.restrictions


def test_acknowledged_is_what_a_replica_that_is_online_has_said(replication):
    replication.create_backlog()
    one, other = online(replication), online(replication)
    one.offset, other.offset = 100, 200
    assert [replication.count_acknowledged(offset) for offset in (0, 100, 101, 200, 201)] == [2, 2, 1, 1, 0]
    other.state = SENDING
    assert replication.count_acknowledged(100) == 1
