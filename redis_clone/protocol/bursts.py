r"""Commands alone and whole pipelines: the shortcut of the parser, for what nearly all traffic is.

resp.read_command() reads a command by its lines and counts, and could do all the work.  But most bytes come
in bursts of whole commands with short arguments, and Python is quick where it may cut a burst in one go: at
every \r\n.  If then the lengths of the pieces are those that the client announced, no piece was cut in two.
It takes a fifth of the time.  Whatever does not fit is left to read_command, down to the errors.

Mostly the commands of a burst are even alike: a thousand SETs.  Then their words stay in columns, all the
keys, all the values (Alike), and are looked at, and later used, column by column (alike.py).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from redis_clone.protocol.resp import UNLIMITED, Limits, read_command
from redis_clone.protocol.stream import Stream


class Commands(deque[list[bytes]]):
    """What is still to be run of the commands that came together.

    >>> commands = Commands([[b"PING"], [b"GET", b"a"]])
    >>> commands.take(1), list(commands)
    ([[b'PING']], [[b'GET', b'a']])
    """

    __slots__ = ("raw", "total")

    def __init__(self, argvs: Iterable[list[bytes]] = (), total: int = 0, raw: bytes = b"") -> None:
        self.extend(argvs)  # quicker than super().__init__(argvs)
        self.total = total  # of all of them, if we know
        self.raw = raw  # ... the bytes that they came in, which are spelled as we would spell them

    def take(self, count: int) -> list[list[bytes]]:
        """Remove that many from the front."""
        return [self.popleft() for _ in range(count)]


class Alike:
    """The same, where they are of one name and have as many words each, their `width`.

    >>> commands = Alike([[b"SET", b"SET"], [b"a", b"b"], [b"1", b"2"]])
    >>> commands.popleft(), commands.columns(9), list(commands)
    ([b'SET', b'a', b'1'], [[b'b'], [b'2']], [[b'SET', b'b', b'2']])
    """

    __slots__ = ("_at", "_columns", "_end", "name", "raw", "total", "width")

    def __init__(self, columns: list[list[bytes]], begin: int = 0, end: int | None = None) -> None:
        """All the names, all the first arguments, and so on; from `begin` to `end`."""
        names = columns[0]
        self.total = len(names)
        self.name, self.width = names[0], len(columns)
        self.raw = b""
        self._columns = columns
        self._at, self._end = begin, self.total if end is None else end

    def __len__(self) -> int:
        return self._end - self._at

    def __iter__(self) -> Iterator[list[bytes]]:
        return map(list, islice(zip(*self._columns, strict=True), self._at, self._end))

    def __getitem__(self, place: int) -> list[bytes]:
        return [column[self._at + place] for column in self._columns]

    def popleft(self) -> list[bytes]:
        self._at += 1
        return self[-1]  # the one that was first

    def take(self, count: int) -> "Alike":
        """Remove that many from the front."""
        begin = self._at
        self.skip(count)
        return Alike(self._columns, begin, self._at)

    def skip(self, count: int) -> None:
        """As take(), for who does not want them."""
        self._at += count

    def columns(self, most: int) -> list[list[bytes]]:
        """The arguments of so many at the front: all the first ones, all the second ones."""
        begin, end = self._at, min(self._at + most, self._end)
        return [column[begin:end] for column in self._columns[1:]]


Burst = Commands | Alike
Words = list[list[bytes]] | Alike  # of commands that were taken off

# What the shortcut knows by heart: the headers of short arrays and of short arguments.
COUNTS = {b"*%d" % count: count for count in range(1, 256)}
# Into how many pieces a command alone is cut: its header, two an argument, and the empty one at the end.
PIECES = {header: 2 + 2 * count for header, count in COUNTS.items()}
HEADERS = [b"$%d" % length for length in range(1024)]
HEADER_OF = dict(enumerate(HEADERS)).get

NEVER = -1


class BurstReader:
    r"""The commands of one connection in their order, as many at a time as are there already.

    >>> import io
    >>> data = io.BytesIO(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\nECHO 'as typed'\r\n")
    >>> reader = BurstReader(Stream(data.read))
    >>> reader.next(), reader.next(), reader.next()
    (Commands([[b'GET', b'a'], [b'PING']]), [b'ECHO', b'as typed'], None)
    """

    def __init__(self, stream: Stream, limits: Limits = UNLIMITED) -> None:
        self._stream = stream
        self._limits = limits
        self._tried = NEVER  # the refill of the stream that the shortcut was last tried on, and stopped

    def next(self, trusted: bool = True) -> list[bytes] | Burst | None:
        """A command alone, as its words, or some; none of either for an empty line, and None at the end.

        Errors and `trusted` as for read_command().
        """
        stream = self._stream
        if trusted and stream.refills != self._tried:
            burst = stream.take_burst()
            pieces = burst.split(b"\r\n")
            if len(pieces) == PIECES.get(pieces[0]):  # one, it seems
                argv = pieces[2::2]
                if [*map(HEADER_OF, map(len, argv)), b""] == pieces[1::2]:
                    return argv
            if not burst:
                return None
            columns, end = split_alike(pieces)
            if columns:
                commands: Burst = Alike(columns)
            else:
                whole, end = split_burst(pieces)
                commands = Commands(whole, len(whole))
            rest = b"\r\n".join(pieces[end:])
            if rest:
                stream.put_back(rest)
            # Once, or odd payloads would cost their square; commands alike were half of the burst at least.
            self._tried = stream.refills if rest and not columns else NEVER
            if commands:
                commands.raw = burst[: -len(rest)] if rest else burst
                return commands
        return read_command(stream, self._limits, trusted)


def split_burst(pieces: list[bytes]) -> tuple[list[list[bytes]], int]:
    r"""The plain commands at the beginning of a burst, and how many of its pieces they are.

    >>> split_burst(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGE".split(b"\r\n"))
    ([[b'PING']], 3)
    """
    commands: list[list[bytes]] = []
    at, whole = 0, len(pieces) - 1  # the last one has no \r\n behind it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        arguments = pieces[at + 2 : end : 2]
        if end > whole or list(map(HEADER_OF, map(len, arguments))) != pieces[at + 1 : end : 2]:
            break
        commands.append(arguments)
        at = end
    return commands, at


def split_alike(pieces: list[bytes]) -> tuple[list[list[bytes]], int]:
    r"""The same where all of them, or half of the pieces at least, are commands alike: these, in columns.

    >>> split_alike(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n*1".split(b"\r\n"))
    ([[b'GET', b'GET'], [b'a', b'b']], 10)
    """
    whole = len(pieces) - 1
    width = 1 + 2 * COUNTS.get(pieces[0], whole)
    most = whole // width
    if most < 2:
        return [], 0
    end = most * width
    heads, names = pieces[0:end:width], pieces[2:end:width]
    if heads.count(pieces[0]) < most or names.count(pieces[2]) < most:
        first = takewhile((pieces[0], pieces[2]).__eq__, zip(heads, names, strict=True))
        most = len(list(first))
        end = most * width
        if most < 2 or 2 * end < whole:
            return [], 0
        names = names[:most]
    if pieces[1:end:width].count(b"$%d" % len(pieces[2])) < most:
        return [], 0
    columns = [names]
    for place in range(4, width, 2):
        column = pieces[place:end:width]
        try:
            headers = [HEADERS[len(word)] for word in column]  # quicker than list(map(...)) for many
        except IndexError:  # a long word
            return [], 0
        if headers != pieces[place - 1 : end : width]:
            return [], 0
        columns.append(column)
    return columns, end
