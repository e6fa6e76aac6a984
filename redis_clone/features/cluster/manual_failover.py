"""CLUSTER FAILOVER: a replica takes over for a master that works, and no write is lost.

    replica             master
    MFSTART ──────────>           writes stop, for twice as long as the replica may take
            <────────── PING      PAUSED, and the offset at which the stream has stopped
    waits until it has all of that
    AUTH_REQUEST with FORCEACK, to all: the masters vote although the master has not failed
    is elected, and tells everybody; the old master follows it

With FORCE the replica does not wait for the master's offset; with TAKEOVER it does not ask for votes either.
"""

from redis_clone.features.cluster import messages
from redis_clone.features.cluster.actions import Link, PauseWrites, ResumeWrites
from redis_clone.features.cluster.node import Node
from redis_clone.features.cluster.sending import header, send, send_news
from redis_clone.features.cluster.state import Cluster, ManualFailover

LONGEST_MS = 5000


def begin(cluster: Cluster, master: Node, force: bool, now_ms: int) -> None:
    """CLUSTER FAILOVER on the replica."""
    reset(cluster)
    manual = cluster.manual_failover
    manual.ends_ms = now_ms + LONGEST_MS
    if force:
        cluster.notice("Forced failover user request accepted.")
        manual.may_begin = True
    else:
        cluster.notice("Manual failover user request accepted.")
        send(cluster, master.link, header(cluster, messages.MFSTART))
    cluster.must_elect = True


def hear_start(cluster: Cluster, replica: Node, link: Link, now_ms: int) -> None:
    """A replica of ours asks us, its master, to stop writes."""
    if not cluster.myself.is_master or replica.master is not cluster.myself:
        return
    reset(cluster)
    cluster.manual_failover.ends_ms = now_ms + LONGEST_MS
    cluster.manual_failover.replica = replica
    cluster.do(PauseWrites(now_ms + 2 * LONGEST_MS))
    cluster.warning(f"Manual failover requested by replica {replica.id}.")
    send_news(cluster, link, messages.PING, now_ms)


def hear_offset(cluster: Cluster, sender: Node, message: messages.Message) -> None:
    """Our master tells us where it has stopped."""
    manual = cluster.manual_failover
    is_waiting = manual.ends_ms and manual.master_offset == -1 and not manual.may_begin
    if is_waiting and sender is cluster.myself.master and message.message_flags & messages.PAUSED:
        manual.master_offset = message.offset
        cluster.must_elect = True
        cluster.notice(
            f"Received replication offset for paused master manual failover: {manual.master_offset}"
        )


def begin_if_complete(cluster: Cluster) -> None:
    """See whether we have all data that the master had when it stopped."""
    manual = cluster.manual_failover
    if not manual.ends_ms or manual.may_begin or manual.master_offset == -1:
        return
    if manual.master_offset == cluster.instance.replication_offset():
        manual.may_begin = True
        cluster.notice("All master replication stream processed, manual failover can start.")


def end_if_late(cluster: Cluster, now_ms: int) -> None:
    manual = cluster.manual_failover
    if manual.ends_ms and manual.ends_ms < now_ms:
        cluster.warning("Manual failover timed out.")
        reset(cluster)


def reset(cluster: Cluster) -> None:
    """There is no manual failover any more: it is over, or has come to nothing."""
    if cluster.manual_failover.replica is not None:
        cluster.do(ResumeWrites())
    cluster.manual_failover = ManualFailover()
