"""Client-side caching: telling a client which of the keys that it has read were changed.

Two ways, and a client has chosen one of them with CLIENT TRACKING:

    default   the server remembers in its table who has read which key, and tells them once: then a key is
              forgotten until it is read again
    BCAST     the server remembers nothing, and tells of every key that begins with one of the client's
              prefixes; what one command or one transaction has changed is told together

The message is a push of RESP3, ["invalidate", keys], with a null for keys when a whole database is gone.  A
client of RESP2 has it sent to another connection of its own (REDIRECT), which is a subscriber, and gets it
as a message of pub/sub.  What a client changes itself is told behind the reply to that command, because its
outbox is emptied there (turns.py).

As in Redis, the table knows clients by their ids and keys by their names alone: who has left is found out
when the key is written, and a key of the same name in another database counts as the same.  The caller holds
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
UNCAUSED = ("expired", "evicted")  # what happens to a key by itself
UNTOLD = {  # what leaves a value as it was
    "swapdb", "new", "keymiss", "xpending", "xsetid",
    "xgroup-create", "xgroup-setid", "xgroup-destroy", "xgroup-createconsumer", "xgroup-delconsumer",
}  # fmt: skip


class Tracked:
    """What one client has asked for."""

    def __init__(self) -> None:
        self.redirect = 0  # the id of the connection that is told; 0: itself
        self.broadcasts = False
        self.prefixes: list[bytes] = []  # with BCAST; b"" is a prefix of every key
        self.optin = False  # only what is read behind CLIENT CACHING YES is remembered
        self.optout = False  # ... and here, all but what is read behind CLIENT CACHING NO
        self.noloop = False  # it does not hear of what it changes itself
        self.caching = False  # CLIENT CACHING was the last command, or came before this transaction
        self.redirect_is_broken = False

    @property
    def remembers_reads(self) -> bool:
        return not self.broadcasts and (self.caching if self.optin else not (self.optout and self.caching))

    def end_command(self, argv: list[bytes], is_queuing: bool) -> None:
        """CLIENT CACHING counts for one command, or one transaction; other CLIENT commands do not count."""
        if not is_queuing and argv[0].upper() != b"CLIENT":
            self.caching = False


class Reader(Protocol):
    """What is needed of a client."""

    id: int
    protocol: int
    output_buffer: OutputBuffer
    tracking: Tracked | None

    @property
    def subscriptions(self) -> object:
        """True when there are any."""


class Tracking:
    """Who is to hear of which keys."""

    def __init__(self, clients: Mapping[int, Reader]) -> None:
        self._clients = clients  # all that are connected, by id
        self.trackers: dict[int, Reader] = {}  # those of them who track; for looking: is there anybody
        self._readers: OrderedDict[bytes, set[int]] = OrderedDict()  # the longest remembered key first
        self._prefixes: dict[bytes, dict[Reader, None]] = {}
        self.to_broadcast: dict[bytes, Reader | None] = {}  # keys written, and who wrote them last
        self.most_keys = 0  # `tracking-table-max-keys`; 0: no limit

    # Who tracks.

    def start(self, client: Reader, wanted: Tracked) -> None:
        """Begin, or go on with other options; the prefixes of before are kept."""
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
        """What the table remembers of it is forgotten when it comes up."""
        if client.tracking is None:
            return
        for prefix in client.tracking.prefixes:
            del self._prefixes[prefix][client]
            if not self._prefixes[prefix]:
                del self._prefixes[prefix]
        client.tracking = None
        del self.trackers[client.id]

    # What was read.

    def remember(self, client: Reader, command: Command, argv: list[bytes]) -> None:
        """`client` has read with this command.  Beyond the limit, old keys are told as if changed."""
        if client.tracking is None or not client.tracking.remembers_reads:
            return
        with suppress(RedisError):  # the keys cannot be found, and so the command has failed
            for place in command.keys_in(argv):
                self._readers.setdefault(argv[place.position], set()).add(client.id)
        self.keep_limit()

    def keep_limit(self) -> None:
        while 0 < self.most_keys < len(self._readers):
            self._tell_readers(next(iter(self._readers)), None)

    # What was changed.

    def invalidate(self, changes: Iterable[tuple[str, bytes, int]], writer: Reader | None) -> None:
        """Tell of these changes; `writer` is the client whose command made them, None for the cron."""
        was_flushed = False
        for event, key, _ in changes:
            if event == "flushdb":
                was_flushed = True
            elif event not in UNTOLD:
                if self._prefixes:
                    self.to_broadcast[key] = None if event in UNCAUSED else writer
                self._tell_readers(key, writer)
        if was_flushed:
            self._readers.clear()
            for client in self.trackers.values():
                self._send(client, None)

    def broadcast(self) -> None:
        """At the end of a command or transaction: one message for each prefix, of all that it changed."""
        written, self.to_broadcast = self.to_broadcast, {}
        for prefix, clients in self._prefixes.items():
            keys = [key for key in written if key.startswith(prefix)]
            for client in clients:
                news = [key for key in keys if not (_is_deaf_to_itself(client) and written[key] is client)]
                if news:
                    self._send(client, news)

    def _tell_readers(self, key: bytes, writer: Reader | None) -> None:
        for number in self._readers.pop(key, ()):
            client = self.trackers.get(number)
            if client is None or client.tracking is None or client.tracking.broadcasts:
                continue  # it reads no more, or chose the other way since
            if not (client is writer and _is_deaf_to_itself(client)):
                self._send(client, [key])

    def _send(self, client: Reader, keys: list[bytes] | None) -> None:
        tracking = client.tracking
        assert tracking is not None
        target = self._clients.get(tracking.redirect) if tracking.redirect else client
        if target is None:
            tracking.redirect_is_broken = True
            target, push = client, Push([b"tracking-redir-broken", tracking.redirect])
        elif target.protocol == 2 and tracking.redirect and target.subscriptions:
            target.output_buffer.append(encode(Push([b"message", CHANNEL, keys])))
            return
        else:
            push = Push([b"invalidate", keys])
        if target.protocol == 3:  # RESP2 has no pushes, so nobody is told
            target.output_buffer.append(encode(push, 3))

    # For INFO.

    @property
    def total_keys(self) -> int:
        return len(self._readers)

    @property
    def total_items(self) -> int:
        """Who has read what, in pairs."""
        return sum(map(len, self._readers.values()))

    @property
    def total_prefixes(self) -> int:
        return len(self._prefixes)


def _is_deaf_to_itself(client: Reader) -> bool:
    return client.tracking is not None and client.tracking.noloop
