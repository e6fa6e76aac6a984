"""A failover without the loss of a write: FAILOVER on a master, and PSYNC ... FAILOVER on its replica.

    begin_failover      FAILOVER: writes are paused, and the failover waits for a replica
    continue_failover   the cron, and each acknowledgement: has a replica everything, or is the time up?
    abort_failover      FAILOVER ABORT, or the replica has refused: this server goes on as the master
    end_failover        the replica has accepted, and is the master now
    take_over           the replica's part: it becomes the master, because its master asks for that

While a failover waits, nothing may move the offset, or no replica would ever be level with it.  So the pause
holds back every write, and with it expiry, eviction, PING and GETACK.  It lasts until the outcome is known: a
write that came meanwhile runs on the master again, or is rejected by what is a replica now.

When a replica takes over and when a failover is aborted is decided in features/replication/failover.py.  The
caller holds the lock.
"""

from math import inf

from redis_clone import logging
from redis_clone.features.pause import BY_FAILOVER
from redis_clone.features.replication.failover import Abort, Address
from redis_clone.features.replication.replica import ONLINE
from redis_clone.protocol.errors import RedisError
from redis_clone.server.client_info import client_info_line
from redis_clone.server.following import follow, follow_nobody
from redis_clone.server.state import Client, Server


def begin_failover(server: Server, target: Address | None, timeout_ms: int, is_forced: bool) -> None:
    """Hand the role of the master over to `target`, or to the first replica that has everything."""
    logging.notice(f"FAILOVER requested to {target or 'any replica'}.")
    server.failover.begin(target, server.clock.now_ms, timeout_ms, is_forced)
    server.pause.begin(inf, everything=False, cause=BY_FAILOVER)


def continue_failover(server: Server) -> None:
    """Hand the role over if a replica has everything; abort the failover if the time is up."""
    if not server.failover.is_on or server.busy or server.migration is not None:
        return  # a script that yields the lock, or MIGRATE, may have begun before it
    server.propagation.flush()
    replication = server.replication
    acknowledged = [
        (Address(replica.shown_ip, replica.port), replica.offset) for replica in replication.in_state(ONLINE)
    ]
    step = server.failover.next_step(replication.history.offset, acknowledged, server.clock.now_ms)
    if isinstance(step, Abort):
        abort_failover(server, step.reason)
    elif step is not None:
        logging.notice(f"Failover target {step.target} {step.reason}, failing over.")
        follow(server, step.target.host, step.target.port)


def abort_failover(server: Server, reason: str) -> None:
    """Go on as the master; if the target was asked already, this server becomes one again."""
    logging.notice(f"FAILOVER to {server.failover.target or 'any replica'} aborted: {reason}")
    if server.failover.is_in_progress:
        follow_nobody(server)
    end_failover(server)


def end_failover(server: Server) -> None:
    """The outcome is known; commands that were postponed run now, whatever this server is."""
    server.failover.end()
    server.pause.end(BY_FAILOVER)


def take_over(client: Client, replid: str) -> None:
    """Become the master if `client`, the master until now, has the history that we have."""
    server = client.server
    logging.warning(f"Failover request received for replid {replid}.")
    if server.following is None or server.cluster is not None:  # no node of a cluster is sent this
        raise RedisError("ERR PSYNC FAILOVER can't be sent to a master.")
    if replid != server.replication.history.replid:
        raise RedisError("ERR PSYNC FAILOVER replid must match my replid.")
    follow_nobody(server)
    line = client_info_line(client).decode("latin-1")
    logging.notice(f"MASTER MODE enabled (failover request from '{line}')")
