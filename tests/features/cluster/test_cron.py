"""What a node does ten times a second."""

import pytest
from network import TIMEOUT_MS
from simulation import formed

from redis_clone.features.cluster import machine, messages
from redis_clone.features.cluster.actions import Close, Connect, Send
from redis_clone.features.cluster.node import NOADDR, PFAIL


@pytest.fixture
def world():
    return formed(5, 0)


def tick(node, later_ms=0):
    actions = machine.tick(node.cluster, node.now_ms + later_ms)
    node.cluster.check()
    return actions


def pinged(actions):
    """The IDs of the nodes that a ping goes to."""
    pings = [each for each in actions if isinstance(each, Send) and each.message.type == messages.PING]
    return [ping.link.node.id for ping in pings]


def answer_all(node):
    for other in node.cluster.others:
        other.ping_sent_ms, other.pong_received_ms, other.heard_ms = 0, node.now_ms, node.now_ms


def test_a_node_is_asked_when_it_has_said_nothing_for_half_the_timeout(world):
    node = world.nodes[0]
    answer_all(node)
    node.cluster.ticks = 0
    assert pinged(tick(node, TIMEOUT_MS // 2)) == []
    assert len(pinged(tick(node, TIMEOUT_MS // 2 + 1))) == 4
    assert pinged(tick(node, TIMEOUT_MS // 2 + 2)) == []  # each has been asked
    answer_all(node)
    node.cluster.settings.ping_interval_ms = 100
    assert len(pinged(tick(node, 101))) == 4


def test_every_second_the_node_of_the_oldest_answer_is_asked_among_a_few(world):
    node = world.nodes[0]
    answer_all(node)
    oldest = node.cluster.others[2]
    oldest.pong_received_ms -= 1
    node.cluster.ticks = 9
    assert pinged(tick(node)) == [oldest.id]
    oldest.ping_sent_ms = node.now_ms
    node.cluster.ticks = 9
    assert pinged(tick(node)) != [oldest.id]  # it has been asked already


def test_a_connection_on_which_nothing_comes_is_made_anew_before_the_node_is_suspected(world):
    node = world.nodes[0]
    answer_all(node)
    silent = node.cluster.others[0]
    silent.ping_sent_ms = node.now_ms
    silent.link.created_ms = node.now_ms - TIMEOUT_MS
    link = silent.link
    assert Close(link) not in tick(node, TIMEOUT_MS // 2)
    assert Close(link) in tick(node, TIMEOUT_MS // 2 + 1)
    (connect,) = (each for each in tick(node, TIMEOUT_MS // 2 + 100) if isinstance(each, Connect))
    assert connect.link.node is silent and silent.ping_sent_ms == node.now_ms
    assert not silent.has(PFAIL)
    tick(node, TIMEOUT_MS + 1)
    assert silent.has(PFAIL)


def test_whatever_comes_from_a_node_shows_that_it_works(world):
    node = world.nodes[0]
    answer_all(node)
    silent = node.cluster.others[0]
    silent.ping_sent_ms, silent.heard_ms = node.now_ms - 5 * TIMEOUT_MS, node.now_ms
    tick(node, TIMEOUT_MS)
    assert not silent.has(PFAIL)


def test_a_node_that_lets_us_wait_for_a_connection_is_suspected(world):
    node = world.nodes[0]
    answer_all(node)
    waiting = node.cluster.others[0]
    node.cluster.close(waiting.link)
    tick(node)
    tick(node, TIMEOUT_MS + 1)
    assert waiting.has(PFAIL)


def test_a_node_without_an_address_is_left_alone(world):
    node = world.nodes[0]
    lost = node.cluster.others[0]
    lost.set(NOADDR)
    node.cluster.close(lost.link)
    lost.heard_ms = lost.ping_sent_ms = 1
    assert not [each for each in tick(node) if isinstance(each, Connect)]
    assert not lost.has(PFAIL)


def test_a_node_that_is_called_again_has_not_answered_since_the_first_call(world):
    node = world.nodes[0]
    other = node.cluster.others[0]
    other.ping_sent_ms = 5
    node.cluster.close(other.link)
    tick(node)
    actions = machine.connected(node.cluster, other.link, node.now_ms)
    assert pinged(actions) == [other.id] and other.ping_sent_ms == 5
