r"""Parses commands: arrays of bulk strings (RESP), as Redis's clients send them, and typed lines.

    *2\r\n            two arguments follow              (an array ...
    $3\r\nGET\r\n     the first, three bytes long        ... of bulk strings)
    $1\r\na\r\n       the second

Three rules:
  1. A payload is counted, never searched: it may hold \r\n itself.
  2. A limit is checked as soon as the length is read, before memory is taken.
  3. After a ProtocolError no later byte can be trusted: send the error, then close the connection.

`read_command` does all of this; it reads sockets and files alike.  pipelines.py adds a fast path.

The texts of the errors and the order of the checks are those of processMultibulkBuffer and
processInlineBuffer in networking.c.
"""

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import UnbalancedQuotes, split_words
from redis_clone.protocol.stream import LineTooLong, Stream
from redis_clone.structures.numbers import parse_integer

MOST_ARGUMENTS = 2**31 - 1  # that a client may announce
ARGUMENT_BYTES, LEAST_ARGUMENTS = 48, 1024 * 1024


class ProtocolError(RedisError):
    """The bytes are no RESP, so the connection has to be closed."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"ERR Protocol error: {problem}")


class Limits:
    """The limits of what a client may send.  SMALL_COUNT and SMALL_BULK hold before it authenticates."""

    def __init__(self, bulk_bytes: int = 512 * 1024 * 1024, command_bytes: int = 1024 * 1024 * 1024) -> None:
        self.bulk_bytes = bulk_bytes  # proto-max-bulk-len
        self.command_bytes = command_bytes  # client-query-buffer-limit

    @property
    def arguments(self) -> int:
        """The most arguments of a command; an empty one takes memory too, in the list and as an object."""
        return max(self.command_bytes // ARGUMENT_BYTES, LEAST_ARGUMENTS)


UNLIMITED = Limits()
SMALL_COUNT, SMALL_BULK = 10, 16384  # before AUTH


class QueryBufferFull(Exception):
    """One command exceeds client-query-buffer-limit: the connection is closed without a reply."""


def read_command(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    r"""The next command as its list of arguments, [] for an empty one, None at the end of the stream.

    `trusted` is False until the client is authenticated.  EOFError when the stream ends within a command.

    >>> import io
    >>> read_command(Stream(io.BytesIO(b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n").read))
    [b'GET', b'a\r\nb']
    >>> read_command(Stream(io.BytesIO(b"SET 'my key' hello\n").read))
    [b'SET', b'my key', b'hello']
    """
    kind = stream.peek()
    if not kind:
        return None
    if kind != b"*":
        return _read_inline(stream)
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if room < 0 or number == most:
            raise QueryBufferFull
        arguments.append(stream.read_exactly(length + 2)[:-2])
    return arguments


def _read_inline(stream: Stream) -> list[bytes]:
    try:
        return split_words(stream.read_line(b"\n", ends_after_nul=False))
    except LineTooLong:
        raise ProtocolError("too big inline request") from None
    except UnbalancedQuotes:
        raise ProtocolError("unbalanced quotes in request") from None


def _read_header(stream: Stream) -> bytes:
    """The bytes before the \\r.  Redis looks for the \\r alone, and takes any next byte for the \\n.

    It looks with strchr(), which stops at a zero byte: the end of such a line is waited for.
    """
    return stream.read_line(b"\r", beyond=1, ends_after_nul=False)


def _read_count(stream: Stream, trusted: bool) -> int:
    try:
        count = parse_integer(_read_header(stream)[1:])
    except LineTooLong:
        raise ProtocolError("too big mbulk count string") from None
    except ValueError:
        raise ProtocolError("invalid multibulk length") from None
    if count > MOST_ARGUMENTS:
        raise ProtocolError("invalid multibulk length")
    if count > SMALL_COUNT and not trusted:
        raise ProtocolError("unauthenticated multibulk length")
    return count


def _read_length(stream: Stream, limits: Limits, trusted: bool) -> int:
    try:
        header = _read_header(stream)
    except LineTooLong:
        raise ProtocolError("too big bulk count string") from None
    if header[:1] != b"$":
        got = header[:1] or b"\r"  # for an empty line, the error shows its end
        raise ProtocolError(f"expected '$', got '{got.decode('latin-1')}'")
    try:
        length = parse_integer(header[1:])
    except ValueError:
        raise ProtocolError("invalid bulk length") from None
    if not 0 <= length <= limits.bulk_bytes:
        raise ProtocolError("invalid bulk length")
    if length > SMALL_BULK and not trusted:
        raise ProtocolError("unauthenticated bulk length")
    return length
