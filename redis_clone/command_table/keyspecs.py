"""The key specifications: where the keys of a command stand in argv, and what is done to each.

They are those of Redis (COMMAND INFO, ninth element).  A key spec says where the keys begin, at an index or
behind a keyword, and how they go on from there, over a range or for as many as a number says.

    one_key("RW insert")                  SADD key member
    all_keys("RO access")                 MGET key [key ...]
    all_keys("OW update", step=2)         MSET key value [key value ...]
    counted_keys("RO access")             SINTERCARD numkeys key [key ...]
    one_key("OW update", after=("STORE", 6))          GEORADIUS ... STORE key

The first flag says what is done to the key (RO read, RW read and write, OW overwrite, RM remove).  The others
say what is done to its value (access, update, insert, delete), or tell about the spec itself (incomplete,
variable_flags, not_key).  `argv[0]` is the command's name.  Imports errors and numbers only.
"""

from collections.abc import Sequence
from typing import NamedTuple

from redis_clone.protocol.errors import RedisError
from redis_clone.structures.numbers import atoi, is_integer

INVALID_KEYS = RedisError("ERR Invalid arguments specified for command")


class KeyAt(NamedTuple):
    """One key of one call: its position in argv, and its flags."""

    position: int
    flags: tuple[str, ...]


class KeySpec(NamedTuple):
    """One key spec; made by the functions below.

    `last` is counted from the first key, or from the end of argv when it is negative.
    """

    flags: tuple[str, ...]
    find: str  # "range", "keynum" or "unknown"
    at: int = 1
    after: tuple[str, int] | None = None  # the keyword in front of the keys, and where to search for it
    last: int = 0
    step: int = 1
    limit: int = 0  # 2: the first half of what is left, as in XREAD STREAMS key key id id
    notes: str = ""

    @property
    def is_plain_range(self) -> bool:
        return self.find == "range" and self.after is None

    def begin(self, argv: Sequence[bytes]) -> int | None:
        """Where the keys begin in `argv`; None when the keyword in front of them is missing."""
        if self.after is None:
            return self.at if self.at < len(argv) else None
        keyword, start = self.after
        places = range(start, len(argv) - 1) if start > 0 else range(len(argv) + start, 0, -1)
        return next((at + 1 for at in places if argv[at].upper() == keyword.encode()), None)

    def positions(self, argv: Sequence[bytes]) -> range:
        """The positions of the keys in `argv`.

        >>> list(all_keys("OW update", step=2).positions([b"MSET", b"a", b"1", b"b", b"2"]))
        [1, 3]
        >>> list(counted_keys("RO access").positions([b"ZUNION", b"2", b"a", b"b", b"WITHSCORES"]))
        [2, 3]
        """
        first = self.begin(argv)
        if first is None or self.find == "unknown":
            return range(0)
        if self.find == "keynum":
            return self._counted(argv, first)
        if self.last >= 0:
            return range(first, min(first + self.last + 1, len(argv)), self.step)
        stop = len(argv) + self.last + 1
        if self.limit > 1:
            stop = first + (stop - first) // self.limit
        return range(first, stop, self.step)

    def _counted(self, argv: Sequence[bytes], number_at: int) -> range:
        if not is_integer(argv[number_at]) or argv[number_at].startswith(b"-"):
            raise INVALID_KEYS
        return _counted_from(argv, number_at)


def _counted_from(argv: Sequence[bytes], number_at: int) -> range:
    """So many places behind a number as it says, in a C int; at least one."""
    count = atoi(argv[number_at])
    if not 1 <= count < len(argv) - number_at:
        raise INVALID_KEYS
    return range(number_at + 1, number_at + 1 + count)


def one_key(flags: str, at: int = 1, after: tuple[str, int] | None = None, notes: str = "") -> KeySpec:
    """One key, at an index or behind a keyword."""
    return KeySpec(tuple(flags.split()), "range", at, after, notes=notes)


def all_keys(
    flags: str,
    at: int = 1,
    last: int = -1,
    step: int = 1,
    **rest: "tuple[str, int] | int | str",
) -> KeySpec:
    """The arguments from `at` to `last`; `after` and `limit` as in KeySpec."""
    return KeySpec(tuple(flags.split()), "range", at, last=last, step=step, **rest)  # type: ignore[arg-type]


def counted_keys(flags: str, at: int = 1) -> KeySpec:
    """The argument at `at` says how many keys follow it."""
    return KeySpec(tuple(flags.split()), "keynum", at)


def unknown_keys(flags: str, notes: str = "") -> KeySpec:
    """Keys that no spec can find, such as those of SORT's BY and GET."""
    return KeySpec(tuple(flags.split()), "unknown", notes=notes)


def keys_of(specs: Sequence[KeySpec], argv: Sequence[bytes]) -> list[KeyAt]:
    """All keys of one call in the order of the specs.

    >>> smove = [one_key("RW access delete"), one_key("RW insert", at=2)]
    >>> [key.position for key in keys_of(smove, [b"SMOVE", b"a", b"b", b"member"])]
    [1, 2]
    """
    try:
        return [KeyAt(position, spec.flags) for spec in specs for position in spec.positions(argv)]
    except RedisError:
        return _guessed_keys(specs, argv)


def _guessed_keys(specs: Sequence[KeySpec], argv: Sequence[bytes]) -> list[KeyAt]:
    """The keys where their number is none, such as 1a, of which Redis takes the 1 (genericGetKeys in db.c).

    The counted keys come first, and no flags are known.
    """
    counted = [_counted_from(argv, spec.at) for spec in specs if spec.find == "keynum"]
    others = [spec.positions(argv) for spec in specs if spec.find != "keynum"]
    return [KeyAt(place, ()) for places in counted + others for place in places]


def slice_of(specs: Sequence[KeySpec]) -> slice | None:
    """Where all keys stand in argv; None when that depends on what is in argv, or needs several ranges.

    >>> slice_of([one_key("RW")]), slice_of([all_keys("RO", last=-2)]), slice_of([counted_keys("RO")])
    (slice(1, 2, 1), slice(1, -1, 1), None)
    """
    if len(specs) != 1 or not specs[0].is_plain_range or specs[0].limit:
        return None
    at, last = specs[0].at, specs[0].last
    stop = at + last + 1 if last >= 0 else last + 1 or None
    return slice(at, stop, specs[0].step)


def legacy_range(specs: Sequence[KeySpec]) -> tuple[int, int, int]:
    """(first, last, step) for clients older than key specs (populateCommandLegacyRangeSpec in server.c).

    >>> legacy_range([all_keys("RO")]), legacy_range([one_key("RW"), one_key("RW", at=2)])
    ((1, -1, 1), (1, 2, 1))
    """
    plain = [spec for spec in specs if spec.is_plain_range]
    if len(specs) == 1 and plain:
        return specs[0].at, _last_position(specs[0]), specs[0].step
    first = last = 0
    for spec in plain:
        if spec.step != 1 or (last and spec.at != last + 1):
            break
        first = first or spec.at
        last = _last_position(spec)
    return (first, last, 1) if first else (0, 0, 0)


def _last_position(spec: KeySpec) -> int:
    return spec.last if spec.last < 0 else spec.at + spec.last
