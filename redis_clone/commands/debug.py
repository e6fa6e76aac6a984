"""DEBUG: for tests only.  Its subcommands are not in the command table; in Redis they are not either."""

import contextlib
import errno
import math
import os
import time
from collections.abc import Callable
from typing import Any

from redis_clone import logging
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer, positive
from redis_clone.commands.server import rewrite_config
from redis_clone.config.kinds import memory_size
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.features.persistence.rdb_values import write_value
from redis_clone.features.scripting.shebang import read_library
from redis_clone.protocol.errors import NO_SUCH_KEY, RedisError, unknown_subcommand
from redis_clone.protocol.replies import (
    OK,
    Attributed,
    BigNumber,
    Members,
    Push,
    Replies,
    Reply,
    SimpleString,
    Verbatim,
)
from redis_clone.server.checks import LOADING, require_enabled
from redis_clone.server.loading import reload_append_only_file, reload_rdb_file
from redis_clone.server.state import Client
from redis_clone.storage.encodings import encoding_of, reference_count
from redis_clone.structures.glob import compiled
from redis_clone.structures.numbers import atoi, parse_double

command = command_group("server")

CANNOT_RELOAD = "ERR Error trying to load the RDB dump, check server logs."
PATTERNS_TO_TEST = 1000
LARGEST_THRESHOLD = 2**32 - 2**20  # of a node of a quicklist, in bytes


@command("DEBUG", arity=-2, flags="admin noscript loading stale")
def debug(client: Client, subcommand: bytes, *args: bytes) -> Reply:
    """Inspects and disturbs the server, for tests.

    DEBUG subcommand [argument [argument ...]]
    Since 1.0.0, Depends on the subcommand.
    """
    require_enabled(client, "DEBUG")
    function, fewest, most = SUBCOMMANDS.get(subcommand.upper(), (None, 0, 0))
    if function is None or not fewest <= len(args) <= most:
        raise _unknown(subcommand)
    return function(client, *args)


def _unknown(subcommand: bytes) -> RedisError:
    return unknown_subcommand("DEBUG", subcommand, " or wrong number of arguments for")


def _sleep(client: Client, seconds: bytes) -> SimpleString:
    """SLEEP <seconds>: stop the whole server for a while, under the lock on purpose."""
    # Redis reads it with strtod, which takes a word for 0; a time too long for the system is not slept.
    with contextlib.suppress(ValueError, OverflowError):
        time.sleep(max(parse_double(seconds), 0))
    return OK


def _load_append_only_file(client: Client) -> SimpleString:
    """LOADAOF: forget all data, and read the append-only file instead."""
    try:
        reload_append_only_file(client)
    except CannotLoad as problem:
        logging.warning(str(problem))
        raise RedisError("ERR Error trying to load the AOF, check server logs.") from None
    return OK


def _digest(client: Client) -> SimpleString:
    """DIGEST: one hash of all data; servers with the same data have the same."""
    from redis_clone.storage.digest import digest_of_all  # here, because hashlib loads OpenSSL

    return SimpleString(digest_of_all(client.server.databases))


def _digest_value(client: Client, *keys: bytes) -> list[SimpleString]:
    """DIGEST-VALUE <key> [<key> ...]: a hash of each of these values."""
    from redis_clone.storage.digest import digest_of_value

    return [SimpleString(digest_of_value(client.db, key)) for key in keys]


def _error(client: Client, text: bytes) -> RedisError:
    """ERROR <string>: answer with an error of that text."""
    return RedisError(text.decode("latin-1"))


def _log(client: Client, message: bytes) -> SimpleString:
    """LOG <message>: write a message to the log."""
    logging.warning(f"DEBUG LOG: {message.decode('latin-1')}")
    return OK


def _protocol(client: Client, kind: bytes) -> Reply:
    """PROTOCOL <type>: answer with a value of that type, to test a client; an unknown type names them."""
    name = kind.decode("latin-1").lower()
    if name not in SPECIMENS:
        raise RedisError(
            f"ERR Wrong protocol type name. Please use one of the following: {'|'.join(SPECIMENS)}"
        )
    if name == "push" and client.protocol == 2:  # where it would look like any other reply
        raise RedisError("ERR RESP2 is not supported by this command")
    return SPECIMENS[name]


