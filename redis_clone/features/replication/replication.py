"""The master's side of replication: the stream is made of ops, kept in the backlog, and fed to replicas.

    ops ── encode ──> bytes ──> backlog
                         └────> the output buffer of each replica that is fed

The stream, and with it the offset, moves only while there is a backlog.  It is made when the first replica
comes, and freed when none has come back for `repl-backlog-ttl` seconds: then a new history begins, because
nobody could tell any more what was changed in the meantime.

The bytes of one flush are one object, however many replicas share it.  The caller holds the lock.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from redis_clone.features.replication.backlog import Backlog
from redis_clone.features.replication.history import History
from redis_clone.features.replication.replica import ONLINE, WAITING, Replica
from redis_clone.protocol.ops import Op, OpEncoder
from redis_clone.structures.clock import Clock


class Settings(Protocol):
    """The configuration parameters, by name."""

    def __getitem__(self, name: str) -> Any: ...


class Replication:
    """The state of a master, with all its replicas."""

    def __init__(self, config: Settings, clock: Clock, restrictions: set[str]) -> None:
        """`restrictions`: it has "replicas" in it while writes are rejected for lack of good replicas."""
        self._config = config
        self._clock = clock
        self._restrictions = restrictions
        self.history = History()
        self.backlog: Backlog | None = None
        self.encoder = OpEncoder()
        self._trim_at = 0  # the offset from which on the backlog is to be looked at again
        self.replicas: dict[Replica, None] = {}  # those that are fed or will be, in the order they came
        self.without_replicas_ms: int | None = None  # since when there is none; None: there is one
        self.asked_at = -1  # the offset just after the last REPLCONF GETACK
        self.next_second_ms = 0  # when the cron's next round for the replicas is due
        self.seconds = 0  # such rounds; each so many of them, the replicas get a PING

    # The stream.

    def feed(self, ops: Sequence[Op]) -> None:
        """Continue the stream; propagation calls this at each flush."""
        self.append(self.encoder.encode(ops))

    def append(self, data: bytes) -> None:
        """Continue the stream by these bytes.  O(replicas)"""
        backlog = self.backlog
        if not data or backlog is None:
            return
        self.history.offset += len(data)
        backlog.append(data)
        for replica in self.replicas:
            if replica.is_fed:
                replica.output_buffer.append(data)
        if backlog.next_offset > self._trim_at:
            backlog.trim(self._needed())
            self._trim_at = backlog.next_offset + backlog.size // 16  # now and then is enough

    def _needed(self) -> int | None:
        """The lowest offset from which a replica that is not fed yet will need the stream."""
        return min(
            (replica.stream_from for replica in self.replicas if replica.needs_backlog),
            default=None,
        )

    def create_backlog(self) -> None:
        self.backlog = Backlog(self.history.offset + 1, self._config["repl-backlog-size"])
        self._trim_at = 0

    def resize_backlog(self, size: int) -> None:
        """The hook of `repl-backlog-size`."""
        if self.backlog is not None:
            self.backlog.size = size
            self.backlog.trim(self._needed())

    def free_backlog(self) -> None:
        """Nobody came back for it; a replica that does later needs a full synchronization."""
        self.backlog = None
        self.history.begin()

    def memory(self) -> int:
        """Bytes that the backlog and the output buffers of the replicas take.  O(replicas)"""
        return len(self.backlog or b"") + self.replica_memory()

    def replica_memory(self) -> int:
        return sum(each.output_buffer.size + each.output_buffer.sending for each in self.replicas)

    def aux_fields(self) -> dict[str, str | int]:
        """The AUX fields of an RDB file by which a restarted server knows where in which history it is."""
        if self.backlog is None:
            return {}
        db = max(self.encoder.db, 0)
        return {"repl-stream-db": db, "repl-id": self.history.replid, "repl-offset": self.history.offset}

    # The replicas.

    def may_continue(self, replid: str, next_offset: int) -> bool:
        """Whether a replica that has this history can go on where it stopped."""
        backlog = self.backlog
        return backlog is not None and self.history.has(replid, next_offset) and backlog.reaches(next_offset)

    def start_feeding(self, replica: Replica, from_offset: int) -> int:
        """Give a replica the stream from this offset on; returns how many bytes the backlog had for it."""
        assert self.backlog is not None
        missed = self.backlog.since(from_offset)
        if missed:
            replica.output_buffer.append(missed)
        replica.state, replica.is_fed = ONLINE, True
        return len(missed)

    def in_state(self, state: str) -> list[Replica]:
        return [replica for replica in self.replicas if replica.state == state]

    @property
    def waiting(self) -> list[Replica]:
        """The replicas for which a snapshot must begin."""
        return self.in_state(WAITING)

    def count_acknowledged(self, offset: int) -> int:
        """How many replicas have all bytes of the stream up to this one."""
        return sum(1 for replica in self._online() if replica.offset >= offset)

    def count_synced(self, offset: int) -> int:
        """How many replicas have all bytes of the stream up to this one on their disk."""
        return sum(1 for replica in self._online() if replica.synced_offset >= offset)

    def count_good(self) -> int:
        """How many replicas have been heard of in the last `min-replicas-max-lag` seconds."""
        now_ms, most = self._clock.now_ms, self._config["min-replicas-max-lag"]
        return sum(1 for replica in self._online() if replica.seconds_silent(now_ms) <= most)

    def look_for_good(self) -> None:
        """Reject writes from now on if fewer than `min-replicas-to-write` replicas are good, or no longer."""
        if self.needs_good_replicas and self.count_good() < self._config["min-replicas-to-write"]:
            self._restrictions.add("replicas")
        else:
            self._restrictions.discard("replicas")

    def _online(self) -> Iterator[Replica]:
        return (replica for replica in self.replicas if replica.state == ONLINE)

    @property
    def needs_good_replicas(self) -> bool:
        """Whether writes are rejected when too few replicas are good."""
        return bool(self._config["min-replicas-to-write"] and self._config["min-replicas-max-lag"])
