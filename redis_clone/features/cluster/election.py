"""How a replica takes over for its master: it asks all masters for their votes, and needs a majority of them.

A master votes once in each epoch, and a replica asks in an epoch of its own, so at most one wins an epoch.
The winner owns its master's slots with that epoch as its config epoch, which is above all that were known: so
all others believe it.

    the master has failed ── wait a little ── ask for votes ── a majority ── be a master

The wait lets the failure become known everywhere.  A replica with more data waits less (its rank is lower),
so usually the best one wins.
"""

from redis_clone.features.cluster import manual_failover, messages
from redis_clone.features.cluster.actions import FollowNobody
from redis_clone.features.cluster.health import quorum
from redis_clone.features.cluster.messages import FORCEACK, Message
from redis_clone.features.cluster.node import FAIL, NOFAILOVER, Node
from redis_clone.features.cluster.roles import becomes_master, move_slots
from redis_clone.features.cluster.sending import broadcast, header, send, send_pongs
from redis_clone.features.cluster.slots import slots_of
from redis_clone.features.cluster.state import Cluster, Election

WAIT_MS, RANDOM_WAIT_MS, WAIT_PER_RANK_MS = 500, 500, 1000
SHORTEST_ELECTION_MS = 2000


# The replica.


def take_over_if_due(cluster: Cluster, now_ms: int) -> None:
    """Go on with an election as far as it goes; called often."""
    election = cluster.election
    if not _may_take_over(cluster, now_ms):
        return
    election_ms = max(2 * cluster.settings.node_timeout_ms, SHORTEST_ELECTION_MS)
    age_ms = now_ms - election.begins_ms
    if age_ms > 2 * election_ms:
        _plan(cluster, now_ms)
        return
    if not election.is_asked and not cluster.manual_failover.ends_ms:
        _wait_for_better_replicas(cluster)
    if now_ms < election.begins_ms or age_ms > election_ms:
        return
    if not election.is_asked:
        _ask_for_votes(cluster)
    elif len(election.voters) >= quorum(cluster):
        _win(cluster, now_ms)


def _may_take_over(cluster: Cluster, now_ms: int) -> bool:
    myself, settings = cluster.myself, cluster.settings
    master = myself.master
    if myself.is_master or master is None or not master.slots:
        return False
    if cluster.manual_failover.may_begin:
        return True
    if not master.has(FAIL) or settings.replica_no_failover:
        return False
    age_ms = cluster.instance.data_age_ms(now_ms)
    if age_ms > settings.node_timeout_ms:
        age_ms -= settings.node_timeout_ms  # for so long it took to find that the master has failed
    factor = settings.replica_validity_factor
    return not factor or age_ms <= settings.repl_ping_period_ms + factor * settings.node_timeout_ms


def _plan(cluster: Cluster, now_ms: int) -> None:
    """Set the time of a new election, and tell the other replicas how much data we have."""
    election = cluster.election
    election.voters, election.is_asked = set(), False
    if cluster.manual_failover.ends_ms:
        election.rank, election.begins_ms = 0, now_ms
        cluster.must_elect = True
    else:
        election.rank = _rank(cluster)
        wait_ms = WAIT_MS + cluster.draw.randrange(RANDOM_WAIT_MS) + election.rank * WAIT_PER_RANK_MS
        election.begins_ms = now_ms + wait_ms
    cluster.notice(
        f"Start of election delayed for {election.begins_ms - now_ms} milliseconds (rank #{election.rank}, "
        f"offset {cluster.instance.replication_offset()})."
    )
    send_pongs(cluster, now_ms, only_own_shard=True)


def _rank(cluster: Cluster) -> int:
    """How many replicas of our master have more data than we."""
    master, offset = cluster.myself.master, cluster.instance.replication_offset()
    siblings = master.replicas if master else []
    return sum(
        other is not cluster.myself and not other.has(NOFAILOVER) and other.offset > offset
        for other in siblings
    )


def _wait_for_better_replicas(cluster: Cluster) -> None:
    election, rank = cluster.election, _rank(cluster)
    if rank > election.rank:
        added_ms = (rank - election.rank) * WAIT_PER_RANK_MS
        election.begins_ms += added_ms
        election.rank = rank
        cluster.notice(f"Replica rank updated to #{rank}, added {added_ms} milliseconds of delay.")


