"""The arguments that the stream commands share: ids, ranges of ids, and the options to trim.

1700000000000-3     an id: milliseconds and a sequence number
1700000000000       half an id; the sequence number is then 0, or the highest at the end of a range
- +                 the lowest and the highest id there is, in ranges only
(5-1                the id is not part of the range
*  5-*              XADD only: the server chooses the id, or its second half
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.commands.arguments import Options, integer
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.storage.stream_packing import Room
from redis_clone.storage.streams import Entry, Group, Stream
from redis_clone.structures.stream_log import FIRST_ID, HALF_ID, LAST_ID, StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client

INVALID_ID = "ERR Invalid stream ID specified as stream command argument"

# Events without a keyspace notification.  Reading, claiming and acknowledging change the value, so the log
# and the replicas get them, but Redis has no event for them.
UNANNOUNCED = ""
PENDING_CHANGED = "xpending"  # the pending entries of a group changed

EDGES = {b"-": FIRST_ID, b"+": LAST_ID}
LONGEST_ID = 127  # bytes
_HALF = re.compile(rb"[\t-\r ]*\+?\d+")  # Redis reads it with C's strtoull, which takes spaces, + and 007

# An approximate trim drops at most this many blocks in one command, unless LIMIT gives another bound.
BLOCKS_AT_ONCE = 100
ENTRIES_AT_ONCE = 10_000  # when the entries of a block are not limited
MOST_AT_ONCE = 1_000_000  # entries


class WantedId(NamedTuple):
    """An id for XADD.  None: the server chooses."""

    ms: int | None
    seq: int | None


SERVERS_CHOICE = WantedId(None, None)


def read_id(argument: bytes, missing_seq: int = 0) -> StreamId:
    """
    >>> read_id(b"5-1"), read_id(b"5")
    (StreamId(ms=5, seq=1), StreamId(ms=5, seq=0))
    """
    ms, seq = _split(argument)
    return StreamId(_half(ms), missing_seq if seq is None else _half(seq))


def read_wanted_id(argument: bytes) -> WantedId:
    """
    >>> read_wanted_id(b"5-*"), read_wanted_id(b"*")
    (WantedId(ms=5, seq=None), WantedId(ms=None, seq=None))
    """
    if argument == b"*":
        return SERVERS_CHOICE
    ms, seq = _split(argument)
    return WantedId(_half(ms), None) if seq == b"*" else WantedId(*read_id(argument))


def read_id_or_edge(argument: bytes, missing_seq: int = 0) -> StreamId:
    """An id, or one of - and +."""
    return EDGES[argument] if argument in EDGES else read_id(argument, missing_seq)


def read_range_start(argument: bytes) -> StreamId:
    """
    >>> read_range_start(b"(5-1"), read_range_start(b"-")
    (StreamId(ms=5, seq=2), StreamId(ms=0, seq=0))
    """
    if not _is_exclusive(argument):
        return read_id_or_edge(argument)
    try:
        return read_id(argument[1:]).following()
    except OverflowError:
        raise RedisError("ERR invalid start ID for the interval") from None


def read_range_end(argument: bytes) -> StreamId:
    """
    >>> read_range_end(b"5") == StreamId(5, HALF_ID - 1), read_range_end(b"(5-1")
    (True, StreamId(ms=5, seq=0))
    """
    if not _is_exclusive(argument):
        return read_id_or_edge(argument, HALF_ID - 1)
    try:
        return read_id(argument[1:], HALF_ID - 1).preceding()
    except OverflowError:
        raise RedisError("ERR invalid end ID for the interval") from None


def read_ids(arguments: Sequence[bytes]) -> list[StreamId]:
    return [read_id(argument) for argument in arguments]


def _is_exclusive(argument: bytes) -> bool:
    return argument.startswith(b"(") and len(argument) > 1


def _split(argument: bytes) -> tuple[bytes, bytes | None]:
    if len(argument) > LONGEST_ID:
        raise RedisError(INVALID_ID)
    ms, dash, seq = argument.partition(b"-")
    return ms, seq if dash else None


def _half(digits: bytes) -> int:
    if not _HALF.fullmatch(digits) or int(digits) >= HALF_ID:
        raise RedisError(INVALID_ID)
    return int(digits)


def block_room(client: Client) -> Room:
    """How much a block of a stream holds."""
    config = client.server.config
    return Room(config["stream-node-max-entries"], config["stream-node-max-bytes"])


def existing_group(stream: Stream, key: bytes, name: bytes) -> Group:
    group = stream.groups.get(name)
    if group is None:
        shown, shown_key = name.decode("latin-1"), key.decode("latin-1")
        raise RedisError(f"NOGROUP No such consumer group '{shown}' for key name '{shown_key}'")
    return group


def read_count(argument: bytes) -> int | None:
    """A number of entries, None for all: the commands that use this take 0 or less for all."""
    count = integer(argument)
    return count if count > 0 else None


def entry_reply(entry: Entry) -> list[Reply]:
    """An entry as clients see it: the id, and a flat list of fields and values, in RESP3 too."""
    id_, fields = entry
    return [id_.formatted(), fields]


class Trimming:
    """The options of XADD and XTRIM that trim: MAXLEN or MINID, and LIMIT."""

    def __init__(self) -> None:
        self.max_length: int | None = None
        self.min_id: StreamId | None = None
        self.approximate = False
        self.limit: int | None = None  # of entries in one command; 0: no limit

    @property
    def is_wanted(self) -> bool:
        return self.max_length is not None or self.min_id is not None

    def take(self, word: bytes, options: Options) -> bool:
        """Reads the option called `word`; False when it is another one, or has no argument."""
        if not options.left:
            return False
        match word:
            case b"MAXLEN":
                self.max_length = _not_negative(self._threshold(options), "MAXLEN")
            case b"MINID":
                self.min_id = read_id(self._threshold(options))
            case b"LIMIT":
                self.limit = _not_negative(options.value(), "LIMIT")
            case _:
                return False
        return True

    def _threshold(self, options: Options) -> bytes:
        if self.is_wanted:
            raise RedisError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
        value = options.value()
        if options.left and value in (b"~", b"="):
            self.approximate = value == b"~"
            return options.value()
        return value

    def check(self, replays: bool) -> None:
        """Raises an error when the options contradict each other.

        When a log is replayed they may: its threshold is the one that was reached, whatever the limit.
        """
        if replays:
            return
        if self.limit and not self.is_wanted:
            raise RedisError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        if self.limit is not None and not self.approximate:
            raise RedisError("ERR syntax error, LIMIT cannot be used without the special ~ option")

    def trim(self, stream: Stream, block_entries: int) -> int:
        """Trims the stream, and returns the number of deleted entries.

        `block_entries` is the parameter stream-node-max-entries.
        """
        limit = self.limit
        if limit is None:
            limit = min(BLOCKS_AT_ONCE * block_entries, MOST_AT_ONCE) or ENTRIES_AT_ONCE
        if not self.approximate:
            limit = 0
        if self.max_length is not None:
            return stream.entries.trim_to_length(self.max_length, self.approximate, limit)
        if self.min_id is not None:
            return stream.entries.trim_before(self.min_id, self.approximate, limit)
        return 0

    def exact_args(self, args: Sequence[bytes], stream: Stream) -> list[bytes]:
        """The arguments for the log: an approximate threshold is replaced by the one that was reached."""
        exactly = list(args)
        if self.is_wanted and self.approximate:
            at = exactly.index(b"~")
            exactly[at : at + 2] = [b"=", self._reached(stream)]
        return exactly

    def _reached(self, stream: Stream) -> bytes:
        if self.max_length is not None:
            return b"%d" % len(stream.entries)
        return (stream.entries.first_id() or LAST_ID).formatted()


def _not_negative(argument: bytes, name: str) -> int:
    number = integer(argument)
    if number < 0:
        raise RedisError(f"ERR The {name} argument must be >= 0.")
    return number
