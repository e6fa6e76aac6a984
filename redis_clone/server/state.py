"""Server and Client: the parts that a server and a client consist of, without behaviour.

A feature is given the parts that it uses and never the server, so a test can build it alone.  What a feature
keeps for each client is one object of the feature's own class.  `Server.lock` guards all of it, except what
a connection's own thread counts of its traffic.  Some flags and counters are also read without the lock, one
at a time, where the value of a moment ago will do; nothing relies on the GIL.
"""

from __future__ import annotations  # before Python 3.13 Lock is a function, no type

import itertools
import math
import os
from collections.abc import Callable
from queue import SimpleQueue
from random import Random
from threading import Lock, current_thread
from typing import Any

from redis_clone.cache.access import AccessClock
from redis_clone.cache.eviction import Eviction
from redis_clone.cache.expiry import ExpiryCycle
from redis_clone.cache.lazyfree import LazyFree
from redis_clone.command_table.registry import Command
from redis_clone.config.values import Config, check_directory
from redis_clone.features.acl.acl_log import AclLog
from redis_clone.features.acl.users import Users
from redis_clone.features.blocking import BlockedClient, BlockedClients, postponed
from redis_clone.features.interception import Interception
from redis_clone.features.monitoring.commandstats import CommandStats
from redis_clone.features.monitoring.latency import LatencyMonitor
from redis_clone.features.monitoring.monitor import Monitors
from redis_clone.features.monitoring.process import memory_resident
from redis_clone.features.monitoring.slowlog import SlowLog
from redis_clone.features.monitoring.stats import Stats
from redis_clone.features.notifications import Notifications
from redis_clone.features.pause import Pause
from redis_clone.features.persistence.aof_files import AofFiles
from redis_clone.features.persistence.aof_log import Log
from redis_clone.features.persistence.aof_rewriting import AofRewriting
from redis_clone.features.persistence.dataset import Dataset
from redis_clone.features.persistence.disk import Disk
from redis_clone.features.persistence.rdb_saving import RdbSaving
from redis_clone.features.persistence.rewrites import Rewrites
from redis_clone.features.persistence.saves import Saves
from redis_clone.features.propagation import Propagation
from redis_clone.features.pubsub import PubSub, Subscriptions
from redis_clone.features.replication.failover import Failover
from redis_clone.features.replication.replica import Replica
from redis_clone.features.replication.replication import Replication
from redis_clone.features.scripting.scripting import Scripting
from redis_clone.features.tracking import Tracked, Tracking
from redis_clone.features.transactions import Transaction
from redis_clone.protocol.output_buffer import OutputBuffer, OutputBufferLimits
from redis_clone.protocol.resp import Limits
from redis_clone.server.inspection.watch import Watch
from redis_clone.storage.database import Database
from redis_clone.storage.expires import Expires
from redis_clone.storage.keyspace import Change
from redis_clone.structures.clock import Clock

# As in Redis: with less for all clients together, nobody could connect to mend the configuration.
LEAST_CLIENT_MEMORY = 128 * 1024


