"""The rules that a test sets for the commands of clients: features/interception.py, with the lock."""

from redis_clone.command_table.registry import find_by_name
from redis_clone.features.interception import Intercepted, Match, Outcome, Rule
from redis_clone.features.persistence.disk import RDB_REFUSAL
from redis_clone.features.scripting.running import BUSY_SCRIPT
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply, SimpleString, encode
from redis_clone.server.checks import LOADING
from redis_clone.server.locking import locked
from redis_clone.server.state import Server

NO_REPLY = object()  # in place of a reply, of which None is one
LINES = {  # the error lines of Redis that an application meets, by their first word
    "BUSY": BUSY_SCRIPT,
    "CLUSTERDOWN": "CLUSTERDOWN The cluster is down",
    "LOADING": LOADING,
    "MASTERDOWN": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MISCONF": RDB_REFUSAL,
    "NOAUTH": "NOAUTH Authentication required.",
    "NOREPLICAS": "NOREPLICAS Not enough good replicas to write.",
    "OOM": "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY": "READONLY You can't write against a read only replica.",
    "TRYAGAIN": "TRYAGAIN Multiple keys request during rehashing of slot",
}


class SetRule:
    """A rule that is in force until remove(), or until the `with` over it ends."""

    def __init__(self, server: Server, rule: Rule) -> None:
        self._server = server
        self._rule = rule
        with locked(server):
            server.interception.add(rule)

    @property
    def fired(self) -> int:
        """How many commands the rule has met."""
        with locked(self._server):
            return self._rule.fired

    def remove(self) -> None:
        """End the rule; a command that it delays already still waits."""
        with locked(self._server):
            self._server.interception.remove(self._rule)

    def __enter__(self) -> "SetRule":
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def match(command: str, key: str | bytes | None, client: str | None) -> Match:
    """Which commands are meant; ValueError when the server has no command of that name."""
    name = command.upper().replace(" ", "|")
    if name != "*" and find_by_name(name.encode()) is None:
        raise ValueError(f"the server has no command {command!r}")
    key = key.encode() if isinstance(key, str) else key
    return Match(name, key, None if client is None else client.encode())


def outcome(delay: float, error: str, reply: Reply, cut: bool) -> Outcome:
    """What is done with them; ValueError when that contradicts itself."""
    if delay < 0:
        raise ValueError(f"delay={delay}: not less than 0 seconds")
    if (error != "") + (reply is not NO_REPLY) + cut > 1:
        raise ValueError("a rule does one thing: error, reply or cut")
    return Outcome(
        delay_ms=round(delay * 1000),
        error=RedisError(LINES.get(error, error)) if error else None,
        answer=None if reply is NO_REPLY else Intercepted(_encodable(reply)),
        cuts=cut,
    )


def _encodable(reply: Reply) -> Reply:
    """A reply that can be sent: a str is a status such as OK, and bytes are a string."""
    try:
        encode(reply)
    except TypeError as problem:
        raise ValueError(f"reply={reply!r}: {problem}") from None
    return SimpleString(reply) if type(reply) is str else reply
