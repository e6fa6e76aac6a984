"""Client-side caching: a client is notified when a key that it has read is changed.

A client chooses one of two modes with CLIENT TRACKING:

    default   the server keeps a table of the clients that have read each key.  When the key is changed, each
              of them is notified, and the key's entry is dropped until a client reads it again
    BCAST     the server keeps no table.  It notifies the client of every changed key that begins with one of
              the client's prefixes; all keys changed while the lock is held once are in one message

The message is a push of RESP3, ["invalidate", keys]; the keys are null when a whole database was flushed.  A
client of RESP2 names another connection of its own (REDIRECT) that gets the message: as pub/sub, if that one
uses RESP2 and subscribes.  A client's own changes are notified after the reply to its command.

As in Redis, the table holds the ids of clients and the names of keys.  So a client that has left is found
out only when the key is written, and keys of the same name in two databases are one entry.  The caller holds
the lock.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Protocol

from redis_clone.command_table.registry import Command
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import Push, encode

CHANNEL = b"__redis__:invalidate"
UNCAUSED = ("expired", "evicted")  # changes that no client has made
HARMLESS = {  # events that leave the value of a key as it was
    "swapdb", "new", "keymiss", "xpending", "xsetid",
    "xgroup-create", "xgroup-setid", "xgroup-destroy", "xgroup-createconsumer", "xgroup-delconsumer",
}  # fmt: skip


class Tracked:
    """The options that one client has chosen with CLIENT TRACKING."""

    def __init__(self) -> None:
        self.redirect = 0  # the id of the client that gets the messages; 0: this client
        self.broadcasts = False
        self.prefixes: list[bytes] = []  # for BCAST; b"" is a prefix of every key
        self.optin = False  # only reads that follow CLIENT CACHING YES are remembered
        self.optout = False  # all reads are remembered but those that follow CLIENT CACHING NO
        self.noloop = False  # it is not notified of its own changes
        self.caching = False  # CLIENT CACHING was the last command, or came before this transaction
        self.redirect_is_broken = False

    @property
    def remembers_reads(self) -> bool:
        return not self.broadcasts and (self.caching if self.optin else not (self.optout and self.caching))

    def end_command(self, argv: list[bytes], is_queuing: bool) -> None:
        """CLIENT CACHING holds for the next command or transaction, CLIENT commands not counted."""
        if not is_queuing and argv[0].upper() != b"CLIENT":
            self.caching = False


class Reader(Protocol):
    """The attributes of a client that this module uses."""

    id: int
    protocol: int
    output_buffer: OutputBuffer
    tracking: Tracked | None

    @property
    def subscriptions(self) -> object:
        """True when there are any."""


class Tracking:
    """The tracking clients of a server, the table of what they have read, and their prefixes."""

    def __init__(self, clients: Mapping[int, Reader]) -> None:
        self._clients = clients  # all that are connected, by id
        self.trackers: dict[int, Reader] = {}  # those that track, by id
        self._readers: OrderedDict[bytes, set[int]] = OrderedDict()  # the key remembered longest comes first
        self._prefixes: dict[bytes, dict[Reader, None]] = {}
        self.to_broadcast: dict[bytes, Reader | None] = {}  # written keys, and the last writer of each
        self._holder: Reader | None = None  # a client whose transaction is running
        self._held: list[tuple[Reader, list[bytes] | None]] = []  # the messages to it until then
        self.most_keys = 0  # `tracking-table-max-keys`; 0: no limit

    # CLIENT TRACKING.

    def start(self, client: Reader, wanted: Tracked) -> None:
        """Turn tracking on, or change its options; earlier prefixes are kept."""
        if wanted.broadcasts:
            earlier = client.tracking.prefixes if client.tracking else []
            wanted.prefixes = sorted({*earlier, *(wanted.prefixes or [b""])})
            for prefix in wanted.prefixes:
                self._prefixes.setdefault(prefix, {})[client] = None
        client.tracking = wanted
        self.trackers[client.id] = client
        for listener in (client, self._clients.get(wanted.redirect)):
            if listener is not None:
                listener.output_buffer.takes_pushes = True

    def stop(self, client: Reader) -> None:
        """Turn tracking off; the client's entries in the table are dropped when their keys are written."""
        if client.tracking is None:
            return
        for prefix in client.tracking.prefixes:
            del self._prefixes[prefix][client]
            if not self._prefixes[prefix]:
                del self._prefixes[prefix]
        client.tracking = None
        del self.trackers[client.id]

    # Reads.

    def remember(self, client: Reader, command: Command, argv: list[bytes]) -> None:
        """Add the keys that a command has read to the table; above the limit, the oldest are invalidated."""
        if client.tracking is None or not client.tracking.remembers_reads:
            return
        with suppress(RedisError):  # no keys can be found in the arguments of a command that has failed
            for place in command.keys_in(argv):
                self._readers.setdefault(argv[place.position], set()).add(client.id)
        self.keep_limit()

    def keep_limit(self) -> None:
        """Invalidate the oldest keys of the table until it is within `tracking-table-max-keys`."""
        while 0 < self.most_keys < len(self._readers):
            self._invalidate_key(next(iter(self._readers)), None)

    # Changes.

    def invalidate(self, changes: Iterable[tuple[str, bytes, int]], writer: Reader | None) -> None:
        """Notify clients of changes; `writer` is the client whose command made them, None for the cron."""
        was_flushed = False
        for event, key, _ in changes:
            if event == "flushdb":
                was_flushed = True
            elif event not in HARMLESS:
                if self._prefixes:
                    self.to_broadcast[key] = None if event in UNCAUSED else writer
                self._invalidate_key(key, writer)
        if was_flushed:
            self._readers.clear()
            for client in self.trackers.values():
                self._send(client, None)

    def broadcast(self) -> None:
        """Send one message for each prefix, with all keys written since the lock was taken.

        Called just before the lock is released.
        """
        written, self.to_broadcast = self.to_broadcast, {}
        for prefix, clients in self._prefixes.items():
            keys = [key for key in written if key.startswith(prefix)]
            for client in clients:
                wanted = [key for key in keys if not (_has_noloop(client) and written[key] is client)]
                if wanted:
                    self._send(client, wanted)

    def hold_back(self, client: Reader) -> None:
        """Send this client no message until send_held(): its transaction runs."""
        self._holder = client

    def send_held(self) -> None:
        """Send what was held back, in the protocol that the client uses by now."""
        held, self._held, self._holder = self._held, [], None
        for client, keys in held:
            self._send(client, keys)

    def _invalidate_key(self, key: bytes, writer: Reader | None) -> None:
        """Drop a key from the table, and notify the clients that have read it."""
        for number in self._readers.pop(key, ()):
            client = self.trackers.get(number)
            if client is None or client.tracking is None or client.tracking.broadcasts:
                continue  # it no longer tracks, or has changed to the other mode
            if not (client is writer and _has_noloop(client)):
                self._send(client, [key])

    def _send(self, client: Reader, keys: list[bytes] | None) -> None:
        tracking = client.tracking or Tracked()  # of one that has just turned it off, in its transaction
        target = self._clients.get(tracking.redirect) if tracking.redirect else client
        if target is not None and target is self._holder:
            self._held.append((client, keys))
            return
        if target is None:
            tracking.redirect_is_broken = True
            target, push = client, Push([b"tracking-redir-broken", tracking.redirect])
        elif target.protocol == 2 and tracking.redirect and target.subscriptions:
            target.output_buffer.append(encode(Push([b"message", CHANNEL, keys])))
            return
        else:
            push = Push([b"invalidate", keys])
        if target.protocol == 3:  # RESP2 has no pushes, so no message is sent
            target.output_buffer.append(encode(push, 3))

    # For INFO.

    @property
    def total_keys(self) -> int:
        return len(self._readers)

    @property
    def total_items(self) -> int:
        """How many pairs of a key and a reader the table holds."""
        return sum(map(len, self._readers.values()))

    @property
    def total_prefixes(self) -> int:
        return len(self._prefixes)


def _has_noloop(client: Reader) -> bool:
    return client.tracking is not None and client.tracking.noloop