def _ask_for_votes(cluster: Cluster) -> None:
    election = cluster.election
    cluster.current_epoch += 1
    election.epoch = cluster.current_epoch
    election.is_asked = True
    cluster.last_vote_epoch = election.epoch  # if it wins, it must not vote for another one in this epoch
    cluster.must_save = True
    cluster.notice(f"Starting a failover election for epoch {election.epoch}.")
    request = header(cluster, messages.AUTH_REQUEST)
    if cluster.manual_failover.ends_ms:
        request = request._replace(message_flags=request.message_flags | FORCEACK)
    broadcast(cluster, request)


def hear_vote(cluster: Cluster, sender: Node, message: Message) -> None:
    election = cluster.election
    is_for_this_one = election.is_asked and message.current_epoch >= election.epoch
    if is_for_this_one and sender.is_master and sender.slots:
        election.voters.add(sender.id)
        cluster.must_elect = True


def _win(cluster: Cluster, now_ms: int) -> None:
    cluster.notice("Failover election won: I'm the new master.")
    epoch = cluster.election.epoch
    if cluster.myself.config_epoch < epoch:
        cluster.myself.config_epoch = epoch
        cluster.notice(f"configEpoch set to {epoch} after successful failover")
    replace_master(cluster, now_ms)


def replace_master(cluster: Cluster, now_ms: int) -> None:
    """Be the master, own all that our master owned, and tell everybody."""
    myself, master = cluster.myself, cluster.myself.master
    assert master is not None
    becomes_master(cluster, myself)
    cluster.election = Election()  # or its votes would count again if this node were a replica soon
    cluster.do(FollowNobody())
    move_slots(cluster, master.slots, myself)
    send_pongs(cluster, now_ms)
    manual_failover.reset(cluster)
    cluster.must_save = cluster.must_judge = True


# The masters that vote.


def vote_if_right(cluster: Cluster, candidate: Node, message: Message, now_ms: int) -> None:
    """A replica asks for our vote: give it unless there is a reason against it."""
    if not cluster.myself.is_master or not cluster.myself.slots:
        return
    reason = _reason_against(cluster, candidate, message, now_ms)
    if reason:
        cluster.warning(f"Failover auth denied to {candidate.id}: {reason}")
        return
    assert candidate.master is not None
    candidate.master.voted_ms = now_ms
    cluster.last_vote_epoch = cluster.current_epoch
    cluster.must_save = True  # before the vote leaves, or we could vote again after a restart
    send(cluster, candidate.link, header(cluster, messages.AUTH_ACK))
    cluster.notice(f"Failover auth granted to {candidate.id} for epoch {cluster.current_epoch}")


def _reason_against(cluster: Cluster, candidate: Node, message: Message, now_ms: int) -> str:
    """Why a candidate gets no vote of ours; "" if there is no reason.

    Of one, Redis knows nothing: a master that hands over in a manual failover votes for its replica alone.
    Until it hears that it was replaced, its successor votes for the same slots, and an epoch might have two
    winners.
    """
    master, successor = candidate.master, cluster.manual_failover.replica
    if message.current_epoch < cluster.current_epoch:
        return f"reqEpoch ({message.current_epoch}) < curEpoch({cluster.current_epoch})"
    if cluster.last_vote_epoch == cluster.current_epoch:
        return f"already voted for epoch {cluster.current_epoch}"
    if successor not in (None, candidate):
        return "my own replica is taking over"
    if candidate.is_master:
        return "it is a master node"
    if master is None:
        return "I don't know its master"
    if not master.has(FAIL) and not message.message_flags & FORCEACK:
        return "its master is up"
    left_ms = master.voted_ms + 2 * cluster.settings.node_timeout_ms - now_ms
    if master.voted_ms and left_ms > 0:
        return f"can't vote about this master before {left_ms} milliseconds"
    for owner in cluster.masters_with_slots():
        contested = owner.slots & message.slots & ~cluster.unclaimed
        if contested and owner.config_epoch > message.config_epoch:
            slot = next(slots_of(contested))
            return f"slot {slot} epoch ({owner.config_epoch}) > reqEpoch ({message.config_epoch})"
    return ""
