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
    dict, FlatMap      *2 key value              %1 key value
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
Container = tuple[bytes, Sequence[Any]]  # the header of an array or a map, and the items behind it


class SimpleString(str):
    """A short status, such as OK."""


class NullArray:
    """The null in place of an array."""

    def __repr__(self) -> str:
        return "NULL_ARRAY"


class FlatMap(list[Any]):
    """A map as keys and values in turn, because a key may be an array."""


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
    r"""The bytes of `reply` in RESP2 or RESP3.  No recursion, for a script may nest thousands deep.

    >>> encode([1, b"a", None])
    b'*3\r\n:1\r\n$1\r\na\r\n$-1\r\n'
    >>> encode({b"a": 1.5}, protocol=3)
    b'%1\r\n$1\r\na\r\n,1.5\r\n'
    """
    encoded: list[bytes] = []
    waiting = [reply]  # the next one is the last
    while waiting:
        item = waiting.pop()
        kind = _kind(item)
        if kind in ENCODERS:
            encoded.append(ENCODERS[kind](item, protocol))
            continue
        header, items = CONTAINERS[kind](item, protocol)
        encoded.append(header)
        kinds = set(map(type, items))
        if kinds == {bytes}:
            encoded.append(_bulks(items))
        elif kinds == {int}:
            encoded.append(b":%d\r\n" * len(items) % tuple(items))
        else:
            waiting += items[::-1]
    return b"".join(encoded)


def _kind(reply: Reply) -> type:
    """The type in the tables that `reply` is of: its own or a parent, such as RedisError of ProtocolError."""
    kind = type(reply)
    if kind in ENCODERS or kind in CONTAINERS:
        return kind
    for parent in kind.__mro__:
        if parent in ENCODERS or parent in CONTAINERS:
            return parent
    raise TypeError(f"no RESP type for {kind.__name__}")


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


def _verbatim(reply: Verbatim, protocol: int) -> bytes:
    return _bulk(reply, 2) if protocol == 2 else b"=%d\r\n%b:%b\r\n" % (len(reply) + 4, reply.format, reply)


def _big_number(reply: BigNumber, protocol: int) -> bytes:
    return _bulk(b"%d" % reply, 2) if protocol == 2 else b"(%d\r\n" % reply


def _array(reply: Sequence[Any], protocol: int) -> Container:
    return b"*%d\r\n" % len(reply), reply


def _set(reply: Iterable[Any], protocol: int) -> Container:
    members = list(reply)
    return (b"*%d\r\n" if protocol == 2 else b"~%d\r\n") % len(members), members


def _push(reply: Push, protocol: int) -> Container:
    return (b"*%d\r\n" if protocol == 2 else b">%d\r\n") % len(reply), reply


def _flat_map(reply: Sequence[Any], protocol: int) -> Container:
    return b"*%d\r\n" % len(reply) if protocol == 2 else b"%%%d\r\n" % (len(reply) // 2), reply


def _map(reply: dict[Any, Any], protocol: int) -> Container:
    return _flat_map(_flat(reply.items()), protocol)


def _pairs(reply: Pairs, protocol: int) -> Container:
    return _array(_flat(reply) if protocol == 2 else reply, protocol)


def _pairs_or_map(reply: PairsOrMap, protocol: int) -> Container:
    return _array(reply, protocol) if protocol == 2 else _flat_map(_flat(reply), protocol)


def _attributed(reply: Attributed, protocol: int) -> Container:
    if protocol == 2:
        return b"", [reply.reply]
    return b"|%d\r\n" % len(reply.attributes), [*_flat(reply.attributes.items()), reply.reply]


def _flat(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    return [item for pair in pairs for item in pair]


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
    RedisError: _error,
    NullArray: _null_array,
    bool: _boolean,
    float: _double,
    bytearray: _bulk,
    str: _text,
    FormattedDouble: _formatted_double,
    Verbatim: _verbatim,
    BigNumber: _big_number,
    Encoded: lambda reply, protocol: reply,
}

CONTAINERS: dict[type, Callable[[Any, int], Container]] = {
    list: _array,
    tuple: _array,
    set: _set,
    frozenset: _set,
    Members: _set,
    dict: _map,
    FlatMap: _flat_map,
    Pairs: _pairs,
    PairsOrMap: _pairs_or_map,
    Push: _push,
    Replies: lambda reply, protocol: (b"", reply),
    Attributed: _attributed,
}


def read_reply(stream: Stream) -> Reply:
    r"""Read one reply, in RESP2 or RESP3, and return its value: what a client does.

    An error is returned, not raised.  Pairs come back as plain lists, attributes (`|`) are skipped, and in
    the keys of a map lists and maps come back as tuples.  EOFError when the server closes the connection.

    >>> import io
    >>> read_reply(Stream(io.BytesIO(b"%1\r\n$1\r\na\r\n*2\r\n:1\r\n#t\r\n").read))
    {b'a': [1, True]}
    """
    reply = _read_value(stream)
    if type(reply) is not Aggregate:
        return reply
    unfinished = [Aggregate(b"*", 1), reply]  # to the innermost; the outermost only holds the reply
    while len(unfinished[0].items) < 1:
        innermost = unfinished[-1]
        if len(innermost.items) == innermost.size:
            unfinished.pop()
            if innermost.kind != b"|":
                unfinished[-1].items.append(innermost.value())
            continue
        item = _read_value(stream)
        if type(item) is Aggregate:
            item.is_in_key = innermost.is_in_key or innermost.awaits_key()
            unfinished.append(item)
        else:
            innermost.items.append(item)
    return unfinished[0].items[0]


class Aggregate:
    """An array, set, map, push message or attribute whose items are being read."""

    def __init__(self, kind: bytes, length: int) -> None:
        self.kind = kind
        self.size = 2 * length if kind in b"%|" else length
        self.items: list[Any] = []
        self.is_in_key = False  # of a map, so it must be hashable

    def awaits_key(self) -> bool:
        return self.kind == b"%" and len(self.items) % 2 == 0

    def value(self) -> Reply:
        items = self.items
        if self.kind == b"%":
            pairs = zip(items[::2], items[1::2], strict=True)
            return tuple(pairs) if self.is_in_key else dict(pairs)
        return tuple(items) if self.is_in_key else AGGREGATES[self.kind](items)


def _read_value(stream: Stream) -> Reply | Aggregate:
    """The next value; of an aggregate its head alone, the items follow."""
    header = stream.read_line(limit=LONGEST_LINE)
    kind, text = header[:1], header[1:]
    if kind in READERS:
        return READERS[kind](text)
    length = int(text)
    if kind == b"$":
        return None if length < 0 else stream.read_exactly(length + 2)[:-2]
    if kind == b"=":
        return Verbatim(stream.read_exactly(length + 2)[4:-2])
    if kind == b"*" and length < 0:
        return NULL_ARRAY
    if kind in AGGREGATES:
        return Aggregate(kind, length)
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
AGGREGATES: dict[bytes, Callable[[list[Any]], Reply]] = {
    b"*": list,
    b"~": Members,
    b">": Push,
    b"%": dict,
    b"|": list,
}
