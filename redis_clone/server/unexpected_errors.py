"""Errors that no client reads: in the stream of a master, in an append-only file, on the link to a replica.

Such a command has succeeded where it ran first.  So an error means that the data here are others, and that
each later command makes them differ more.  It is logged and counted, and the server ends if
`propagation-error-behavior` says so: "panic" in a replica and while an append-only file is loaded,
"panic-on-replicas" in a replica.  A replica at which clients write too (replica-read-only no) goes on, for
there the cause may be theirs.  The caller holds the lock.
"""

from redis_clone import logging
from redis_clone.protocol.errors import RedisError
from redis_clone.server.state import Client, Server

PANICS = {"replica": ("panic", "panic-on-replicas"), "server": ("panic",), "master": ()}
REPEAT_MS = 10_000  # that the disk refuses is logged no more often


def record_unexpected_error(client: Client, error: RedisError) -> None:
    """Log and count the error of the client's last command; end the server if that is configured."""
    server, (here, there) = client.server, _ends_of(client)
    name = client.last_command.shown_name if client.last_command else "<unknown>"
    logging.warning(
        f"== CRITICAL == This {here} is sending an error to its {there}: '{error}' after processing the "
        f"command '{name}'"
    )
    server.stats.unexpected_errors += 1
    goes_on = here == "replica" and not server.config["replica-read-only"]
    if server.config["propagation-error-behavior"] in PANICS[here] and not goes_on:
        panic(server, f"This {here} panicked sending an error to its {there} after processing '{name}'")


def _ends_of(client: Client) -> tuple[str, str]:
    """What this server is for the client, and what the client is."""
    if client.is_master:
        return "replica", "master"
    return ("master", "replica") if client.is_replica else ("server", "AOF-loading-client")


def panic_if_disk_refuses(server: Server) -> None:
    """A write of the master cannot be saved: go on only if `replica-ignore-disk-write-errors` says so."""
    refusal, stats, now_ms = server.disk.refusal, server.stats, server.clock.now_ms
    if refusal is None or not refusal.startswith("MISCONF"):  # else the server is ending anyway
        return
    if not server.config["replica-ignore-disk-write-errors"]:
        panic(server, "Replica was unable to write command to disk.")
    elif now_ms - stats.unsaved_logged_ms > REPEAT_MS:
        stats.unsaved_logged_ms = now_ms
        logging.warning("Replica is applying a command even though it is unable to write to disk.")


def panic(server: Server, reason: str) -> None:
    """End the server without saving anything, and run no more commands of the master."""
    if server.panicked:
        return
    logging.fatal(f"Guru Meditation: {reason}")
    server.panicked = True
    if server.following is not None:
        server.following.is_over = True
    server.stop_requests.put("PANIC")