SPECIMENS: dict[str, Reply] = {
    "string": b"Hello World",
    "integer": 12345,
    "double": 3.141,
    "bignum": BigNumber(1234567999999999999999999999999999999),
    "null": None,
    "array": [0, 1, 2],
    "set": Members([0, 1, 2]),
    "map": {0: False, 1: True, 2: False},
    "attrib": Attributed({b"key-popularity": [b"key:123", 90]}, b"Some real reply following the attribute"),
    "push": Replies([Push([b"server-cpu-usage", 42]), b"Some real reply following the push reply"]),
    "verbatim": Verbatim(b"This is a verbatim\nstring"),
    "true": True,
    "false": False,
}


def _object(client: Client, key: bytes) -> SimpleString:
    """OBJECT <key>: the encoding of a value, and when it was last used."""
    value = client.db.stored(key)
    if value is None:
        raise RedisError(NO_SUCH_KEY)
    field, access = client.db.access_field(key), client.server.access
    seconds = field // 1000
    return SimpleString(
        f"Value at:{id(value):#x} refcount:{reference_count(value, client.server.config)} "
        f"encoding:{encoding_of(value, client.server.config)} serializedlength:{len(write_value(value)[1])} "
        f"lru:{seconds % 2**24} lru_seconds_idle:{access.idle_ms(field) // 1000}"
    )


def _set_active_expire(client: Client, switch: bytes) -> SimpleString:
    """SET-ACTIVE-EXPIRE <0|1>: whether expired keys are deleted in the background, or only when accessed."""
    client.server.expiry.is_active = _is_on(switch)
    return OK


