"""What is to be done again and again, `hz` times a second: a table of jobs, and work in slices.

Each job gets the lock for itself, so that no command waits for all of them.  A job that may have much to do
(a million keys fall due at once) does a slice of it, gives the lock back, and lets the others have their
turn before it takes the lock again.
"""

import time
from collections.abc import Callable
from functools import partial

from redis_clone import logging
from redis_clone.server.dispatch import propagate
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client, Server

SLICE_NS = 1_000_000  # how long a command may have to wait for us
KEYS_AT_A_TIME = 25  # between two looks at the time
PIECES = 2_000  # of a value that is taken apart, in one slice
SIZES = 200  # values that are measured in one slice
SHARE, SHARE_PER_EFFORT = 0.25, 0.02  # of the time, which is ours
LONGEST_PAUSE = 0.5  # seconds; a slice takes so long only where the whole process stood still meanwhile
BEHIND = 2  # times as much, after a tick that was too short
CLIENTS_PER_TICK = 200  # with more than these, dynamic-hz doubles hz
FASTEST_HZ = 500


def tick(server: Server) -> float:
    """Every job once.  The cron's thread calls it; returns in how many seconds it should do so again."""
    ends_ns = time.monotonic_ns() + 1_000_000_000 // effective_hz(server)
    _in_slices(server, lambda: _measure_sizes(server), ends_ns)
    for job in JOBS:
        with locked(server):
            if not server.busy:  # a script lets others in, who may not touch its data
                job(server)
    if server.expiry.is_active:
        factor = BEHIND if server.expiry.is_behind else 1
        is_left = _in_slices(server, lambda: _expire(server), ends_ns, factor)
        with locked(server):
            _record_what_is_left(server, is_left)
    _in_slices(server, lambda: server.lazyfree.free_some(PIECES), ends_ns)
    return max(ends_ns - time.monotonic_ns(), 0) / 1e9


def effective_hz(server: Server) -> int:
    """`hz`, or with dynamic-hz more when there are many clients to look after."""
    hz: int = server.config["hz"]
    while server.config["dynamic-hz"] and len(server.clients) > CLIENTS_PER_TICK * hz and hz < FASTEST_HZ:
        hz *= 2
    return min(hz, FASTEST_HZ)


def _in_slices(server: Server, work: Callable[[], bool], ends_ns: int, factor: float = 1) -> bool:
    """Do a slice of work again and again, with pauses, until that time; True when some is left.

    The pauses are so long that our share of the time is `factor` times what active-expire-effort says.
    """
    share = factor * (SHARE + SHARE_PER_EFFORT * (server.config["active-expire-effort"] - 1))
    started_ns = time.monotonic_ns()
    while work():
        now_ns = time.monotonic_ns()
        if now_ns > ends_ns:
            return True
        time.sleep(min((now_ns - started_ns) * (1 / share - 1) / 1e9, LONGEST_PAUSE))
        started_ns = time.monotonic_ns()
    return False


def _expire(server: Server) -> bool:
    """For one slice, delete keys that are due; True when there may be more."""
    with locked(server):
        if server.busy:
            return False
        started_ns = time.monotonic_ns()
        is_left, now_ns = True, started_ns
        while is_left and now_ns - started_ns < SLICE_NS:
            left = [db.expire_some(KEYS_AT_A_TIME) for db in server.databases if db.expires]
            is_left = any(left)
            if server.changes:
                propagate(server)  # here, for that takes time too
            now_ns = time.monotonic_ns()
        server.expiry.time_ns += now_ns - started_ns
        server.latency.add("expire-cycle", (now_ns - started_ns) // 1_000_000)
        return is_left


def _measure_sizes(server: Server) -> bool:
    """Values that were changed in place are measured now, and not all at once when somebody asks."""
    with locked(server):
        if server.busy:
            return False
        return any(database.measure_some(SIZES) for database in server.databases if len(database))


def _record_what_is_left(server: Server, is_left: bool) -> None:
    cycle = server.expiry
    cycle.is_behind = is_left
    cycle.caps_reached += is_left
    overdue = sum(db.expires.overdue(server.clock.now_ms) for db in server.databases) if is_left else 0
    cycle.stale_percent = 100 * overdue / max(sum(len(db.expires) for db in server.databases), 1)


def _look_at_clock(server: Server) -> None:
    server.access.look_at_clock(server.clock.now_ms)


def _measure(server: Server) -> None:
    """For the figures of INFO that are told a second."""
    stats, now_ms = server.stats, server.clock.now_ms
    stats.commands_rate.sample(server.command_stats.calls, now_ms)
    stats.input_rate.sample(stats.recorded_input, now_ms)
    stats.output_rate.sample(stats.recorded_output, now_ms)


def _measure_memory(server: Server) -> None:
    server.memory_peak = max(server.memory_peak, sum(db.size() for db in server.databases))


def _evict(server: Server) -> None:
    """Go on where a command had no more time."""
    if server.eviction.maxmemory and not server.pause.is_on:
        server.eviction.make_room(server.databases)


def _end_pause(server: Server) -> None:
    """Whoever waits for it is served as the lock is given back."""
    if server.pause.is_on:
        server.pause.end_if_over(server.clock.now_ms)


def _check_lag_of_log(server: Server) -> None:
    """A disk that is too slow holds the replies back from now on, or does so no more."""
    server.log.check_lag()


def _look_after_clients(server: Server) -> None:
    """Of some of them, so many that each has its turn once a second, as in clientsCron of server.c."""
    if not server.unvisited:
        server.unvisited = list(server.clients.values())
    count = max(CLIENTS_PER_TICK, len(server.clients) // effective_hz(server))
    for client in server.unvisited[-count:]:
        if client.id not in server.clients:
            continue  # it has left since
        has_moved = server.stats.record_traffic(client)
        _close_if_overfull(client)
        _close_if_idle(client, has_moved)
    del server.unvisited[-count:]


def _close_if_overfull(client: Client) -> None:
    """Beyond its soft limit for too long, though nobody has anything new for it."""
    output_buffer = client.output_buffer
    may_be = (
        output_buffer.size + output_buffer.sending >= client.server.output_buffer_limits.smallest
        and not output_buffer.close_asap
    )
    if may_be and output_buffer.is_too_full():
        output_buffer.overflow()


def _close_if_idle(client: Client, has_moved: bool) -> None:
    """After `timeout` seconds without a byte either way; who waits or listens may be silent."""
    server, output_buffer = client.server, client.output_buffer
    longest_ns = server.config["timeout"] * 10**9
    if not longest_ns:
        return
    now_ns = server.clock.now_ns
    if has_moved:
        client.active_ns = now_ns
    is_excused = client.blocked or client.subscriptions or output_buffer in server.monitors.listeners
    if not is_excused and now_ns - client.active_ns > longest_ns and not output_buffer.close_asap:
        logging.verbose(f"Closing idle client id={client.id} addr={client.address}")
        output_buffer.close()


def _save_when_due(server: Server) -> None:
    server.rdb_saving.save_when_due(partial(locked, server))


def _rewrite_when_due(server: Server) -> None:
    server.aof_rewriting.rewrite_when_due(partial(locked, server), partial(locked_outside_scripts, server))


JOBS = (
    _look_at_clock,
    _measure,
    _measure_memory,
    _evict,
    _end_pause,
    _check_lag_of_log,
    _look_after_clients,
    _save_when_due,
    _rewrite_when_due,
)
