"""Interception: rules that make commands of clients slow, fail or lose their connection.

How does an application behave when Redis is slow, full or gone?  A test of it sets a rule (testing/), and the
rule is asked in the CHECKS, before a command of a client runs (server/checks.py).  A rule that matches

    waits for `delay_ms`, without the lock, and then does one of these:
    fails the command with an error line, answers it with a reply, cuts the connection, or lets it run.

The rules are asked in the order in which they were set; one that only delays lets the later ones speak too.
What EXEC and scripts call is not asked about, for it is no command that a client has sent; a command that
is queued after MULTI is.  While there is no rule, "interception" is not in the server's `restrictions`, and
commands pay nothing.  The caller holds the lock.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from redis_clone.command_table.registry import Command
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import Encoded, Reply


class Intercepted(Exception):
    """A command does not run; `reply` is what the client gets, or a Blocked when it must wait first."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Sender(Protocol):
    """The client that has sent a command."""

    id: int
    name: bytes
    output_buffer: OutputBuffer


class Match(NamedTuple):
    """Which commands a rule is about.

    >>> get = Command("GET", None, 2, frozenset(), "string", (), (), ())
    >>> Match("GET").covers(b"", get, [b"GET", b"a"]), Match("*", client=b"ada").covers(b"bob", get, [b"GET"])
    (True, False)
    """

    command: str = (
        "*"  # a name of the command table, "GET" or "CLIENT|KILL"; "CLIENT": any subcommand; "*": any
    )
    key: bytes | None = None  # only commands that name this key
    client: bytes | None = None  # only clients that have given themselves this name

    def covers(self, client_name: bytes, command: Command, argv: Sequence[bytes]) -> bool:
        """Whether a command of the client with that name is meant."""
        if self.command not in ("*", command.name, command.name.partition("|")[0]):
            return False
        if self.client is not None and self.client != client_name:
            return False
        return self.key is None or self._names_key(command, argv)

    def _names_key(self, command: Command, argv: Sequence[bytes]) -> bool:
        try:
            return any(argv[key.position] == self.key for key in command.keys_in(argv))
        except RedisError:  # its arguments are wrong, and the command itself says so best
            return False


class Outcome(NamedTuple):
    """What a rule does with a command.  Of the last three at most one is given; if none, the command runs."""

    delay_ms: int = 0
    error: RedisError | None = None
    answer: Intercepted | None = None
    cuts: bool = False  # the connection is closed without a reply


class Rule:
    """A rule; `fired` counts the commands that it has met, which are `most` at most."""

    def __init__(self, match: Match, outcome: Outcome, most: int | None = None) -> None:
        self.match = match
        self.outcome = outcome
        self.most = most  # None: no limit
        self.fired = 0
        self._delayed: dict[int, list[bytes]] = {}  # by the client's id: the last command that was delayed

    def meet(
        self, sender: Sender, command: Command, argv: list[bytes], postponed: Callable[[int], Reply]
    ) -> None:
        """Raise RedisError or Intercepted when the command must not run, or not yet."""
        if self._delayed.get(sender.id) is not argv:  # else its delay is over, and it comes again
            if self.fired == self.most or not self.match.covers(sender.name, command, argv):
                return
            self.fired += 1
            if self.outcome.delay_ms:
                self._delayed[sender.id] = argv
                raise Intercepted(postponed(self.outcome.delay_ms))
        self._end(sender)

    @property
    def is_over(self) -> bool:
        """Whether the rule has nothing more to do; one that delays never says so, for the end of a delay."""
        return self.fired == self.most and not self._delayed

    def _end(self, sender: Sender) -> None:
        if self.outcome.error is not None:
            raise RedisError(str(self.outcome.error))
        if self.outcome.cuts:
            sender.output_buffer.close()
            raise Intercepted(Encoded(b""))
        if self.outcome.answer is not None:
            raise Intercepted(self.outcome.answer.reply)


class Interception:
    """The rules of one server.  `postponed(ms)` makes what a command returns that is to run so much later.

    >>> interception = Interception(restrictions := set(), lambda delay_ms: None)
    >>> rule = Rule(Match("GET"), Outcome(error=RedisError("OOM command not allowed")))
    >>> interception.add(rule); restrictions
    {'interception'}
    >>> interception.remove(rule); restrictions
    set()
    """

    def __init__(self, restrictions: set[str], postponed: Callable[[int], Reply]) -> None:
        self._restrictions = restrictions
        self._postponed = postponed
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Ask this rule too, after those that are there."""
        self._rules.append(rule)
        self._restrictions.add("interception")

    def remove(self, rule: Rule) -> None:
        """Ask this rule no more; nothing happens when it was removed already."""
        if rule in self._rules:
            self._rules.remove(rule)
        if not self._rules:
            self._restrictions.discard("interception")

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()
        self._restrictions.discard("interception")

    def check(self, sender: Sender, command: Command, argv: list[bytes]) -> None:
        """RedisError or Intercepted when a rule says that the command must not run, or not yet."""
        for rule in self._rules[:]:
            try:
                rule.meet(sender, command, argv, self._postponed)
            finally:
                if rule.is_over:
                    self.remove(rule)
