"""A museum of bugs that clusters have had.

Each exhibit is a short story that ends well, and one changed line of the machine with which it does not: so
we know that the line is needed, and that the story would find its loss.
"""

import inspect
import textwrap
from contextlib import contextmanager

import pytest
from network import TIMEOUT_MS
from simulation import formed, heal

from redis_clone.features.cluster import (
    administration,
    claims,
    election,
    health,
    machine,
    manual_failover,
    nodes_file,
    receiving,
    roles,
)  # fmt: skip
from redis_clone.features.cluster.actions import Send
from redis_clone.features.cluster.slots import SLOTS

SOON_MS = 20 * TIMEOUT_MS


@contextmanager
def changed(function, before, after):
    """The function with one text of its source replaced, for everybody who has imported it."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(before) == 1, f"{before!r} is not once in {function.__name__}"
    names = {}
    exec(source.replace(before, after), function.__globals__, names)
    code, function.__code__ = function.__code__, names[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = code


def separate(world, one_side, other_side):
    for one in one_side:
        for two in other_side:
            world.unreachable |= {(one, two), (two, one)}


def reconnect(world):
    world.unreachable.clear()
    world.release()


def wait_until_all_know_the_failure(failed, nodes):
    all_know = failed.world.run_for(
        3 * TIMEOUT_MS, lambda: all(node.cluster.nodes[failed.id].failed_ms for node in nodes)
    )
    assert all_know


def is_connected(node, other):
    link = node.cluster.nodes[other.id].link
    return link is not None and link.is_open


def owner_of(slot, node):
    """The name of the owner in a node's view."""
    owner = node.cluster.owners[slot]
    return node.world.names[owner.id] if owner else ""


