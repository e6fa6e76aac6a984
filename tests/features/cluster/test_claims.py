"""Who owns which slots: a claim with a higher config epoch wins."""

from simulation import formed, receive, said_by

from redis_clone.features.cluster import machine, messages
from redis_clone.features.cluster.actions import DeleteKeys, Follow, LoseSlots, Send
from redis_clone.features.cluster.messages import Owner
from redis_clone.features.cluster.node import REPLICA
from redis_clone.features.cluster.slots import slot_set


def claim(node, sender, slots, epoch):
    link = node.cluster.nodes[sender.id].inbound
    return receive(node, link, said_by(sender, slots=slots, config_epoch=epoch, current_epoch=epoch))


def test_a_master_that_loses_a_slot_deletes_its_keys():
    master, winner = formed(3, 0).nodes[:2]
    master.instance.keys = {5: 2, 6: 1}
    actions = claim(master, winner, winner.cluster.myself.slots | slot_set([4, 5]), 9)
    assert DeleteKeys([5]) in actions and LoseSlots([4, 5]) in actions
    assert master.cluster.nodes[winner.id].slots & slot_set([4, 5, 6]) == slot_set([4, 5])


def test_a_claim_with_a_lower_epoch_is_answered_with_the_owner():
    master, loser = formed(3, 0).nodes[1:]
    actions = claim(loser, master, master.cluster.myself.slots | slot_set([16000]), 2)
    (update,) = [action.message for action in actions if isinstance(action, Send) and action.message.owner]
    assert update.owner == Owner(3, loser.id, loser.cluster.myself.slots)
    assert loser.cluster.owners[16000] is loser.cluster.myself


def test_a_replica_with_old_news_of_its_own_master_is_told_too():
    world = formed(3, 1)
    node, replica = world.nodes[1], world.nodes[3]
    owner = node.cluster.nodes[world.nodes[0].id]
    owner.config_epoch = node.cluster.current_epoch = 8
    link = node.cluster.nodes[replica.id].inbound
    actions = receive(node, link, said_by(replica, slots=slot_set([1, 2])))
    assert [
        action.message.owner.id for action in actions if isinstance(action, Send) and action.message.owner
    ] == [owner.id]


def test_only_an_administrator_decides_about_a_slot_that_is_imported():
    node, source, third = formed(3, 0).nodes
    slot = 6000  # of n1
    node.cluster.importing[slot] = node.cluster.nodes[source.id]
    claim(node, third, third.cluster.myself.slots | slot_set([slot]), 9)
    assert node.cluster.owners[slot] is node.cluster.nodes[source.id]


def test_the_master_that_has_lost_all_to_one_follows_it():
    master, winner = formed(3, 0).nodes[:2]
    mine = master.cluster.myself.slots
    actions = claim(master, winner, mine | winner.cluster.myself.slots, 9)
    assert Follow(winner.ip, winner.port) in actions and master.cluster.myself.has(REPLICA)


def test_without_replica_migration_it_follows_only_a_winner_of_exactly_its_slots():
    for takes_more in (True, False):
        master, winner = formed(3, 0).nodes[:2]
        master.cluster.settings.allow_replica_migration = False
        mine = master.cluster.myself.slots
        slots = mine | winner.cluster.myself.slots if takes_more else mine
        actions = claim(master, winner, slots, 9)
        assert (Follow(winner.ip, winner.port) in actions) != takes_more


def test_an_update_is_believed_if_it_is_newer_and_not_about_this_node():
    world = formed(3, 1)
    node, other, replica = world.nodes[1], world.nodes[2], world.nodes[3]
    link = node.cluster.nodes[other.id].inbound
    slots = node.cluster.nodes[world.nodes[0].id].slots
    for news, is_believed in ((Owner(1, replica.id, slots), False), (Owner(9, replica.id, slots), True)):
        receive(node, link, said_by(other, messages.UPDATE, owner=news))
        known = node.cluster.nodes[replica.id]
        assert (known.is_master and known.slots == slots) == is_believed
    assert node.cluster.current_epoch == 9
    assert not receive(node, link, said_by(other, messages.UPDATE, owner=Owner(9, "e" * 40, slots)))
    link = replica.cluster.nodes[other.id].inbound
    receive(replica, link, said_by(other, messages.UPDATE, owner=Owner(9, replica.id, slots)))
    assert replica.cluster.myself.has(REPLICA)


def test_of_two_masters_with_the_same_epoch_the_smaller_id_takes_a_new_one():
    world = formed(3, 0)
    low, high = sorted(world.nodes[:2], key=lambda node: node.id)
    for node, other in ((low, high), (high, low)):
        epoch = node.cluster.myself.config_epoch
        claim(node, other, other.cluster.myself.slots, epoch)
        assert (node.cluster.myself.config_epoch > epoch) == (node is low)
        machine.take_actions(node.cluster, node.now_ms)
