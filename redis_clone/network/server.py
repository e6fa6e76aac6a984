"""The listening sockets: one thread accepts at each address, and starts a thread for each connection.

This module also starts the threads of the cron and of the log's fsync, and ends them all in order: it stops
accepting, lets running commands finish, closes every connection and joins the threads.
"""

import contextlib
import errno
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from redis_clone import commands, logging
from redis_clone.command_table.registry import rename
from redis_clone.config.values import Config, ConfigError
from redis_clone.features.acl import files
from redis_clone.network.connection import Connection, HasState, WakeUpPipe, format_address
from redis_clone.network.master_link import MasterLink
from redis_clone.network.migrator import Migrator
from redis_clone.network.tls import TLS_PARAMETERS
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode
from redis_clone.server import cron
from redis_clone.server.clients import accept_client, close_all_clients, free_client
from redis_clone.server.following import Following, follow_as_configured
from redis_clone.server.full_sync import end_full_sync
from redis_clone.server.locking import locked
from redis_clone.server.migration import Migration
from redis_clone.server.state import Client, Server

if TYPE_CHECKING:
    import ssl

    from redis_clone.network.cluster_bus import ClusterBus
    from redis_clone.network.page.listener import PageListener

ACCEPT_AGAIN_SECONDS = 0.1  # how long an accepting thread waits when the system refuses a socket or thread
SYNC_SECONDS = 0.1  # how often the thread "aof" looks after the log
RETRY_SECONDS = 1.0  # how long the cron pauses after a bug, and a replica before it connects again
FAILOVER_RETRY_SECONDS = 0.1  # and a master that hands its role over
JOIN_SECONDS = 5.0  # how long to wait for the end of a thread


Address = tuple[str, int] | str
EVERYWHERE = {"*": "0.0.0.0", "::*": "::"}
NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}


