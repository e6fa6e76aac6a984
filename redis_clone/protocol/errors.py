"""The one exception that a command raises.

In Redis an error is a reply, so our exception is nothing but that reply: its text is the exact line
that a client reads after the '-', its first word included.  A text that several commands share is
named here; a text used once stays at its `raise`, where the reader needs it.

Texts travel as latin-1: every byte a client sent comes back as the same byte.
Imports nothing of ours.
"""

from collections.abc import Sequence


class RedisError(Exception):
    """An error reply; equal to another one when the line is the same.

    >>> RedisError("ERR syntax error") == RedisError(SYNTAX)
    True
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedisError) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class CountedError(RedisError):
    """That of a command in a script, when the script ends with it: INFO's errorstats have it already."""


WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"
OUT_OF_RANGE = "ERR value is out of range"
NOT_POSITIVE = "ERR value is out of range, must be positive"
INDEX_OUT_OF_RANGE = "ERR index out of range"
DB_OUT_OF_RANGE = "ERR DB index is out of range"
SYNTAX = "ERR syntax error"
NO_SUCH_KEY = "ERR no such key"
SAME_OBJECT = "ERR source and destination objects are the same"
NO_FINITE_SUM = "ERR increment would produce NaN or Infinity"
OVERFLOW = "ERR increment or decrement would overflow"
TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"


def wrong_arity(name: str) -> RedisError:
    """`name` as COMMAND INFO spells it: "get", "client|kill"."""
    return RedisError(f"ERR wrong number of arguments for '{name}' command")


def unknown_command(argv: Sequence[bytes]) -> RedisError:
    """Redis repeats what it got, 128 bytes of the name and about as many of the arguments."""
    shown = ""
    for argument in argv[1:]:
        if len(shown) >= 128:
            break
        shown += f"'{argument.decode('latin-1')[: 128 - len(shown)]}' "
    name = argv[0].decode("latin-1")[:128]
    return RedisError(f"ERR unknown command '{name}', with args beginning with: {shown}")


def unknown_subcommand(container: str, word: bytes, or_arity: str = "") -> RedisError:
    """`container` as it is called: "CLIENT".  `or_arity`: what else may be wrong, where Redis cannot tell."""
    shown = word.decode("latin-1")[:128]
    return RedisError(f"ERR unknown subcommand{or_arity} '{shown}'. Try {container} HELP.")


def too_many_words(name: str, argv: Sequence[bytes]) -> RedisError:
    """More than the function of "GET" or "CLIENT|KILL" can be handed.

    Redis finds that out when the command runs, inside EXEC too.
    """
    container, _, subcommand = name.partition("|")
    if not subcommand:
        return wrong_arity(name.lower())
    return unknown_subcommand(container, argv[1], " or wrong number of arguments for")
