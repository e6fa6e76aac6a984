"""Sends the same commands to two servers; compares each reply, and at the end all data."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from comparing import as_numbers, compared, is_known
from harness import Address, Client

from redis_clone.protocol.replies import OK, QUEUED, encode_command

Argv = list[bytes]
RUNS = 3  # a difference that is not there in each run comes from the clock
LOOK_AT_ALL_KEYS = [b"SCAN", b"0", b"COUNT", b"1000"]  # deletes expired keys
PREPARE = {2: [[b"FLUSHALL"]], 3: [[b"HELLO", b"3"], [b"FLUSHALL"]]}
COME_TO_REST = [[b"DISCARD"], [b"SELECT", b"0"], LOOK_AT_ALL_KEYS, [b"SELECT", b"1"], LOOK_AT_ALL_KEYS]
DIGEST = [b"DEBUG", b"DIGEST"]
DATABASES = [b"0", b"1"]


class Difference(NamedTuple):
    argv: Argv
    ours: Any
    real: Any

    def __str__(self) -> str:
        return f"{b' '.join(self.argv)!r}\n    ours {self.ours!r}\n    real {self.real!r}"


class Comparison:
    def __init__(self, our_address: Address, real_address: Address) -> None:
        self._addresses = (our_address, real_address)

    def difference(self, commands: Sequence[Argv], protocol: int) -> Difference | None:
        """The first difference, if there is one in each run."""
        for _ in range(RUNS):
            found = self._run(commands, protocol)
            if found is None:
                return None
        return found

    def _run(self, commands: Sequence[Argv], protocol: int) -> Difference | None:
        before = PREPARE[protocol]
        every = [*before, *commands, *COME_TO_REST, DIGEST]
        ours, real = self._ask([encode_command(argv) for argv in every])
        for part in (slice(len(before), len(before) + len(commands)), slice(-1, None)):
            for argv, mine, theirs in _answered(every[part], ours[part], real[part]):
                if argv == DIGEST and mine != theirs:
                    return self._difference_of_data()
                if compared(argv, mine) != compared(argv, theirs) and not is_known(argv, mine, theirs):
                    return Difference(argv, mine, theirs)
        return None

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

    def _ask(self, commands: list[bytes]) -> list[list[Any]]:
        """All replies of both servers, which run the commands at the same time."""
        clients = [Client(address) for address in self._addresses]
        try:
            for client in clients:
                client.send_bytes(b"".join(commands))
            return [[client.read() for _ in commands] for client in clients]
        finally:
            for client in clients:
                client.close()


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
