"""The cron: a table of JOBS that run `hz` times a second, and long work in slices.

Each job takes the lock by itself, so no command waits for all of them.  Work that may be long (a million keys
expire at once, a large value is freed) is done in slices: the lock is released after each slice, and the cron
sleeps before the next one, so that it uses no more than its share of the time.  All of this runs in the
cron's own thread.
"""

import time
from collections.abc import Callable
from functools import partial

from redis_clone import logging
from redis_clone.server.blocked_clients import serve_polled_clients
from redis_clone.server.client_eviction import evict_clients
from redis_clone.server.dispatch import may_evict, propagate
from redis_clone.server.failover import continue_failover
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.memory import count_memory, used_memory
from redis_clone.server.replicas import tick as look_after_replicas
from redis_clone.server.shutdown import continue_shutdown
from redis_clone.server.state import Client, Server

SLICE_NS = 1_000_000  # how long a slice of expiry may hold the lock
KEYS_AT_A_TIME = 25  # expired keys deleted between two readings of the time
PIECES = 2_000  # elements of unlinked values freed in one slice
SIZES = 200  # values measured in one slice
SHARE, SHARE_PER_EFFORT = 0.25, 0.02  # of the time, at active-expire-effort 1, and more per effort
LONGEST_PAUSE = 0.5  # seconds: a slice seems to take long where the whole process was suspended during it
BEHIND = 2  # the share is multiplied by this if the tick before left expired keys
CLIENTS_PER_TICK = 200  # with more clients, dynamic-hz doubles hz
FASTEST_HZ = 500


def tick(server: Server) -> float:
    """Run every job once; returns in how many seconds the cron's thread should call this again.

    Where a test moves the clock (testing/), its thread calls this too: one waits for the other.
    """
    with server.cron_lock:
        return _tick(server)


def _tick(server: Server) -> float:
    ends_ns = time.monotonic_ns() + 1_000_000_000 // effective_hz(server)
    if server.debug.cron_is_paused:
        return 1 / effective_hz(server)
    _in_slices(server, lambda: _measure_sizes(server), ends_ns)
    for job in JOBS:
        with locked(server):
            if not server.busy:  # a script has yielded the lock, and its data are half changed
                job(server)
    if server.expiry.is_active:
        factor = BEHIND if server.expiry.is_behind else 1
        is_left = _in_slices(server, lambda: _expire(server), ends_ns, factor)
        with locked(server):
            _record_expiry_cycle(server, is_left)
    _in_slices(server, lambda: server.lazyfree.free_some(PIECES), ends_ns)
    return max(ends_ns - time.monotonic_ns(), 0) / 1e9


def effective_hz(server: Server) -> int:
    """`hz`, or with dynamic-hz more when there are many clients."""
    hz: int = server.config["hz"]
    while server.config["dynamic-hz"] and len(server.clients) > CLIENTS_PER_TICK * hz and hz < FASTEST_HZ:
        hz *= 2
    return min(hz, FASTEST_HZ)


