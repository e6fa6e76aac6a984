"""Commands about the server as a whole: its databases, its configuration, MONITOR, SHUTDOWN."""

from redis_clone import logging
from redis_clone.command_table.registry import command_group
from redis_clone.commands.append_only import switch_log
from redis_clone.commands.arguments import Options, int32, pairs
from redis_clone.commands.containers import container
from redis_clone.config.values import set_error
from redis_clone.features.acl.files import format_user
from redis_clone.features.blocking import Blocked
from redis_clone.protocol.errors import DB_OUT_OF_RANGE, SYNTAX, RedisError, not_in_a_cluster
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.server.checks import LOADING, allows
from redis_clone.server.shutdown import abort_shutdown, request_shutdown
from redis_clone.server.state import Client

command = command_group("server")

NO_SHUTDOWN = RedisError("ERR Errors trying to SHUTDOWN. Check logs.")

container("CONFIG", "server")


@command(
    "DBSIZE",
    arity=1,
    flags="readonly fast",
    tips="request_policy:all_shards response_policy:agg_sum",
    categories="keyspace",
)
def dbsize(client: Client) -> int:
    """Returns the number of keys in the database.

    DBSIZE
    Since 1.0.0, O(1)
    """
    return len(client.db)


@command(
    "FLUSHDB",
    arity=-1,
    flags="write",
    tips="request_policy:all_shards response_policy:all_succeeded",
    categories="keyspace dangerous",
)
def flushdb(client: Client, *mode: bytes) -> SimpleString:
    """Removes all keys of the database.

    FLUSHDB [ASYNC | SYNC]
    Since 1.0.0, O(N) where N is the number of keys.
    """
    _check_flush_mode(mode)
    client.db.clear()
    return OK


@command(
    "FLUSHALL",
    arity=-1,
    flags="write",
    tips="request_policy:all_shards response_policy:all_succeeded",
    categories="keyspace dangerous",
)
def flushall(client: Client, *mode: bytes) -> SimpleString:
    """Removes all keys of all databases.

    FLUSHALL [ASYNC | SYNC]
    Since 1.0.0, O(N) where N is the number of keys.
    """
    _check_flush_mode(mode)
    for database in client.server.databases:
        database.clear()
    client.server.rdb_saving.record_flushed()
    return OK


def _check_flush_mode(mode: tuple[bytes, ...]) -> None:
    """ASYNC and SYNC do the same here."""
    if len(mode) > 1 or (mode and mode[0].upper() not in (b"SYNC", b"ASYNC")):
        raise RedisError(SYNTAX)


@command("SWAPDB", arity=3, flags="write fast", categories="keyspace dangerous")
def swapdb(client: Client, index1: bytes, index2: bytes) -> SimpleString:
    """Swaps two databases, for all connections at once.

    SWAPDB index1 index2
    Since 4.0.0, O(N) where N is the number of watched keys.
    """
    if client.server.cluster is not None:
        raise not_in_a_cluster("SWAPDB")
    first = int32(index1, "ERR invalid first DB index")
    second = int32(index2, "ERR invalid second DB index")
    databases = client.server.databases
    if not (0 <= first < len(databases) and 0 <= second < len(databases)):
        raise RedisError(DB_OUT_OF_RANGE)
    if first == second:
        client.db.record_dirty(b"", "swapdb")  # propagated like any other, though nothing moves
    else:
        databases[first].swap(databases[second])
    return OK


@command("MONITOR", arity=1, flags="admin noscript loading stale")
def monitor(client: Client) -> SimpleString:
    """Sends this connection every command that runs from now on.

    MONITOR
    Since 1.0.0, O(N) for each command, where N is the number of monitoring clients.
    """
    client.server.monitors.add(client)
    return OK


@command("TIME", arity=1, flags="loading stale fast", tips="nondeterministic_output")
def time_(client: Client) -> list[bytes]:
    """Returns the Unix time: seconds, and microseconds of the second.

    TIME
    Since 2.6.0, O(1)
    """
    seconds, microseconds = divmod(client.server.clock.now_us, 1_000_000)
    return [b"%d" % seconds, b"%d" % microseconds]


@command("CONFIG|GET", arity=-3, flags="admin noscript loading stale")
def config_get(client: Client, *patterns: bytes) -> dict[str, bytes]:
    """Returns the parameters whose name matches one of the patterns, with their values.

    CONFIG GET parameter [parameter ...]
    Since 2.0.0, O(N) where N is the number of parameters.
    """
    return client.server.config.matching(patterns)


