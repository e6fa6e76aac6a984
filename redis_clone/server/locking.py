"""The server's lock: it is taken, given away and taken back in this file, and nowhere else.

    execute_pipeline   a client's commands, for a time slice
    locked             whatever is not a command: cron jobs, files, connections that come and go
    locked_outside_scripts    waits until no script is in the middle of its work, and all files are loaded
    yield_lock         a script that runs for long releases the lock for a moment, again and again
    let_others_in      loading the files does so too

Under the lock nothing waits: no socket, no fsync, no sleep.  A time slice is a millisecond at most, so that
the others get theirs.  What the work under the lock has to say to others is handed on in one order (_finish),
just before the lock is released; clients that were pushed to are woken just after.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns

from redis_clone.features.blocking import Blocked
from redis_clone.protocol.output_buffer import FREE_BYTES, OutputBuffer
from redis_clone.protocol.pipelines import Pipeline
from redis_clone.server.blocked_clients import block_client, encode_reply, serve_blocked_clients
from redis_clone.server.dispatch import process_command, propagate
from redis_clone.server.state import Client, Server

TIME_SLICE_NS = 1_000_000  # for one connection that has sent many commands at once
MANY_BYTES = 64 * 1024  # of replies: it is time to send them
MOMENT_S = 0.001


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes."""
    replies = bytearray()
    execute_pipeline(client, deque([argv]), replies)
    return bytes(replies)


def execute_pipeline(client: Client, pipeline: Pipeline, replies: bytearray) -> bool:
    """Run commands off the front of the pipeline, and add to `replies` the bytes that are to be sent.

    Until none is left, or one of them blocks the client, or the time slice is over.  True when the client
    is blocked now: its reply will come through its outbox.
    """
    server, output_buffer = client.server, client.output_buffer
    with server.lock:
        server.clock.tick()
        client.active_ns = server.clock.now_ns
        ends_ns = perf_counter_ns() + TIME_SLICE_NS
        # Beyond these, no reply is added before it is asked whether they are too many.
        most_bytes = min(MANY_BYTES, server.output_buffer_limits.smallest + FREE_BYTES)
        try:
            while pipeline and not output_buffer.close_after_reply:
                if output_buffer.takes_pushes:
                    replies += output_buffer.drain()  # pushed before this command, so sent before its reply
                argv = pipeline.popleft()
                reply = process_command(client, argv)
                if server.blocked_clients.clients:
                    serve_blocked_clients(server)
                if type(reply) is Blocked:
                    block_client(client, argv, reply)
                    break
                replies += encode_reply(client, reply)
                if len(replies) > most_bytes or perf_counter_ns() > ends_ns:
                    break
        finally:  # after a bug too, for the commands before it have their replies
            _finish(server)
            client.logged = server.log.logged
            if output_buffer.takes_pushes:
                replies += output_buffer.drain()
        is_blocked = client.blocked is not None
        woken = _take_woken(server)
    _wake(woken)
    return is_blocked


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Holds the lock, with one reading of the clock, for what is not a command.

    What is changed meanwhile is propagated as a command's changes are, each removed key by itself.
    """
    with server.lock:
        server.clock.tick()
        try:
            yield
        finally:
            if server.changes:
                propagate(server)
            server.propagation.end_cron_job()
            if server.blocked_clients.clients:
                serve_blocked_clients(server)
            _finish(server)
            woken = _take_woken(server)
    _wake(woken)


@contextmanager
def locked_outside_scripts(server: Server) -> Iterator[None]:
    """Holds the lock, never in the middle of a script: for code that looks at all the data at one instant."""
    while True:
        with locked(server):
            if not server.busy:
                yield
                return
        time.sleep(MOMENT_S)


def yield_lock(server: Server, busy: str) -> None:
    """In the middle of a script: release the lock for a moment.  `busy` is the error line for the others."""
    before, server.busy = server.busy, busy
    server.restrictions.add("busy")
    let_others_in(server)
    server.restrictions.discard("busy")
    server.busy = before


def let_others_in(server: Server, seconds: float = MOMENT_S) -> None:
    """In the middle of a script or of loading: release the lock, and take it again after so many seconds.

    The others find nothing of the half-done work: the ops that it has to propagate, and the keys whose
    blocked clients it is about to serve, are put aside; and time stands still for it.
    """
    unit, ready = server.propagation.ops, server.blocked_clients.take_ready_keys()
    now_ns = server.clock.now_ns
    server.propagation.ops = []
    woken = _take_woken(server)
    server.lock.release()
    _wake(woken)
    time.sleep(seconds)
    server.lock.acquire()
    server.propagation.ops = unit
    server.clock.now_ns = now_ns
    server.blocked_clients.put_back_ready(ready)


def _finish(server: Server) -> None:
    """The lock is about to be released: what has gathered for the log and for tracking clients goes out."""
    if server.propagation.unflushed:
        server.propagation.flush()
    if server.tracking.to_broadcast:
        server.tracking.broadcast()


def _take_woken(server: Server) -> list[OutputBuffer]:
    """The clients that are to be woken once the lock is released."""
    if not server.to_wake:
        return []
    woken = server.to_wake[:]
    server.to_wake.clear()
    return woken


def _wake(woken: list[OutputBuffer]) -> None:
    for output_buffer in woken:
        output_buffer.wake()
