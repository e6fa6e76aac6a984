"""INFO: a function for each section, which returns its fields.

Those that have a line for each command or error are in info_of_commands.py.  The sections and fields have
Redis's names and Redis's order, because programs read them.  Fields of a feature that this server lacks are
true all the same: no module is loaded, no memory is defragmented.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator

from redis_clone import REDIS_VERSION, VERSION
from redis_clone.command_table.registry import command_group
from redis_clone.commands.info_of_commands import commandstats, errorstats, latencystats
from redis_clone.commands.memory_figures import measured
from redis_clone.config.values import encoded
from redis_clone.features.monitoring.process import memory_total
from redis_clone.features.replication.replica import TRANSMITTED, Replica
from redis_clone.protocol.replies import Verbatim
from redis_clone.server.cron import effective_hz
from redis_clone.server.following import CONNECTED, SYNC, Following
from redis_clone.server.state import Client, Server
from redis_clone.storage.database import Database

command = command_group("server")

Fields = dict[str, object]
SECTIONS: dict[str, Callable[[Server], Fields]] = {}  # in the order in which INFO prints them
BY_NAME_ONLY = {"commandstats", "latencystats"}  # or with "all": they have a line for each command

OFFSET_OF_NOTHING = 1  # what a replica shows that has never had any data of a master

DEFRAGMENTATION = (
    "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
    "total_active_defrag_time", "current_active_defrag_time",
)  # fmt: skip


EVENT_LOOP = (  # there is none: each connection waits in its own thread
    "eventloop_cycles", "eventloop_duration_sum", "eventloop_duration_cmd_sum",
    "instantaneous_eventloop_cycles_per_sec", "instantaneous_eventloop_duration_usec",
)  # fmt: skip


def section(function: Callable[[Server], Fields]) -> Callable[[Server], Fields]:
    """Registers a function as the section of INFO that has the function's name."""
    SECTIONS[function.__name__] = function
    return function


@command(
    "INFO",
    arity=-1,
    flags="loading stale",
    tips="nondeterministic_output request_policy:all_shards response_policy:special",
    categories="dangerous",
)
def info(client: Client, *names: bytes) -> Verbatim:
    """Returns figures about the server, by section.

    INFO [section [section ...]]
    Since 1.0.0, O(1)
    """
    wanted = {name.decode("latin-1").lower() for name in names} or {"default"}
    if wanted & {"all", "everything"}:
        wanted = set(SECTIONS)
    if "default" in wanted:
        wanted |= set(SECTIONS) - BY_NAME_ONLY
    texts = [_text(name, SECTIONS[name](client.server)) for name in SECTIONS if name in wanted]
    return Verbatim(encoded("\r\n".join(texts)))


def _text(name: str, fields: Fields) -> str:
    title = name.upper() if name == "cpu" else name.capitalize()
    return "".join([f"# {title}\r\n", *(f"{field}:{value}\r\n" for field, value in fields.items())])


@section
def server(server: Server) -> Fields:
    now_us = server.clock.now_us
    uptime = (server.clock.now_ms - server.start_ms) // 1000
    system, gcc_version = _system_and_compiler()
    return {
        "redis_version": REDIS_VERSION,
        "redis_clone_version": VERSION,
        "redis_git_sha1": "0" * 8,  # the value in a Redis that was not built from a checkout
        "redis_git_dirty": 0,
        "redis_build_id": "0" * 16,
        "redis_mode": server.mode,
        "os": system,
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "monotonic_clock": time.get_clock_info("perf_counter").implementation,
        "multiplexing_api": "threads",
        "atomicvar_api": "locks",
        "gcc_version": gcc_version,
        "python_version": sys.version.split()[0],
        "process_id": os.getpid(),
        "process_supervised": server.supervisor or "no",
        "run_id": server.run_id,
        "tcp_port": server.port,
        "server_time_usec": now_us,
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // 86400,
        "hz": effective_hz(server),
        "configured_hz": server.config["hz"],
        "lru_clock": now_us // 1_000_000 % 2**24,
        "executable": os.path.abspath(sys.argv[0]),
        "config_file": server.config.file,
        "io_threads_active": 0,
        **_shutdown(server),
        **{f"listener{number}": place for number, place in enumerate(_listeners(server))},
    }


