"""The listening sockets: one thread accepts at each address, and starts a thread for each connection.

Also the cron, and the orderly end: stop accepting, let the command at hand finish, tell every connection
to hang up, join the threads.
"""

import contextlib
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

from redis_clone import append_only, commands, cron, logging, reception, rewriting, saving
from redis_clone.errors import RedisError
from redis_clone.network.connection import Connection, HasState, spell_address
from redis_clone.protocol.replies import encode
from redis_clone.state import Client, Server

POLL_SECONDS = 0.1  # how soon an accepting thread notices that it is to stop
JOIN_SECONDS = 5.0  # how long the end waits for a connection's thread


class Listener(socketserver.ThreadingTCPServer, HasState):
    """Accepts at one address."""

    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share a port
    daemon_threads = True
    block_on_close = False  # our Network joins them itself, with a time limit

    def __init__(self, address: "tuple[str, int] | str", state: Server) -> None:
        self.state = state
        self.request_queue_size = state.config["tcp-backlog"]
        if isinstance(address, str):
            self.address_family = socket.AF_UNIX
        elif ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Connection)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()

    def get_request(self) -> tuple[socket.socket, Client]:
        """The next connection, and what the commands will know of it, in place of the mere address."""
        connection, address = super().get_request()
        client = Client(self.state)
        client.address = spell_address(address or self.server_address)  # a Unix socket's peer has no name
        client.local_address = spell_address(connection.getsockname())
        client.descriptor = connection.fileno()
        return connection, client

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Admit the client, or say why not.  Here, for their threads begin in any order."""
        try:
            reception.enter(client_address)
        except RedisError as refusal:
            with contextlib.suppress(OSError):
                request.sendall(encode(refusal))
            return False
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread could be started
            reception.leave(client_address)
            raise

    def handle_error(self, request: object, client_address: object) -> None:
        logging.bug("Error in a connection")


class Network:
    """All listeners of one server, and its cron.  A context manager: leaving it ends everything."""

    def __init__(self, state: Server) -> None:
        commands.load()
        self._state = state
        self._listeners: list[Listener] = []
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()
        try:
            for address in self._addresses():
                self._listeners.append(Listener(address, state))
                state.port = state.port or self._listeners[-1].socket.getsockname()[1]
        except OSError:
            self._close_listeners()
            raise

    def _addresses(self) -> "Iterator[tuple[str, int] | str]":
        config = self._state.config
        for host in config["bind"]:
            yield host.lstrip("-"), self._state.port or config["port"]  # port 0: the one the first was given
        if config["unixsocket"]:
            yield config["unixsocket"]

    def __enter__(self) -> "Network":
        for listener in self._listeners:
            self._start(f"accept-{listener.server_address}", listener.serve_forever, POLL_SECONDS)
        self._start("cron", self._cron)
        self._start("aof", self._sync_log)
        return self

    def close(self) -> None:
        """For one that was never entered."""
        self._close_listeners()

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for listener in self._listeners:
            listener.shutdown()
        self._close_listeners()
        saving.end(self._state)
        for thread in [*self._threads, *reception.close_all(self._state)]:
            thread.join(JOIN_SECONDS)
        rewriting.end(self._state)
        append_only.stop(self._state)

    def _start(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _cron(self) -> None:
        while not self._ended.wait(0.1):
            cron.tick(self._state)

    def _sync_log(self) -> None:
        while not self._ended.wait(1):
            self._state.log.sync()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.server_close()
        path = self._state.config["unixsocket"]
        if path and os.path.exists(path):
            os.unlink(path)
