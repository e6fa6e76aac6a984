"""What is recorded for the page while somebody watches, and how much of it.

Nothing is recorded unless a viewer has asked for it in the last moment.  Each request (refill) allows a few
commands and a few times at which a thread held the lock; when these are used up, recording is off until the
next request.  So a quiet server shows every command, and a busy one a sample of them, at a cost that does not
grow with its traffic.

Connections add what they have recorded after they have released the server's lock, so the state here has a
lock of its own, which is taken last.
"""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, NamedTuple

COMMANDS_AT_ONCE = 4  # that may be recorded after one request
HOLDS_AT_ONCE = 24
KEPT = 100  # records, the latest


class Hold(NamedTuple):
    """A thread held the lock: from when, in microseconds since 1970, and for how many."""

    thread: str
    from_us: int
    took_us: int


class Watch:
    """
    >>> watch = Watch(on_change=bool)
    >>> watch.refill(); watch.add_command({"name": "GET"}); watch.commands_since(0)
    (1, [{'name': 'GET'}])
    """

    def __init__(self, on_change: Callable[[], object]) -> None:
        """`on_change` is called when recording commands begins or ends."""
        # recording(client, argv, replies) is a context in which that command runs; set by the page.
        self.recording: Callable[[Any, list[bytes], bytearray], AbstractContextManager[object]] = (
            _not_recorded
        )
        self.let_go: Callable[[], object] = bool  # commands that are held in step mode go on; set by the page
        self.holds_left = 0  # read by locking.locked() without the guard: at most a hold too many is kept
        self.records_all = False  # in step mode every command is recorded
        self._guard = Lock()
        self._commands_left = 0
        self._on_change = on_change
        self._commands: deque[Any] = deque(maxlen=KEPT)
        self._commands_added = 0
        self._holds: deque[Hold] = deque(maxlen=KEPT)
        self._holds_added = 0

    @property
    def records_commands(self) -> bool:
        return self._commands_left > 0 or self.records_all

    def refill(self) -> None:
        """Somebody watches: record a little more."""
        with self._guard:
            self.holds_left, self._commands_left = HOLDS_AT_ONCE, COMMANDS_AT_ONCE
            self._on_change()

    def stop(self) -> None:
        """Nobody watches any more."""
        with self._guard:
            self.holds_left = self._commands_left = 0
            self.records_all = False
            self._on_change()

    def record_all(self, wanted: bool) -> None:
        """Record every command from now on, or as many as refill() allows."""
        with self._guard:
            self.records_all = wanted
            self._on_change()

    def take_command(self) -> bool:
        """Whether the command that comes now is to be recorded."""
        with self._guard:
            if not self.records_commands:
                return False
            self._commands_left -= 1
            if not self.records_commands:
                self._on_change()
            return True

    def add_command(self, record: Any) -> None:
        with self._guard:
            self._commands.append(record)
            self._commands_added += 1

    def add_hold(self, thread: str, from_ns: int, to_ns: int) -> None:
        """A thread has released the lock; the page's own looks are left out."""
        if thread.startswith("page"):
            return
        with self._guard:
            self.holds_left -= 1
            self._holds.append(Hold(thread, from_ns // 1000, (to_ns - from_ns) // 1000))
            self._holds_added += 1

    def commands_since(self, number: int) -> tuple[int, list[Any]]:
        """The number of the last recorded command, and the commands after `number` that are still kept."""
        with self._guard:
            return self._commands_added, _last(self._commands, self._commands_added - number)

    def holds_since(self, number: int) -> tuple[int, list[Hold]]:
        """The number of the last hold, and the holds after `number` that are still kept."""
        with self._guard:
            return self._holds_added, _last(self._holds, self._holds_added - number)


def _not_recorded(client: Any, argv: list[bytes], replies: bytearray) -> AbstractContextManager[object]:
    return nullcontext()


def _last(kept: deque[Any], count: int) -> list[Any]:
    return list(kept)[-count:] if count > 0 else []