@command("CONFIG|REWRITE", arity=2, flags="admin noscript loading stale")
def config_rewrite(client: Client) -> SimpleString:
    """Writes the parameters as they are now into the configuration file, and leaves all else in it alone.

    CONFIG REWRITE
    Since 2.8.0, O(N) where N is the number of parameters.
    """
    if not client.server.config.file:
        raise RedisError("ERR The server is running without a config file")
    try:
        rewrite_config(client)
    except OSError as problem:
        logging.warning(f"CONFIG REWRITE failed: {problem.strerror}")
        raise RedisError(f"ERR Rewriting config file: {problem.strerror}") from None
    logging.notice("CONFIG REWRITE executed with success.")
    return OK


def rewrite_config(client: Client, defaults_too: bool = False) -> None:
    """Rewrite the configuration file; OSError when that fails."""
    from redis_clone.config.rewriting import rewrite_file  # here, because it imports tempfile and shutil

    config = client.server.config
    # With an aclfile, ACL SAVE writes the users.
    users = () if config["aclfile"] else client.server.users
    lines = [format_user(user).decode("utf-8", "surrogateescape") for user in users]
    rewrite_file(config, {"user": lines}, defaults_too)


@command(
    "CONFIG|SET",
    arity=-4,
    flags="admin noscript loading stale",
    tips="request_policy:all_nodes response_policy:all_succeeded",
)
def config_set(client: Client, *args: bytes) -> SimpleString:
    """Changes parameters, all of them or none.

    CONFIG SET parameter value [parameter value ...]
    Since 2.0.0, O(N) where N is the number of parameters.
    """
    config = client.server.config
    may_set_protected = allows(config["enable-protected-configs"], client)
    texts: dict[str, str] = {}
    if len(args) % 2:
        raise RedisError(SYNTAX)
    for name, text in pairs(args):
        shown = name.decode("latin-1")
        config.check_settable(shown, may_set_protected)
        if shown.lower() == "appendonly" and client.server.dataset.progress.is_on:
            raise RedisError(LOADING)
        if shown.lower() in texts:
            raise set_error(shown, "duplicate parameter")
        texts[shown.lower()] = text.decode("utf-8", "surrogateescape")
    config.set_all(texts)
    if "appendonly" in texts:
        switch_log(client)
    return OK


@command("CONFIG|RESETSTAT", arity=2, flags="admin noscript loading stale")
def config_resetstat(client: Client) -> SimpleString:
    """Resets the counters of INFO.

    CONFIG RESETSTAT
    Since 2.0.0, O(1)
    """
    server = client.server
    server.stats.reset(server.clients.values())
    server.command_stats.forget()
    server.expiry.reset()
    server.eviction.reset()
    server.lazyfree.reset()
    for database in server.databases:
        database.hits = database.misses = database.expired = 0
    return OK


@command("SHUTDOWN", arity=-1, flags="admin noscript loading stale no_multi allow_busy")
def shutdown(client: Client, *args: bytes) -> Blocked | SimpleString:
    """Ends the server, after a last save if save points are configured or SAVE is given.

    SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
    Since 1.0.0, O(1)
    """
    given = _shutdown_words(args)
    if "busy" in client.server.restrictions and b"NOSAVE" not in given:
        raise RedisError(client.server.busy)
    if b"ABORT" in given:
        if not abort_shutdown(client.server):
            raise RedisError("ERR No shutdown in progress.")
        return OK
    wanted = True if b"SAVE" in given else False if b"NOSAVE" in given else None
    shutdown = request_shutdown(client.server, wanted, force=b"FORCE" in given, now=b"NOW" in given)
    if shutdown.has_failed:
        raise NO_SHUTDOWN
    # Until its connection is closed, after the sockets that listen; or until the shutdown has failed.
    return Blocked((), object, 0, poll=lambda time_is_up: NO_SHUTDOWN if shutdown.has_failed else None)


def _shutdown_words(args: tuple[bytes, ...]) -> set[bytes]:
    given: set[bytes] = set()
    options = Options(args)
    while options:
        word = options.word()
        if word not in (b"NOSAVE", b"SAVE", b"NOW", b"FORCE", b"ABORT"):
            raise options.error()
        given.add(word)
    if {b"SAVE", b"NOSAVE"} <= given or (b"ABORT" in given and len(given) > 1):
        raise options.error()
    return given
