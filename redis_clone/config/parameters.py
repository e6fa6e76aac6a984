"""The table of all parameters of redis.conf, by topic.

A Parameter has a name, a default, a kind of value, and marks for what may be done with it.  All parameters of
Redis 7.2 are here, because clients ask for them and configuration files set them:

  * most of them work;
  * `idle` ones are known and stored, but nothing here reads them: they are about memory allocators, child
    processes and other things that a server in Python does not have, or about features that do not exist yet;
  * `only` ones accept no value but the default so far: any other would be a promise that we break.

The hooks that apply parameters whose values are not simply read when needed are in server/state.py.
"""

from typing import NamedTuple

from redis_clone.config.kinds import (
    Choice,
    CpuList,
    EventLetters,
    Folder,
    Hertz,
    Integer,
    Kind,
    Memory,
    MemoryOrPercent,
    Octal,
    Rule,
    RuledText,
    Text,
    YesNo,
)
from redis_clone.config.word_kinds import (
    BufferLimits,
    Choices,
    MasterAddress,
    OomScores,
    Percentiles,
    SavePoints,
    Words,
)


class Parameter(NamedTuple):
    """One parameter.

    `alias`: its old name.  `fixed`: settable only at the start.  `protected`: settable only at the start too,
    unless enable-protected-configs allows it later.  `only`: no value but the default works here.  `idle`:
    any value is accepted, and none has an effect.  `hidden`: CONFIG GET shows it only by its full name.
    """

    name: str
    default: str
    kind: Kind
    alias: str = ""
    fixed: bool = False
    protected: bool = False
    only: bool = False
    idle: bool = False
    hidden: bool = False


UNSIGNED = 2**64 - 1
HUGE = 2**63 - 1
INT = 2**31 - 1
LEVELS = ("debug", "verbose", "notice", "warning", "nothing")
POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip
FACILITIES = ("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7")
PROTECTED_ACTION = Choice(("no", "yes", "local"))
AT_SHUTDOWN = Choices(("default", "save", "nosave", "now", "force"))
HOST_NAME = RuledText(
    (
        Rule(r".{0,255}", "Hostnames must be less than 256 characters"),
        Rule(r"[A-Za-z0-9.-]*", "Hostnames may only contain alphanumeric characters, hyphens or dots"),
    )
)
NODE_NAME = RuledText(
    (Rule(r"[^!#$%&()*+:;<>?@\[\]^{|}~]*", "Announced human node name contained invalid character"),)
)
PROCESS_TITLE = RuledText(
    (
        Rule(
            r"(?!(\{title\}|\{unixsocket\}|\{config-file\})*\Z)"  # these may all be empty
            r"([^{]|\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\})*",
            "template format is invalid or contains unknown variables",
        ),
    )
)


def _base_name(name: str, what: str, may_be_empty: bool = False) -> RuledText:
    """The kind of a file's name in `dir`, without a path."""
    not_empty = Rule(r".+", f"{name} can't be empty")
    no_path = Rule(r"[^/\\]*", f"{name} can't be a path, just a {what}")
    return RuledText((no_path,) if may_be_empty else (not_empty, no_path))


NETWORK = (
    # Redis itself listens everywhere, and only protected-mode keeps strangers out.
    Parameter("bind", "127.0.0.1", Words(), fixed=True),
    Parameter("bind-source-addr", "", Text(), idle=True),
    Parameter("port", "6379", Integer(0, 65535), fixed=True),
    Parameter("protected-mode", "yes", YesNo()),
    Parameter("socket-mark-id", "0", Integer(0, 2**32 - 1), fixed=True, idle=True),
    Parameter("tcp-backlog", "511", Integer(0, INT), fixed=True),
    Parameter("tcp-keepalive", "300", Integer(0, INT)),
    Parameter("timeout", "0", Integer(0, INT)),
    Parameter("unixsocket", "", Text(), fixed=True),
    Parameter("unixsocketperm", "0", Octal(0, 0o777), fixed=True),
)

