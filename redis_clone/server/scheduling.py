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
    """A node is named by its port."""

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

    def panel(self) -> dict[str, Any]: ...

    def halt(self) -> None: ...

    def resume(self) -> None: ...

    def step(self, number: int | None = None) -> None: ...

    def step_to_event(self) -> None: ...

    def cut(self, one: int, other: int) -> None: ...

    def pause(self, port: int) -> None: ...

    def align(self) -> None: ...
