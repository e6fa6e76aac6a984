"""The server's lock: this file alone acquires and releases it.

    execute_pipeline         runs a client's commands, for a time slice
    locked                   for all work that is not a command: cron jobs, files, clients that come and go
    locked_outside_scripts   the lock, but never while a script is half done, or before all files are loaded
    yield_lock               lets a long script release the lock for a moment and take it again
    release_for              does that for loading too, and for as long as is asked for
    release_while            does that for MIGRATE in a transaction or a script, until the target has answered

Nothing waits under the lock: no socket, no fsync, no sleep.  A time slice lasts a millisecond, so that other
clients get theirs; a single long command may exceed it.  Just before the lock is released, ops are flushed
to the log and invalidations to tracking clients (_finish).  Just after, the connections that were given
something to send are woken.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import current_thread
from time import perf_counter_ns

from redis_clone.features.blocking import Blocked
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.pipelines import Pipeline
from redis_clone.server.blocked_clients import block_client, encode_reply, serve_blocked_clients
from redis_clone.server.client_eviction import evict_clients
from redis_clone.server.dispatch import process_command, propagate
from redis_clone.server.memory import COUNTED_SMALL, SMALL, count_memory
from redis_clone.server.state import Client, Server

TIME_SLICE_NS = 1_000_000  # of one connection's pipeline
YIELD_S = 0.001  # how long a script leaves the lock to other threads


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes."""
    replies = bytearray()
    execute_pipeline(client, deque([argv]), replies)
    return bytes(replies)


def execute_pipeline(client: Client, pipeline: Pipeline, replies: bytearray) -> bool:
    """Run commands off the front of the pipeline, and add the bytes that are to be sent to `replies`.

    It stops when none is left, when a command blocks the client, or when the time slice is over.  True means
    that the client is blocked now, and that its reply will come through its output buffer.
    """
    server, output_buffer = client.server, client.output_buffer
    with server.lock:
        server.clock.tick()
        client.active_ns = server.clock.now_ns
        ends_ns = perf_counter_ns() + TIME_SLICE_NS
        most_bytes = server.output_buffer_limits.most_bytes
        try:
            while pipeline and not output_buffer.close_after_reply:
                if output_buffer.takes_pushes:
                    replies += output_buffer.drain()  # pushed earlier, so sent before the reply
                argv = client.argv = pipeline.popleft()
                reply = process_command(client, argv)
                if server.blocked_clients.clients:
                    serve_blocked_clients(server)
                if type(reply) is Blocked:
                    block_client(client, argv, reply)
                    break
                replies += encode_reply(client, reply)
                if len(replies) > most_bytes or perf_counter_ns() > ends_ns:
                    break
        finally:  # after a bug too, for the commands before it took effect
            _finish(server)
            record_logged(client)
            if output_buffer.takes_pushes:
                replies += output_buffer.drain()
            client.argv, output_buffer.sending = [], len(replies)
            buffered = client.query_bytes + len(replies)
            if buffered > SMALL or client.counted_bytes > COUNTED_SMALL or client.transaction.queuing:
                count_memory(client)
                evict_clients(server)
        is_blocked = client.blocked is not None
        woken = _take_woken(server)
    for each in woken:
        each.wake()
    return is_blocked


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Holds the lock for work that is not a command; the clock is read once.

    Changes made under it are propagated as a command's are, but never as a transaction.  That and all that
    follows is done even if the work ends with an exception.
    """
    woken: list[OutputBuffer] = []
    try:
        with server.lock:
            server.clock.tick()
            begun_ns = time.time_ns() if server.watch.holds_left > 0 else 0
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
                if begun_ns and server.watch.holds_left > 0:
                    server.watch.add_hold(current_thread().name, begun_ns, time.time_ns())
    finally:
        for each in woken:
            each.wake()


@contextmanager
def locked_outside_scripts(server: Server) -> Iterator[None]:
    """Holds the lock while no script is half done, for code that needs all the data of one instant."""
    while True:
        with locked(server):
            if not server.busy:
                yield
                return
        time.sleep(YIELD_S)


def yield_lock(server: Server, busy: str) -> None:
    """Release the lock for a moment in the middle of a script.

    Other clients get `busy`, an error line, in reply to nearly every command.
    """
    before, server.busy = server.busy, busy
    server.restrictions.add("busy")
    release_for(server)
    server.restrictions.discard("busy")
    server.busy = before


def release_for(server: Server, seconds: float = YIELD_S) -> None:
    """Release the lock in the middle of a script or of loading, and take it again after so many seconds."""
    release_while(server, partial(time.sleep, seconds))


def release_while(server: Server, work: Callable[[], object]) -> None:
    """Release the lock in the middle of a command, and take it again when the work, which may wait, is done.

    The changes, ops and ready keys of the half-done command are put aside meanwhile, lest another thread
    propagate or serve half of it; and the clock is put back afterwards, because a command sees one instant.
    """
    changes = server.changes[:]
    server.changes.clear()
    ops, ready = server.propagation.ops, server.blocked_clients.take_ready_keys()
    now_ns = server.clock.now_ns
    server.propagation.ops = []
    woken = _take_woken(server)
    server.lock.release()
    try:
        for each in woken:
            each.wake()
        work()
    finally:
        server.lock.acquire()
        server.changes[:] = changes
        server.propagation.ops = ops
        server.clock.now_ns = now_ns
        server.blocked_clients.put_back_ready(ready)


def record_logged(client: Client) -> None:
    """Record how far the log must be safe before the client's replies are sent; the ops were flushed."""
    client.logged = client.server.log.logged
    if client.has_written:
        client.acknowledges, client.has_written = client.logged, False
        client.write_offset = client.server.replication.history.offset


def _finish(server: Server) -> None:
    """Just before the lock is released: flush the ops to the log, and send invalidations by prefix."""
    if server.propagation.unflushed:
        server.propagation.flush()
    if server.tracking.to_broadcast:
        server.tracking.broadcast()


def _take_woken(server: Server) -> list[OutputBuffer]:
    """The output buffers whose connections are to be woken, once the lock is released."""
    woken = server.to_wake[:]
    server.to_wake.clear()
    return woken
