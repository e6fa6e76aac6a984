"""What a server and a client consist of.  No behaviour: that is the commands', the features' and dispatch's.

A feature is handed the parts it needs and never the server, so each can be built alone in a test.  What a
feature keeps for each client is one object of that feature's.
"""

import itertools
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from random import Random
from threading import Lock, Thread, current_thread
from typing import Any

from redis_clone import logging
from redis_clone.acl.denials import Denials
from redis_clone.acl.users import User, Users
from redis_clone.blocking import Waiter, WaitingRoom
from redis_clone.cache.dismantling import Remains
from redis_clone.cache.eviction import Eviction
from redis_clone.cache.expiry import ExpiryCycle
from redis_clone.cache.uses import Uses
from redis_clone.clock import Clock
from redis_clone.config.values import Config, change_directory
from redis_clone.monitoring.commandstats import CommandStats
from redis_clone.monitoring.latency import LatencyMonitor
from redis_clone.monitoring.monitor import Monitors
from redis_clone.monitoring.slowlog import SlowLog
from redis_clone.monitoring.stats import Stats
from redis_clone.notifications import Notifications
from redis_clone.outbox import Outbox, SendLimits
from redis_clone.pause import Pause
from redis_clone.persistence.aof_log import Log
from redis_clone.persistence.rewrites import Rewrites
from redis_clone.persistence.saves import Disk, Saves
from redis_clone.propagation import Propagation
from redis_clone.protocol.resp import Limits
from redis_clone.pubsub import PubSub, Subscriptions
from redis_clone.registry import Command
from redis_clone.scripting.scripting import Scripting
from redis_clone.storage.database import Database
from redis_clone.storage.keyspace import Change
from redis_clone.tracking import Tracked, Tracking
from redis_clone.transactions import Transaction


