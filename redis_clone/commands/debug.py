"""DEBUG: for tests only.  Its subcommands are not in the command table; in Redis they are not either."""

import contextlib
import math
import time
from collections.abc import Callable

from redis_clone import logging
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import positive
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.features.persistence.rdb_values import write_value
from redis_clone.protocol.errors import NO_SUCH_KEY, RedisError
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
from redis_clone.server.checks import require_enabled
from redis_clone.server.loading import reload_append_only_file
from redis_clone.server.state import Client
from redis_clone.storage.encodings import encoding_of, reference_count
from redis_clone.structures.numbers import parse_double, parse_integer

command = command_group("server")


@command("DEBUG", arity=-2, flags="admin noscript loading stale")
def debug(client: Client, subcommand: bytes, *args: bytes) -> Reply:
    """Inspects and disturbs the server, for tests.

    DEBUG subcommand [argument [argument ...]]
    Since 1.0.0, Depends on the subcommand.
    """
    require_enabled(client, "DEBUG")
    function, fewest, most = SUBCOMMANDS.get(subcommand.upper(), (None, 0, 0))
    if function is None or not fewest <= len(args) <= most:
        raise RedisError(
            "ERR unknown subcommand or wrong number of arguments for "
            f"'{subcommand.decode('latin-1')[:128]}'. Try DEBUG HELP."
        )
    return function(client, *args)


def _sleep(client: Client, seconds: bytes) -> SimpleString:
    """SLEEP <seconds>: stop the whole server for a while, under the lock on purpose."""
    # Redis reads it with strtod, which takes a word for 0; a time too long for the system is not slept.
    with contextlib.suppress(ValueError, OverflowError):
        time.sleep(max(parse_double(seconds), 0))
    return OK


def _load_append_only_file(client: Client) -> SimpleString:
    """LOADAOF: forget all data, and read the append-only file instead."""
    try:
        reload_append_only_file(client.server)
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
    value = client.db.get_no_stats(key)
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
    with contextlib.suppress(ValueError):
        client.server.expiry.is_active = bool(parse_integer(switch))
    return OK


def _reload(client: Client, *args: bytes) -> SimpleString:
    """RELOAD [MERGE] [NOFLUSH] [NOSAVE]: save the data to the file, forget them, and load them from there."""
    given = {word.upper() for word in args}
    if not given <= {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
        raise RedisError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    if b"NOSAVE" not in given and not client.server.rdb_saving.save():
        raise RedisError("ERR")
    flush, merge = b"NOFLUSH" not in given, b"MERGE" in given
    if not client.server.rdb_saving.reload(flush, merge):
        raise RedisError("ERR Error trying to load the RDB dump, check server logs.")
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
    b"HELP": (_help, 0, 0),
}