class Listener(socketserver.ThreadingTCPServer, HasState):
    """Accepts connections at one address, from start() to stop(), in a thread that waits for both at once."""

    timeout = 0  # of handle_request(), which is called when a client waits
    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share a port
    daemon_threads = True
    block_on_close = False  # Network joins them itself, with a time limit

    def __init__(self, address: Address, state: Server, tls: "ssl.SSLContext | None" = None) -> None:
        self.state = state
        self.tls = tls
        self._trouble = ""  # why no client can be accepted, as it was last logged
        self.request_queue_size = state.config["tcp-backlog"]
        if isinstance(address, str) and hasattr(socket, "AF_UNIX"):
            self.address_family = socket.AF_UNIX
        elif ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Connection)  # type: ignore[arg-type]
        self._wake_up_pipe = WakeUpPipe(self.socket)
        self._is_stopping = False
        self._thread = threading.Thread(
            target=self._accept_clients, name=f"accept-{self.server_address}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def _accept_clients(self) -> None:
        while not self._is_stopping:
            if self._wake_up_pipe.wait():
                self.handle_request()

    def stop(self) -> None:
        """End the thread, if it was started, and close the socket: the address is free again."""
        self._is_stopping = True
        self._wake_up_pipe.wake()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        self._wake_up_pipe.close()
        self.server_close()
        if isinstance(self.server_address, str):
            with contextlib.suppress(OSError):
                os.unlink(self.server_address)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()
        if isinstance(self.server_address, str) and (mode := self.state.config["unixsocketperm"]):
            os.chmod(self.server_address, mode)

    def bound(self) -> socket.socket:
        """A socket that keeps the address from other programs and refuses connections, for nobody listens."""
        kept = socket.socket(self.address_family)
        if self.allow_reuse_address:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(self.server_address)
        return kept

    def get_request(self) -> tuple[socket.socket, Client]:
        """The next connection, with a Client in place of its address."""
        try:
            connection, address = super().get_request()
        except OSError as problem:  # most likely too many open files
            self._wait_after(f"Accepting client connection: accept: {problem.strerror}")
            raise
        try:
            return connection, self._new_client(connection, address)
        except Exception:  # whatever is odd about one client, the next ones are accepted
            logging.bug("Error accepting a connection")
            connection.close()
            raise OSError("not accepted") from None  # which socketserver passes over

    def _new_client(self, connection: socket.socket, address: Any) -> Client:
        """`address` is the peer's; at a Unix socket it may be anything, and Redis shows the server's path."""
        client = Client(self.state)
        is_unix = isinstance(self.server_address, str)
        client.address = format_address(self.server_address if is_unix else address)
        client.local_address = format_address(connection.getsockname())
        client.is_local = is_unix or address[0] == "::1" or address[0].startswith("127.")
        client.uses_tls = self.tls is not None
        client.descriptor = connection.fileno()
        return client

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Accept the client, or send it the error.  Done here because the threads start in any order."""
        try:
            accept_client(client_address)
        except RedisError as error:
            with contextlib.suppress(OSError):
                request.sendall(encode(error))
            return False
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request(request, client_address)
            self._trouble = ""
        except RuntimeError as problem:  # no thread could be started
            free_client(client_address)
            self.shutdown_request(request)
            self._wait_after(f"Error starting a thread for the new client: {problem}")

    def _wait_after(self, trouble: str) -> None:
        """Log a trouble once until it is over, and wait: the client that was not accepted still waits too."""
        if trouble != self._trouble:
            logging.warning(trouble)
        self._trouble = trouble
        time.sleep(ACCEPT_AGAIN_SECONDS)

    def handle_error(self, request: object, client_address: object) -> None:
        logging.bug("Error in a connection")


def prepare(state: Server) -> None:
    """Load the commands and the users.  ConfigError when the configuration of them is wrong."""
    commands.load()
    directives = state.config.directives
    try:
        for old, new in directives["rename-command"]:
            rename(old, new)
        lines = [[word.encode("utf-8", "surrogateescape") for word in line] for line in directives["user"]]
        files.set_up(state.users, state.config["aclfile"], lines)
    except (ValueError, files.BadFile) as problem:
        raise ConfigError(str(problem)) from None


def _new_context(config: Config) -> "ssl.SSLContext":
    # Imported here, or every server would load OpenSSL.
    from redis_clone.network.tls_context import make_client_context, make_context

    if config["tls-replication"] or config["tls-cluster"]:
        make_client_context(config)  # so that an error shows now; who needs it makes its own
    return make_context(config)


class Network:
    """All listeners of one server, its cron and its fsync.  A context manager, whose exit ends everything."""

    def __init__(self, state: Server) -> None:
        self._state = state
        prepare(state)
        self._listeners: list[Listener] = []
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()
        self._link: MasterLink | None = None
        state.start_link = self._start_link
        self._migrator = Migrator(state)
        self._is_migrating = False  # the thread "migrate" was started
        state.start_migration, state.talk_to_target = self._start_migration, self._migrator.talk
        try:
            self._listen()
            for name in TLS_PARAMETERS:
                state.config.when_set(name, self._renew_tls)
        except (ConfigError, OSError, ValueError):
            self._stop_listening()
            raise
        if not self._listeners:
            raise ConfigError("Configured to not listen anywhere, exiting.")
        self._bus = self._open_bus() if state.config["cluster-enabled"] else None
        self._page = self._open_page() if state.config["page"] else None

    def _listen(self) -> None:
        """Listen at the plain port, the port of TLS and the Unix socket, if they are configured.

        Port 0 means no port if one of the others is configured, else any port that is free.
        """
        config, state = self._state.config, self._state
        if config["port"] or not (config["tls-port"] or config["unixsocket"]):
            for host in config["bind"]:
                self._listen_at(host, state.port or config["port"])
                if self._listeners:
                    state.port = self._listeners[-1].socket.getsockname()[1]
        if config["tls-port"]:
            self._listen_with_tls(config["tls-port"])
        if config["unixsocket"]:
            self._listen_at_path(config["unixsocket"])

    def _open_bus(self) -> "ClusterBus":
        from redis_clone.network.cluster_bus import ClusterBus  # few servers are nodes of a cluster

        hosts = [host.removeprefix("-") for host in self._state.config["bind"]]
        try:
            return ClusterBus(self._state, [EVERYWHERE.get(host, host) for host in hosts])
        except (ConfigError, OSError):
            self._stop_listening()
            raise

    @property
    def has_page(self) -> bool:
        return self._page is not None

    def _open_page(self) -> "PageListener | None":
        from redis_clone.network.page.listener import open_page  # few servers are watched

        try:
            return open_page(self._state)
        except ConfigError:
            self._stop_listening()
            raise

    def _listen_with_tls(self, port: int) -> None:
        config = self._state.config
        context = _new_context(config)
        for host in config["bind"]:
            self._listen_at(host, port, context)

    def _renew_tls(self, value: object) -> None:
        """The hook of CONFIG SET, say of a new certificate: new connections use it, the others stay."""
        config = self._state.config
        if not (config["tls-port"] or config["tls-replication"] or config["tls-cluster"]):
            return
        try:
            context = _new_context(config)
        except ConfigError as problem:
            logging.warning(str(problem))
            raise ValueError("Unable to update TLS configuration. Check server logs.") from None
        for listener in self._listeners:
            if listener.tls is not None:
                listener.tls = context

    def _listen_at(self, host: str, port: int, context: "ssl.SSLContext | None" = None) -> None:
        """Listen at one address.  A host with a minus is skipped if this machine has no such address."""
        name = host.removeprefix("-")
        try:
            self._listeners.append(Listener((EVERYWHERE.get(name, name), port), self._state, context))
        except OSError as problem:
            where = f"{name}:{port}"
            logging.warning(
                f"Warning: Could not create server TCP listening socket {where}: bind: {problem.strerror}"
            )
            if not (host.startswith("-") and problem.errno in NOT_HERE):
                kind = "tcp" if context is None else "tls"
                raise ConfigError(f"Failed listening on port {port} ({kind}), aborting.") from None

    def _listen_at_path(self, path: str) -> None:
        """Listen at a Unix socket, in place of whatever file is there: mostly a killed server has left it."""
        with contextlib.suppress(OSError):
            os.unlink(path)
        try:
            if not hasattr(socket, "AF_UNIX"):
                raise OSError(0, "this Python has no Unix sockets")  # on Windows
            self._listeners.append(Listener(path, self._state))
        except OSError as problem:
            raise ConfigError(f"Failed opening Unix socket: bind: {problem.strerror}") from None

    def __enter__(self) -> "Network":
        self._start_accepting()
        self._start("cron", self._cron)
        self._start("aof", self._sync_log)
        if self._bus is not None:
            self._start("bus", self._bus.run)
        if self._page is not None:
            self._page.start()
        return self

    def begin_serving(self) -> None:
        """The data are loaded: be a node of the cluster, or follow a master, as configured."""
        if self._bus is not None:
            self._bus.begin()
        with locked(self._state):
            follow_as_configured(self._state)

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._page is not None:
            self._page.stop()
        self._stop_listening()
        self._state.rdb_saving.end(partial(locked, self._state))
        end_full_sync(self._state)
        if self._bus is not None:
            self._bus.stop()
        if self._link is not None:
            self._link.end()
        self._migrator.end()
        for thread in [*self._threads, *close_all_clients(self._state)]:
            thread.join(JOIN_SECONDS)
        if self._bus is not None:
            self._bus.close()
        self._state.aof_rewriting.end(partial(locked, self._state))
        self._state.aof_files.stop()

    def _start_accepting(self) -> None:
        for listener in self._listeners:
            listener.start()

    def _start_link(self, following: Following) -> None:
        """Connect to a master, in place of the one before."""
        if self._link is not None:
            self._link.end()
        self._link = MasterLink(self._state, following)
        self._threads = [thread for thread in self._threads if thread.is_alive()]  # without earlier links
        try:
            self._start("master", partial(self._follow, self._link))
        except RuntimeError as problem:
            logging.warning(f"Can't start the thread of the link to the master: {problem}")

    def _follow(self, link: MasterLink) -> None:
        pause = 0.0
        while not self._ended.wait(pause) and not link.is_over:
            try:
                # A link that was cut is made anew at once: the master may still have what was missed.
                pause = 0.0 if link.follow() else self._retry_seconds()
            except Exception:  # a bug, or no memory; the data would grow old
                logging.bug("Error in the link to the master")
                pause = RETRY_SECONDS

    def _start_migration(self, migration: Migration) -> None:
        """Have its target talked to, in a thread that the first migration starts."""
        if not self._is_migrating:
            self._start("migrate", self._migrate)
            self._is_migrating = True
        self._migrator.start(migration)

    def _migrate(self) -> None:
        while not self._ended.is_set():
            try:
                self._migrator.run()
            except Exception:  # a bug, or no memory; other keys must migrate
                logging.bug("Error in the thread that migrates keys")

    def _retry_seconds(self) -> float:
        """How long to wait before connecting to the master again; clients wait for the end of a failover."""
        return FAILOVER_RETRY_SECONDS if self._state.failover.is_in_progress else RETRY_SECONDS

    def _start(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _cron(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            try:
                pause = cron.tick(self._state)
            except Exception:  # a bug, or no memory; the cron must go on
                logging.bug("Error in the cron")
                pause = RETRY_SECONDS

    def _sync_log(self) -> None:
        while not self._ended.wait(SYNC_SECONDS):
            try:
                self._state.log.sync()
            except Exception:  # a bug, or no memory; a full disk is no exception here
                logging.bug("Error in the thread that syncs the append-only file")

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()

    @contextlib.contextmanager
    def refusing_connections(self) -> Iterator[None]:
        """Within it nobody can connect, and whoever is connected stays."""
        listeners = self._listeners[:]
        self._stop_listening()
        try:
            with contextlib.ExitStack() as held:
                for listener in listeners:
                    if not isinstance(listener.server_address, str):  # a Unix socket
                        held.enter_context(listener.bound())
                yield
        finally:
            if not self._ended.is_set():
                self._listen()
                self._start_accepting()
