"""What a node does with a message: who sent it, where it is, and what its role is now."""

from network import World
from simulation import formed, receive, said_by

from redis_clone.features.cluster import administration, machine, messages
from redis_clone.features.cluster.actions import Close, Follow, Publish, Send
from redis_clone.features.cluster.messages import Message
from redis_clone.features.cluster.node import MASTER, NOADDR, REPLICA
from redis_clone.features.cluster.sending import publish

STRANGER = "e" * 40


def test_a_stranger_is_answered_and_not_believed():
    node = formed(3, 0).nodes[0]
    link = machine.accepted("10.0.0.9", node.ip, node.now_ms)
    before = [other.id for other in node.cluster.nodes.values()]
    actions = receive(node, link, Message(messages.PING, STRANGER, 99, 99, flags=MASTER, slots=1))
    assert [action.message.type for action in actions if isinstance(action, Send)] == [messages.PONG]
    assert [other.id for other in node.cluster.nodes.values()] == before
    assert node.cluster.current_epoch == 3 and node.cluster.owners[0] is node.cluster.myself
    assert not receive(node, link, Message(messages.FAIL, STRANGER, failing=before[1]))


def test_a_new_connection_of_a_node_replaces_its_older_one():
    world = formed(3, 0)
    node, sender = world.nodes[:2]
    known = node.cluster.nodes[sender.id]
    old = known.inbound
    new = machine.accepted(sender.ip, node.ip, node.now_ms)
    actions = receive(node, new, said_by(sender))
    assert Close(old) in actions and known.inbound is new and new.node is known


def test_a_connection_may_turn_out_to_be_of_another_node():
    world = formed(3, 0)
    node, first, second = world.nodes
    link = machine.accepted(first.ip, node.ip, node.now_ms)
    receive(node, link, said_by(first))
    receive(node, link, said_by(second))
    assert node.cluster.nodes[first.id].inbound is None
    assert node.cluster.nodes[second.id].inbound is link


def test_a_node_that_speaks_from_elsewhere_is_called_there_and_a_master_is_followed_there():
    world = formed(3, 1)
    master, replica = world.nodes[0], world.nodes[3]
    known = replica.cluster.nodes[master.id]
    link = machine.accepted("10.0.0.77", replica.ip, replica.now_ms)
    old = known.link
    actions = receive(replica, link, said_by(master, port=7777))
    assert known.address == ("10.0.0.77", 7777, master.port + 10000)
    assert Close(old) in actions and Follow("10.0.0.77", 7777) in actions
    actions = receive(replica, link, said_by(master, port=7777, ip="10.0.0.78"))
    assert known.ip == "10.0.0.78"  # what it announces counts more


def test_an_answer_by_another_node_makes_the_address_unknown():
    world = formed(3, 0)
    node, called, other = world.nodes
    known = node.cluster.nodes[called.id]
    link = known.link
    actions = receive(node, link, said_by(other, messages.PONG))
    assert Close(link) in actions and known.has(NOADDR) and known.address == ("", 0, 0)


def test_what_comes_on_a_connection_to_a_node_that_was_forgotten_is_not_heard():
    world = formed(3, 0)
    node, other = world.nodes[:2]
    link = node.cluster.nodes[other.id].link
    node.cluster.remove_node(node.cluster.nodes[other.id])
    machine.take_actions(node.cluster, node.now_ms)
    assert not receive(node, link, said_by(other, messages.PONG))
    link.node = None
    assert not machine.connected(node.cluster, link, node.now_ms)
    assert other.id not in node.cluster.nodes


def test_meeting_oneself_comes_to_nothing():
    world = World(1, 1)
    world.nodes[0].start()
    node = world.nodes[0]
    administration.meet(node.cluster, node.ip, node.port, node.port + 10000, node.now_ms)
    machine.tick(node.cluster, node.now_ms)
    called = next(each for each in node.cluster.others)
    link = called.link
    machine.connected(node.cluster, link, node.now_ms)
    receive(node, link, said_by(node, messages.PONG))
    assert list(node.cluster.nodes.values()) == [node.cluster.myself]


def test_a_replica_of_a_replica_follows_the_master():
    """n0 has become a replica of n1, and n3, which follows n0, hears so."""
    world = formed(3, 1)
    master, new, replica = world.nodes[0], world.nodes[1], world.nodes[3]
    link = replica.cluster.nodes[master.id].inbound
    news = said_by(master, flags=REPLICA, master=new.id, slots=new.cluster.myself.slots, config_epoch=2)
    actions = receive(replica, link, news)
    assert Follow(new.ip, new.port) in actions
    assert replica.cluster.myself.master is replica.cluster.nodes[new.id]


def test_a_published_message_goes_to_all_and_that_of_a_shard_channel_to_the_shard():
    world = formed(3, 1)
    node, other, replica = world.nodes[0], world.nodes[1], world.nodes[3]
    publish(node.cluster, b"c", b"m", is_sharded=False)
    sent = [action.link.node.id for action in machine.take_actions(node.cluster, node.now_ms)]
    assert sorted(sent) == sorted(each.id for each in world.nodes if each is not node)
    publish(node.cluster, b"c", b"m", is_sharded=True)
    (action,) = machine.take_actions(node.cluster, node.now_ms)
    assert action.link.node.id == replica.id
    for kind, is_sharded in ((messages.PUBLISH, False), (messages.PUBLISHSHARD, True)):
        message = said_by(node, kind, channel=b"c", payload=b"m")
        link = other.cluster.nodes[node.id].inbound
        assert Publish(b"c", b"m", is_sharded) in receive(other, link, message)


def test_a_header_never_leaves_an_epoch_above_the_current_one():
    """Nobody says so who follows the rules; garbage may."""
    world = formed(3, 0)
    node, sender = world.nodes[:2]
    link = node.cluster.nodes[sender.id].inbound
    receive(node, link, said_by(sender, config_epoch=50))
    assert node.cluster.current_epoch == 50
