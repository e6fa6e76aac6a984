"""What may stand between the bus and the nodes of a cluster: somebody who decides what happens when.

A server on its own has none.  A lesson, whose nodes run in one process, has one for all of them
(testing/bus_steps.py); a node asks it before a message or a tick takes effect, and the page shows it and
brings it what the teacher wants.
"""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from redis_clone.features.cluster.actions import Link
    from redis_clone.features.cluster.messages import Message
    from redis_clone.server.state import Server


class Scheduler(Protocol):
    """Decides when messages and ticks take effect in the nodes of a cluster; a port names a node."""

    # Asked by a node, under its lock.

    def holds(self, server: "Server", link: "Link", message: "Message") -> bool:
        """Whether a message that has come is to be received later; the scheduler keeps it then."""
        ...

    def holds_tick(self, server: "Server") -> bool:
        """Whether the time stands still for this node."""
        ...

    def record(self, server: "Server", text: str) -> None:
        """The node logs something."""
        ...

    # Asked by the page, without any lock.

    def panel(self) -> dict[str, Any]:
        """What the page shows, as plain dicts and lists."""
        ...

    def halt(self) -> None:
        """Hold all messages, and stop the clock of all nodes."""
        ...

    def resume(self) -> None:
        """Let the messages arrive, and the clock go on."""
        ...

    def step(self, number: int | None = None) -> None:
        """Let one message arrive, that of this number or the oldest; when there is none, time passes."""
        ...

    def step_to_event(self) -> None:
        """Make steps until a node logs something."""
        ...

    def cut(self, one: int, other: int) -> None:
        """Hold what two nodes send each other, or let it pass again."""
        ...

    def pause(self, port: int) -> None:
        """Hold the bus of a node, or let it go on."""
        ...

    def align(self) -> None:
        """Have waiting replicas ask for votes at the same time, or no longer."""
        ...
