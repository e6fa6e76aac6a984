"""The cluster bus: the connections between nodes, in one thread that never waits for one of them.

    a selector waits for     the listening socket, every connection, the wake-up pipe, the next tick
    what was received        is decoded without the lock, and handed to server/clustering.py with it
    what is to be done       comes from there in a queue: save, send, connect, close

With `tls-cluster` a connection begins with a handshake, which does not wait for the peer either.

It saves nodes.conf before it sends what follows in the queue: a vote leaves when it is on the disk.  A peer
that sends garbage, reads nothing or vanishes costs a line of the log, and its connection.
"""

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from redis_clone import logging
from redis_clone.config.values import ConfigError
from redis_clone.features.cluster.actions import Close, Connect, Link, Save, Send
from redis_clone.features.cluster.cron import PERIOD_MS
from redis_clone.features.cluster.machine import accepted
from redis_clone.features.cluster.messages import BadFrame, encode
from redis_clone.features.cluster.nodes_file import BadNodesFile
from redis_clone.network.bus_peer import Peer
from redis_clone.network.nodes_conf import NodesConf
from redis_clone.network.tls import TLS_PARAMETERS
from redis_clone.protocol.stream import CHUNK
from redis_clone.server import clustering
from redis_clone.server.blocked_clients import serve_polled_clients
from redis_clone.server.locking import locked
from redis_clone.server.state import Server
from redis_clone.server.unexpected_errors import panic

if TYPE_CHECKING:
    import ssl

HIGHEST_PORT = 65535
BUS_PORT_OFFSET = 10000
IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN}
RETRY_S = 1.0  # after a bug in this thread


class Contexts(NamedTuple):
    """Of TLS: for connections that other nodes make, and for those that we make."""

    server: "ssl.SSLContext"
    client: "ssl.SSLContext"