class Server:
    """One server: its parts, in an order in which each is made of earlier ones."""

    def __init__(
        self,
        config: Config | None = None,
        clock: Clock | None = None,
        lock: Lock | None = None,
        random: Random | None = None,
    ) -> None:
        """A test may bring parts of its own.  This function is long because it is a list."""
        self.config = config or Config()
        self.clock = clock or Clock()
        self.lock = lock or Lock()  # guards everything below; taken in server/locking.py
        self.random = random or Random()
        self.changes: list[Change] = []  # by the command that is running, until dispatch.propagate
        self.access = AccessClock(self.random, self.clock.now_ms)
        self.eviction = Eviction(self.access, self.random)
        self.expiry = ExpiryCycle()
        self.lazyfree = LazyFree()
        self.databases = [
            Database(index, self.clock, self.changes, self.access, self.lazyfree)
            for index in range(self.config["databases"])
        ]
        self.memory_peak = 0  # bytes: the most that used_memory ever was
        self.clients: dict[int, Client] = {}  # by id, oldest first
        self.client_memory_limit = 0  # bytes that all clients together may take; 0: no limit
        self.client_ids = itertools.count(1)
        # Why any client's command may be rejected at the moment: "disk", "replicas", "replica", "loading",
        # "async_loading", "busy", "cluster", "interception".
        # While the set is empty, the CHECKS are asked only for a client that is restricted itself.
        self.restrictions: set[str] = set()
        self.unvisited: list[Client] = []  # clients that the cron has not checked in this round
        self.to_wake: list[OutputBuffer] = []  # woken once the lock is released
        self.blocked_clients = BlockedClients()
        self.propagation = Propagation()
        self.interception = Interception(self.restrictions, postponed)
        self.pause = Pause(self.keep_expired_keys)
        self.tracking = Tracking(self.clients)
        self.monitors = Monitors()
        self.pubsub = PubSub()
        self.notifications = Notifications(self.pubsub.publish)
        self.output_buffer_limits = OutputBufferLimits(self.clock)
        self.stop_requests: SimpleQueue[str] = SimpleQueue()  # the main thread waits on it
        self.start_ms = self.clock.now_ms
        self.disk = Disk(self.restrictions)  # whether the data can be saved; else writes are rejected
        self.saves = Saves(self.start_ms // 1000, self.disk)  # the history of RDB files
        self.log = Log(self.clock, self._record_log_error, self.stop_requests.put)
        self.rewrites = Rewrites()  # the history of rewrites of the append-only file
        self.stats = Stats()
        self.dataset = Dataset(self.databases, self.changes, self.clock, memory_resident)  # for the files
        self.rdb_saving = RdbSaving(self.config, self.dataset, self.saves, self.rewrites)
        self.aof_files = AofFiles(self.config, self.dataset, self.log, self.propagation)
        self.aof_rewriting = AofRewriting(
            self.config, self.dataset, self.aof_files, self.rewrites, self.saves
        )
        self.cron_lock = Lock()  # of the thread that runs the cron's jobs; taken before the other lock
        self.replication = Replication(self.config, self.clock, self.restrictions)
        self.dataset.replication_fields = self.replication.aux_fields
        self.failover = Failover()
        self.following: Any = None  # the Following of server/following.py: this server is a replica
        self.start_link: Callable[[Any], object] = bool  # connects to the master; set by network/
        self.cluster: Any = None  # the Clustering of server/clustering.py: this server is a node of a cluster
        self.full_sync: Any = None  # the FullSync of server/full_sync.py that is going on
        self.migration: Any = None  # the Migration of server/migration.py that is going on
        self.start_migration: Callable[[Any], object] = bool  # has a thread talk to its target, and
        self.talk_to_target: Callable[[Any], object] = bool  # talks to it in this thread; set by network/
        self.migration_connections = 0  # kept for the next MIGRATE; counted there, under a lock of its own
        self.users = Users()
        self.acl_log = AclLog()
        self.scripting = Scripting()
        self.busy = ""  # the error line for other clients while a long script or loading yields the lock
        self.limits = Limits()
        self.command_stats = CommandStats()
        self.slowlog = SlowLog(self.clock)
        self.latency = LatencyMonitor(self.clock)
        self.slow_ns = math.inf  # the lower threshold of these two, so that a fast command compares once
        self.run_id = os.urandom(20).hex()
        self.debug = DebugSwitches()
        self.supervisor = ""  # what looks after our process: "systemd", "upstart", or nothing
        self.port = 0  # the TCP port, once the server listens
        self.shutdown: Any = None  # the Shutdown of server/shutdown.py that was requested
        self.panicked = False  # something is so wrong that the process ends, with an error
        self.closing = False  # the shutdown has begun, so no client is accepted; read without the lock
        self.shows_commands = False  # each command runs by itself, and is logged or recorded for the page
        self.logs_commands = False  # loglevel debug: each command is logged with its reply
        self.watch = Watch(self._show_commands)  # what the page has recorded
        self.shows_bytes = False  # trace: all bytes received and sent are logged
        self._apply_configuration()

    @property
    def mode(self) -> str:
        """What the server is, as INFO calls it."""
        return "cluster" if self.config["cluster-enabled"] else "standalone"

    def _apply_configuration(self) -> None:
        """Connect each parameter that takes effect by a call to the part that it concerns.

        Those of the whole process are applied by the program (network/process.py).
        """
        hooks: dict[str, Callable[[Any], None]] = {
            "aof-timestamp-enabled": lambda wanted: setattr(self.log, "stamps", wanted),
            "appendfsync": lambda policy: setattr(self.log, "policy", policy),
            "acl-pubsub-default": lambda rule: setattr(self.users, "all_channels", rule == "allchannels"),
            "acllog-max-len": lambda most: setattr(self.acl_log, "most", most),
            "client-output-buffer-limit": self.output_buffer_limits.set,
            "client-query-buffer-limit": lambda size: setattr(self.limits, "command_bytes", size),
            "dir": check_directory,
            "key-load-delay": lambda us: setattr(self.dataset.progress, "delay_us", us),
            "latency-monitor-threshold": self._choose_latency_threshold,
            "latency-tracking": self.command_stats.track_latency,
            "lazyfree-lazy-expire": lambda lazily: setattr(self.propagation, "removes_lazily", lazily),
            "lfu-decay-time": lambda minutes: setattr(self.access, "decay_minutes", minutes),
            "lfu-log-factor": lambda factor: setattr(self.access, "log_factor", factor),
            "loading-process-events-interval-bytes": lambda size: setattr(
                self.dataset.progress, "interval_bytes", size
            ),
            "loglevel": self._choose_level,
            "maxmemory": self._limit_memory,
            "maxmemory-clients": self._limit_clients,
            "maxmemory-eviction-tenacity": lambda tenacity: setattr(self.eviction, "tenacity", tenacity),
            "maxmemory-policy": self._choose_policy,
            "maxmemory-samples": lambda count: setattr(self.eviction, "samples", count),
            "min-replicas-max-lag": lambda _: self.replication.look_for_good(),
            "min-replicas-to-write": lambda _: self.replication.look_for_good(),
            "notify-keyspace-events": self._choose_notifications,
            "proto-max-bulk-len": lambda size: setattr(self.limits, "bulk_bytes", size),
            "save": self._choose_save,
            "stop-writes-on-bgsave-error": self._choose_save,
            "repl-backlog-size": self._choose_backlog_size,
            "replica-read-only": self.keep_expired_keys,
            "requirepass": self.users.set_default_password,
            "slowlog-log-slower-than": self._choose_slowlog_threshold,
            "slowlog-max-len": self._choose_slowlog_length,
            "trace": lambda wanted: setattr(self, "shows_bytes", wanted),
            "tracking-table-max-keys": self._limit_tracking,
        }
        for name, hook in hooks.items():
            self.config.when_set(name, hook)

    def _choose_backlog_size(self, size: int) -> None:
        self.replication.resize_backlog(size)
        self.output_buffer_limits.least_of_replica = size

    def _choose_level(self, level: str) -> None:
        self.logs_commands = level == "debug"
        self._show_commands()

    def _show_commands(self) -> None:
        self.shows_commands = self.logs_commands or self.watch.records_commands

    def _record_log_error(self, error: str) -> None:
        self.disk.record(log_error=error)

    def _choose_save(self, _: object) -> None:
        """A failed RDB file stops writes only if files are saved, and if the configuration says so."""
        matters = self.config["save"] and self.config["stop-writes-on-bgsave-error"]
        self.disk.record(rdb_matters=bool(matters))

    def _choose_notifications(self, letters: str) -> None:
        self.notifications.choose(letters)
        for database in self.databases:
            database.records_new_keys = self.notifications.wants("n")
            database.records_misses = self.notifications.wants("m")

    def _choose_slowlog_threshold(self, microseconds: int) -> None:
        self.slowlog.choose_threshold(microseconds)
        self.slow_ns = min(self.slowlog.from_ns, self.latency.from_ns)

    def _choose_slowlog_length(self, most: int) -> None:
        self.slowlog.choose_length(most)
        self.slow_ns = min(self.slowlog.from_ns, self.latency.from_ns)

    def _choose_latency_threshold(self, milliseconds: int) -> None:
        self.latency.threshold_ms = milliseconds
        self.slow_ns = min(self.slowlog.from_ns, self.latency.from_ns)

    def _limit_memory(self, size: int) -> None:
        self.eviction.limit(size)
        self._limit_clients(self.config["maxmemory-clients"])

    def _limit_clients(self, size: int) -> None:
        """Apply `maxmemory-clients`; a percentage is a negative number, and no limit without maxmemory."""
        maxmemory = self.config["maxmemory"]
        most = size if size >= 0 else maxmemory * -size // 100
        is_limited = size > 0 or (size < 0 and maxmemory > 0)
        self.client_memory_limit = max(most, LEAST_CLIENT_MEMORY) if is_limited else 0

    def _limit_tracking(self, most_keys: int) -> None:
        self.tracking.most_keys = most_keys
        self.tracking.keep_limit()

    def keep_expired_keys(self, _: bool = False) -> None:
        """Expired keys stay, hidden from reads, during a pause and on a replica.

        But on a replica at which clients write, the keys that they let expire do so.
        """
        is_replica = self.following is not None
        for database in self.databases:
            database.keeps_expired_keys = self.pause.is_on or is_replica
            database.expires_own_keys = is_replica and not self.config["replica-read-only"]
            if not is_replica:
                database.own_expires = Expires()

    def _choose_policy(self, name: str) -> None:
        self.eviction.choose_policy(name)
        is_lfu = name.endswith("lfu")
        if is_lfu != self.access.is_lfu:
            self.access.use_lfu(is_lfu)
            for database in self.databases:
                database.reset_access_fields()


class DebugSwitches:
    """What DEBUG has switched for a test; all of it is off at the start."""

    def __init__(self) -> None:
        self.scripts_call_anything = False  # commands with the flag noscript too
        self.cron_is_paused = False
        self.skips_checksums = False  # of RESTORE and FUNCTION RESTORE; RdbSaving has a switch of its own


class Client:
    """One client, as dispatch and the commands know it; network/connection.py has its socket."""

    def __init__(self, server: Server, id: int = 0, address: str = "", replays: bool = False) -> None:
        self.server = server
        self.id = id
        self.db = server.databases[0]
        self.protocol = 2  # RESP2, until HELLO 3
        self.user = server.users.default
        self.authenticated = server.users.default_lets_in
        self.replays = replays  # its commands come from an append-only file
        self.reply_off = False  # no reply is sent, until CLIENT REPLY ON
        self.reply_skip = 0  # bit 0: the running command gets no reply; bit 1: the next one gets none
        self.no_evict = False
        self.no_touch = False
        self.reads_replicas = False  # READONLY: a replica in a cluster may answer it
        self.asking = 0  # bit 0: ASKING came before the running command; bit 1: the next one follows it
        self.slot: int | None = None  # of the keys of the running command, in a cluster
        self.transaction = Transaction()
        self.subscriptions = Subscriptions()
        self.replica: Replica | None = None  # what it has said of itself by REPLCONF
        self.is_replica = False  # it has asked for the stream
        self.is_master = False  # it is the link to our master: its commands are those of the stream
        self.tracking: Tracked | None = None  # the options of CLIENT TRACKING, while it is on
        self.blocked: BlockedClient | None = None  # while it waits for a key, or its command is postponed
        self.is_served = False  # some thread runs its postponed command, and may release the lock meanwhile
        self.delay_sending: Callable[[], object] = bool  # gather small packets; set by its connection
        self.output_buffer = OutputBuffer(server.to_wake, server.output_buffer_limits, self.subscriptions)
        self.argv: list[bytes] = []  # the command that is running
        self.counted_bytes = 0  # the memory that it took when it was last counted (server/memory.py)
        self.logged = 0  # the log must be safe up to here before the client's replies are sent
        self.has_written = False  # a command of its has changed something since the ops were last flushed
        self.write_offset = 0  # of the stream, when a command of its had last changed something
        self.acknowledges = 0  # up to here in the log reach the changes of its own that its replies report
        self.thread = current_thread()
        self.address = address
        self.is_local = True  # it connected from this machine
        self.uses_tls = False
        self.local_address = ""
        self.descriptor = -1
        self.name = b""
        self.library = b""
        self.library_version = b""
        self.created_ns = self.active_ns = server.clock.now_ns  # active_ns: when its last command came
        self.last_command: Command | None = None
        self.query_bytes = 0  # came and is no command yet; the connection's thread counts this and the next
        self.input_bytes = 0  # ones, without the lock
        self.output_bytes = 0
        self.replication_output = 0  # those of the output bytes that were sent to a replica
        self.recorded_input, self.recorded_output = 0, 0  # these byte counts when the cron last looked
        self.reads = 0  # calls of recv on its socket
        self.writes = 0

    @property
    def is_muted(self) -> bool:
        """Whether CLIENT REPLY holds back the reply to the running command."""
        return bool(self.reply_off or self.reply_skip & 1)

    @property
    def is_restricted(self) -> bool:
        """Whether one of the CHECKS might reject a command for a reason that concerns this client alone."""
        return (
            self.transaction.queuing
            or self.output_buffer.takes_pushes  # a replica takes them too
            or not (self.authenticated and self.user.may_do_everything)
        )
