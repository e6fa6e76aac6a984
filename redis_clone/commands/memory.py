"""MEMORY: how much memory the data and the clients take, and advice about it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.containers import container
from redis_clone.commands.memory_figures import Figures, measured
from redis_clone.protocol.replies import OK, Reply, SimpleString, Verbatim
from redis_clone.storage.account import size_of_key
from redis_clone.storage.sizes import SAMPLES

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

container("MEMORY", "server", help_since="4.0.0")

SPECIAL = "nondeterministic_output request_policy:all_shards response_policy:special"
SMALL = 5 * 1024**2  # bytes, below which the doctor sees nothing
LARGE_CLIENT = 200 * 1024  # bytes that a client takes on average, at which the doctor sees trouble

COMPLAINTS: list[tuple[Callable[[Figures], bool], str]] = [
    (
        lambda figures: figures.peak > 1.5 * figures.used,
        "Peak: once more than half as much again was used as is now. What was freed since may not have gone "
        "back to the operating system; new data will be put there.",
    ),
    (
        lambda figures: figures.fragmentation > 3,
        "Fragmentation: the process takes more than three times what the data does. Many objects were freed "
        "in between others that live on; a restart is what helps.",
    ),
    (
        lambda figures: figures.clients > LARGE_CLIENT * figures.client_count,
        "Clients: on average each takes more than 200 KB. CLIENT LIST shows which client takes most "
        "(tot-mem).",
    ),
]


@command("MEMORY|DOCTOR", arity=2, tips=SPECIAL)
def memory_doctor(client: Client) -> Verbatim:
    """Reports in words what is unusual about the use of memory.

    MEMORY DOCTOR
    Since 4.0.0, O(1)
    """
    figures = measured(client.server)
    if figures.used < SMALL:
        return Verbatim(
            b"There is hardly any data here yet, too little for a diagnosis. Come back with some.\n"
        )
    found = [text for is_true, text in COMPLAINTS if is_true(figures)]
    if not found:
        return Verbatim(b"Nothing strange found about the use of memory.\n")
    return Verbatim("".join(f" * {text}\n" for text in found).encode())


@command("MEMORY|MALLOC-STATS", arity=2, tips=SPECIAL)
def memory_malloc_stats(client: Client) -> Verbatim:
    """Returns the statistics of the memory allocator.

    MEMORY MALLOC-STATS
    Since 4.0.0, O(1)
    """
    lines = [f"Python {sys.version.split()[0]}: {sys.getallocatedblocks()} blocks allocated"]
    for number, (count, found) in enumerate(zip(gc.get_count(), gc.get_stats(), strict=True)):
        lines.append(f"collector, generation {number}: {count} waiting, {found['collections']} collections")
    return Verbatim("".join(f"{line}\n" for line in lines).encode())


@command("MEMORY|PURGE", arity=2, tips="request_policy:all_shards response_policy:all_succeeded")
def memory_purge(client: Client) -> SimpleString:
    """Runs a full garbage collection, which does not happen by itself; all clients wait meanwhile.

    MEMORY PURGE
    Since 4.0.0, O(N) where N is the number of members of lists, sorted sets and streams.
    """
    gc.collect()
    return OK


@command("MEMORY|STATS", arity=2, tips=SPECIAL)
def memory_stats(client: Client) -> dict[str, Reply]:
    """Returns how much memory each part takes, in bytes.

    MEMORY STATS
    Since 4.0.0, O(1)
    """
    figures = measured(client.server)
    return {
        "peak.allocated": figures.peak,
        "total.allocated": figures.used,
        "startup.allocated": figures.startup,
        "replication.backlog": figures.backlog,
        "clients.slaves": figures.replicas,
        "clients.normal": figures.clients,
        "cluster.links": 0,
        "aof.buffer": figures.log,
        "lua.caches": 0,
        "functions.caches": 0,
        **_tables(figures),
        "overhead.total": figures.overhead,
        "keys.count": figures.keys,
        "keys.bytes-per-key": (figures.used - figures.startup) // figures.keys if figures.keys else 0,
        "dataset.bytes": figures.dataset,
        "dataset.percentage": figures.dataset_percent,
        "peak.percentage": 100 * figures.used / figures.peak,
        **_allocator(figures),
    }


def _tables(figures: Figures) -> dict[str, Reply]:
    """The sizes of the tables of each database that has keys."""
    return {
        f"db.{index}": {
            "overhead.hashtable.main": main,
            "overhead.hashtable.expires": expires,
            "overhead.hashtable.slot-to-keys": 0,
        }
        for index, (main, expires) in enumerate(zip(figures.main_tables, figures.expiry_tables, strict=True))
        if main
    }


def _allocator(figures: Figures) -> dict[str, Reply]:
    """Python does not say how much its allocator rounds up, so that counts as overhead of the process."""
    return {
        "allocator.allocated": figures.used,
        "allocator.active": figures.used,
        "allocator.resident": figures.used,
        "allocator-fragmentation.ratio": 1.0,
        "allocator-fragmentation.bytes": 0,
        "allocator-rss.ratio": 1.0,
        "allocator-rss.bytes": 0,
        "rss-overhead.ratio": figures.fragmentation,
        "rss-overhead.bytes": figures.rss - figures.used,
        "fragmentation": figures.fragmentation,
        "fragmentation.bytes": figures.rss - figures.used,
    }


@command("MEMORY|USAGE", arity=-3, flags="readonly", keys=one_key("RO", at=2))
def memory_usage(client: Client, key: bytes, *args: bytes) -> int | None:
    """Returns how many bytes a key takes with its value; of a large value a few members are sampled.

    MEMORY USAGE key [SAMPLES count]
    Since 4.0.0, O(N) where N is the number of samples.
    """
    samples = SAMPLES
    options = Options(args)
    while options:
        if options.word() != b"SAMPLES":
            raise options.error()
        samples = integer(options.value())
        if samples < 0:
            raise options.error()
    value = client.db.stored(key)  # an expired key takes memory too
    return None if value is None else size_of_key(key, value, key in client.db.expires, samples)
