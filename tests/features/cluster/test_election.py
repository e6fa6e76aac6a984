"""How a replica asks for votes, and when a master gives its own."""

from network import TIMEOUT_MS
from simulation import formed, receive, said_by

from redis_clone.features.cluster import election, messages
from redis_clone.features.cluster.actions import FollowNobody, Send
from redis_clone.features.cluster.messages import FORCEACK
from redis_clone.features.cluster.node import FAIL, NOFAILOVER


def asked(world, **fields):
    """What n1 says when n3 asks for the place of n0."""
    voter, candidate = world.nodes[1], world.nodes[3]
    fields = {"current_epoch": 9, "config_epoch": 1, **fields}
    link = voter.cluster.nodes[candidate.id].inbound
    actions = receive(voter, link, said_by(candidate, messages.AUTH_REQUEST, **fields))
    sent = [action.message.type for action in actions if isinstance(action, Send)]
    reasons = [
        action.text.partition(": ")[2] for action in actions if "denied" in getattr(action, "text", "")
    ]
    return reasons[0] if reasons else sent


def failed():
    world = formed(3, 1)
    for node in world.nodes:
        node.cluster.nodes[world.nodes[0].id].set(FAIL)
    return world


def test_a_master_votes_for_a_replica_of_a_master_that_has_failed_once_in_an_epoch():
    world = failed()
    assert asked(world) == [messages.AUTH_ACK]
    assert world.nodes[1].cluster.last_vote_epoch == 9
    assert asked(world) == "already voted for epoch 9"
    assert asked(world, current_epoch=10).startswith("can't vote about this master before")
    world.nodes[1].skew_ms = 2 * TIMEOUT_MS
    assert asked(world, current_epoch=10) == [messages.AUTH_ACK]


def test_the_reasons_against_a_candidate():
    world = failed()
    voter = world.nodes[1].cluster
    assert asked(world, current_epoch=2) == "reqEpoch (2) < curEpoch(3)"
    assert asked(world, config_epoch=0) == "slot 0 epoch (1) > reqEpoch (0)"
    voter.unclaimed = voter.nodes[world.nodes[0].id].slots
    assert asked(world, config_epoch=0, current_epoch=10) == [messages.AUTH_ACK]
    world = formed(3, 1)
    assert asked(world) == "its master is up"
    assert asked(world, message_flags=FORCEACK, current_epoch=10) == [messages.AUTH_ACK]
    voter = world.nodes[1].cluster
    voter.manual_failover.replica = voter.nodes[world.nodes[4].id]
    assert asked(world, message_flags=FORCEACK, current_epoch=11) == "my own replica is taking over"
    voter.manual_failover.replica = None
    candidate = world.nodes[1].cluster.nodes[world.nodes[3].id]
    candidate.leave_master()
    assert asked(world, current_epoch=11) == "I don't know its master"
    election.becomes_master(world.nodes[1].cluster, candidate)
    assert asked(world, current_epoch=12) == "it is a master node"


def test_who_is_no_master_with_slots_has_no_vote():
    world = failed()
    voter = world.nodes[1].cluster
    voter.lose_slots(voter.myself, voter.myself.slots)
    assert asked(world) == []


def test_the_replica_with_less_data_waits_longer_and_longer_still_when_it_hears_of_better_ones():
    world = formed(3, 2)
    replica, better = world.nodes[3], world.nodes[6]
    master = world.nodes[0]
    cluster = replica.cluster
    cluster.nodes[master.id].set(FAIL)
    election.take_over_if_due(cluster, replica.now_ms)
    assert cluster.election.rank == 0
    before_ms = cluster.election.begins_ms
    assert 500 <= before_ms - replica.now_ms < 1000
    cluster.nodes[better.id].offset = 7
    election.take_over_if_due(cluster, replica.now_ms)
    assert (cluster.election.rank, cluster.election.begins_ms - before_ms) == (1, 1000)
    cluster.nodes[better.id].set(NOFAILOVER)
    assert election._rank(cluster) == 0


def test_a_replica_with_old_data_or_that_shall_not_does_not_ask():
    replica = failed().nodes[3]
    cluster, settings = replica.cluster, replica.cluster.settings
    replica.instance.heard_ms = replica.now_ms - settings.repl_ping_period_ms - 12 * TIMEOUT_MS
    election.take_over_if_due(cluster, replica.now_ms)
    assert not cluster.election.begins_ms
    settings.replica_validity_factor = 0
    settings.replica_no_failover = True
    cluster.announce()
    assert cluster.myself.has(NOFAILOVER)
    election.take_over_if_due(cluster, replica.now_ms)
    assert not cluster.election.begins_ms
    settings.replica_no_failover = False
    cluster.announce()
    assert not cluster.myself.has(NOFAILOVER)
    election.take_over_if_due(cluster, replica.now_ms)
    assert cluster.election.begins_ms


def test_a_majority_of_votes_for_this_election_makes_a_master():
    world = failed()
    replica, voters = world.nodes[3], world.nodes[1:3]
    cluster = replica.cluster

    def vote(voter, epoch):
        link = cluster.nodes[voter.id].inbound
        return receive(replica, link, said_by(voter, messages.AUTH_ACK, current_epoch=epoch))

    vote(voters[0], 9)
    assert not cluster.election.voters  # nobody has been asked
    election.take_over_if_due(cluster, replica.now_ms)
    replica.skew_ms = 1000
    election.take_over_if_due(cluster, replica.now_ms)
    epoch = cluster.election.epoch
    assert cluster.election.is_asked and cluster.last_vote_epoch == epoch
    vote(voters[0], epoch - 1)
    assert not cluster.election.voters  # for an older one
    for _ in range(2):
        assert FollowNobody() not in vote(voters[0], epoch)
    assert FollowNobody() in vote(voters[1], epoch)
    assert cluster.myself.config_epoch == epoch and cluster.owners[0] is cluster.myself


def test_an_election_without_a_majority_is_held_again_later_in_a_new_epoch():
    replica = failed().nodes[3]
    cluster = replica.cluster
    epochs = []
    for _ in range(12 * TIMEOUT_MS // 100):
        replica.skew_ms += 100
        replica.instance.heard_ms = replica.now_ms
        election.take_over_if_due(cluster, replica.now_ms)
        if cluster.election.is_asked and cluster.election.epoch not in epochs:
            epochs.append(cluster.election.epoch)
    assert epochs == [epochs[0], epochs[0] + 1, epochs[0] + 2]
