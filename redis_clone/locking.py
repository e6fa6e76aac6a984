"""The lock for whatever is not a command: the cron, the files, connections that come and go.

locked           as a command has it, with all that follows from what was changed
quiet            the same, but not in the middle of a script
let_others_in    the one exception: a script that runs for long gives the lock away for a moment, again and
                 again; whoever has it then may be told so, but may not touch the data
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis_clone.dispatch import call, propagate, run
from redis_clone.serving import serve_waiters
from redis_clone.state import Server
from redis_clone.turns import take_woken

MOMENT_S = 0.001


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """The lock and one reading of the clock, for what is not a command.

    What it changed is propagated as a command's changes are, and afterwards the bells are rung.
    """
    with server.lock:
        server.clock.tick()
        server.at_ease.clear()  # for what is done now may be what they were asked about
        yield
        if server.changes:
            propagate(server)
        if server.propagation.unit:
            server.propagation.end_chores()
        if server.waiting.everybody:
            serve_waiters(server, call, run)
        if server.propagation.ended:
            server.propagation.hand_on()
        if server.tracking.to_broadcast:
            server.tracking.broadcast()
        woken = take_woken(server)
    for outbox in woken:
        outbox.ring()


@contextmanager
def quiet(server: Server) -> Iterator[None]:
    """As locked(), but not in the middle of a script: for who looks at all the data at one instant."""
    while True:
        with locked(server):
            if not server.busy:
                yield
                return
        time.sleep(MOMENT_S)


def let_others_in(server: Server, busy: str) -> None:
    """In the middle of a script: release the lock for a moment.  `busy` is what others are told.

    They find nothing of the script's half-done work: what it has to say to the log, and whoever it is about
    to wake, is put aside; and the time stands still for it.
    """
    unit, ready = server.propagation.unit, server.waiting.take_ready()
    now_ns = server.clock.now_ns
    server.propagation.unit, server.busy = [], busy
    server.at_ease.clear()  # it is busy from here on
    woken = take_woken(server)
    server.lock.release()
    for outbox in woken:
        outbox.ring()
    time.sleep(MOMENT_S)
    server.lock.acquire()
    server.propagation.unit, server.busy = unit, ""
    server.clock.now_ns = now_ns
    server.waiting.put_back(ready)