def _reload(client: Client, *args: bytes) -> SimpleString:
    """RELOAD [MERGE] [NOFLUSH] [NOSAVE]: save the data to the file, forget them, and load them from there."""
    given = {word.upper() for word in args}
    if not given <= {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
        raise RedisError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    if client.server.dataset.progress.is_on:
        raise RedisError(LOADING)  # the real one saves what there is so far, and replaces the file by it
    if b"NOSAVE" not in given and not client.server.rdb_saving.save():
        raise RedisError("ERR")
    flush, merge = b"NOFLUSH" not in given, b"MERGE" in given
    libraries = [] if flush else client.server.dataset.libraries
    if not reload_rdb_file(client, flush, merge):
        raise RedisError(CANNOT_RELOAD)
    _merge_libraries(client, libraries, merge)
    return OK


def _merge_libraries(client: Client, before: list[bytes], may_replace: bool) -> None:
    """Keep the libraries that were there before a reload; those of the file come on top."""
    dataset = client.server.dataset
    kept = {read_library(code).name: code for code in before}
    loaded = {read_library(code).name: code for code in dataset.libraries}
    dataset.libraries = list({**kept, **loaded}.values())
    if kept.keys() & loaded.keys() and not may_replace:
        raise RedisError(CANNOT_RELOAD)


def _set_skip_checksum_validation(client: Client, switch: bytes) -> SimpleString:
    """SET-SKIP-CHECKSUM-VALIDATION <0|1>: whether RDB files and RESTORE may have a wrong checksum."""
    client.server.debug.skips_checksums = client.server.rdb_saving.skips_checksums = _is_on(switch)
    return OK


def _set_disable_deny_scripts(client: Client, switch: bytes) -> SimpleString:
    """SET-DISABLE-DENY-SCRIPTS <0|1>: whether scripts may call the commands that are denied to them."""
    client.server.debug.scripts_call_anything = _is_on(switch)
    return OK


def _pause_cron(client: Client, switch: bytes) -> SimpleString:
    """PAUSE-CRON <0|1>: stop what runs in the background several times a second."""
    client.server.debug.cron_is_paused = _is_on(switch)
    return OK


def _aof_flush_sleep(client: Client, microseconds: bytes) -> SimpleString:
    """AOF-FLUSH-SLEEP <microseconds>: sleep before each write to the append-only file."""
    client.server.log.flush_sleep_s = atoi(microseconds) / 1e6
    return OK


def _is_on(switch: bytes) -> bool:
    return atoi(switch) != 0


def _quicklist_packed_threshold(client: Client, size: bytes) -> SimpleString:
    """QUICKLIST-PACKED-THRESHOLD <size>: checked and forgotten, for our lists have one form of nodes."""
    number = memory_size(size.decode("latin-1"))
    if number is None or number > LARGEST_THRESHOLD:
        raise RedisError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    return OK


def _replybuffer(client: Client, what: bytes, value: bytes) -> SimpleString:
    """REPLYBUFFER <PEAK-RESET-TIME|RESIZING> <value>: checked and forgotten, for no buffer is reused here."""
    if what.upper() not in (b"PEAK-RESET-TIME", b"RESIZING"):
        raise _unknown(b"REPLYBUFFER")
    if what.upper() == b"PEAK-RESET-TIME" and value.upper() not in (b"NEVER", b"RESET"):
        integer(value)
    return OK


def _htstats(client: Client, db: bytes, full: bytes = b"") -> Verbatim:
    """HTSTATS <db> [full]: the number of keys, and the size of the table that Redis would have for them."""
    index = integer(db)
    if not 0 <= index < len(client.server.databases):
        raise RedisError("ERR Out of range database")
    database = client.server.databases[index]
    keys, expires = _table_stats(len(database)), _table_stats(len(database.expires))
    return Verbatim(f"[Dictionary HT]\n{keys}[Expires HT]\n{expires}".encode())


def _htstats_key(client: Client, key: bytes, full: bytes = b"") -> Verbatim:
    """HTSTATS-KEY <key> [full]: HTSTATS of a set, hash or sorted set that is a hash table in Redis."""
    value = _value(client, key)
    if encoding_of(value, client.server.config) not in ("hashtable", "skiplist"):
        raise RedisError("ERR The value stored at the specified key is not represented using an hash table")
    return Verbatim(_table_stats(len(value)).encode())


def _table_stats(elements: int) -> str:
    """As dictGetStats prints them since 7.2, without `full`: Python's dicts have no chains to count."""
    head = "Hash table 0 stats (main hash table):\n"
    if not elements:
        return head + "No stats available for empty dictionaries\n"
    size = max(4, 1 << (elements - 1).bit_length())
    return f"{head} table size: {size}\n number of elements: {elements}\n"


def _listpack(client: Client, key: bytes) -> SimpleString:
    """LISTPACK <key>: write to the log how many elements a value has that is a listpack in Redis."""
    return _show_elements(client, key, "listpack")


def _quicklist(client: Client, key: bytes, full: bytes = b"") -> SimpleString:
    """QUICKLIST <key> [<0|1>]: write to the log how many elements a list has that is a quicklist in Redis."""
    return _show_elements(client, key, "quicklist")


def _show_elements(client: Client, key: bytes, encoding: str) -> SimpleString:
    value = _value(client, key)
    if encoding_of(value, client.server.config) != encoding:
        raise RedisError(f"ERR Not a {encoding} encoded object.")
    logging.notice(f"DEBUG {encoding.upper()}: {len(value)} elements")
    return SimpleString(f"{encoding.capitalize()} structure printed on stdout")


def _value(client: Client, key: bytes) -> Any:
    value = client.db.get_no_stats(key)
    if value is None:
        raise RedisError(NO_SUCH_KEY)
    return value


def _stringmatch_test(client: Client) -> SimpleString:
    """STRINGMATCH-TEST: match random patterns with random texts, to see that this ends without a bug."""
    for _ in range(PATTERNS_TO_TEST):
        compiled(client.server.random.randbytes(24)).matches(client.server.random.randbytes(24))
    return SimpleString("Apparently Redis did not crash: test passed")


def _config_rewrite_force_all(client: Client) -> SimpleString:
    """CONFIG-REWRITE-FORCE-ALL: do as CONFIG REWRITE does, and write the defaults too."""
    try:
        if not client.server.config.file:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))  # what Redis says of no file
        rewrite_config(client, defaults_too=True)
    except OSError as problem:
        raise RedisError(f"ERR CONFIG-REWRITE-FORCE-ALL failed: {problem.strerror}") from None
    return OK


def _change_repl_id(client: Client) -> SimpleString:
    """CHANGE-REPL-ID: give the history of this server's data another replication ID."""
    logging.notice("Changing replication IDs after receiving DEBUG change-repl-id")
    client.server.replication.history.begin()
    return OK


def _replicate(client: Client, *argv: bytes) -> SimpleString:
    """REPLICATE <command> [<arg> ...]: send a command to the replicas alone."""
    client.server.propagation.send_to_replicas(*argv)
    return OK


