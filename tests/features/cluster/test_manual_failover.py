"""CLUSTER FAILOVER, step by step."""

from simulation import formed, receive, said_by

from redis_clone.features.cluster import administration, machine, messages
from redis_clone.features.cluster.actions import PauseWrites, ResumeWrites, Send


def test_the_master_stops_writes_and_tells_its_offset_at_once():
    world = formed(3, 1)
    master, replica = world.nodes[0], world.nodes[3]
    master.instance.log = [1, 2, 3]
    link = master.cluster.nodes[replica.id].inbound
    actions = receive(master, link, said_by(replica, messages.MFSTART))
    assert PauseWrites(master.now_ms + 10_000) in actions
    (sent,) = (action.message for action in actions if isinstance(action, Send))
    assert sent.message_flags & messages.PAUSED and sent.offset == 3


def test_only_a_replica_of_the_node_may_ask_for_that():
    world = formed(3, 1)
    master, stranger, replica = world.nodes[0], world.nodes[4], world.nodes[3]
    for node, sender in ((master, stranger), (replica, stranger)):
        link = node.cluster.nodes[sender.id].inbound
        assert not receive(node, link, said_by(sender, messages.MFSTART))


def test_the_replica_waits_until_it_has_all_data():
    world = formed(3, 1)
    master, replica = world.nodes[0], world.nodes[3]
    cluster = replica.cluster
    administration.fail_over(cluster, "", replica.now_ms)
    link = replica.cluster.nodes[master.id].inbound
    receive(replica, link, said_by(master, offset=9))
    assert cluster.manual_failover.master_offset == -1  # it has not stopped yet
    receive(replica, link, said_by(master, message_flags=messages.PAUSED, offset=2))
    assert cluster.manual_failover.master_offset == 2 and not cluster.manual_failover.may_begin
    replica.instance.log = [1, 2]
    actions = machine.tick(cluster, replica.now_ms)
    assert cluster.manual_failover.may_begin
    requests = [each.message for each in actions if isinstance(each, Send) and each.message.type == 5]
    assert len(requests) == 5 and all(each.message_flags & messages.FORCEACK for each in requests)


def test_after_five_seconds_it_has_come_to_nothing_and_writes_go_on():
    world = formed(3, 1)
    master, replica = world.nodes[0], world.nodes[3]
    link = master.cluster.nodes[replica.id].inbound
    receive(master, link, said_by(replica, messages.MFSTART))
    assert ResumeWrites() not in machine.tick(master.cluster, master.now_ms + 5000)
    assert ResumeWrites() in machine.tick(master.cluster, master.now_ms + 5001)
    assert not master.cluster.manual_failover.ends_ms
