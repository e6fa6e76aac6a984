"""The subcommands of CLUSTER that change the view.  The error lines are those of a real 7.0.15."""

import pytest
from network import World
from simulation import formed

from redis_clone.features.cluster import administration, machine
from redis_clone.features.cluster.actions import (
    Close,
    Connect,
    EmptyData,
    Follow,
    FollowNobody,
    LoseSlots,
    Save,
)
from redis_clone.features.cluster.messages import PING
from redis_clone.features.cluster.node import FAIL, REPLICA
from redis_clone.features.cluster.sending import header
from redis_clone.features.cluster.slots import slot_set
from redis_clone.protocol.errors import RedisError

STRANGER = "e" * 40


def refusal(node, function, *args):
    """Why a node refuses a command."""
    with pytest.raises(RedisError) as caught:
        node.command(function, *args)
    return str(caught.value)


def actions_of(node, function, *args):
    """What follows from a command; it is not carried out."""
    function(node.cluster, *args)
    return machine.take_actions(node.cluster, node.now_ms)


def alone():
    world = World(1, 1)
    world.nodes[0].start()
    return world.nodes[0]


def test_what_a_node_refuses_says_why_in_the_words_of_redis():
    master, other, third, replica = formed(3, 1).nodes[:4]
    master.instance.keys[5] = 2
    now = master.now_ms
    to_say = {
        (master, administration.meet, "host", 1, 2, now): "ERR Invalid node address specified: host:1",
        (master, administration.meet, "1.2.3.4", 0, 1, now): "ERR Invalid node address specified: 1.2.3.4:0",
        (master, administration.meet, "::1", 1, 65536, now): "ERR Invalid node address specified: ::1:1",
        (master, administration.forget, STRANGER, now): f"ERR Unknown node {STRANGER}",
        (master, administration.forget, master.id, now): "ERR I tried hard but I can't forget myself...",
        (replica, administration.forget, master.id, now): "ERR Can't forget my master!",
        (master, administration.set_migrating, 16383, other.id):
            "ERR I'm not the owner of hash slot 16383",
        (master, administration.set_migrating, 5, STRANGER): f"ERR I don't know about node {STRANGER}",
        (master, administration.set_migrating, 5, replica.id): "ERR Target node is not a master",
        (master, administration.set_importing, 5, other.id): "ERR I'm already the owner of hash slot 5",
        (other, administration.set_importing, 5, STRANGER): f"ERR I don't know about node {STRANGER}",
        (master, administration.set_owner, 5, STRANGER, now): f"ERR Unknown node {STRANGER}",
        (master, administration.set_owner, 5, replica.id, now): "ERR Target node is not a master",
        (master, administration.set_owner, 5, other.id, now):
            "ERR Can't assign hashslot 5 to a different node while I still hold keys for this hash slot.",
        (master, administration.flush_slots): "ERR DB must be empty to perform CLUSTER FLUSHSLOTS.",
        (master, administration.reset, False):
            "ERR CLUSTER RESET can't be called with master nodes containing keys",
        (master, administration.replicate, STRANGER): f"ERR Unknown node {STRANGER}",
        (master, administration.replicate, master.id): "ERR Can't replicate myself",
        (master, administration.replicate, replica.id): "ERR I can only replicate a master, not a replica.",
        (third, administration.replicate, other.id):
            "ERR To set a master the node must be empty and without assigned slots.",
        (master, administration.set_config_epoch, -1): "ERR Invalid config epoch specified: -1",
        (master, administration.set_config_epoch, 9):
            "ERR The user can assign a config epoch only when the node does not know any other node.",
        (master, administration.fail_over, "", now): "ERR You should send CLUSTER FAILOVER to a replica",
    }  # fmt: skip
    for (node, function, *args), line in to_say.items():
        assert refusal(node, function, *args) == line
        node.cluster.check()


def test_slots_are_added_and_deleted_all_or_none():
    node = alone()
    node.command(administration.add_slots, [1, 2])
    assert refusal(node, administration.add_slots, [3, 2]) == "ERR Slot 2 is already busy"
    assert refusal(node, administration.add_slots, [3, 3]) == "ERR Slot 3 specified multiple times"
    assert refusal(node, administration.delete_slots, [1, 3]) == "ERR Slot 3 is already unassigned"
    assert refusal(node, administration.delete_slots, [1, 1]) == "ERR Slot 1 specified multiple times"
    assert node.cluster.myself.slots == slot_set([1, 2])
    node.command(administration.delete_slots, [2])
    assert node.cluster.myself.slots == slot_set([1])
    node.command(administration.flush_slots)
    assert not node.cluster.myself.slots
    node.cluster.check_owners()


def test_a_slot_that_is_deleted_does_not_move_any_more_and_one_that_is_added_is_not_imported():
    master, other = formed(3, 0).nodes[:2]
    master.command(administration.set_migrating, 5, other.id)
    other.command(administration.set_importing, 5, master.id)
    master.command(administration.delete_slots, [5])
    other.command(administration.delete_slots, [5])
    other.command(administration.add_slots, [5])
    assert not master.cluster.migrating and not other.cluster.importing