def _populate(client: Client, count: bytes, prefix: bytes = b"key", *size: bytes) -> SimpleString:
    """POPULATE <count> [<prefix>] [<size>]: make keys key:0, key:1 ... with values of that size, unlogged."""
    length = positive(size[0]) if size else 0
    for number in range(positive(count)):
        key, value = b"%b:%d" % (prefix, number), b"value:%d" % number
        if key not in client.db:
            client.db.update(key, value.ljust(length, b"\0")[:length] if length else value, "")
    client.server.propagation.prevent_propagation()
    return OK


def _drop_cluster_packet_filter(client: Client, packet_type: bytes) -> SimpleString:
    """DROP-CLUSTER-PACKET-FILTER <packet-type>: ignore messages of this type on the cluster bus; -1: none."""
    dropped_type = integer(packet_type)
    if client.server.cluster is not None:
        client.server.cluster.view.dropped_type = dropped_type
    return OK


def _cluster_link(client: Client, action: bytes, direction: bytes, node_id: bytes) -> SimpleString:
    """CLUSTERLINK KILL <to|from|all> <node-id>: close the connections to a node, those from it, or both."""
    if action.upper() != b"KILL":
        raise _unknown(b"CLUSTERLINK")
    if client.server.cluster is None:
        raise RedisError("ERR Debug option only available for cluster mode enabled setup!")
    from redis_clone.server import clustering  # here, because few servers are nodes of a cluster

    id_, word = node_id.decode("latin-1"), direction.decode("latin-1")
    clustering.perform(client.server, client.server.cluster.administration.close_links, id_, word)
    return OK


def _jmap(client: Client) -> SimpleString:
    """JMAP: say that there is no heap of Java here."""
    return SimpleString("This server has no heap of Java to map. MEMORY STATS and MEMORY USAGE tell of ours.")


def _help(client: Client) -> list[SimpleString]:
    """HELP: this list."""
    lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for function, _, _ in SUBCOMMANDS.values():
        syntax, _, purpose = (function.__doc__ or "").partition(": ")
        lines += [syntax, f"    {purpose.capitalize()}"]
    return [SimpleString(line) for line in lines]


# Each with the lowest and the highest number of its arguments.
SUBCOMMANDS: dict[bytes, tuple[Callable[..., Reply], int, float]] = {
    b"DIGEST": (_digest, 0, 0),
    b"DIGEST-VALUE": (_digest_value, 0, math.inf),
    b"ERROR": (_error, 1, 1),
    b"LOG": (_log, 1, 1),
    b"OBJECT": (_object, 1, 1),
    b"PROTOCOL": (_protocol, 1, 1),
    b"RELOAD": (_reload, 0, math.inf),
    b"LOADAOF": (_load_append_only_file, 0, 0),
    b"SET-ACTIVE-EXPIRE": (_set_active_expire, 1, 1),
    b"POPULATE": (_populate, 1, 3),
    b"JMAP": (_jmap, 0, 0),
    b"SLEEP": (_sleep, 1, 1),
    b"PAUSE-CRON": (_pause_cron, 1, 1),
    b"SET-DISABLE-DENY-SCRIPTS": (_set_disable_deny_scripts, 1, 1),
    b"SET-SKIP-CHECKSUM-VALIDATION": (_set_skip_checksum_validation, 1, 1),
    b"AOF-FLUSH-SLEEP": (_aof_flush_sleep, 1, 1),
    b"CONFIG-REWRITE-FORCE-ALL": (_config_rewrite_force_all, 0, 0),
    b"STRINGMATCH-TEST": (_stringmatch_test, 0, 0),
    b"CHANGE-REPL-ID": (_change_repl_id, 0, 0),
    b"REPLICATE": (_replicate, 1, math.inf),
    b"HTSTATS": (_htstats, 1, 2),
    b"HTSTATS-KEY": (_htstats_key, 1, 2),
    b"LISTPACK": (_listpack, 1, 1),
    b"QUICKLIST": (_quicklist, 1, 2),
    b"QUICKLIST-PACKED-THRESHOLD": (_quicklist_packed_threshold, 1, 1),
    b"REPLYBUFFER": (_replybuffer, 2, 2),
    b"DROP-CLUSTER-PACKET-FILTER": (_drop_cluster_packet_filter, 1, 1),
    b"CLUSTERLINK": (_cluster_link, 3, 3),
    b"HELP": (_help, 0, 0),
}