def _system_and_compiler() -> tuple[str, str]:
    """The operating system, and the version of the GCC that made this Python; 0.0.0 for another compiler."""
    import platform  # here, because a server does not need it to start

    name, _, version = platform.python_compiler().partition(" ")
    gcc_version = version.split()[0] if name == "GCC" and version else "0.0.0"
    return f"{platform.system()} {platform.release()} {platform.machine()}", gcc_version


def _shutdown(server: Server) -> Fields:
    """How long a shutdown waits for replicas at most."""
    shutdown = server.shutdown
    if shutdown is None or not shutdown.until_ms:
        return {}
    return {"shutdown_in_milliseconds": max(shutdown.until_ms - server.clock.now_ms, 0)}


def _listeners(server: Server) -> Iterator[str]:
    """The addresses on which the server listens; new in 7.2."""
    places = ",".join(f"bind={host}" for host in server.config["bind"])
    for name, port in (("tcp", server.port), ("tls", server.config["tls-port"])):
        if port:
            yield f"name={name},{places},port={port}"
    if server.config["unixsocket"]:
        yield f"name=unix,bind={server.config['unixsocket']}"


@section
def clients(server: Server) -> Fields:
    """The largest buffers are those of this moment; in Redis they are of the last seconds."""
    blocked_clients, clients = server.blocked_clients.clients, server.clients.values()
    return {
        "connected_clients": len(server.clients) - len(server.replication.replicas),
        "cluster_connections": 0,
        "maxclients": server.config["maxclients"],
        "client_recent_max_input_buffer": max((client.query_bytes for client in clients), default=0),
        "client_recent_max_output_buffer": max(
            (client.output_buffer.size + client.output_buffer.sending for client in clients), default=0
        ),
        "blocked_clients": len(blocked_clients),
        "tracking_clients": len(server.tracking.trackers),
        "pubsub_clients": sum(1 for client in clients if client.subscriptions),
        "watching_clients": sum(1 for client in clients if client.transaction.watching),
        "clients_in_timeout_table": sum(
            1 for blocked_client in blocked_clients if blocked_client.deadline_ns is not None
        ),
        "total_blocking_keys": server.blocked_clients.keys,
        "total_blocking_keys_on_nokey": server.blocked_clients.keys_that_may_vanish,
    }


@section
def memory(server: Server) -> Fields:
    """Counted memory, and resident memory from the system; 0 for what this server does not have."""
    figures = measured(server)
    used, rss, total, limit = figures.used, figures.rss, memory_total(), server.config["maxmemory"]
    return {
        **_with_human("used_memory", used),
        **_with_human("used_memory_rss", rss),
        **_with_human("used_memory_peak", figures.peak),
        "used_memory_peak_perc": f"{100 * used / figures.peak:.2f}%",
        "used_memory_overhead": figures.overhead,
        "used_memory_startup": figures.startup,
        "used_memory_dataset": figures.dataset,
        "used_memory_dataset_perc": f"{figures.dataset_percent:.2f}%",
        "allocator_allocated": used,
        "allocator_active": used,
        "allocator_resident": used,
        **_with_human("total_system_memory", total),
        "used_memory_lua": 0,
        "used_memory_vm_eval": 0,
        "used_memory_lua_human": human(0),
        "used_memory_scripts_eval": 0,
        "number_of_cached_scripts": len(server.scripting.scripts.by_sha1),
        "number_of_functions": server.scripting.libraries.function_count,
        "number_of_libraries": len(server.scripting.libraries.by_name),
        "used_memory_vm_functions": 0,
        **_with_human("used_memory_vm_total", 0),
        "used_memory_functions": 0,
        **_with_human("used_memory_scripts", 0),
        **_with_human("maxmemory", limit),
        "maxmemory_policy": server.config["maxmemory-policy"],
        "allocator_frag_ratio": "1.00",
        "allocator_frag_bytes": 0,
        "allocator_rss_ratio": "1.00",
        "allocator_rss_bytes": 0,
        "rss_overhead_ratio": f"{figures.fragmentation:.2f}",
        "rss_overhead_bytes": rss - used,
        "mem_fragmentation_ratio": f"{figures.fragmentation:.2f}",
        "mem_fragmentation_bytes": rss - used,
        "mem_not_counted_for_evict": figures.log + figures.backlog + figures.replicas,
        "mem_replication_backlog": figures.backlog,
        "mem_total_replication_buffers": figures.backlog + figures.replicas,
        "mem_clients_slaves": figures.replicas,
        "mem_clients_normal": figures.clients,
        "mem_cluster_links": 0,
        "mem_aof_buffer": figures.log,
        "mem_allocator": "python",
        "active_defrag_running": 0,
        "lazyfree_pending_objects": server.lazyfree.pending,
        "lazyfreed_objects": server.lazyfree.done,
    }


