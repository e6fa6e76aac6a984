"""Sends the same commands to two servers; compares each reply, and at the end what observing.py observes."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import zip_longest
from typing import Any, NamedTuple

from comparing import as_numbers, compared, is_known
from harness import Address, Client
from observing import DATABASES, FINISH, START, Observation, Observer, Told, events_of, observation
from shrinking import smallest

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, QUEUED, encode_command

Argv = list[bytes]
RUNS = 3  # a difference that is not there in each run comes from the clock
RESET_ERRNO = [
    b"ZADD",
    b"no key",
    b"XX",
    b"0",
    b"x",
]  # SORT reads what an earlier command may have left there
LET_EXPIRE = [b"DEBUG", b"SLEEP", b"0.003"]
PREPARE = {2: START, 3: [[b"HELLO", b"3"], *START]}
DIGEST = [b"DEBUG", b"DIGEST"]


class Difference(NamedTuple):
    argv: Argv
    ours: Any
    real: Any

    def __str__(self) -> str:
        return f"{b' '.join(self.argv)!r}\n    ours {self.ours!r}\n    real {self.real!r}"


class Comparison:
    def __init__(self, our_address: Address, real_address: Address) -> None:
        self._addresses = (our_address, real_address)
        self._observers = [Observer(address) for address in self._addresses]

    def close(self) -> None:
        for observer in self._observers:
            observer.close()

    def report(self, commands: Sequence[Argv], protocol: int) -> str:
        """A difference, with the fewest commands and arguments that show it; "" where there is none."""
        if self.difference(commands, protocol) is None:
            return ""
        fewest = smallest(commands, lambda some: self.difference(some, protocol))
        return f"RESP{protocol}, {fewest}:\n{self.difference(fewest, protocol)}"

    def difference(self, commands: Sequence[Argv], protocol: int) -> Difference | None:
        """The first difference, if there is one in each run."""
        for _ in range(RUNS):
            found = self._run(list(_completed(commands)), protocol)
            if found is None:
                return None
        return found

    def _run(self, commands: Sequence[Argv], protocol: int) -> Difference | None:
        ours, real = self._ask(PREPARE[protocol], commands)
        for argv, mine, theirs in _answered(commands, ours.replies, real.replies):
            if compared(argv, mine) == compared(argv, theirs):
                continue
            if not is_known(argv, mine, theirs):
                return Difference(argv, mine, theirs)
            if _error_code(mine) != _error_code(theirs):
                return None  # a known difference, on which all that follows may depend
        found = next(_unlike(observation(commands, ours), observation(commands, real)), None)
        return self._difference_of_data() if found is not None and found.argv == DIGEST else found

    def _difference_of_data(self) -> Difference | None:
        """The first database that differs, but for the form of a score, which counts in 17 digits in 7.0."""
        clients = [Client(address) for address in self._addresses]
        try:
            for index in DATABASES:
                ours, real = (_contents(client, index) for client in clients)
                if ours != real:
                    return Difference([b"SELECT", index], ours, real)
            return None
        finally:
            for client in clients:
                client.close()

    def _ask(self, before: Sequence[Argv], commands: Sequence[Argv]) -> list[Told]:
        """What both servers say, which run the commands at the same time."""
        data = b"".join(map(encode_command, [*before, *commands, *FINISH]))
        with ExitStack() as stack:
            clients = [stack.enter_context(closing(Client(address))) for address in self._addresses]
            subscribers = [stack.enter_context(closing(each.subscriber())) for each in self._observers]
            for client in clients:
                client.send_bytes(data)
            return [
                Told(
                    *([client.read() for _ in part] for part in (before, commands, FINISH)),
                    events_of(subscriber),
                )
                for client, subscriber in zip(clients, subscribers, strict=True)
            ]


def _completed(commands: Sequence[Argv]) -> Iterator[Argv]:
    """The commands, with those between them that make both servers do the same."""
    for argv in commands:
        if argv[0] in (b"SORT", b"SORT_RO"):
            yield RESET_ERRNO
        yield argv
        if argv[0] == b"PEXPIRE" and argv[2:] == [b"1"]:
            yield LET_EXPIRE


def _error_code(reply: Any) -> str | None:
    return str(reply).partition(" ")[0] if isinstance(reply, RedisError) else None


def _unlike(ours: Observation, real: Observation) -> Iterator[Difference]:
    """The differences in what two servers show after the same conversation."""
    for number, (mine, theirs) in enumerate(zip_longest(ours.events, real.events), 1):
        if mine != theirs:
            yield Difference([b"event %d" % number], mine, theirs)
    for name in sorted({*ours.counters, *real.counters}):
        mine, theirs = ours.counters.get(name), real.counters.get(name)
        if mine != theirs:
            yield Difference([name.encode()], mine, theirs)
    for (argv, mine), (_, theirs) in zip(ours.answers, real.answers, strict=True):
        if compared(argv, mine) != compared(argv, theirs) and not is_known(argv, mine, theirs):
            yield Difference(argv, mine, theirs)


def _contents(client: Client, index: bytes) -> dict[bytes, Any]:
    """Each key's digest; the members and scores of a sorted set, and whether it expires."""
    client("SELECT", index)
    contents: dict[bytes, Any] = {key: client("DEBUG", b"DIGEST-VALUE", key) for key in client("KEYS *")}
    for key in contents:
        if client("TYPE", key) == "zset":
            scores = as_numbers([], client("ZRANGE", key, 0, -1, b"WITHSCORES"))
            contents[key] = scores, client("TTL", key) == -1
    return contents


def _answered(commands: Sequence[Argv], ours: list[Any], real: list[Any]) -> Iterator[tuple[Argv, Any, Any]]:
    """Each command with its two replies; those of queued commands are taken from the reply to EXEC."""
    queued: list[Argv] = []
    for argv, mine, theirs in zip(commands, ours, real, strict=True):
        if argv[0] == b"MULTI" and mine == OK:
            queued = []
        if mine == theirs == QUEUED:
            queued.append(argv)
        elif argv[0] == b"EXEC" and _has_one_each(mine, queued) and _has_one_each(theirs, queued):
            yield from zip(queued, mine, theirs, strict=True)
        else:
            yield argv, mine, theirs


def _has_one_each(replies: Any, queued: list[Argv]) -> bool:
    return isinstance(replies, list) and len(replies) == len(queued)
