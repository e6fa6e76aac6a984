r"""A pipeline: all commands that have arrived together, parsed at once.

This is a fast path for nearly all traffic.  read_command() in resp.py reads a command line by line and could
do all the work.  But most bytes come as whole commands with short arguments, and Python is fastest when it
splits all of them at every \r\n in one call.  If the pieces have the lengths that the client announced, no
piece was cut in two.  Everything else, and every error, is left to read_command().
"""

from collections import deque

from redis_clone.protocol.resp import UNLIMITED, Limits, read_command
from redis_clone.protocol.stream import Stream

Pipeline = deque[list[bytes]]  # the argv of each command that has arrived and has not run yet

# The headers of short arrays and of short arguments, made once.
COUNTS = {b"*%d" % count: count for count in range(1, 256)}
HEADER_OF = {length: b"$%d" % length for length in range(1024)}.get

NEVER = -1


class PipelineReader:
    r"""Reads the commands of one connection in their order, as many at a time as have arrived.

    >>> import io
    >>> data = io.BytesIO(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\nECHO 'as typed'\r\n")
    >>> reader = PipelineReader(Stream(data.read))
    >>> reader.next(), reader.next(), reader.next()
    (deque([[b'GET', b'a'], [b'PING']]), deque([[b'ECHO', b'as typed']]), None)
    """

    def __init__(self, stream: Stream, limits: Limits = UNLIMITED) -> None:
        self._stream = stream
        self._limits = limits
        self._tried = NEVER  # the number of refills when the fast path last stopped

    def next(self, trusted: bool = True) -> Pipeline | None:
        """At least one command, or an empty pipeline for an empty line; None at the end of the stream.

        Errors and `trusted` are those of read_command().
        """
        stream = self._stream
        if trusted and stream.refills != self._tried:
            received = stream.take_all()
            if not received:
                return None
            pieces = received.split(b"\r\n")
            pipeline, end = split_pipeline(pieces)
            rest = b"\r\n".join(pieces[end:])
            if rest:
                stream.put_back(rest)
            # Once for each refill, or the parts of a long argument would be split again and again.
            self._tried = stream.refills if rest else NEVER
            if pipeline:
                return pipeline
        argv = read_command(stream, self._limits, trusted)
        return None if argv is None else deque([argv] if argv else [])


def split_pipeline(pieces: list[bytes]) -> tuple[Pipeline, int]:
    r"""The complete commands at the beginning of `pieces`, and how many pieces they take.

    >>> split_pipeline(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGE".split(b"\r\n"))
    (deque([[b'PING']]), 3)
    """
    pipeline: Pipeline = deque()
    at, whole = 0, len(pieces) - 1  # the last piece has no \r\n after it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        argv = pieces[at + 2 : end : 2]
        if end > whole or [*map(HEADER_OF, map(len, argv))] != pieces[at + 1 : end : 2]:
            break
        pipeline.append(argv)
        at = end
    return pipeline, at
