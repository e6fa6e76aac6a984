"""The conversation of MIGRATE: keys go to another server, its answers come back.  Pure: no socket, no clock.

    to the target                              its answer
    AUTH [user] password                       if the client has given one
    SELECT db                                  if another database is selected on this connection
    RESTORE key ttl payload [REPLACE]          for each key: +OK, so it may be deleted here; or an error

All of it is sent at once, and the answers are read one by one.  If the connection breaks before the first
RESTORE was answered, all is sent once more on a new one, for the target may have closed a cached connection
long ago.  If AUTH or SELECT was rejected, the target has run RESTORE all the same, as another user or in
another database.  Its +OK counts for nothing then, and the keys stay here.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, Reply, encode_command

NO_DB = -1  # it is not known which database is selected: on a new connection, and after an error
# What went wrong with a connection, in the words of Redis's error lines.
CONNECTING = "connecting to the client"
WRITING = "writing to target instance"
READING = "reading to target instance"


class Target(NamedTuple):
    """Where the keys go; `auth` is the arguments of AUTH, if the client has given any."""

    host: bytes
    port: bytes
    db: int
    auth: tuple[bytes, ...]


class Item(NamedTuple):
    """A key on its way: the milliseconds it has left to live, 0 for ever, and what DUMP returns of it."""

    key: bytes
    ttl_ms: int
    payload: bytes


class Conversation:
    r"""
    >>> conversation = Conversation(Target(b"host", b"6379", 0, ()), [Item(b"k", 0, b"...")])
    >>> conversation.begin(selected_db=0)
    b'*4\r\n$7\r\nRESTORE\r\n$1\r\nk\r\n$1\r\n0\r\n$3\r\n...\r\n'
    >>> conversation.receive(b"+OK"); conversation.acknowledged, conversation.reply()
    ([b'k'], 'OK')
    """

    def __init__(
        self, target: Target, items: Sequence[Item], restore: bytes = b"RESTORE", replaces: bool = False
    ) -> None:
        self.target = target
        options = [b"REPLACE"] if replaces else []
        self._restores = b"".join(
            encode_command([restore, item.key, b"%d" % item.ttl_ms, item.payload, *options]) for item in items
        )
        self._keys = [item.key for item in items]
        self._start(preamble=[])

    def _start(self, preamble: list[list[bytes]]) -> None:
        self._preamble_due = len(preamble)  # answers to AUTH and SELECT that have not come
        self._preamble_error = b""
        self._unanswered = deque(self._keys)
        self.error = b""  # the first one of the target that kept a key here
        self.acknowledged: list[bytes] = []  # the keys that are the target's now

    def begin(self, selected_db: int) -> bytes:
        """The bytes to send on a connection on which this database is selected."""
        preamble = []
        if self.target.auth:
            preamble.append([b"AUTH", *self.target.auth])
        if self.target.db != selected_db:  # as in Redis, -1 is not sent on a new connection
            preamble.append([b"SELECT", b"%d" % self.target.db])
        self._start(preamble)
        return b"".join(map(encode_command, preamble)) + self._restores

    def receive(self, line: bytes) -> None:
        """Take an answer, without its end.  ValueError if it is none, so the target is no Redis.

        Redis takes any line that is no error for an acknowledgement, and deletes the key.
        """
        if not line.startswith((b"+", b"-")):
            raise ValueError("the target does not speak RESP")
        error = line[1:] if line.startswith(b"-") else b""
        if self._preamble_due:
            self._preamble_due -= 1
            self._preamble_error = self._preamble_error or error
            return
        key, error = self._unanswered.popleft(), self._preamble_error or error
        if error:
            self.error = self.error or error
        else:
            self.acknowledged.append(key)

    @property
    def is_over(self) -> bool:
        return not self._unanswered

    @property
    def may_begin_again(self) -> bool:
        """Whether no RESTORE was answered yet."""
        return len(self._unanswered) == len(self._keys)

    @property
    def selected_db(self) -> int:
        """The database that is selected on the connection, once all is over."""
        return NO_DB if self.error else self.target.db

    def reply(self, failure: str = "") -> Reply:
        """What the client gets; `failure` is CONNECTING, WRITING or READING if the connection broke."""
        if self.error:
            return RedisError(f"ERR Target instance replied with error: {self.error.decode('latin-1')}")
        return RedisError(f"IOERR error or timeout {failure}") if failure else OK
