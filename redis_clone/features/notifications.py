"""Keyspace notifications: each change of a key is published, to the clients that subscribe to such messages.

Each change can make two messages (K and E in `notify-keyspace-events`).  One is for subscribers that want to
know what happens to a key, the other for subscribers that want to know to which keys an event happens:

    __keyspace@0__:mykey    del              __keyevent@0__:del    mykey

The other letters choose classes of events; A stands for most of them:

    g generic   $ strings   l lists   s sets   h hashes   z sorted sets   t streams   x expired   e evicted
    d of modules            m a key that was asked for and is not there       n a key that is new

No command publishes such a message itself: all follow from the changes that the keyspace records.  A change
without an event ("") makes no message, as in Redis.  The caller holds the lock.
"""

from collections.abc import Callable, Iterable

ALL = "g$lshzxetd"

NEW, MISSED = "new", "keymiss"  # notification-only events: they change nothing

EVENTS = {  # class: its events
    "g": "del expire persist rename_from rename_to move_from move_to copy_to restore",
    "$": "set setrange append incrby incrbyfloat setbit pfadd",
    "l": "lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
    "s": "sadd srem spop sinterstore sunionstore sdiffstore",
    "h": "hset hdel hincrby hincrbyfloat",
    "z": "zadd zincr zrem zpopmin zpopmax zremrangebyrank zremrangebyscore zremrangebylex zrangestore "
    "zunionstore zinterstore zdiffstore georadiusstore geosearchstore",
    "t": "xadd xtrim xdel xsetid xgroup-create xgroup-createconsumer xgroup-delconsumer xgroup-destroy "
    "xgroup-setid",
    "x": "expired",
    "e": "evicted",
    "n": NEW,
    "m": MISSED,
}
CLASS_OF = {event: letter for letter, events in EVENTS.items() for event in events.split()}


def drop_notification_only(changes: list[tuple[str, bytes, int]]) -> None:
    """Remove the notification-only events, which no other feature may take for changes."""
    changes[:] = [change for change in changes if change[0] not in (NEW, MISSED)]


class Notifications:
    """
    >>> sent = []
    >>> notifications = Notifications(publish=lambda *message: sent.append(message))
    >>> notifications.choose("Kg")
    >>> notifications.notify([("del", b"mykey", 0), ("set", b"other", 0)]); sent
    [(b'__keyspace@0__:mykey', b'del')]
    """

    def __init__(self, publish: Callable[[bytes, bytes], object]) -> None:
        self._publish = publish  # channel, message
        self._chosen: set[str] = set()
        self.is_on = False  # read after each command that changed something, so it is kept ready

    def wants(self, letter: str) -> bool:
        """Whether a class of events was chosen; the keyspace records NEW and MISSED only if so."""
        return self.is_on and letter in self._chosen

    def choose(self, letters: str) -> None:
        """Apply `notify-keyspace-events`; the letters have been checked by the configuration."""
        self._chosen = set(letters.replace("A", ALL))
        self.is_on = bool(self._chosen & {"K", "E"})

    def notify(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Publish the messages that were chosen for these changes, in their order."""
        for event, key, db in changes:
            if CLASS_OF.get(event) not in self._chosen:
                continue
            if "K" in self._chosen:
                self._publish(b"__keyspace@%d__:%b" % (db, key), event.encode())
            if "E" in self._chosen:
                self._publish(b"__keyevent@%d__:%b" % (db, event.encode()), key)