CLIENTS = (
    Parameter("client-output-buffer-limit",
              "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60", BufferLimits()),
    Parameter("client-query-buffer-limit", "1gb", Memory(1024**2, HUGE)),
    Parameter("maxclients", "10000", Integer(1, 2**32 - 1)),
    Parameter("maxmemory-clients", "0", MemoryOrPercent(-100, HUGE)),
    Parameter("proto-max-bulk-len", "512mb", Memory(1024**2, HUGE)),
    Parameter("tracking-table-max-keys", "1000000", Integer(0, HUGE)),
)  # fmt: skip

TLS = (
    Parameter("tls-port", "0", Integer(0, 65535), fixed=True),
    Parameter("tls-auth-clients", "yes", Choice(("no", "yes", "optional"))),
    Parameter("tls-ca-cert-dir", "", Text()),
    Parameter("tls-ca-cert-file", "", Text()),
    Parameter("tls-cert-file", "", Text()),
    Parameter("tls-ciphers", "", Text()),
    Parameter("tls-ciphersuites", "", Text(), idle=True),
    Parameter("tls-client-cert-file", "", Text()),
    Parameter("tls-client-key-file", "", Text()),
    Parameter("tls-client-key-file-pass", "", Text()),
    Parameter("tls-cluster", "no", YesNo()),
    Parameter("tls-dh-params-file", "", Text()),
    Parameter("tls-key-file", "", Text()),
    Parameter("tls-key-file-pass", "", Text()),
    Parameter("tls-prefer-server-ciphers", "no", YesNo()),
    Parameter("tls-protocols", "", Text()),
    Parameter("tls-replication", "no", YesNo()),
    Parameter("tls-session-cache-size", "20480", Integer(0, INT), idle=True),
    Parameter("tls-session-cache-timeout", "300", Integer(0, INT), idle=True),
    Parameter("tls-session-caching", "yes", YesNo()),
)

ACCESS = (
    Parameter("acl-pubsub-default", "resetchannels", Choice(("allchannels", "resetchannels"))),
    Parameter("aclfile", "", Text(), fixed=True),
    Parameter("acllog-max-len", "128", Integer(0, HUGE)),
    Parameter("enable-debug-command", "no", PROTECTED_ACTION, fixed=True),
    Parameter("enable-module-command", "no", PROTECTED_ACTION, fixed=True),
    Parameter("enable-protected-configs", "no", PROTECTED_ACTION, fixed=True),
    Parameter("requirepass", "", Text()),
)

PROCESS = (
    Parameter("always-show-logo", "no", YesNo(), fixed=True),
    Parameter("aof_rewrite_cpulist", "", CpuList(), fixed=True, idle=True),
    Parameter("bgsave_cpulist", "", CpuList(), fixed=True, idle=True),
    Parameter("bio_cpulist", "", CpuList(), fixed=True, idle=True),
    Parameter("daemonize", "no", YesNo(), fixed=True),
    Parameter("databases", "16", Integer(1, INT), fixed=True),
    Parameter("dir", ".", Folder(), protected=True),
    Parameter("disable-thp", "yes", YesNo(), fixed=True, idle=True),
    Parameter("dynamic-hz", "yes", YesNo()),
    Parameter("hz", "10", Hertz(0, INT)),
    Parameter("ignore-warnings", "", Text(), idle=True),
    Parameter("io-threads", "1", Integer(1, 128), fixed=True, idle=True),
    Parameter("io-threads-do-reads", "no", YesNo(), fixed=True, idle=True),
    Parameter("locale-collate", "", Text(), idle=True),
    Parameter("oom-score-adj", "no",
              Choice(("no", "yes", "relative", "absolute"), same=(("relative", "yes"),))),
    Parameter("oom-score-adj-values", "0 200 800", OomScores()),
    Parameter("pidfile", "", Text(), fixed=True),
    Parameter("proc-title-template", "{title} {listen-addr} {server-mode}", PROCESS_TITLE, idle=True),
    Parameter("server_cpulist", "", CpuList(), fixed=True),
    Parameter("set-proc-title", "yes", YesNo(), fixed=True, idle=True),
    Parameter("single-core", "yes", YesNo(), fixed=True),  # ours: see network/cores.py
    Parameter("shutdown-on-sigint", "default", AT_SHUTDOWN),
    Parameter("shutdown-on-sigterm", "default", AT_SHUTDOWN),
    Parameter("shutdown-timeout", "10", Integer(0, INT)),
    Parameter("supervised", "no", Choice(("upstart", "systemd", "auto", "no")), fixed=True),
    Parameter("use-exit-on-panic", "no", YesNo(), idle=True, hidden=True),
    Parameter("watchdog-period", "0", Integer(0, INT), idle=True, hidden=True),
)  # fmt: skip

