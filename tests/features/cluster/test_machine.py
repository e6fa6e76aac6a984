"""The events of a node, and the order of what follows from them."""

from simulation import formed

from redis_clone.features.cluster import election, machine, messages
from redis_clone.features.cluster.actions import Save, Send
from redis_clone.features.cluster.node import FAIL
from redis_clone.features.cluster.nodes_file import to_text


def test_what_must_be_on_the_disk_comes_before_what_is_sent():
    world = formed(3, 1)
    replica = world.nodes[3]
    replica.cluster.nodes[world.nodes[0].id].set(FAIL)
    election.take_over_if_due(replica.cluster, replica.now_ms)
    machine.take_actions(replica.cluster, replica.now_ms)
    actions = machine.tick(replica.cluster, replica.cluster.election.begins_ms)
    assert actions[0] == Save(to_text(replica.cluster))
    assert f"lastVoteEpoch {replica.cluster.election.epoch}\n" in actions[0].text
    assert [each.message.type for each in actions if isinstance(each, Send)][-5:] == [
        messages.AUTH_REQUEST
    ] * 5


def test_actions_are_taken_once():
    node = formed(3, 0).nodes[0]
    node.cluster.must_save = True
    assert len(machine.take_actions(node.cluster, node.now_ms)) == 1
    assert machine.take_actions(node.cluster, node.now_ms) == []


def test_a_connection_that_has_ended_is_forgotten_at_both_its_ends():
    world = formed(3, 0)
    node, other = world.nodes[0], world.nodes[0].cluster.others[0]
    link, inbound = other.link, other.inbound
    machine.closed(node.cluster, link, node.now_ms)
    machine.closed(node.cluster, inbound, node.now_ms)
    assert other.link is None and other.inbound is None
    assert not link.is_open and link.node is None and inbound.node is None
