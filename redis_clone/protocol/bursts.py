r"""Whole pipelines at once: the shortcut of the parser, for what nearly all traffic is.

resp.read_command() reads a command by its lines and counts, and could do all the work.  But most bytes come
in bursts of whole commands with short arguments, and Python is quick where it may cut a burst in one go: at
every \r\n.  If then the lengths of the pieces are those that the client announced, no piece was cut in two.
Commands with as many arguments, one after the other, are looked at together.  It takes a fifth of the time
(a SET: 0.9 us instead of 4.5).  Whatever does not fit is left to read_command, down to the errors.
"""

from collections import deque
from collections.abc import Sequence

from redis_clone.protocol.resp import UNLIMITED, Limits, read_command
from redis_clone.protocol.stream import Stream


class Commands(deque[list[bytes]]):
    """What is still to be run of the commands that came together.

    >>> commands = Commands([[b"PING"], [b"GET", b"a"]])
    >>> commands.take(1), list(commands)
    ([[b'PING']], [[b'GET', b'a']])
    """

    whole: Sequence[list[bytes]] = ()  # all of them, if we know
    raw = b""  # ... the bytes that they came in, which are spelled as we would spell them

    def take(self, count: int) -> list[list[bytes]]:
        """Remove that many from the front."""
        if count < len(self):
            return [self.popleft() for _ in range(count)]
        taken = list(self)
        self.clear()
        return taken


# What the shortcut knows by heart: the headers of short arrays and of short arguments.
COUNTS = {b"*%d" % count: count for count in range(1, 256)}
HEADER_OF = {length: b"$%d" % length for length in range(1024)}.get

NEVER = -1


class BurstReader:
    r"""The commands of one connection in their order, as many at a time as are there already.

    >>> import io
    >>> data = io.BytesIO(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\nECHO 'as typed'\r\n")
    >>> reader = BurstReader(Stream(data.read))
    >>> reader.next(), reader.next(), reader.next()
    (Commands([[b'GET', b'a'], [b'PING']]), Commands([[b'ECHO', b'as typed']]), None)
    """

    def __init__(self, stream: Stream, limits: Limits = UNLIMITED) -> None:
        self._stream = stream
        self._limits = limits
        self._tried = NEVER  # the refill of the stream that the shortcut was last tried on

    def next(self, trusted: bool = True) -> Commands | None:
        """Some commands, none for an empty line; None at the end.  Errors and `trusted` as read_command()."""
        stream = self._stream
        if trusted and (stream.refills != self._tried or not stream.unread):
            burst = stream.take_burst()
            if not burst:
                return None
            whole, rest = split_burst(burst)
            if rest:
                stream.put_back(rest)
            self._tried = stream.refills if rest else NEVER  # once, or odd payloads would cost their square
            if whole:
                commands = Commands(whole)
                commands.whole, commands.raw = whole, burst[: -len(rest)] if rest else burst
                return commands
        command = read_command(stream, self._limits, trusted)
        return None if command is None else Commands([command] if command else [])


def split_burst(burst: bytes) -> tuple[list[list[bytes]], bytes]:
    r"""The plain commands at the beginning of `burst`, and the rest of it.

    >>> split_burst(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGE")
    ([[b'PING']], b'*2\r\n$3\r\nGE')
    """
    pieces = burst.split(b"\r\n")
    whole = len(pieces) - 1  # the last one has no \r\n behind it
    if whole == 1 + 2 * COUNTS.get(pieces[0], whole) and not pieces[-1]:  # one alone, which needs no loop
        arguments = pieces[2::2]
        if list(map(HEADER_OF, map(len, arguments))) == pieces[1:-1:2]:
            return [arguments], b""
    commands: list[list[bytes]] = []
    at, in_runs = 0, True
    while at < whole:
        count = COUNTS.get(pieces[at], whole)
        end = at + 1 + 2 * count
        if end > whole:
            break
        if in_runs and pieces[end] == pieces[at]:
            end = _end_of_run(pieces, at, end - at)
            run = pieces[at:end]
            del run[:: 1 + 2 * count]
            headers, arguments = run[::2], run[1::2]
        else:
            headers, arguments = pieces[at + 1 : end : 2], pieces[at + 2 : end : 2]
        if list(map(HEADER_OF, map(len, arguments))) == headers:
            if len(arguments) == count:
                commands.append(arguments)
            else:
                commands += map(list, zip(*[iter(arguments)] * count, strict=True))  # each takes `count`
            at = end
        elif in_runs:
            in_runs = False  # so that what comes before the odd one is taken
        else:
            break
    return commands, b"\r\n".join(pieces[at:])


def _end_of_run(pieces: list[bytes], at: int, width: int) -> int:
    """Where commands that are as long as the one at `at` come to an end."""
    head, most = pieces[at], (len(pieces) - 1 - at) // width
    heads = pieces[at : at + most * width : width]
    if heads.count(head) < most:
        most = next(i for i, other in enumerate(heads) if other != head)
    return at + most * width
