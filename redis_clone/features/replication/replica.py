"""What a master knows of one replica: how it introduced itself, how far its synchronization is, what it has.

    state        the replica has asked for a full synchronization,
    WAITING      and the snapshot for it has not begun
    SENDING      and the snapshot is being made or sent
    ONLINE       or it follows the stream
    TRANSMITTED  or it has the file, and wanted nothing else; INFO does not list it any more

The caller holds the lock.
"""

from typing import Any

from redis_clone.protocol.output_buffer import OutputBuffer

WAITING, SENDING, ONLINE = "wait_bgsave", "send_bulk", "online"  # as INFO shows them
TRANSMITTED = "transmitted"


class Replica:
    """One replica.  It exists from its first REPLCONF on; PSYNC or SYNC makes it one that is fed."""

    def __init__(self, client: Any, output_buffer: OutputBuffer) -> None:
        self.client = client  # opaque here: server/replicas.py uses it
        self.output_buffer = output_buffer
        self.address = ""  # of its end of the connection
        # What it said of itself.
        self.port = 0  # where it listens
        self.ip = ""  # where others reach it; "": its address as we see it
        self.takes_mark = False  # capa eof: it finds the end of an RDB file by a mark, without a length
        self.takes_new_id = False  # capa psync2: +CONTINUE may say a new replication ID
        self.wants_rdb_only = False  # it is redis-cli --rdb: no stream follows the file
        self.takes_data = self.takes_functions = True  # else it has asked for a file without them
        self.acknowledges = False  # it came by PSYNC, not by SYNC, so it says how far it is
        # How far it is.
        self.state = WAITING
        self.since_ms = 0  # when it began to wait
        self.stream_from = 0  # offset of the first byte of the stream that it needs after the file
        self.has_loaded = False  # it has acknowledged something, so it has the file
        self.is_fed = False  # all that is new is put into its output buffer
        self.offset = 0  # it has all bytes up to this one, as it last said
        self.synced_offset = 0  # and they are on its disk (WAITAOF)
        self.heard_ms = 0  # when it last said so
        self._taken = -1  # bytes that were sent to it when that was last looked at
        self._taken_ms = 0  # and since when they are so many

    @property
    def name(self) -> str:
        """For the log: the address where it listens, as far as it has said so."""
        return f"{self.shown_ip}:{self.port}" if self.port else f"client {self.address}"

    @property
    def shown_ip(self) -> str:
        """The address by which others reach it: as it said, or as we see it."""
        seen, _, _ = self.address.rpartition(":")
        return self.ip or seen.strip("[]")  # which are there around an IPv6 address

    @property
    def needs_backlog(self) -> bool:
        """Whether it will need the stream from `stream_from` on, but is not fed yet."""
        return self.state in (SENDING, ONLINE) and not self.is_fed and not self.wants_rdb_only

    def seconds_stuck(self, now_ms: int) -> int:
        """How long it has taken nothing of what waits for it, as was seen at the calls of this function."""
        taken = self.client.replication_output
        if taken != self._taken or not (self.output_buffer.size or self.output_buffer.sending):
            self._taken, self._taken_ms = taken, now_ms
        return (now_ms - self._taken_ms) // 1000

    def seconds_silent(self, now_ms: int) -> int:
        """How long ago it last said how far it is: the lag of INFO."""
        return (now_ms - self.heard_ms) // 1000 if self.state == ONLINE else 0