LOG = (
    Parameter("crash-log-enabled", "yes", YesNo(), idle=True),
    Parameter("crash-memcheck-enabled", "yes", YesNo(), idle=True),
    Parameter("logfile", "", Text(), fixed=True),
    Parameter("loglevel", "notice", Choice(LEVELS)),
    Parameter("syslog-enabled", "no", YesNo(), fixed=True),
    Parameter("syslog-facility", "local0", Choice(FACILITIES), fixed=True),
    Parameter("syslog-ident", "redis", Text(), fixed=True),
    Parameter("trace", "no", YesNo()),  # ours: show the bytes of every connection on the terminal
)

MONITORING = (
    Parameter("latency-monitor-threshold", "0", Integer(0, HUGE)),
    Parameter("latency-tracking", "yes", YesNo()),
    Parameter("latency-tracking-info-percentiles", "50 99 99.9", Percentiles()),
    Parameter("notify-keyspace-events", "", EventLetters("g$lshzxetdnKEm", all="g$lshzxetd")),
    # Ours: the page that shows the server at work, its address, and the secret that opens it.
    Parameter("page", "0", Integer(0, 65535), fixed=True),
    Parameter("page-bind", "127.0.0.1", Text(), fixed=True),
    Parameter("page-token", "", Text(), fixed=True),
    Parameter("slowlog-log-slower-than", "10000", Integer(-1, HUGE)),
    Parameter("slowlog-max-len", "128", Integer(0, HUGE)),
)

SNAPSHOTS = (
    Parameter("dbfilename", "dump.rdb", _base_name("dbfilename", "filename", may_be_empty=True),
              protected=True),
    Parameter("rdb-del-sync-files", "no", YesNo(), idle=True),
    Parameter("rdb-key-save-delay", "0", Integer(-INT - 1, INT), hidden=True),
    Parameter("rdb-save-incremental-fsync", "yes", YesNo()),
    Parameter("rdbchecksum", "yes", YesNo(), fixed=True),
    Parameter("rdbcompression", "yes", YesNo()),
    Parameter("sanitize-dump-payload", "no", Choice(("no", "yes", "clients")), idle=True),
    Parameter("save", "3600 1 300 100 60 10000", SavePoints()),
    Parameter("stop-writes-on-bgsave-error", "yes", YesNo()),
)  # fmt: skip

APPEND_ONLY_FILE = (
    Parameter("aof-disable-auto-gc", "no", YesNo(), hidden=True),
    Parameter("aof-load-truncated", "yes", YesNo()),
    Parameter("aof-rewrite-incremental-fsync", "yes", YesNo()),
    Parameter("aof-timestamp-enabled", "no", YesNo()),
    Parameter("aof-use-rdb-preamble", "yes", YesNo()),
    Parameter("appenddirname", "appendonlydir", _base_name("appenddirname", "dirname"),
              fixed=True),
    Parameter("appendfilename", "appendonly.aof", _base_name("appendfilename", "filename"),
              fixed=True),
    Parameter("appendfsync", "everysec", Choice(("everysec", "always", "no"))),
    Parameter("appendonly", "no", YesNo()),
    Parameter("auto-aof-rewrite-min-size", "64mb", Memory(0, HUGE)),
    Parameter("auto-aof-rewrite-percentage", "100", Integer(0, INT)),
    Parameter("key-load-delay", "0", Integer(-INT - 1, INT), hidden=True),
    Parameter("loading-process-events-interval-bytes", "2097152", Integer(1024, INT), hidden=True),
    Parameter("no-appendfsync-on-rewrite", "no", YesNo()),
)  # fmt: skip