def _in_slices(server: Server, work: Callable[[], bool], ends_ns: int, factor: float = 1) -> bool:
    """Call `work`, one slice each time, until it returns False or time is up; True when some is left.

    It sleeps between slices, so that the work takes `factor` times the share set by active-expire-effort.
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
    """Delete expired keys for one slice; True when there may be more."""
    with locked(server):
        if server.busy:
            return False
        started_ns = time.monotonic_ns()
        is_left, now_ns = True, started_ns
        while is_left and now_ns - started_ns < SLICE_NS:
            left = [db.expire_some(KEYS_AT_A_TIME) for db in server.databases if db.expires or db.own_expires]
            is_left = any(left)
            if server.changes:
                propagate(server)  # inside the measured slice, for it takes time too
            now_ns = time.monotonic_ns()
        server.expiry.time_ns += now_ns - started_ns
        server.latency.add("expire-cycle", (now_ns - started_ns) // 1_000_000)
        return is_left


def _measure_sizes(server: Server) -> bool:
    """Measure some values that were changed in place, so that INFO memory need not measure all at once."""
    with locked(server):
        if server.busy:
            return False
        return any(database.measure_some(SIZES) for database in server.databases if len(database))


def _record_expiry_cycle(server: Server, is_left: bool) -> None:
    """Record for INFO whether expired keys are left, and their share of the keys with a time to live."""
    cycle = server.expiry
    cycle.is_behind = is_left
    cycle.caps_reached += is_left
    overdue = sum(db.expires.overdue(server.clock.now_ms) for db in server.databases) if is_left else 0
    cycle.stale_percent = 100 * overdue / max(sum(len(db.expires) for db in server.databases), 1)


def _look_at_clock(server: Server) -> None:
    server.access.look_at_clock(server.clock.now_ms)


def _measure(server: Server) -> None:
    """Sample the rates per second that INFO shows."""
    stats, now_ms = server.stats, server.clock.now_ms
    stats.commands_rate.sample(server.command_stats.calls, now_ms)
    stats.input_rate.sample(stats.recorded_input + stats.replication_input, now_ms)
    stats.output_rate.sample(stats.recorded_output, now_ms)
    stats.replication_input_rate.sample(stats.replication_input, now_ms)
    replicas = [replica.client for replica in server.replication.replicas]
    stats.replication_output_rate.sample(stats.total("replication_output", replicas), now_ms)


def _measure_memory(server: Server) -> None:
    server.memory_peak = max(server.memory_peak, used_memory(server))


def _evict(server: Server) -> None:
    """Go on with an eviction that took more time than a command may spend on it."""
    if server.eviction.maxmemory and may_evict(server):
        server.eviction.make_room(server.databases)


def _end_pause(server: Server) -> None:
    """End a pause whose time is up; its postponed commands run before the lock is released."""
    if server.pause.is_on:
        server.pause.end_if_over(server.clock.now_ms)


def _look_after_clients(server: Server) -> None:
    """Check some clients, so many that each is checked once a second, as in clientsCron of server.c."""
    if not server.unvisited:
        server.unvisited = list(server.clients.values())
    count = max(CLIENTS_PER_TICK, len(server.clients) // effective_hz(server))
    for client in server.unvisited[-count:]:
        if client.id not in server.clients:
            continue  # it has left meanwhile
        has_moved = server.stats.record_traffic(client)
        _close_if_overfull(client)
        _close_if_idle(client, has_moved)
        count_memory(client)
    del server.unvisited[-count:]
    evict_clients(server)


def _close_if_overfull(client: Client) -> None:
    """Close a client beyond its soft output limit for too long, even if nothing is added to its buffer."""
    output_buffer = client.output_buffer
    may_be = (
        output_buffer.size + output_buffer.sending >= client.server.output_buffer_limits.smallest
        and not output_buffer.close_asap
    )
    if may_be and output_buffer.is_too_full():
        output_buffer.overflow()


def _close_if_idle(client: Client, has_moved: bool) -> None:
    """Close a client after `timeout` seconds without traffic, unless it is blocked or receives pushes."""
    server, output_buffer = client.server, client.output_buffer
    longest_ns = server.config["timeout"] * 10**9
    if not longest_ns:
        return
    now_ns = server.clock.now_ns
    if has_moved:
        client.active_ns = now_ns
    is_excused = (
        client.blocked
        or client.subscriptions
        or client.is_replica
        or client.is_master
        or client in server.monitors.listeners
    )
    if not is_excused and now_ns - client.active_ns > longest_ns and not output_buffer.close_asap:
        logging.verbose(f"Closing idle client id={client.id} addr={client.address}")
        output_buffer.close()


def _save_when_due(server: Server) -> None:
    if not server.dataset.progress.is_on:  # else these are not the data of the master yet
        server.rdb_saving.save_when_due(partial(locked, server))


def _rewrite_when_due(server: Server) -> None:
    server.aof_rewriting.rewrite_when_due(partial(locked, server), partial(locked_outside_scripts, server))


JOBS = (
    _look_at_clock,
    _measure,
    _look_after_clients,  # before the next two, for it counts the memory of clients
    _measure_memory,
    _evict,
    _end_pause,
    look_after_replicas,
    continue_failover,
    continue_shutdown,
    serve_polled_clients,  # for WAITAOF: the log was synced, or switched off
    _save_when_due,
    _rewrite_when_due,
)