@dataclass(eq=False)
class Server:
    """The parts."""

    config: Config = field(default_factory=Config)
    clock: Clock = field(default_factory=Clock)
    lock: Lock = field(default_factory=Lock)  # guards everything below; taken in turns.py and locking.py
    random: Random = field(default_factory=Random)
    changes: list[Change] = field(default_factory=list)  # of the command at hand
    databases: list[Database] = field(init=False)
    uses: Uses = field(init=False)
    eviction: Eviction = field(init=False)
    expiry: ExpiryCycle = field(default_factory=ExpiryCycle)
    remains: Remains = field(default_factory=Remains)
    memory_peak: int = 0  # bytes, the most that used_memory ever was
    clients: "dict[int, Client]" = field(default_factory=dict)  # by their id, oldest first
    client_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    to_wake: list[Outbox] = field(default_factory=list)  # rung when the lock is released
    waiting: WaitingRoom = field(default_factory=WaitingRoom)
    propagation: Propagation = field(default_factory=Propagation)
    pause: Pause = field(init=False)
    tracking: Tracking = field(init=False)
    monitors: Monitors = field(default_factory=Monitors)
    pubsub: PubSub = field(default_factory=PubSub)
    notifications: Notifications = field(init=False)
    send_limits: SendLimits = field(init=False)
    saves: Saves = field(init=False)
    disk: Disk = field(default_factory=Disk)  # why nothing may be written, if so
    log: Log = field(init=False)  # the append-only file
    rewrites: Rewrites = field(default_factory=Rewrites)
    users: Users = field(default_factory=Users)
    denials: Denials = field(default_factory=Denials)
    scripting: Scripting = field(default_factory=Scripting)
    busy: str = ""  # while a script that runs for long lets others in: what they are told
    limits: Limits = field(default_factory=Limits)
    stats: Stats = field(default_factory=Stats)
    command_stats: CommandStats = field(default_factory=CommandStats)
    slowlog: SlowLog = field(init=False)
    latency: LatencyMonitor = field(init=False)
    slow_ns: float = math.inf  # the least that one of these two asks about: all that a fast command looks at
    stop_requests: "SimpleQueue[str]" = field(default_factory=SimpleQueue)  # the main thread waits on it
    run_id: str = field(default_factory=lambda: secrets.token_hex(20))
    start_ms: int = field(init=False)
    port: int = 0  # that we listen on, once we do
    closing: bool = False  # the end has begun, so nobody is let in
    shows_commands: bool = False  # on the log, one by one: loglevel debug
    shows_bytes: bool = False  # as they came and went: trace

    def __post_init__(self) -> None:
        count = self.config["databases"]
        self.uses = Uses(self.random, self.clock.now_ms)
        self.eviction = Eviction(self.uses, self.random)
        self.databases = [
            Database(index, self.clock, self.changes, self.uses, self.remains) for index in range(count)
        ]
        self.notifications = Notifications(self.pubsub.publish)
        self.slowlog = SlowLog(self.clock)
        self.latency = LatencyMonitor(self.clock)
        self.pause = Pause(self._keep_due_keys)
        self.tracking = Tracking(self.clients)
        self.send_limits = SendLimits(self.clock)
        self.start_ms = self.clock.now_ms
        self.saves = Saves(last_s=self.start_ms // 1000)
        self.log = Log(self.clock, lambda error: self.disk.note(log_error=error), self.stop_requests.put)
        self._apply_configuration()

    def _apply_configuration(self) -> None:
        """What CONFIG SET reaches, besides the value itself."""
        hooks: dict[str, Callable[[Any], None]] = {
            "aof-timestamp-enabled": lambda wanted: setattr(self.log, "stamps", wanted),
            "appendfsync": self.log.choose_policy,
            "acl-pubsub-default": lambda rule: setattr(self.users, "all_channels", rule == "allchannels"),
            "acllog-max-len": lambda most: setattr(self.denials, "most", most),
            "client-output-buffer-limit": self.send_limits.set,
            "client-query-buffer-limit": lambda size: setattr(self.limits, "command_bytes", size),
            "dir": change_directory,
            "latency-monitor-threshold": self._choose_latency_threshold,
            "latency-tracking": self._choose_latency_tracking,
            "lazyfree-lazy-expire": lambda lazily: setattr(self.propagation, "removes_lazily", lazily),
            "lfu-decay-time": lambda minutes: setattr(self.uses, "decay_minutes", minutes),
            "lfu-log-factor": lambda factor: setattr(self.uses, "log_factor", factor),
            "loglevel": self._set_log_level,
            "maxmemory": self.eviction.limit,
            "maxmemory-eviction-tenacity": lambda tenacity: setattr(self.eviction, "tenacity", tenacity),
            "maxmemory-policy": self._choose_policy,
            "maxmemory-samples": lambda count: setattr(self.eviction, "samples", count),
            "notify-keyspace-events": self._choose_notifications,
            "proto-max-bulk-len": lambda size: setattr(self.limits, "bulk_bytes", size),
            "save": self._weigh_saving,
            "stop-writes-on-bgsave-error": self._weigh_saving,
            "requirepass": self.users.set_default_password,
            "slowlog-log-slower-than": self._choose_slowlog_threshold,
            "slowlog-max-len": self._choose_slowlog_length,
            "trace": lambda wanted: setattr(self, "shows_bytes", wanted),
            "tracking-table-max-keys": self._limit_tracking,
        }
        for name, hook in hooks.items():
            self.config.when_set(name, hook)

    def _weigh_saving(self, _: object) -> None:
        matters = self.config["save"] and self.config["stop-writes-on-bgsave-error"]
        self.disk.note(rdb_matters=bool(matters))

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

    def _choose_latency_tracking(self, tracks: bool) -> None:
        self.command_stats.tracks_latency = tracks

    def _limit_tracking(self, most_keys: int) -> None:
        self.tracking.most_keys = most_keys
        self.tracking.keep_limit()

    def _keep_due_keys(self, pausing: bool) -> None:
        for database in self.databases:
            database.keeps_due_keys = pausing

    def _choose_policy(self, name: str) -> None:
        self.eviction.choose_policy(name)
        counts_uses = name.endswith("lfu")
        if counts_uses != self.uses.are_counted:
            self.uses.count_them(counts_uses)
            for database in self.databases:
                database.forget_uses()

    def _set_log_level(self, level: str) -> None:
        logging.set_level(level)
        self.shows_commands = level == "debug"


@dataclass(eq=False)
class Client:
    """One connection, as the commands know it."""

    server: Server
    id: int = 0
    db: Database = field(init=False)
    protocol: int = 2  # RESP2, until HELLO 3
    user: User = field(init=False)
    authenticated: bool = field(init=False)
    replays: bool = False  # what it says was done before: an append-only file that is read
    silent: int = 0  # how many replies are not sent, this one included; negative: all, until CLIENT REPLY ON
    no_evict: bool = False
    no_touch: bool = False
    transaction: Transaction = field(default_factory=Transaction)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    tracking: Tracked | None = None  # what it wants to hear of, for its cache
    waiter: Waiter | None = None  # while it waits for a key, or for the end of a pause
    outbox: Outbox = field(init=False)
    logged: int = 0  # how far the log must be safe before our replies may leave
    thread: Thread = field(default_factory=current_thread)
    address: str = ""
    is_local: bool = True  # it came from this machine
    local_address: str = ""
    descriptor: int = -1
    name: bytes = b""
    library: bytes = b""
    library_version: bytes = b""
    created_ns: int = field(init=False)
    active_ns: int = field(init=False)  # when its last command came
    moved_bytes: int = 0  # input and output together, when the cron last looked
    last_command: Command | None = None
    input_bytes: int = 0
    output_bytes: int = 0
    reads: int = 0  # from its socket
    writes: int = 0

    def __post_init__(self) -> None:
        self.db = self.server.databases[0]
        self.user = self.server.users.default
        self.authenticated = self.server.users.default_lets_in
        self.outbox = Outbox(self.server.to_wake, self.server.send_limits, self.subscriptions)
        self.created_ns = self.active_ns = self.server.clock.now_ns