CACHE = (
    Parameter("active-expire-effort", "1", Integer(1, 10)),
    Parameter("lazyfree-lazy-eviction", "no", YesNo(), idle=True),
    Parameter("lazyfree-lazy-expire", "no", YesNo()),
    Parameter("lazyfree-lazy-server-del", "no", YesNo(), idle=True),
    Parameter("lazyfree-lazy-user-del", "no", YesNo(), idle=True),
    Parameter("lazyfree-lazy-user-flush", "no", YesNo(), idle=True),
    Parameter("lfu-decay-time", "1", Integer(0, INT)),
    Parameter("lfu-log-factor", "10", Integer(0, INT)),
    Parameter("maxmemory", "0", Memory(0, UNSIGNED)),
    Parameter("maxmemory-eviction-tenacity", "10", Integer(0, 100)),
    Parameter("maxmemory-policy", "noeviction", Choice(POLICIES)),
    Parameter("maxmemory-samples", "5", Integer(1, INT)),
)

ENCODINGS = (
    Parameter("hash-max-listpack-entries", "512", Integer(0, HUGE), alias="hash-max-ziplist-entries"),
    Parameter("hash-max-listpack-value", "64", Memory(0, HUGE), alias="hash-max-ziplist-value"),
    Parameter("hll-sparse-max-bytes", "3000", Memory(0, HUGE)),
    Parameter("list-compress-depth", "0", Integer(0, INT), idle=True),
    Parameter("list-max-listpack-size", "-2", Integer(-INT - 1, INT), alias="list-max-ziplist-size"),
    Parameter("set-max-intset-entries", "512", Integer(0, HUGE)),
    Parameter("set-max-listpack-entries", "128", Integer(0, HUGE)),
    Parameter("set-max-listpack-value", "64", Integer(0, HUGE)),
    Parameter("stream-node-max-bytes", "4096", Memory(0, HUGE)),
    Parameter("stream-node-max-entries", "100", Integer(0, HUGE)),
    Parameter("zset-max-listpack-entries", "128", Integer(0, HUGE), alias="zset-max-ziplist-entries"),
    Parameter("zset-max-listpack-value", "64", Memory(0, HUGE), alias="zset-max-ziplist-value"),
)

ALLOCATOR = (  # ours is Python's, so none of these works
    Parameter("active-defrag-cycle-max", "25", Integer(1, 99), idle=True),
    Parameter("active-defrag-cycle-min", "1", Integer(1, 99), idle=True),
    Parameter("active-defrag-ignore-bytes", "100mb", Memory(1, HUGE), idle=True),
    Parameter("active-defrag-max-scan-fields", "1000", Integer(1, HUGE), idle=True),
    Parameter("active-defrag-threshold-lower", "10", Integer(0, 1000), idle=True),
    Parameter("active-defrag-threshold-upper", "100", Integer(0, 1000), idle=True),
    Parameter("activedefrag", "no", YesNo(), only=True),
    Parameter("activerehashing", "yes", YesNo(), idle=True),
    Parameter("jemalloc-bg-thread", "yes", YesNo(), idle=True),
)

SCRIPTING = (Parameter("busy-reply-threshold", "5000", Integer(0, HUGE), alias="lua-time-limit"),)

