"""What is to be done again and again, ten times a second: a table of jobs.

Each job gets the lock for itself, so that no command waits for all of them.
"""

from redis_clone import logging, saving
from redis_clone.dispatch import locked
from redis_clone.rewriting import rewrite_when_due
from redis_clone.state import Server


def tick(server: Server) -> None:
    """Every job once.  The cron's thread calls it."""
    for job in JOBS:
        with locked(server):
            job(server)


def _measure(server: Server) -> None:
    """For the figures of INFO that are told a second."""
    stats, clients, now_ms = server.stats, server.clients.values(), server.clock.now_ms
    stats.commands_rate.sample(server.command_stats.calls, now_ms)
    stats.input_rate.sample(stats.total("input_bytes", clients), now_ms)
    stats.output_rate.sample(stats.total("output_bytes", clients), now_ms)


def _end_pause(server: Server) -> None:
    """Whoever waits for it is served as the lock is given back."""
    if server.pause.is_on:
        server.pause.end_if_over(server.clock.now_ms)


def _close_the_overfull(server: Server) -> None:
    """Those beyond their soft limit for too long, though nobody has anything new for them."""
    for client in server.clients.values():
        outbox = client.outbox
        may_be = outbox.size + outbox.sending >= server.send_limits.smallest and not outbox.is_cut
        if may_be and outbox.is_too_full():
            outbox.overflow()


def _close_the_idle(server: Server) -> None:
    """After `timeout` seconds without a byte either way; who waits or listens may be silent."""
    longest_ns = server.config["timeout"] * 10**9
    if not longest_ns:
        return
    now_ns = server.clock.now_ns
    for client in server.clients.values():
        moved = client.input_bytes + client.output_bytes
        if moved != client.moved_bytes:
            client.moved_bytes, client.active_ns = moved, now_ns
        is_excused = client.waiter or client.subscriptions or client.outbox in server.monitors.listeners
        if not is_excused and now_ns - client.active_ns > longest_ns and not client.outbox.is_cut:
            logging.verbose(f"Closing idle client id={client.id} addr={client.address}")
            client.outbox.close()


JOBS = (_measure, _end_pause, _close_the_overfull, _close_the_idle, saving.save_when_due, rewrite_when_due)