def _with_human(name: str, size: int) -> Fields:
    return {name: size, f"{name}_human": human(size)}


@section
def persistence(server: Server) -> Fields:
    saves, job, is_async = server.saves, server.saves.job, "async_loading" in server.restrictions
    return {
        "loading": int(server.dataset.progress.is_on and not is_async),
        "async_loading": int(is_async),
        "current_cow_peak": 0,  # no process is forked, so no page is copied
        "current_cow_size": 0,
        "current_cow_size_age": 0,
        "current_fork_perc": f"{100 * job.snapshot.taken / max(job.snapshot.total, 1) if job else 0:.2f}",
        "current_save_keys_processed": job.snapshot.taken if job else 0,
        "current_save_keys_total": job.snapshot.total if job else 0,
        "rdb_changes_since_last_save": server.dataset.dirty,
        "rdb_bgsave_in_progress": int(saves.in_progress),
        "rdb_last_save_time": saves.last_s,
        "rdb_last_bgsave_status": "ok" if saves.ok else "err",
        "rdb_last_bgsave_time_sec": saves.last_took_s,
        "rdb_current_bgsave_time_sec": server.clock.now_ms // 1000 - job.started_s if job else -1,
        "rdb_saves": saves.count,
        "rdb_last_cow_size": 0,
        "rdb_last_load_keys_expired": saves.keys_expired,
        "rdb_last_load_keys_loaded": saves.keys_loaded,
        **_append_only(server),
        **_loading(server),
    }


