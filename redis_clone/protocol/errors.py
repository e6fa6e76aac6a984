"""RedisError, the one exception that a command raises, and the error lines that commands share.

In Redis an error is a reply.  So the exception holds that reply and nothing else: its text is the exact line
that a client reads after the '-', with the first word ("ERR", "WRONGTYPE").  A text that several commands
share is named here; a text that is used once stands at its `raise`, where the reader needs it.

Texts are decoded as latin-1, so every byte that a client sent comes back as the same byte.
Imports nothing of ours.
"""

from collections.abc import Sequence


class RedisError(Exception):
    """An error reply.  Two of them are equal when their lines are the same.

    >>> RedisError("ERR syntax error") == RedisError(SYNTAX)
    True
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedisError) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class CountedError(RedisError):
    """An error that INFO's errorstats have counted already: a script ends with the error of its command."""


class Redirection(RedisError):
    """A node of a cluster sends the client to another node, or tells it to try again later; to EXEC too."""


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
    """The error of a wrong number of arguments.  `name` is that of COMMAND INFO: "get", "client|kill"."""
    return RedisError(f"ERR wrong number of arguments for '{name}' command")


def not_in_a_cluster(name: str) -> RedisError:
    """The error of a command that needs several databases, for a node of a cluster has one."""
    return RedisError(f"ERR {name} is not allowed in cluster mode")


def unknown_command(argv: Sequence[bytes]) -> RedisError:
    """The error of an unknown command.  It repeats 128 bytes of the name and about 128 of the arguments."""
    shown = ""
    for argument in argv[1:]:
        if len(shown) >= 128:
            break
        shown += f"'{argument.decode('latin-1')[: 128 - len(shown)]}' "
    name = argv[0].decode("latin-1")[:128]
    return RedisError(f"ERR unknown command '{name}', with args beginning with: {shown}")


def unknown_subcommand(container: str, word: bytes, or_arity: str = "") -> RedisError:
    """The error of an unknown subcommand of "CLIENT", say.  `or_arity` names a second possible cause."""
    shown = word.decode("latin-1")[:128]
    return RedisError(f"ERR unknown subcommand{or_arity} '{shown}'. Try {container} HELP.")


def too_many_arguments(name: str, argv: Sequence[bytes]) -> RedisError:
    """The error of more arguments than the function of a command takes: "GET", "CLIENT|KILL".

    Redis finds this out when the command runs, inside EXEC too.
    """
    container, _, subcommand = name.partition("|")
    if not subcommand:
        return wrong_arity(name.lower())
    return unknown_subcommand(container, argv[1], " or wrong number of arguments for")