REPLICATION = (
    Parameter("masterauth", "", Text()),
    Parameter("masteruser", "", Text()),
    Parameter("min-replicas-max-lag", "10", Integer(0, INT), alias="min-slaves-max-lag"),
    Parameter("min-replicas-to-write", "0", Integer(0, INT), alias="min-slaves-to-write"),
    Parameter("propagation-error-behavior", "ignore",
              Choice(("ignore", "panic", "panic-on-replicas"))),
    Parameter("repl-backlog-size", "1mb", Memory(1, HUGE, least=16 * 1024)),
    Parameter("repl-backlog-ttl", "3600", Integer(0, HUGE)),
    Parameter("repl-disable-tcp-nodelay", "no", YesNo()),
    Parameter("repl-diskless-load", "disabled", Choice(("disabled", "on-empty-db", "swapdb"))),
    Parameter("repl-diskless-sync", "yes", YesNo()),
    Parameter("repl-diskless-sync-delay", "5", Integer(0, INT)),
    Parameter("repl-diskless-sync-max-replicas", "0", Integer(0, INT)),
    Parameter("repl-ping-replica-period", "10", Integer(1, INT), alias="repl-ping-slave-period"),
    Parameter("repl-timeout", "60", Integer(1, INT)),
    Parameter("replica-announce-ip", "", Text(), alias="slave-announce-ip"),
    Parameter("replica-announce-port", "0", Integer(0, 65535), alias="slave-announce-port"),
    Parameter("replica-announced", "yes", YesNo()),
    Parameter("replica-ignore-disk-write-errors", "no", YesNo()),
    Parameter("replica-ignore-maxmemory", "yes", YesNo(), alias="slave-ignore-maxmemory"),
    Parameter("replica-lazy-flush", "no", YesNo(), alias="slave-lazy-flush", idle=True),
    Parameter("replica-priority", "100", Integer(0, INT), alias="slave-priority"),
    Parameter("replica-read-only", "yes", YesNo(), alias="slave-read-only"),
    Parameter("replica-serve-stale-data", "yes", YesNo(), alias="slave-serve-stale-data"),
    Parameter("replicaof", "", MasterAddress(), alias="slaveof", fixed=True),
)  # fmt: skip

CLUSTER = (
    Parameter("cluster-allow-pubsubshard-when-down", "yes", YesNo()),
    Parameter("cluster-allow-reads-when-down", "no", YesNo()),
    Parameter("cluster-allow-replica-migration", "yes", YesNo()),
    Parameter("cluster-announce-bus-port", "0", Integer(0, 65535)),
    Parameter("cluster-announce-hostname", "", HOST_NAME),
    Parameter("cluster-announce-human-nodename", "", NODE_NAME),
    Parameter("cluster-announce-ip", "", Text()),
    Parameter("cluster-announce-port", "0", Integer(0, 65535)),
    Parameter("cluster-announce-tls-port", "0", Integer(0, 65535)),
    Parameter("cluster-config-file", "nodes.conf", Text(), fixed=True),
    Parameter("cluster-enabled", "no", YesNo(), fixed=True),
    Parameter("cluster-link-sendbuf-limit", "0", Memory(0, UNSIGNED)),
    Parameter("cluster-migration-barrier", "1", Integer(0, INT)),
    Parameter("cluster-node-timeout", "15000", Integer(0, HUGE)),
    Parameter("cluster-ping-interval", "0", Integer(0, INT), hidden=True),
    Parameter("cluster-port", "0", Integer(0, 65535), fixed=True),
    Parameter("cluster-preferred-endpoint-type", "ip",
              Choice(("ip", "hostname", "unknown-endpoint"))),
    Parameter("cluster-replica-no-failover", "no", YesNo(), alias="cluster-slave-no-failover"),
    Parameter("cluster-replica-validity-factor", "10", Integer(0, INT),
              alias="cluster-slave-validity-factor"),
    Parameter("cluster-require-full-coverage", "yes", YesNo()),
)  # fmt: skip

TOPICS = (
    NETWORK, CLIENTS, TLS, ACCESS, PROCESS, LOG, MONITORING, SNAPSHOTS, APPEND_ONLY_FILE, CACHE, ENCODINGS,
    ALLOCATOR, SCRIPTING, REPLICATION, CLUSTER,
)  # fmt: skip

PARAMETERS = {parameter.name: parameter for topic in TOPICS for parameter in topic}
PARAMETERS |= {parameter.alias: parameter for parameter in PARAMETERS.values() if parameter.alias}