def _loading(server: Server) -> Fields:
    progress = server.dataset.progress
    if not progress.is_on:
        return {}
    return {
        "loading_start_time": progress.start_s,
        "loading_total_bytes": progress.total_bytes,
        "loading_rdb_used_mem": progress.rdb_used_mem,
        "loading_loaded_bytes": progress.loaded_bytes,
        "loading_loaded_perc": f"{progress.percent():.2f}",
        "loading_eta_seconds": progress.seconds_left(server.clock.now_ms // 1000),
    }


def _append_only(server: Server) -> Fields:
    log, rewrites = server.log, server.rewrites
    seconds = server.clock.now_ms // 1000 - rewrites.last_try_s if rewrites.job else -1
    fields: Fields = {
        "aof_enabled": int(log.is_on),
        "aof_rewrite_in_progress": int(rewrites.job is not None),
        "aof_rewrite_scheduled": int(rewrites.scheduled),
        "aof_last_rewrite_time_sec": rewrites.last_took_s,
        "aof_current_rewrite_time_sec": seconds,
        "aof_last_bgrewrite_status": "ok" if rewrites.ok else "err",
        "aof_rewrites": rewrites.count,
        "aof_rewrites_consecutive_failures": rewrites.failures,
        "aof_last_write_status": "err" if log.error else "ok",
        "aof_last_cow_size": 0,
        "module_fork_in_progress": 0,
        "module_fork_last_cow_size": 0,
    }
    if log.is_fed:
        fields |= {
            "aof_current_size": log.size,
            "aof_base_size": log.base_size,
            "aof_pending_rewrite": 0,
            "aof_buffer_length": log.buffered,
            "aof_pending_bio_fsync": 0,
            "aof_delayed_fsync": log.delayed,
        }
    return fields


@section
def stats(server: Server) -> Fields:
    stats, databases, clients = server.stats, server.databases, server.clients.values()
    return {
        "total_connections_received": stats.connections_received,
        "total_commands_processed": server.command_stats.calls,
        "instantaneous_ops_per_sec": round(stats.commands_rate.per_second),
        "total_net_input_bytes": stats.total("input_bytes", clients) + stats.replication_input,
        "total_net_output_bytes": stats.total("output_bytes", clients),
        "total_net_repl_input_bytes": stats.replication_input,
        "total_net_repl_output_bytes": stats.total("replication_output", clients),
        "instantaneous_input_kbps": f"{stats.input_rate.per_second / 1024:.2f}",
        "instantaneous_output_kbps": f"{stats.output_rate.per_second / 1024:.2f}",
        "instantaneous_input_repl_kbps": f"{stats.replication_input_rate.per_second / 1024:.2f}",
        "instantaneous_output_repl_kbps": f"{stats.replication_output_rate.per_second / 1024:.2f}",
        "rejected_connections": stats.connections_rejected,
        "sync_full": stats.full_syncs,
        "sync_partial_ok": stats.partial_syncs,
        "sync_partial_err": stats.refused_partial_syncs,
        "expired_keys": sum(database.expired for database in databases),
        "expired_stale_perc": f"{server.expiry.stale_percent:.2f}",
        "expired_time_cap_reached_count": server.expiry.caps_reached,
        "expire_cycle_cpu_milliseconds": server.expiry.time_ns // 1_000_000,
        "evicted_keys": server.eviction.evicted,
        "evicted_clients": stats.evicted_clients,
        "total_eviction_exceeded_time": server.eviction.exceeded_ms[0],
        "current_eviction_exceeded_time": server.eviction.exceeded_ms[1],
        "keyspace_hits": sum(database.hits for database in databases),
        "keyspace_misses": sum(database.misses for database in databases),
        "pubsub_channels": len(server.pubsub.channels),
        "pubsub_patterns": len(server.pubsub.patterns),
        "pubsubshard_channels": len(server.pubsub.shard_channels),
        "latest_fork_usec": 0,
        "total_forks": 0,
        "migrate_cached_sockets": server.migration_connections,
        "slave_expires_tracked_keys": sum(len(database.own_expires) for database in databases),
        **dict.fromkeys(DEFRAGMENTATION, 0),
        "client_query_buffer_limit_disconnections": stats.query_limit_disconnections,
        "client_output_buffer_limit_disconnections": stats.output_limit_disconnections,
        "tracking_total_keys": server.tracking.total_keys,
        "tracking_total_items": server.tracking.total_items,
        "tracking_total_prefixes": server.tracking.total_prefixes,
        "unexpected_error_replies": stats.unexpected_errors,
        "total_error_replies": stats.errors,
        "dump_payload_sanitizations": 0,
        "total_reads_processed": stats.total("reads", clients),
        "total_writes_processed": stats.total("writes", clients),
        "io_threaded_reads_processed": 0,
        "io_threaded_writes_processed": 0,
        "reply_buffer_shrinks": 0,
        "reply_buffer_expands": 0,
        **dict.fromkeys(EVENT_LOOP, 0),
        "acl_access_denied_auth": server.acl_log.counts["auth"],
        "acl_access_denied_cmd": server.acl_log.counts["command"],
        "acl_access_denied_key": server.acl_log.counts["key"],
        "acl_access_denied_channel": server.acl_log.counts["channel"],
    }


@section
def replication(server: Server) -> Fields:
    replication, config = server.replication, server.config
    history, backlog, now_ms = replication.history, replication.backlog, server.clock.now_ms
    good = {"min_slaves_good_slaves": replication.count_good()} if replication.needs_good_replicas else {}
    listed = [replica for replica in replication.replicas if replica.state != TRANSMITTED]
    return {
        "role": "master" if server.following is None else "slave",
        **(_followed(server, server.following) if server.following is not None else {}),
        "connected_slaves": len(replication.replicas),
        **good,
        **{f"slave{number}": _format_replica(each, now_ms) for number, each in enumerate(listed)},
        "master_failover_state": server.failover.state,
        "master_replid": history.replid,
        "master_replid2": history.replid2,
        "master_repl_offset": history.offset,
        "second_repl_offset": history.second_offset,
        "repl_backlog_active": int(backlog is not None),
        "repl_backlog_size": config["repl-backlog-size"],
        "repl_backlog_first_byte_offset": backlog.first_offset if backlog is not None else 0,
        "repl_backlog_histlen": len(backlog or b""),
    }


def _followed(server: Server, following: Following) -> Fields:
    """What a replica says of its master and of the link to it."""
    now_ms, is_up = server.clock.now_ms, following.state == CONNECTED
    has_history = is_up or following.may_continue
    offset = server.replication.history.offset if has_history else OFFSET_OF_NOTHING
    down_s = -1 if following.lost_ms is None else (now_ms - following.lost_ms) // 1000
    return {
        "master_host": following.host,
        "master_port": following.port,
        "master_link_status": "up" if is_up else "down",
        "master_last_io_seconds_ago": (now_ms - following.heard_ms) // 1000 if is_up else -1,
        "master_sync_in_progress": int(following.state == SYNC),
        "slave_read_repl_offset": offset,
        "slave_repl_offset": offset,
        **(_transfer(following, now_ms) if following.state == SYNC else {}),
        **({} if is_up else {"master_link_down_since_seconds": down_s}),
        "slave_priority": server.config["replica-priority"],
        "slave_read_only": int(server.config["replica-read-only"]),
        "replica_announced": int(server.config["replica-announced"]),
    }


def _transfer(following: Following, now_ms: int) -> Fields:
    """How far the file with all data has come; its length is 0 where a mark ends it, and at first -1."""
    total, read = following.total_bytes, max(following.read_bytes, 0)
    return {
        "master_sync_total_bytes": total,
        "master_sync_read_bytes": read,
        "master_sync_left_bytes": total - read,
        "master_sync_perc": f"{100 * read / total if total > 0 else 0:.2f}",
        "master_sync_last_io_seconds_ago": (now_ms - following.heard_ms) // 1000,
    }


def _format_replica(replica: Replica, now_ms: int) -> str:
    figures = {
        "ip": replica.shown_ip,
        "port": replica.port,
        "state": replica.state,
        "offset": replica.offset,
        "lag": replica.seconds_silent(now_ms),
    }
    return ",".join(f"{name}={figure}" for name, figure in figures.items())


@section
def cpu(server: Server) -> Fields:
    """In Redis the main thread runs all commands; here every connection's thread does, so all are counted."""
    used = os.times()
    return {
        "used_cpu_sys": f"{used.system:.6f}",
        "used_cpu_user": f"{used.user:.6f}",
        "used_cpu_sys_children": f"{used.children_system:.6f}",
        "used_cpu_user_children": f"{used.children_user:.6f}",
        "used_cpu_sys_main_thread": f"{used.system:.6f}",
        "used_cpu_user_main_thread": f"{used.user:.6f}",
    }


@section
def modules(server: Server) -> Fields:
    """Empty: no module can be loaded."""
    return {}


for of_commands in (commandstats, errorstats, latencystats):
    section(of_commands)


@section
def cluster(server: Server) -> Fields:
    return {"cluster_enabled": int(server.cluster is not None)}


@section
def keyspace(server: Server) -> Fields:
    now_ms = server.clock.now_ms
    return {f"db{db.index}": _format_database(db, now_ms) for db in server.databases if len(db)}


def _format_database(database: Database, now_ms: int) -> str:
    left_ms = database.expires.average_left_ms(now_ms)
    figures = {"keys": len(database), "expires": len(database.expires), "avg_ttl": left_ms}
    return ",".join(f"{name}={figure}" for name, figure in figures.items())


def human(size: int) -> str:
    """
    >>> human(0), human(2048), human(3 * 1024**3 // 2)
    ('0B', '2.00K', '1.50G')
    """
    if size < 1024:
        return f"{size}B"
    power = min((size.bit_length() - 1) // 10, len("KMGTP"))
    return f"{size / 1024**power:.2f}{'KMGTP'[power - 1]}"
