"""What the nodes of a cluster are, in words, and what of it changes: for somebody who looks on.

7000     master of 5461 slots -> does not answer
7000     does not answer -> has failed
cluster  is well -> fails
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from redis_clone.protocol.errors import RedisError
from redis_clone.testing import forming
from redis_clone.testing.forming import Line

NO_ANSWER = (OSError, EOFError, RuntimeError, RedisError)  # what asking a node raises that does not serve

State = dict[str, str]  # what each node is, by its port, and how the cluster is


class Node(forming.Node, Protocol):
    """A node that may have gone."""

    @property
    def port(self) -> int: ...


def look(nodes: Sequence[Node]) -> State:
    """What each node is now, and how the cluster is."""
    views = {node.port: _ask(node) for node in nodes}
    state = {str(port): _role(view) if view else _from_outside(port, views) for port, view in views.items()}
    is_well = any(views[node.port] and _is_ok(node) for node in nodes)
    return state | {"cluster": "is well" if is_well else "fails"}


def changes(before: State, now: State) -> Iterator[str]:
    """A line for each difference.

    >>> list(changes({"7000": "master of 1 slot", "7001": "x"}, {"7000": "has failed", "7001": "x"}))
    ['7000     master of 1 slot -> has failed']
    """
    for name, text in now.items():
        if text != before[name]:
            yield f"{name:8} {before[name]} -> {text}"


def _ask(node: Node) -> list[Line]:
    """What the node sees; nothing when it does not answer."""
    try:
        return forming.lines(node)
    except NO_ANSWER:
        return []


def _is_ok(node: Node) -> bool:
    try:
        return b"cluster_state:ok" in node.execute("CLUSTER", "INFO")
    except NO_ANSWER:
        return False


def _role(view: list[Line]) -> str:
    own = next(line for line in view if "myself" in line.flags)
    if own.is_master:
        return f"master of {own.slot_count} slots" if own.slots else "master without slots"
    return f"replica of {next((line.port for line in view if line.id == own.master), 'nobody')}"


def _from_outside(port: int, views: dict[int, list[Line]]) -> str:
    """What the others think of a node that does not answer us."""
    lines = [line for view in views.values() for line in view if line.port == port]
    if any(line.has_failed for line in lines):
        return "has failed"
    return "seems to fail" if any(line.is_suspected for line in lines) else "does not answer"