def test_a_slot_that_moves_may_stay_after_all():
    master, other = formed(3, 0).nodes[:2]
    master.command(administration.set_migrating, 5, other.id)
    other.command(administration.set_importing, 5, master.id)
    for node in (master, other):
        node.command(administration.set_stable, 5)
        assert not node.cluster.migrating and not node.cluster.importing


def test_the_first_config_epoch_is_given_once():
    node = alone()
    node.command(administration.set_config_epoch, 5)
    assert refusal(node, administration.set_config_epoch, 5) == "ERR Node config epoch is already non-zero"
    assert node.cluster.current_epoch == 5
    assert not node.command(administration.bump_epoch)  # STILL 5


def test_meeting_connects_to_the_address_once_and_the_handshake_ends_with_the_node_timeout():
    node = alone()
    for _ in range(2):
        node.command(administration.meet, "10.0.0.9", 1, 2, node.now_ms)
    assert len(node.cluster.nodes) == 2
    later_ms = node.now_ms + 100
    assert any(isinstance(each, Connect) for each in machine.tick(node.cluster, later_ms))
    machine.tick(node.cluster, later_ms + node.cluster.settings.node_timeout_ms + 1)
    assert len(node.cluster.nodes) == 1


def test_a_node_that_was_forgotten_may_be_forgotten_again_and_does_not_come_back_by_gossip():
    world = formed(3, 1)
    node, replica = world.nodes[0], world.nodes[3]
    replica.crash()
    for _ in range(2):
        node.command(administration.forget, replica.id, node.now_ms)
    world.run_for(3000)
    assert replica.id not in node.cluster.nodes
    assert replica.id not in world.nodes[2].cluster.nodes  # it has heard so from others


def test_a_master_without_slots_may_become_a_replica():
    world = formed(3, 0)
    master, other = world.nodes[:2]
    for node in world.nodes:
        node.cluster.give_slots(node.cluster.nodes[master.id].slots, node.cluster.nodes[other.id])
    actions = actions_of(master, administration.replicate, other.id)
    assert Follow(other.ip, other.port) in actions and isinstance(actions[0], Save)
    assert master.cluster.myself.has(REPLICA)
    assert master.cluster.myself.shard_id == master.cluster.nodes[other.id].shard_id


def test_the_master_that_loses_its_last_slot_follows_the_new_owner_if_it_may():
    for may_follow in (True, False):
        master, other = formed(3, 0).nodes[:2]
        master.cluster.settings.allow_replica_migration = may_follow
        master.cluster.give_slots(master.cluster.myself.slots & ~1, master.cluster.nodes[other.id])
        machine.take_actions(master.cluster, master.now_ms)
        actions = actions_of(master, administration.set_owner, 0, other.id, master.now_ms)
        assert (Follow(other.ip, other.port) in actions) == may_follow
        assert (
            any(isinstance(each, LoseSlots) for each in actions) != may_follow
        )  # with it the shard stays one


def test_a_reset_replica_is_an_empty_master_and_a_hard_one_is_somebody_else():
    for hard in (False, True):
        replica = formed(3, 1).nodes[3]
        before, cluster = replica.id, replica.cluster
        actions = actions_of(replica, administration.reset, hard)
        assert {type(each) for each in actions} >= {Save, FollowNobody, EmptyData}
        assert list(cluster.nodes.values()) == [cluster.myself] and cluster.myself.is_master
        assert (cluster.myself.id != before) == hard
        assert (cluster.current_epoch == 0) == hard
        cluster.check()
        cluster.check_owners()


def test_a_replica_whose_master_fails_takes_over_only_by_force():
    replica = formed(3, 1).nodes[3]
    master = replica.cluster.myself.master
    master.set(FAIL)
    line = "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE"
    assert refusal(replica, administration.fail_over, "", replica.now_ms) == line
    replica.command(administration.fail_over, "FORCE", replica.now_ms)
    assert replica.cluster.manual_failover.may_begin
    replica.cluster.myself.leave_master()
    line = "ERR I'm a replica but my master is unknown to me"
    assert refusal(replica, administration.fail_over, "", replica.now_ms) == line


def test_saving_the_file_and_closing_connections_is_for_tests():
    node, other = formed(3, 0).nodes[:2]
    assert isinstance(actions_of(node, administration.save)[0], Save)
    known = node.cluster.nodes[other.id]
    links = {"to": [known.link], "FROM": [known.inbound]}
    for direction, closed in links.items():
        assert actions_of(node, administration.close_links, other.id, direction) == [Close(closed[0])]
    assert actions_of(node, administration.close_links, other.id, "all") == []
    assert refusal(node, administration.close_links, other.id, "up") == "ERR Unknown direction up"


def test_messages_of_a_type_may_be_ignored():
    node, other = formed(3, 0).nodes[:2]
    node.cluster.dropped_type = PING
    link = node.cluster.nodes[other.id].inbound
    assert not machine.receive(node.cluster, link, header(other.cluster, PING), node.now_ms)
