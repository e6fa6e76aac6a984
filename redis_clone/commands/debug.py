"""DEBUG: what tests need and nobody else should.  Its subcommands have no rows of their own, as in Redis."""

import contextlib
import time
from collections.abc import Callable

from redis_clone.errors import RedisError
from redis_clone.numbers import parse_double
from redis_clone.protocol.replies import OK, Reply, SimpleString
from redis_clone.registry import command_group
from redis_clone.state import Client

command = command_group("server")


@command("DEBUG", arity=-2, flags="admin noscript loading stale")
def debug(client: Client, subcommand: bytes, *words: bytes) -> Reply:
    """Helps to test the server.

    DEBUG subcommand [argument [argument ...]]
    Since 1.0.0, Depends on the subcommand.
    """
    function, argument_count = SUBCOMMANDS.get(subcommand.upper(), (None, 0))
    if function is None or len(words) != argument_count:
        raise RedisError(
            "ERR unknown subcommand or wrong number of arguments for "
            f"'{subcommand.decode('latin-1')[:128]}'. Try DEBUG HELP."
        )
    return function(client, *words)


def _sleep(client: Client, seconds: bytes) -> SimpleString:
    """SLEEP seconds: stop the whole server for a while, under the lock on purpose."""
    with contextlib.suppress(ValueError):  # the real one reads it with strtod, which finds 0 in a word
        time.sleep(max(parse_double(seconds), 0))
    return OK


def _help(client: Client) -> list[SimpleString]:
    """HELP: this list."""
    lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for function, _ in SUBCOMMANDS.values():
        syntax, _, purpose = (function.__doc__ or "").partition(": ")
        lines += [syntax, f"    {purpose.capitalize()}"]
    return [SimpleString(line) for line in lines]


SUBCOMMANDS: dict[bytes, tuple[Callable[..., Reply], int]] = {
    b"SLEEP": (_sleep, 1),
    b"HELP": (_help, 0),
}
