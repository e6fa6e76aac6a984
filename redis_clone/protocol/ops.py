"""Ops: commands as they are propagated, and their bytes in an append-only file or in the stream to replicas.

    op      a command's database, its argv, and its targets (features/propagation.py makes them)
    target  LOG, the append-only file, or REPLICAS; nearly every op goes to BOTH

An op acts in a database, and neither a file nor a stream says so with each command.  So the encoder puts a
SELECT wherever the database changes.  A file and a stream have an encoder each, because each begins
somewhere else.
"""

from collections.abc import Sequence

from redis_clone.protocol.replies import encode_command

LOG, REPLICAS = 1, 2  # the numbers of redis.set_repl()
BOTH = LOG | REPLICAS
Op = tuple[int, Sequence[bytes], int]
NO_DB = -1  # the database of an op that acts in none, as MULTI; and of an encoder before the first SELECT


class OpEncoder:
    r"""
    >>> OpEncoder().encode([(0, [b"DEL", b"a"], 3), (0, [b"DEL", b"b"], 3)])
    b'*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n'
    """

    def __init__(self) -> None:
        self.db = NO_DB  # the database that was last selected

    def encode(self, ops: Sequence[Op]) -> bytes:
        """The ops as commands, with a SELECT wherever the database changes.  O(bytes)"""
        parts = []
        for db, argv, _ in ops:
            if db != self.db and db != NO_DB:
                self.db = db
                parts.append(encode_command([b"SELECT", b"%d" % db]))
            parts.append(encode_command(argv))
        return b"".join(parts)

    def forget_db(self) -> None:
        """Begin with a SELECT again: what follows will be read by a reader that knows no database."""
        self.db = NO_DB
