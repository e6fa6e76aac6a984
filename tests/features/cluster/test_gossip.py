"""What a node learns of others from the gossip in a message, and what it tells them."""

from simulation import formed, receive, said_by

from redis_clone.features.cluster import gossip
from redis_clone.features.cluster.messages import PONG, Gossip
from redis_clone.features.cluster.node import FAIL, MASTER, NOADDR, PFAIL, REPLICA
from redis_clone.features.cluster.sending import send_news
from redis_clone.features.cluster.slots import slot_set

STRANGER = "e" * 40


def hear(node, sender, **fields):
    link = node.cluster.nodes[sender.id].inbound
    return receive(node, link, said_by(sender, **fields))


def of(node, flags=MASTER, pong_s=0):
    return Gossip(node.id, 0, pong_s, node.ip, node.port, node.port + 10000, flags)


def test_a_node_is_added_with_what_is_a_fact_and_without_what_is_an_opinion():
    node, sender = formed(3, 0).nodes[:2]
    for number, (flags, kept) in enumerate(
        ((MASTER, MASTER), (REPLICA | FAIL, REPLICA | FAIL), (MASTER | PFAIL, MASTER)), 1
    ):
        entry = Gossip(f"{number:040}", 0, 0, "10.0.0.8", 1, 2, flags)
        hear(node, sender, gossip=(entry,))
        added = node.cluster.nodes[entry.id]
        assert (added.flags, added.address) == (kept, ("10.0.0.8", 1, 2))


def test_a_node_without_an_address_or_that_was_forgotten_is_not_added():
    world = formed(3, 0)
    node, sender, third = world.nodes
    hear(node, sender, gossip=(Gossip(STRANGER, 0, 0, "", 0, 0, MASTER | NOADDR),))
    assert STRANGER not in node.cluster.nodes
    gossip.forget(node.cluster, node.cluster.nodes[third.id], node.now_ms)
    hear(node, sender, gossip=(of(third),))
    assert third.id not in node.cluster.nodes
    node.skew_ms = 60_001
    hear(node, sender, gossip=(of(third),))
    assert third.id in node.cluster.nodes and not node.cluster.forgotten_ms


def test_gossip_about_oneself_changes_nothing():
    node, sender = formed(3, 0).nodes[:2]
    hear(node, sender, gossip=(of(node, REPLICA | FAIL),))
    assert node.cluster.myself.is_master and not node.cluster.myself.has(FAIL)


def test_an_answer_that_another_node_got_is_believed_unless_it_is_of_the_future():
    node, sender, third = formed(3, 0).nodes
    known = node.cluster.nodes[third.id]
    known.ping_sent_ms = 0
    seconds = node.now_ms // 1000
    for said_s, is_believed in ((seconds + 2, False), (seconds, True)):
        known.pong_received_ms = 5
        hear(node, sender, gossip=(of(third, pong_s=said_s),))
        assert (known.pong_received_ms != 5) == is_believed
    known.pong_received_ms = 5
    known.reports[node.cluster.nodes[sender.id]] = node.now_ms
    gossip._believe_pong(node.cluster, known, node.now_ms, node.now_ms)
    assert known.pong_received_ms == 5  # not while somebody finds it failing


def test_a_node_that_fails_here_and_works_elsewhere_is_called_there():
    node, sender, third = formed(3, 0).nodes
    known = node.cluster.nodes[third.id]
    known.set(PFAIL)
    entry = of(third)._replace(ip="10.0.0.99")
    hear(node, sender, gossip=(entry,))
    assert known.ip == "10.0.0.99" and known.link is None


def test_the_names_and_the_shard_of_a_node_are_what_it_says():
    world = formed(3, 1)
    node, master, replica = world.nodes[1], world.nodes[0], world.nodes[3]
    hear(node, replica, hostname="h", nodename="n", shard_id=STRANGER)
    known = node.cluster.nodes[replica.id]
    assert (known.hostname, known.nodename, known.shard_id) == ("h", "n", STRANGER)
    hear(node, replica)  # a node of 7.0 does not name its shard: then it is its master's
    assert known.shard_id == node.cluster.nodes[master.id].shard_id and not known.hostname


def test_a_replica_does_not_forget_its_master_because_others_do():
    world = formed(3, 1)
    master, other, replica = world.nodes[0], world.nodes[1], world.nodes[3]
    for node, is_forgotten in ((replica, False), (world.nodes[2], True)):
        hear(node, other, forgotten=((master.id, 60), (node.id, 60), (STRANGER, 60)))
        assert (master.id not in node.cluster.nodes) == is_forgotten
        assert node.id in node.cluster.nodes


def test_what_is_told_is_a_few_nodes_and_all_that_seem_to_fail():
    world = formed(7, 1)
    node = world.nodes[0]
    receiver = node.cluster.nodes[world.nodes[1].id]
    failing = node.cluster.others[5:11]
    for each in failing:
        each.set(PFAIL)
    send_news(node.cluster, receiver.link, PONG, node.now_ms)
    told = [entry.id for entry in node.cluster.actions[-1].message.gossip]
    assert receiver.id not in told and node.id not in told
    assert set(told[3:]) == {each.id for each in failing}
    assert len(set(told)) == len(told) == 3 + len(failing)


def test_a_slot_that_moves_from_or_to_a_node_that_is_forgotten_stays():
    world = formed(3, 0)
    node, other = world.nodes[:2]
    known = node.cluster.nodes[other.id]
    node.cluster.migrating[5] = node.cluster.importing[6000] = known
    gossip.forget(node.cluster, known, node.now_ms)
    assert not node.cluster.migrating and not node.cluster.importing
    assert node.cluster.owners[6000] is None
    node.cluster.give_slot(6000, node.cluster.myself)
    assert node.cluster.myself.slots & slot_set([6000])
    node.cluster.check_owners()
