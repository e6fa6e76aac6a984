"""Concurrent histories of one list, and whether they are linearizable.

Several clients send pipelines of pushes, pops and blocking pops at once.  Each operation is recorded with the
time at which it was sent, the time at which its reply was read, and the reply.  The history is linearizable
if the operations can be put into an order in which a single list would have given these replies.  In that
order, an operation that was answered before another one was sent comes first, and the operations of one
client keep their order (Herlihy and Wing, 1990; the search is Wing and Gong's, 1993).
"""

from typing import Any, NamedTuple

State = tuple[bytes, ...]


class Operation(NamedTuple):
    """`name` is RPUSH, LPOP, BLPOP or LLEN; times are seconds of one clock."""

    client: int
    name: str
    argument: bytes
    sent: float
    answered: float
    reply: Any


def after(state: State, operation: Operation) -> State | None:
    """The list after the operation, None when such a list would have given another reply.

    >>> pop = Operation(1, "LPOP", b"", 0, 1, b"a")
    >>> after((b"a", b"b"), pop), after((), pop)
    ((b'b',), None)
    """
    if operation.name == "RPUSH":
        longer = (*state, operation.argument)
        return longer if operation.reply == len(longer) else None
    if operation.name == "LLEN":
        return state if operation.reply == len(state) else None
    if operation.reply is None:  # a pop of an empty list, or one whose time-out has passed
        return state if not state else None
    return state[1:] if state[:1] == (operation.reply,) else None


def is_linearizable(history: list[Operation]) -> bool:
    """Whether one list could have given these replies.

    >>> push = Operation(1, "RPUSH", b"a", 0, 3, 1)
    >>> is_linearizable([push, Operation(2, "LPOP", b"", 1, 2, b"a")])
    True
    >>> is_linearizable([push, Operation(2, "LPOP", b"", 4, 5, None)])
    False
    """
    by_client: dict[int, list[Operation]] = {}
    for operation in history:
        by_client.setdefault(operation.client, []).append(operation)
    clients = list(by_client.values())
    seen: set[tuple[tuple[int, ...], State]] = set()
    ways: list[tuple[tuple[int, ...], State]] = [((0,) * len(clients), ())]
    while ways:
        done, state = ways.pop()
        nexts = [
            (number, ops[at])
            for number, (ops, at) in enumerate(zip(clients, done, strict=True))
            if at < len(ops)
        ]
        if not nexts:
            return True
        first_answer = min(min(op.answered for op in clients[number][done[number] :]) for number, _ in nexts)
        for number, operation in nexts:
            following = after(state, operation) if operation.sent <= first_answer else None
            if following is None:
                continue
            way = (*done[:number], done[number] + 1, *done[number + 1 :]), following
            if way not in seen:
                seen.add(way)
                ways.append(way)
    return False
