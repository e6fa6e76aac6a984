r"""Replies: encodes plain Python values as RESP2 or RESP3, and decodes them for a client.

A command returns a plain Python value, whatever the protocol's version is; only encode() tells them apart:

    value              RESP2                     RESP3
    int                :7                        :7
    bytes, bytearray   $5 hello                  $5 hello
    str                as its bytes              as its bytes
    SimpleString       +OK                       +OK
    RedisError         -ERR ...                  -ERR ...
    None               $-1                       _
    NULL_ARRAY         *-1                       _
    float              $3 1.5                    ,1.5
    FormattedDouble    $4 1.50                   ,1.50
    bool               :1                        #t
    list, tuple        *2 a b                    *2 a b
    set, Members       *2 a b                    ~2 a b
    dict               *2 key value              %1 key value
    Pairs              *4 a 1 b 2                *2, each of them *2 a 1
    PairsOrMap         *2, each of them *2 a 1   %2 a 1 b 2
    Push               *3 ...                    >3 ...
    Verbatim           $5 hello                  =9 txt:hello
    BigNumber          $20 1234...               (1234...
    Replies            one after the other       one after the other
    Attributed         the reply alone           |1 key value, and then the reply
    Encoded            as it is                  as it is

Two traps, both Redis's own: a yes-or-no command such as EXISTS replies with an int in RESP3 too, never with a
bool; and RESP2 has two nulls, of which a time-out of BLPOP and a failed EXEC are the null array.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.stream import Stream
from redis_clone.structures.numbers import format_double, parse_double

Reply = Any  # any value of the table above


class SimpleString(str):
    """A short status, such as OK."""


class NullArray:
    """The null in place of an array."""

    def __repr__(self) -> str:
        return "NULL_ARRAY"


class Pairs(list[tuple[Any, Any]]):
    """Members with their scores, fields with their values: flat in RESP2, pair by pair in RESP3."""


class PairsOrMap(list[tuple[Any, Any]]):
    """Keys, each with what was found there: pair by pair in RESP2, a map in RESP3."""


class Members(list[Any]):
    """A set that keeps its order, for a client that prints it."""


class Push(list[Any]):
    """A message that is no reply to a command: from pub/sub or client-side caching."""


class Replies(list[Any]):
    """Several replies to one command, one after the other: SUBSCRIBE confirms each channel."""


class Attributed(NamedTuple):
    """A reply and attributes of it, which a client may ignore."""

    attributes: dict[Any, Any]
    reply: Any


class Encoded(bytes):
    """A reply that is encoded already.  EXEC makes them, because its next command may change the value."""


class FormattedDouble(bytes):
    """A floating point number that is not formatted as format_double() does."""


class BigNumber(int):
    """An integer beyond 64 bits."""


class Verbatim(bytes):
    """A text for people, which a client prints unchanged."""

    format = b"txt"  # three letters


LONGEST_LINE = 512 * 1024 * 1024  # bytes; a line of MONITOR may hold a large value

SHORT_HEADERS = [b"$%d" % length for length in range(256)]
SHORT_INTEGERS = {number: b":%d\r\n" % number for number in range(-2, 256)}

OK = SimpleString("OK")
OK_LINE = b"+OK\r\n"  # the most frequent reply, in either protocol
QUEUED = SimpleString("QUEUED")
NULL_ARRAY = NullArray()


def encode(reply: Reply, protocol: int = 2) -> bytes:
    r"""The bytes of `reply` in RESP2 or RESP3.

    >>> encode([1, b"a", None])
    b'*3\r\n:1\r\n$1\r\na\r\n$-1\r\n'
    >>> encode({b"a": 1.5}, protocol=3)
    b'%1\r\n$1\r\na\r\n,1.5\r\n'
    """
    encoder = ENCODERS.get(type(reply)) or _encoder_of_parent(reply)
    return encoder(reply, protocol)


def encode_all(replies: Sequence[Reply], protocol: int = 2) -> bytes:
    r"""Several replies, one after the other.  Replies that are all strings or all integers need no call each.

    >>> encode_all([1, b"a"]), encode_all(range(2))
    (b':1\r\n$1\r\na\r\n', b':0\r\n:1\r\n')
    """
    kinds = set(map(type, replies))
    if kinds == {bytes}:
        return _bulks(replies)
    if kinds == {int}:
        return b":%d\r\n" * len(replies) % tuple(replies)
    return b"".join([OK_LINE if reply is OK else encode(reply, protocol) for reply in replies])


class _Formatted(dict[int, bytes]):
    """The headers of RESP: a sign and a number.  Those of small numbers are made once."""

    def __init__(self, sign: bytes) -> None:
        super().__init__((number, sign + b"%d" % number) for number in range(1024))
        self._sign = sign

    def __missing__(self, number: int) -> bytes:
        return self._sign + b"%d" % number


COUNTS, LENGTHS = _Formatted(b"*"), _Formatted(b"$")


def encode_command(arguments: Sequence[bytes]) -> bytes:
    r"""A command as clients send it.

    >>> encode_command([b"GET", b"a"])
    b'*2\r\n$3\r\nGET\r\n$1\r\na\r\n'
    """
    parts = [COUNTS[len(arguments)]]
    for argument in arguments:
        parts.append(LENGTHS[len(argument)])
        parts.append(argument)
    parts.append(b"")
    return b"\r\n".join(parts)


def _null(reply: None, protocol: int) -> bytes:
    return b"$-1\r\n" if protocol == 2 else b"_\r\n"


def _null_array(reply: NullArray, protocol: int) -> bytes:
    return b"*-1\r\n" if protocol == 2 else b"_\r\n"


def _integer(reply: int, protocol: int) -> bytes:
    return SHORT_INTEGERS.get(reply) or b":%d\r\n" % reply


def _boolean(reply: bool, protocol: int) -> bytes:
    if protocol == 2:
        return b":%d\r\n" % reply
    return b"#t\r\n" if reply else b"#f\r\n"


def _double(reply: float, protocol: int) -> bytes:
    return _bulk(format_double(reply), 2) if protocol == 2 else b",%b\r\n" % format_double(reply)


def _formatted_double(reply: FormattedDouble, protocol: int) -> bytes:
    return _bulk(reply, 2) if protocol == 2 else b",%b\r\n" % reply


def _bulk(reply: bytes, protocol: int) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(reply), reply)


def _text(reply: str, protocol: int) -> bytes:
    return _bulk(reply.encode("latin-1", "replace"), protocol)


def _simple(reply: SimpleString, protocol: int) -> bytes:
    return OK_LINE if reply is OK else b"+%b\r\n" % reply.encode("latin-1", "replace")


def _error(reply: RedisError, protocol: int) -> bytes:
    line = str(reply).encode("latin-1", "replace")
    return b"-%b\r\n" % line.replace(b"\r", b" ").replace(b"\n", b" ")  # or they would end the line


def _array(reply: Iterable[Any], protocol: int) -> bytes:
    return _many(b"*", list(reply), protocol)


def _set(reply: Iterable[Any], protocol: int) -> bytes:
    return _many(b"*" if protocol == 2 else b"~", list(reply), protocol)


def _push(reply: Push, protocol: int) -> bytes:
    return _many(b"*" if protocol == 2 else b">", reply, protocol)


def _map(reply: dict[Any, Any], protocol: int) -> bytes:
    flat = [item for pair in reply.items() for item in pair]
    if protocol == 2:
        return _many(b"*", flat, protocol)
    return b"%%%d\r\n" % len(reply) + encode_all(flat, protocol)


def _pairs(reply: Pairs, protocol: int) -> bytes:
    if protocol == 2:
        return _many(b"*", [item for pair in reply for item in pair], protocol)
    return _many(b"*", reply, protocol)


def _pairs_or_map(reply: PairsOrMap, protocol: int) -> bytes:
    return _many(b"*", reply, protocol) if protocol == 2 else _map(dict(reply), protocol)


def _verbatim(reply: Verbatim, protocol: int) -> bytes:
    return _bulk(reply, 2) if protocol == 2 else b"=%d\r\n%b:%b\r\n" % (len(reply) + 4, reply.format, reply)


def _big_number(reply: BigNumber, protocol: int) -> bytes:
    return _bulk(b"%d" % reply, 2) if protocol == 2 else b"(%d\r\n" % reply


def _attributed(reply: Attributed, protocol: int) -> bytes:
    if protocol == 2:
        return encode(reply.reply, protocol)
    return b"|" + encode(reply.attributes, protocol)[1:] + encode(reply.reply, protocol)


def _many(prefix: bytes, items: list[Any], protocol: int) -> bytes:
    return prefix + b"%d\r\n" % len(items) + encode_all(items, protocol)


def _bulks(items: Sequence[bytes]) -> bytes:
    """Many bulk strings, with no call for each: a third faster.  LRANGE replies with these."""
    if max(map(len, items)) >= len(SHORT_HEADERS):
        return b"".join([_bulk(item, 2) for item in items])
    lines = [b""] * (2 * len(items) + 1)  # the last one stays empty, so that join() ends the one before it
    lines[:-1:2] = [SHORT_HEADERS[len(item)] for item in items]
    lines[1::2] = items
    return b"\r\n".join(lines)


ENCODERS: dict[type, Callable[[Any, int], bytes]] = {
    int: _integer,
    bytes: _bulk,
    SimpleString: _simple,
    type(None): _null,
    list: _array,
    tuple: _array,
    RedisError: _error,
    NullArray: _null_array,
    bool: _boolean,
    float: _double,
    bytearray: _bulk,
    str: _text,
    set: _set,
    frozenset: _set,
    Members: _set,
    dict: _map,
    Pairs: _pairs,
    PairsOrMap: _pairs_or_map,
    FormattedDouble: _formatted_double,
    Push: _push,
    Verbatim: _verbatim,
    BigNumber: _big_number,
    Replies: encode_all,
    Attributed: _attributed,
    Encoded: lambda reply, protocol: reply,
}


def _encoder_of_parent(reply: Reply) -> Callable[[Any, int], bytes]:
    for parent in type(reply).__mro__:  # such as ProtocolError, a RedisError
        if parent in ENCODERS:
            return ENCODERS[parent]
    raise TypeError(f"no RESP type for {type(reply).__name__}")


def read_reply(stream: Stream) -> Reply:
    r"""Read one reply, in RESP2 or RESP3, and return its value: what a client does.

    An error is returned, not raised.  Pairs come back as plain lists, and attributes (`|`) are skipped.
    EOFError when the server closes the connection.

    >>> import io
    >>> read_reply(Stream(io.BytesIO(b"%1\r\n$1\r\na\r\n*2\r\n:1\r\n#t\r\n").read))
    {b'a': [1, True]}
    """
    header = stream.read_line(limit=LONGEST_LINE)
    kind, text = header[:1], header[1:]
    if kind in READERS:
        return READERS[kind](text)
    length = int(text)
    if kind == b"$":
        return None if length < 0 else stream.read_exactly(length + 2)[:-2]
    if kind == b"*":
        return NULL_ARRAY if length < 0 else [read_reply(stream) for _ in range(length)]
    if kind == b"=":
        return Verbatim(stream.read_exactly(length + 2)[4:-2])
    if kind == b"~":
        return Members(read_reply(stream) for _ in range(length))
    if kind == b">":
        return Push(read_reply(stream) for _ in range(length))
    if kind == b"%":
        return {hashable(read_reply(stream)): read_reply(stream) for _ in range(length)}
    if kind == b"|":
        for _ in range(2 * length):
            read_reply(stream)
        return read_reply(stream)
    raise ValueError(f"no reply begins with {kind!r}")


READERS: dict[bytes, Callable[[bytes], Reply]] = {
    b"+": lambda text: SimpleString(text.decode("latin-1")),
    b"-": lambda text: RedisError(text.decode("latin-1")),
    b":": int,
    b"_": lambda text: None,
    b"#": lambda text: text == b"t",
    b",": lambda text: float("nan") if text.endswith(b"nan") else parse_double(text),
    b"(": lambda text: BigNumber(int(text)),
}


def hashable(reply: Reply) -> Any:
    """A reply that can be the key of a dict: lists become tuples, and maps become tuples of their pairs."""
    if isinstance(reply, dict):
        reply = list(reply.items())
    return tuple(hashable(item) for item in reply) if isinstance(reply, (list, tuple)) else reply
