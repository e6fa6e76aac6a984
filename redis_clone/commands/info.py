"""INFO: a function for each section, each field a fact about this process.

A field whose feature is not there says what is so: no replica is connected, no file is being written.
"""

import os
import platform
import sys
from collections.abc import Callable

from redis_clone import REDIS_VERSION, VERSION
from redis_clone.monitoring.process import memory_peak, memory_resident, memory_total
from redis_clone.protocol.replies import Verbatim
from redis_clone.registry import command_group
from redis_clone.state import Client, Server
from redis_clone.storage.keyspace import Database

command = command_group("server")

Fields = dict[str, object]
SECTIONS: dict[str, Callable[[Server], Fields]] = {}  # in the order in which INFO prints them


def section(function: Callable[[Server], Fields]) -> Callable[[Server], Fields]:
    """Makes a function below a section of INFO, under its own name."""
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
    """Returns facts and figures about the server, by section.

    INFO [section [section ...]]
    Since 1.0.0, O(1)
    """
    wanted = {name.decode("latin-1").lower() for name in names} or {"default"}
    if wanted & {"default", "all", "everything"}:
        wanted = set(SECTIONS)
    texts = [_text(name, SECTIONS[name](client.server)) for name in SECTIONS if name in wanted]
    return Verbatim("\r\n".join(texts).encode())


def _text(name: str, fields: Fields) -> str:
    title = name.upper() if name == "cpu" else name.capitalize()
    return "".join([f"# {title}\r\n", *(f"{field}:{value}\r\n" for field, value in fields.items())])


@section
def server(server: Server) -> Fields:
    now_us = server.clock.now_us
    uptime = (server.clock.now_ms - server.start_ms) // 1000
    return {
        "redis_version": REDIS_VERSION,
        "redis_clone_version": VERSION,
        "redis_mode": "standalone",
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "python_version": platform.python_version(),
        "process_id": os.getpid(),
        "run_id": server.run_id,
        "tcp_port": server.port,
        "server_time_usec": now_us,
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // 86400,
        "hz": 10,
        "configured_hz": 10,
        "executable": os.path.abspath(sys.argv[0]),
        "config_file": server.config.file,
    }


@section
def clients(server: Server) -> Fields:
    return {
        "connected_clients": len(server.clients),
        "cluster_connections": 0,
        "maxclients": server.config["maxclients"],
        "blocked_clients": len(server.waiting.everybody),
        "tracking_clients": 0,
        "pubsub_clients": sum(1 for client in server.clients.values() if client.subscriptions),
        "watching_clients": sum(1 for client in server.clients.values() if client.transaction.watching),
    }


@section
def memory(server: Server) -> Fields:
    """The memory of the whole process: what the data alone takes is not counted yet."""
    resident = memory_resident()
    peak = max(memory_peak(), resident)  # the system's two figures are taken at two moments
    maxmemory = server.config["maxmemory"]
    return {
        "used_memory": resident,
        "used_memory_human": human(resident),
        "used_memory_rss": resident,
        "used_memory_rss_human": human(resident),
        "used_memory_peak": peak,
        "used_memory_peak_human": human(peak),
        "total_system_memory": memory_total(),
        "total_system_memory_human": human(memory_total()),
        "maxmemory": maxmemory,
        "maxmemory_human": human(maxmemory),
        "maxmemory_policy": server.config["maxmemory-policy"],
        "mem_allocator": "python",
    }


@section
def persistence(server: Server) -> Fields:
    """No file is read or written yet."""
    return {
        "loading": 0,
        "async_loading": 0,
        "rdb_changes_since_last_save": server.stats.changes,
        "rdb_bgsave_in_progress": 0,
        "rdb_last_save_time": server.start_ms // 1000,
        "rdb_last_bgsave_status": "ok",
        "rdb_last_bgsave_time_sec": -1,
        "rdb_current_bgsave_time_sec": -1,
        "aof_enabled": 0,
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "aof_last_rewrite_time_sec": -1,
        "aof_current_rewrite_time_sec": -1,
        "aof_last_bgrewrite_status": "ok",
        "aof_last_write_status": "ok",
    }


@section
def stats(server: Server) -> Fields:
    stats, databases, clients = server.stats, server.databases, server.clients.values()
    return {
        "total_connections_received": stats.connections_received,
        "total_commands_processed": stats.commands_processed,
        "instantaneous_ops_per_sec": stats.commands_per_second,
        "total_net_input_bytes": stats.input_bytes + sum(client.input_bytes for client in clients),
        "total_net_output_bytes": stats.output_bytes + sum(client.output_bytes for client in clients),
        "rejected_connections": stats.connections_rejected,
        "expired_keys": sum(database.expired for database in databases),
        "evicted_keys": 0,
        "keyspace_hits": sum(database.hits for database in databases),
        "keyspace_misses": sum(database.misses for database in databases),
        "pubsub_channels": len(server.pubsub.channels),
        "pubsub_patterns": len(server.pubsub.patterns),
        "pubsubshard_channels": len(server.pubsub.shard_channels),
        "latest_fork_usec": 0,
        "total_error_replies": stats.errors,
    }


@section
def replication(server: Server) -> Fields:
    return {
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_replid": server.run_id,
        "master_replid2": "0" * 40,
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
    }


@section
def cpu(server: Server) -> Fields:
    used = os.times()
    return {
        "used_cpu_sys": f"{used.system:.6f}",
        "used_cpu_user": f"{used.user:.6f}",
        "used_cpu_sys_children": f"{used.children_system:.6f}",
        "used_cpu_user_children": f"{used.children_user:.6f}",
    }


@section
def errorstats(server: Server) -> Fields:
    return {f"errorstat_{prefix}": f"count={count}" for prefix, count in server.stats.error_counts.items()}


@section
def cluster(server: Server) -> Fields:
    return {"cluster_enabled": 0}


@section
def keyspace(server: Server) -> Fields:
    return {f"db{db.index}": _described_database(db) for db in server.databases if len(db)}


def _described_database(database: Database) -> str:
    figures = {"keys": len(database), "expires": database.expiring, "avg_ttl": database.average_ttl_ms()}
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