class ClusterBus:
    """The bus of one node, from its creation to close()."""

    def __init__(self, server: Server, hosts: list[str]) -> None:
        """Listen for other nodes.  ConfigError when that cannot be."""
        self._server = server
        self._wake_end, self._woken_end = socket.socketpair()
        self._wake_end.setblocking(False)
        self._peers: dict[Link, Peer] = {}
        self._is_over = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken_end, selectors.EVENT_READ, self._take_wake_ups)
        self._file = NodesConf(server.config["dir"], server.config["cluster-config-file"])
        self._listeners: list[socket.socket] = []
        self._contexts: Contexts | None = None
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self._join()
            self._listen(hosts)
            for name in TLS_PARAMETERS:
                server.config.when_set(name, self._renew_tls)
            undo.pop_all()
        server.cluster.ring = self.wake

    def _join(self) -> None:
        try:
            clustering.join(self._server, self._file.read())
        except BadNodesFile as problem:
            raise ConfigError(
                f'Unrecoverable error: corrupted cluster config file "{self._file.path}": {problem}.'
            ) from None

    def _listen(self, hosts: list[str]) -> None:
        port = self._wanted_port()
        for host in hosts:
            listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            self._listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as problem:
                raise ConfigError(
                    f"Failed listening on port {port} (cluster), aborting: {problem.strerror}"
                ) from None
            port = listener.getsockname()[1]
            listener.listen()
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, self._accepting(listener))
        clustering.listens(self._server, port)

    def _wanted_port(self) -> int:
        """As configured, or 10,000 above the port for clients; 0, any free one, if that was 0 too."""
        config = self._server.config
        first: int = config["tls-port"] if config["tls-cluster"] else config["port"]
        port: int = config["cluster-port"] or (first + BUS_PORT_OFFSET if first else 0)
        if port > HIGHEST_PORT:
            raise ConfigError(
                "Redis port number too high for cluster mode. The cluster bus port number is the port number "
                "+ 10000, and cannot be higher than 65535."
            )
        return port

    def _renew_tls(self, value: object) -> None:
        """Take the certificates for connections from now on; network/server.py has rejected wrong ones."""
        config = self._server.config
        self._contexts = None
        if config["tls-cluster"]:
            from redis_clone.network.tls_context import make_client_context, make_context

            self._contexts = Contexts(make_context(config), make_client_context(config))

    def begin(self) -> None:
        """The data are loaded."""
        with locked(self._server):
            clustering.begin(self._server)

    # The thread.

    def run(self) -> None:
        """Carry messages until close() is called."""
        next_tick_s = time.monotonic()
        while not self._is_over:
            try:
                for key, events in self._selector.select(max(next_tick_s - time.monotonic(), 0)):
                    key.data(events)
                if time.monotonic() >= next_tick_s:
                    next_tick_s = time.monotonic() + PERIOD_MS / 1000
                    with locked(self._server):
                        clustering.tick(self._server)
                self._do_what_follows()
            except Exception:  # a bug, or no memory; without the bus the node would be taken for dead
                logging.bug("Error in the cluster bus")
                time.sleep(RETRY_S)

    def wake(self) -> None:
        """Another thread has put something into the queue."""
        with contextlib.suppress(OSError):  # it is full, so the thread will wake
            self._wake_end.send(b"!")

    def stop(self) -> None:
        """Have run() return."""
        self._is_over = True
        self.wake()

    def close(self) -> None:
        """After run() has returned: close all sockets and the file."""
        for peer in list(self._peers.values()):
            peer.socket.close()
        for each in (*self._listeners, self._wake_end, self._woken_end):
            each.close()
        self._selector.close()
        self._file.close()

    def _take_wake_ups(self, events: int) -> None:
        self._woken_end.recv(CHUNK)

    # What is to be done.

    def _do_what_follows(self) -> None:
        """Carry out what the view has asked for; the queue may grow meanwhile."""
        queue = self._server.cluster.for_bus
        while queue:
            action = queue.popleft()
            if isinstance(action, Save):
                self._save(self._with_later_ones(action))
            elif isinstance(action, Send):
                self._send(action.link, encode(action.message))
            elif isinstance(action, Connect):
                self._connect(action.link)
            else:
                self._close(action)

    def _with_later_ones(self, first: Save) -> list[Save]:
        """Take all that is to be saved out of the queue: the last text has what those before it have."""
        queue = self._server.cluster.for_bus
        with locked(self._server):
            saves = [first, *(action for action in queue if isinstance(action, Save))]
            others = [action for action in queue if not isinstance(action, Save)]
            queue.clear()
            queue.extend(others)
        return saves

    def _save(self, saves: list[Save]) -> None:
        """Save nodes.conf, and let the commands that have changed it have their replies."""
        try:
            self._file.write(saves[-1].text)
        except OSError as problem:
            with locked(self._server):
                panic(self._server, f"can't update cluster config file: {problem.strerror}")
            return
        with locked(self._server):
            self._server.cluster.saves_done += len(saves)
            serve_polled_clients(self._server)

    def _connect(self, link: Link) -> None:
        node = link.node
        if node is None:
            return  # it was forgotten meanwhile
        connection = socket.socket(socket.AF_INET6 if ":" in node.ip else socket.AF_INET)
        connection.setblocking(False)
        peer = self._peers[link] = Peer(connection, link)
        problem = connection.connect_ex((node.ip, node.bus_port))
        if problem and problem not in IN_PROGRESS:
            self._end(peer)
            return
        self._selector.register(connection, selectors.EVENT_WRITE, self._serving(peer))

    def _close(self, action: Close) -> None:
        peer = self._peers.get(action.link)
        if peer is not None:
            self._forget(peer)

    def _send(self, link: Link, frame: bytes) -> None:
        peer = self._peers.get(link)
        if peer is None:
            return
        peer.unsent += frame
        limit = self._server.config["cluster-link-sendbuf-limit"]
        if limit and len(peer.unsent) > limit:
            logging.warning(
                f"Closing a link of the cluster bus, for {len(peer.unsent)} bytes wait to be sent on it"
            )
            self._server.cluster.view.buffer_limits_exceeded += 1
            self._end(peer)
            return
        self._go_on(peer, self._write)

    # What happens to connections.

    def _accepting(self, listener: socket.socket) -> Callable[[int], None]:
        def accept(events: int) -> None:
            try:
                connection, address = listener.accept()
            except OSError as problem:
                logging.verbose(f"Error accepting cluster node: {problem.strerror}")
                return
            connection.setblocking(False)
            own_address = connection.getsockname()[0]
            link = accepted(address[0], own_address, self._server.clock.now_ms)
            peer = self._peers[link] = Peer(connection, link)
            self._selector.register(connection, selectors.EVENT_READ, self._serving(peer))
            self._go_on(peer, self._begin)

        return accept

    def _serving(self, peer: Peer) -> Callable[[int], None]:
        def serve(events: int) -> None:
            if peer.is_connecting:
                self._go_on(peer, self._finish_connecting)
            elif peer.is_shaking_hands:
                self._go_on(peer, self._shake_hands)
            if events & selectors.EVENT_WRITE and peer.is_open:
                self._go_on(peer, self._write)
            if events & selectors.EVENT_READ and peer.is_open and peer.link in self._peers:
                self._go_on(peer, self._read)

        return serve

    def _go_on(self, peer: Peer, step: Callable[[Peer], None]) -> None:
        """Take a step of a connection; whatever ends it is told to the view."""
        try:
            step(peer)
        except OSError as problem:
            logging.debug(f"I/O error on a node link: {problem.strerror}")
            self._end(peer)
        except EOFError:
            self._end(peer)
        except BadFrame as problem:
            logging.warning(f"{problem} (from {peer.link.address})")
            self._end(peer)

    def _finish_connecting(self, peer: Peer) -> None:
        peer.finish_connecting()
        self._begin(peer)

    def _begin(self, peer: Peer) -> None:
        """There is a connection: we may send, with TLS only after a handshake.  OSError when that fails."""
        contexts = self._contexts
        peer.begin(contexts and (contexts.server if peer.link.is_inbound else contexts.client))
        self._shake_hands(peer)

    def _shake_hands(self, peer: Peer) -> None:
        """Go on with the handshake, if there is one, and tell the view when we may send."""
        waits_for = peer.shake_hands()
        self._selector.modify(peer.socket, waits_for or selectors.EVENT_READ, self._serving(peer))
        if not waits_for and not peer.link.is_inbound:
            with locked(self._server):
                clustering.is_connected(self._server, peer.link)

    def _read(self, peer: Peer) -> None:
        messages = peer.receive()
        if messages:
            with locked(self._server):
                clustering.hear(self._server, peer.link, messages)

    def _write(self, peer: Peer) -> None:
        """Send what can be sent now; the selector tells when there is room for the rest.  OSError."""
        if not peer.is_open:
            return
        peer.send()
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.unsent else 0)
        if self._selector.get_key(peer.socket).events != events:
            self._selector.modify(peer.socket, events, self._serving(peer))

    def _end(self, peer: Peer) -> None:
        """The connection has ended, or could not be made: tell the view."""
        self._forget(peer)
        with locked(self._server):
            clustering.is_closed(self._server, peer.link)

    def _forget(self, peer: Peer) -> None:
        self._peers.pop(peer.link, None)
        with contextlib.suppress(KeyError, ValueError):  # it never came to be watched
            self._selector.unregister(peer.socket)
        peer.socket.close()
