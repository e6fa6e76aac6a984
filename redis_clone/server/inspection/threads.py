"""What each thread of the server is doing, seen from outside: Python shows the stack of any thread.

The thread that is looked at does nothing for it, so this is free for it.  What is seen is a moment, and the
next one may differ.  While we look, we are the thread that runs Python: so a busy thread is rarely seen at
work, and often where it has let others run, in a call that reads, sends or waits for the lock.

The caller does not hold the lock, or nobody else would be seen holding it.
"""

import sys
import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

from redis_clone.server import locking

READING, WAITING, HOLDING = "reading", "waiting for the lock", "holding the lock"
BLOCKED, SENDING, WRITING, IDLE = "blocked", "sending", "waiting for the disk", "idle"

# The functions in whose call a thread does what is said here; the innermost one of them counts.
STATES = {
    "_receive": READING,
    "_wait_until_unblocked": BLOCKED,
    "_send": SENDING,
    "record_sent": SENDING,
    "flush_before_reply": WRITING,
}
TAKES_LOCK: dict[CodeType, str] = {  # and the name of a variable that is set once the lock is taken
    locking.execute_pipeline.__code__: "ends_ns",
    locking.locked.__wrapped__.__code__: "",  # type: ignore[attr-defined]  # a generator: its frame is seen
}  # while it waits, and while it releases the lock again


class Seen(NamedTuple):
    """A thread at one moment: its name, its state, and the function of ours that it is inside of."""

    name: str
    state: str
    inside: str


def seen_threads() -> dict[str, Seen]:
    """All threads, by name."""
    frames = sys._current_frames()
    found = {}
    for thread in threading.enumerate():
        if thread.ident in frames:
            found[thread.name] = Seen(thread.name, *_state(frames[thread.ident]))
    return found


def _state(frame: FrameType) -> tuple[str, str]:
    function = _function(frame)
    for at, each in enumerate(_outwards(frame)):
        code = each.f_code
        if code in TAKES_LOCK:
            waits = at == 0 and TAKES_LOCK[code] not in each.f_locals
            return (WAITING if waits else HOLDING), function
        if code.co_name in STATES:
            return STATES[code.co_name], function
    return IDLE, function


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _function(frame: FrameType) -> str:
    """The innermost function of ours, as module.function."""
    for each in _outwards(frame):
        module = str(each.f_globals.get("__name__", ""))
        if module.startswith("redis_clone."):
            return f"{module.removeprefix('redis_clone.')}.{each.f_code.co_name}"
    return ""
