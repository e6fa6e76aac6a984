"""The end of the server: it waits for replicas, saves once more, and then its main thread ends it.

    request_shutdown    SHUTDOWN or a signal: at once if all replicas have everything, else after a while
    continue_shutdown   the cron: have they everything now, or is the time up?
    abort_shutdown      SHUTDOWN ABORT

From the request on no write runs, neither a client's nor the master's.  So the replicas can catch up, for
which it waits `shutdown-timeout` seconds at most, and for the end of a MIGRATE too, lest the keys that the
target has be saved here once more; and nothing changes after the last save that the file would lack.  A
shutdown fails when the data cannot be saved; then the server goes on.  The caller holds the lock.
"""

from math import inf

from redis_clone import logging
from redis_clone.features.pause import BY_SHUTDOWN
from redis_clone.features.replication.replica import Replica
from redis_clone.server.blocked_clients import serve_polled_clients
from redis_clone.server.state import Server


class Shutdown:
    """A shutdown that was requested; the clients that have sent SHUTDOWN wait for its outcome."""

    def __init__(self, wanted: bool | None, force: bool) -> None:
        """`wanted`: SAVE or NOSAVE; None: save if there are save points; `force`: end even if that fails."""
        self.wanted = wanted
        self.force = force
        self.until_ms = 0  # when it waits for replicas no longer
        self.has_failed = False


def request_shutdown(server: Server, wanted: bool | None, force: bool, now: bool) -> Shutdown:
    """Begin a shutdown, or join the one that has begun; `now`: without waiting for replicas."""
    if server.shutdown is not None:
        joined: Shutdown = server.shutdown
        return joined
    if server.dataset.progress.is_on:
        wanted = False  # a file with a part of the data must not replace the whole one
    shutdown = server.shutdown = Shutdown(wanted, force)
    logging.notice("User requested shutdown...")
    timeout_ms = server.config["shutdown-timeout"] * 1000
    server.propagation.flush()
    server.pause.begin(inf, everything=False, cause=BY_SHUTDOWN)
    if timeout_ms and not now and _must_wait(server):
        shutdown.until_ms = server.clock.now_ms + timeout_ms
        awaited = "replicas" if _lagging(server) else "the end of MIGRATE"
        logging.notice(f"Waiting for {awaited} before shutting down.")
    else:
        _finish(server, shutdown)
    return shutdown


def continue_shutdown(server: Server) -> None:
    """End the wait for replicas if they have everything, or if the time is up."""
    shutdown = server.shutdown
    if shutdown is None or server.closing or not shutdown.until_ms:
        return
    if not _must_wait(server) or server.clock.now_ms >= shutdown.until_ms:
        shutdown.until_ms = 0
        _finish(server, shutdown)


def abort_shutdown(server: Server) -> bool:
    """Go on after all; False when no shutdown waits."""
    shutdown = server.shutdown
    if shutdown is None or not shutdown.until_ms:
        return False
    _fail(server, shutdown)
    logging.notice("Shutdown manually aborted.")
    return True


def _must_wait(server: Server) -> bool:
    return bool(_lagging(server)) or server.migration is not None


def _lagging(server: Server) -> list[Replica]:
    offset = server.replication.history.offset
    return [replica for replica in server.replication.replicas if replica.offset != offset]


def _finish(server: Server, shutdown: Shutdown) -> None:
    _log_replicas(server)
    if not server.rdb_saving.prepare_shutdown(shutdown.wanted, shutdown.force):
        _fail(server, shutdown)
        return
    server.stop_requests.put("SHUTDOWN")
    if server.scripting.run:
        server.scripting.run.killed = "ERR Script ended, for the server is shutting down"


def _log_replicas(server: Server) -> None:
    replicas, offset = server.replication.replicas, server.replication.history.offset
    if not replicas:
        return
    lagging = _lagging(server)
    for replica in lagging:
        logging.warning(
            f"Lagging replica {replica.name} reported offset {offset - replica.offset} behind master, "
            f"lag={replica.seconds_silent(server.clock.now_ms)}, state={replica.state}."
        )
    logging.notice(
        f"{len(replicas) - len(lagging)} of {len(replicas)} replicas are in sync when shutting down."
    )


def _fail(server: Server, shutdown: Shutdown) -> None:
    shutdown.has_failed, server.shutdown = True, None
    server.pause.end(BY_SHUTDOWN)
    serve_polled_clients(server)
