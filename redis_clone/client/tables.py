"""Shows replies as tables: one function for each command, reply -> header and rows.

A person at a terminal gets tables if the package tabulate is installed.  Otherwise, and for an error, a
null or an empty reply, the reply looks as it does in redis-cli.
"""

import importlib
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from redis_clone.protocol.inline import quote
from redis_clone.protocol.replies import Reply

WIDEST = 60  # characters of a cell
MOST_STREAM_COLUMNS = 8


class Table(NamedTuple):
    header: list[str]
    rows: list[list[str]]


def table_of(words: list[bytes], reply: Reply) -> Table | None:
    """The table that this reply to these words is; None when it is none.

    >>> table_of([b"HGETALL", b"user"], [b"name", b"Ada"])
    Table(header=['field', 'value'], rows=[['name', 'Ada']])
    """
    upper = [word.upper() for word in words]
    shape = SHAPES.get(b" ".join(upper[:2])) or SHAPES.get(upper[0])
    if shape is None or not isinstance(reply, (list, dict, bytes)) or not reply:
        return None
    try:
        return shape(upper, reply)
    except (ValueError, TypeError):  # another shape: of a key named WITHSCORES, or from another server
        return None


def format_table(table: Table) -> bytes | None:
    """The table as text; None where tabulate is not installed."""
    try:
        tabulate = importlib.import_module("tabulate")
    except ImportError:
        return None
    text = tabulate.tabulate(table.rows, headers=table.header, disable_numparse=True)
    return bytes(text, "utf-8", "surrogateescape")


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return _listed(value)
    if isinstance(value, list):
        value = " ".join(map(_cell, value))
    if isinstance(value, bytes):
        is_plain = value.isascii() and value.decode("ascii").isprintable() and value == value.strip()
        value = value.decode("ascii") if is_plain else _readable(value)
    text = "" if value is None else str(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def _readable(value: bytes) -> str:
    """UTF-8 text as it is; other bytes are quoted as redis-cli does it."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    return text if text.isprintable() and text else quote(value).decode("ascii")


def _pairs(reply: Any) -> list[tuple[Any, Any]]:
    """The pairs of a map, of an array of pairs, or of the flat array that RESP2 has for both."""
    if isinstance(reply, dict):
        return list(reply.items())
    if isinstance(reply[0], list):
        return [(first, second) for first, second in reply]
    return list(zip(reply[::2], reply[1::2], strict=True))


def _two_columns(first: str, second: str, option: bytes = b"") -> Callable[[list[bytes], Any], Table | None]:
    """A table of pairs; where the command must have an option to answer pairs, it is `option`."""

    def shape(words: list[bytes], reply: Any) -> Table | None:
        if (option and option not in words[3:]) or not isinstance(reply, (list, dict)):
            return None
        return Table([first, second], [[_cell(one), _cell(other)] for one, other in _pairs(reply)])

    return shape


def _stream(words: list[bytes], reply: list[Any]) -> Table:
    """A table with a column for each field, or one column for all where there are too many fields."""
    entries = [(entry_id, dict(_pairs(fields)) if fields else {}) for entry_id, fields in reply]
    names = list(dict.fromkeys(name for _, fields in entries for name in fields))
    if len(names) > MOST_STREAM_COLUMNS:
        return Table(["id", "fields"], [[_cell(entry_id), _listed(fields)] for entry_id, fields in entries])
    rows = [[_cell(entry_id), *(_cell(fields.get(name)) for name in names)] for entry_id, fields in entries]
    return Table(["id", *map(_cell, names)], rows)


def _listed(fields: dict[Any, Any]) -> str:
    return _cell(" ".join(f"{_cell(name)}={_cell(value)}" for name, value in fields.items()))


def _slow_log(words: list[bytes], reply: list[Any]) -> Table:
    rows = []
    for number, moment, microseconds, argv, *client in reply:
        command = _cell(b" ".join(argv))
        rows.append(
            [str(number), _moment(moment), f"{microseconds / 1000:.2f}", command, *map(_cell, client)]
        )
    return Table(["id", "when", "ms", "command", "client", "name"], rows)


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _stream_of_each_key(words: list[bytes], reply: Any) -> Table:
    """XREAD: the entries of several streams, with the stream before each."""
    rows = []
    for key, entries in _pairs(reply):
        for entry_id, fields in entries:
            rows.append([_cell(key), _cell(entry_id), _listed(dict(_pairs(fields)) if fields else {})])
    return Table(["stream", "id", "fields"], rows)


def _records(words: list[bytes], reply: list[Any]) -> Table:
    """An array of maps that have the same keys: a column for each."""
    records = [dict(_pairs(each)) for each in reply]
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[_cell(record.get(name)) for name in names] for record in records]
    return Table(list(map(_cell, names)), rows)


def _pending(words: list[bytes], reply: list[Any]) -> Table:
    """XPENDING with a range: the entries that a consumer has not acknowledged."""
    rows = [[_cell(entry), _cell(consumer), str(idle), str(times)] for entry, consumer, idle, times in reply]
    return Table(["id", "consumer", "idle ms", "deliveries"], rows)


def _histogram(words: list[bytes], reply: Any) -> Table:
    """LATENCY HISTOGRAM: for each command, how many calls took at most so many microseconds."""
    rows = []
    for command, figures in _pairs(reply):
        calls, spread = (value for _, value in _pairs(figures))
        buckets = [f"{upto} us: {count}" for upto, count in _pairs(spread)]
        rows.append([_cell(command), str(calls), "  ".join(buckets)])
    return Table(["command", "calls", "took at most"], rows)


CLIENT_COLUMNS = ("id", "addr", "name", "age", "idle", "db", "sub", "multi", "cmd", "user")


def _clients(words: list[bytes], reply: bytes) -> Table:
    found = [
        dict(word.partition("=")[::2] for word in line.split(" "))
        for line in reply.decode("utf-8", "replace").splitlines()
    ]
    return Table(list(CLIENT_COLUMNS), [[each.get(name, "") for name in CLIENT_COLUMNS] for each in found])


def _info(words: list[bytes], reply: bytes) -> Table:
    """A table with a row for each field; the title of a section is a row of its own, below an empty one."""
    rows: list[list[str]] = []
    for line in reply.decode("utf-8", "replace").splitlines():
        if line.startswith("#"):
            rows += [["", ""], [line, ""]] if rows else [[line, ""]]
        elif line:
            name, _, value = line.partition(":")
            rows.append([name, _cell(value)])
    return Table(["field", "value"], rows)


def _latest(words: list[bytes], reply: list[Any]) -> Table:
    rows = [[_cell(event), _moment(when), str(last), str(most)] for event, when, last, most in reply]
    return Table(["event", "when", "ms", "worst ms"], rows)


def _history(words: list[bytes], reply: list[Any]) -> Table:
    return Table(["when", "ms"], [[_moment(when), str(latency)] for when, latency in reply])


def _slots(words: list[bytes], reply: list[Any]) -> Table:
    rows = []
    for first, last, master, *replicas in reply:
        places = [f"{_cell(node[0])}:{node[1]}" for node in (master, *replicas)]
        rows.append([f"{first}-{last}", places[0], " ".join(places[1:])])
    return Table(["slots", "master", "replicas"], rows)


_scores = _two_columns("member", "score", option=b"WITHSCORES")

SHAPES: dict[bytes, Callable[[list[bytes], Any], Table | None]] = {
    b"HGETALL": _two_columns("field", "value"),
    b"HRANDFIELD": _two_columns("field", "value", option=b"WITHVALUES"),
    b"CONFIG GET": _two_columns("parameter", "value"),
    b"PUBSUB NUMSUB": _two_columns("channel", "subscribers"),
    b"PUBSUB SHARDNUMSUB": _two_columns("channel", "subscribers"),
    b"MEMORY STATS": _two_columns("figure", "value"),
    b"ZPOPMIN": _two_columns("member", "score"),
    b"ZPOPMAX": _two_columns("member", "score"),
    b"ZRANGE": _scores,
    b"ZREVRANGE": _scores,
    b"ZRANGEBYSCORE": _scores,
    b"ZREVRANGEBYSCORE": _scores,
    b"ZRANDMEMBER": _scores,
    b"ZDIFF": _scores,
    b"ZINTER": _scores,
    b"ZUNION": _scores,
    b"XRANGE": _stream,
    b"XREVRANGE": _stream,
    b"XREAD": _stream_of_each_key,
    b"XREADGROUP": _stream_of_each_key,
    b"XPENDING": _pending,
    b"XINFO GROUPS": _records,
    b"XINFO CONSUMERS": _records,
    b"ACL LOG": _records,
    b"MODULE LIST": _records,
    b"SLOWLOG GET": _slow_log,
    b"CLIENT LIST": _clients,
    b"INFO": _info,
    b"LATENCY LATEST": _latest,
    b"LATENCY HISTORY": _history,
    b"LATENCY HISTOGRAM": _histogram,
    b"CLUSTER SLOTS": _slots,
}