def the_old_owner_wins_a_collision_of_epochs():
    """A slot moves from n1 to n0, whose epoch is lower; n1 sleeps, and does not hear of its end."""
    world = formed()
    source, target = world.nodes[1], world.nodes[0]
    slot = source.cluster.owners.index(source.cluster.myself)
    target.command(administration.set_importing, slot, source.id)
    source.command(administration.set_migrating, slot, target.id)
    source.is_paused = True
    target.command(administration.set_owner, slot, target.id, target.now_ms)
    world.run_for(TIMEOUT_MS // 2)
    source.is_paused = False
    world.release()
    world.run_for(2 * TIMEOUT_MS)
    assert {owner_of(slot, node) for node in world.nodes} == {"n0"}, "the old owner has won"


def two_masters_in_one_shard():
    """Both replicas of n0 ask for votes in the same epoch, and each reaches one of the other two masters."""
    world = formed(3, 2)
    master, voters, candidates = world.nodes[0], world.nodes[1:3], [world.nodes[3], world.nodes[6]]
    master.crash()
    wait_until_all_know_the_failure(master, voters + candidates)
    for voter, candidate in zip(voters, candidates, strict=True):
        separate(world, [candidate], [node for node in world.nodes if node is not voter])
        candidate.cluster.election.begins_ms = candidate.now_ms
        candidate.run("tick", machine.tick)
    world.run_for(TIMEOUT_MS)
    assert not any(node.cluster.myself.is_master for node in candidates)


def a_node_that_follows_itself():
    """Two masters without slots are each told to replicate the other, and neither hears of it in time."""
    world = formed(4, 0)
    one, two, other = world.nodes[:3]
    for cluster in [node.cluster for node in world.nodes]:
        slots = cluster.nodes[one.id].slots | cluster.nodes[two.id].slots
        cluster.give_slots(slots, cluster.nodes[other.id])
    separate(world, [one], [two])
    one.command(administration.replicate, two.id)
    two.command(administration.replicate, one.id)
    reconnect(world)
    world.run_for(2 * TIMEOUT_MS)
    assert one.cluster.myself.master.id == two.id, "a node follows itself"


def a_packet_from_before_a_failover():
    """A PING of the old master comes to n1 when that knows the new one already."""
    world = formed()
    old, voter, new = world.nodes[0], world.nodes[1], world.nodes[3]
    actions = machine.tick(old.cluster, old.now_ms + TIMEOUT_MS)
    stale = next(action.message for action in actions if isinstance(action, Send))
    new.command(administration.fail_over, "", new.now_ms)
    world.run_for(TIMEOUT_MS)
    assert owner_of(0, voter) == "n3"
    voter.run("receive", machine.receive, machine.accepted(old.ip, voter.ip, voter.now_ms), stale)
    assert owner_of(0, voter) == "n3", "an old claim is believed"


def a_replica_that_keeps_its_slots():
    """The old master follows the new one, and says so before anybody else has heard the new one."""
    world = formed()
    old, new = world.nodes[0], world.nodes[3]
    separate(world, [new], world.nodes[1:3])
    new.command(administration.fail_over, "TAKEOVER", new.now_ms)
    world.run_for(TIMEOUT_MS // 2)
    assert old.cluster.myself.master is old.cluster.nodes[new.id]
    reconnect(world)
    heal(world)


def a_vote_that_is_denied_for_ever():
    """n3 is elected in the place of n0, and crashes before it can say so; n6 needs the same votes again."""
    world = formed(3, 2)
    first, second = world.nodes[3], world.nodes[6]
    second.command(lambda cluster: setattr(cluster.settings, "replica_no_failover", True))
    world.nodes[0].crash()
    world.run_for(SOON_MS, lambda: first.cluster.election.is_asked)
    first.crashes_at_save = "before"
    world.run_for(SOON_MS, lambda: not first.is_up)
    second.cluster.settings.replica_no_failover = False
    is_replaced = world.run_for(8 * TIMEOUT_MS, lambda: second.cluster.myself.is_master)
    assert is_replaced, "n6 gets no votes"


def slots_whose_owner_is_not_agreed():
    """A slot goes from n2 to n0, which has a lower epoch, without the ceremony of a move."""
    world = formed()
    source, target = world.nodes[2], world.nodes[0]
    slot = SLOTS - 1
    for node in (target, source):
        node.command(administration.set_owner, slot, target.id, node.now_ms)
    world.run_for(2 * TIMEOUT_MS)
    assert {owner_of(slot, node) for node in world.nodes} == {"n0"}, "not all agree"


def a_minority_that_goes_on():
    """A master alone stops to serve, for the others replace it."""
    world = formed()
    alone = world.nodes[0]
    separate(world, [alone], world.nodes[1:])
    world.run_for(4 * TIMEOUT_MS)
    assert world.nodes[3].cluster.myself.is_master
    assert not alone.cluster.is_ok, "two serve the same slots"


def an_offset_that_moves_in_a_manual_failover():
    """Keys expire at the master all the time, which is in the stream too, unless writes are paused."""
    world = formed()
    master, replica = world.nodes[0], world.nodes[3]

    def expire():
        if master.cluster.myself.is_master and master.instance.paused_until_ms < master.now_ms:
            master.instance.log.append(len(master.instance.log))
        world.at(7, expire)

    expire()
    world.run_for(TIMEOUT_MS)
    replica.command(administration.fail_over, "", replica.now_ms)
    world.run_for(TIMEOUT_MS)
    assert replica.cluster.myself.is_master, "the replica never has all data"
    assert replica.instance.log == master.instance.log


def a_vote_given_twice():
    """n1 crashes when it has voted for n3; then n6, which has not heard of that, asks in the same epoch."""
    world = formed(3, 2)
    master, voter, first, second = world.nodes[0], world.nodes[1], world.nodes[3], world.nodes[6]
    master.crash()
    wait_until_all_know_the_failure(master, [voter, first, second])
    separate(world, [second], [node for node in world.nodes if node is not voter])
    first.cluster.election.begins_ms = first.now_ms + 1
    second.cluster.settings.replica_no_failover = True  # until it is its turn
    world.run_for(TIMEOUT_MS, lambda: voter.cluster.last_vote_epoch)
    epoch = voter.cluster.last_vote_epoch
    voter.crash()
    separate(world, [voter], [node for node in world.nodes if node is not second])
    world.run_for(TIMEOUT_MS, lambda: not is_connected(second, voter))
    voter.start()
    voter.is_paused = True  # so that n6 does not hear the epoch of the first election
    assert world.run_for(TIMEOUT_MS, lambda: is_connected(second, voter))
    second.is_paused, voter.is_paused = True, False
    world.release()
    assert world.run_for(TIMEOUT_MS, lambda: is_connected(voter, second))
    second.cluster.settings.replica_no_failover = False
    second.cluster.election.begins_ms = second.now_ms
    second.run("tick", machine.tick)
    world.run_for(TIMEOUT_MS // 2)
    assert second.cluster.election.epoch == epoch
    assert not second.cluster.myself.is_master


# What each exhibit needs: where the line is, and what its loss breaks.
MUSEUM = {
    the_old_owner_wins_a_collision_of_epochs: (
        administration.set_owner, "bump_epoch(cluster)", "pass", "the old owner has won",
    ),
    two_masters_in_one_shard: (health.quorum, "// 2 + 1", "// 2", "both won epoch"),
    a_node_that_follows_itself: (
        receiving._leave_chain, "not in (None, cluster.myself)", "is not None", "follows itself",
    ),
    a_packet_from_before_a_failover: (
        claims._won, "owner.config_epoch >= config_epoch", "False", "an old claim is believed",
    ),
    a_replica_that_keeps_its_slots: (
        roles.becomes_replica, "cluster.lose_slots(node, node.slots)", "pass", "owns slots, and is no master",
    ),
    a_vote_that_is_denied_for_ever: (
        election._reason_against, "if master.voted_ms and left_ms > 0:", "if master.voted_ms:",
        "n6 gets no votes",
    ),
    slots_whose_owner_is_not_agreed: (
        claims.believe, "cluster.unclaimed |= claimant.slots & ~slots", "pass", "not all agree",
    ),
    a_minority_that_goes_on: (
        health.judge, "is_ok = not is_minority and", "is_ok =", "two serve the same slots",
    ),
    an_offset_that_moves_in_a_manual_failover: (
        manual_failover.hear_start, "cluster.do(PauseWrites(now_ms + 2 * LONGEST_MS))", "pass",
        "never has all data",
    ),
    a_vote_given_twice: (
        nodes_file._fill_node, 'cluster.last_vote_epoch = int(values["lastVoteEpoch"])', "pass",
        "votes twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", MUSEUM)
def test_the_story_ends_well_and_would_not_without_the_line(story):
    story()
    function, line, instead, broken = MUSEUM[story]
    with changed(function, line, instead), pytest.raises(AssertionError, match=broken):
        story()
