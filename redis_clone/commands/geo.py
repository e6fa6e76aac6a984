"""The geo commands.  A place is the score of a member of a sorted set: see structures/geohash.py.

GEOSEARCH replaced the GEORADIUS commands in Redis 6.2.  All of them fill in one _Search, and differ in the
options that they allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, double, integer
from redis_clone.commands.sorted_sets import zadd
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, FormattedDouble, NullArray
from redis_clone.storage.sorted_sets import ScoreCut, SortedSet
from redis_clone.structures.geohash import Box, Circle, Point, cover, decode, distance, encode, text_of
from redis_clone.structures.numbers import format_long_double

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("geo")

UNITS = {b"M": 1.0, b"KM": 1000.0, b"FT": 0.3048, b"MI": 1609.34}  # in meters
MIDDLE, NOWHERE = Point(0, 0), Circle(0)  # for a search without a source key, which does not use them

# The options of a search, and how many arguments follow each.
ORDERING = {b"ASC": 0, b"DESC": 0, b"COUNT": 1, b"ANY": 0}
SHOWING = {b"WITHCOORD": 0, b"WITHDIST": 0, b"WITHHASH": 0}
PLACING = {b"FROMMEMBER": 1, b"FROMLONLAT": 2, b"BYRADIUS": 2, b"BYBOX": 3}
STORING = {b"STORE": 1, b"STOREDIST": 1}
EXCLUSIVE = {
    b"FROMMEMBER": b"FROMLONLAT",
    b"FROMLONLAT": b"FROMMEMBER",
    b"BYRADIUS": b"BYBOX",
    b"BYBOX": b"BYRADIUS",
}


@command("GEOADD", arity=-5, flags="write denyoom", keys=one_key("RW update"))
def geoadd(client: Client, key: bytes, *args: bytes) -> int | float | None:
    """Adds members with their longitudes and latitudes to a sorted set, or moves those that it has.

    GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]
    Since 3.2.0, O(log(N)) for each item added, where N is the number of members.
    """
    start = 0
    while start < len(args) and args[start].upper() in (b"NX", b"XX", b"CH"):
        start += 1
    options, places = args[:start], args[start:]
    if len(places) % 3 or {b"NX", b"XX"} <= {option.upper() for option in options}:
        raise RedisError(SYNTAX)
    scores_and_members: list[bytes] = []
    for longitude, latitude, member in zip(places[::3], places[1::3], places[2::3], strict=True):
        scores_and_members += [b"%d" % encode(_point(longitude, latitude)), member]
    reply = zadd(client, key, *options, *scores_and_members)
    if client.server.changes:
        client.server.propagation.replicate_as(b"ZADD", key, *options, *scores_and_members)
    return reply


@command("GEOPOS", arity=-2, flags="readonly", keys=one_key("RO access"))
def geopos(client: Client, key: bytes, *members: bytes) -> list[list[object] | NullArray]:
    """Returns the longitudes and latitudes of members; null for one that is not there.

    GEOPOS key [member [member ...]]
    Since 3.2.0, O(N) where N is the number of members asked for.
    """
    points = _points(client, key, members)
    return [_coordinates(point) if point else NULL_ARRAY for point in points]


@command("GEOHASH", arity=-2, flags="readonly", keys=one_key("RO access"))
def geohash(client: Client, key: bytes, *members: bytes) -> list[bytes | None]:
    """Returns where members are as texts of geohash.org; null for one that is not there.

    GEOHASH key [member [member ...]]
    Since 3.2.0, O(N) where N is the number of members asked for.
    """
    return [text_of(point) if point else None for point in _points(client, key, members)]


@command("GEODIST", arity=-4, flags="readonly", keys=one_key("RO access"))
def geodist(client: Client, key: bytes, member1: bytes, member2: bytes, *unit: bytes) -> bytes | None:
    """Returns how far two members are from each other; null when one of them is not there.

    GEODIST key member1 member2 [M | KM | FT | MI]
    Since 3.2.0, O(1)
    """
    if len(unit) > 1:
        raise RedisError(SYNTAX)  # for most commands this is an arity error
    meters = _unit(unit[0]) if unit else 1.0
    one, other = _points(client, key, (member1, member2))
    return _format_distance(distance(one, other) / meters) if one and other else None


@command("GEOSEARCH", arity=-7, flags="readonly", keys=one_key("RO access"))
def geosearch(client: Client, key: bytes, *args: bytes) -> list[object]:
    """Returns the members within a circle or a box.

    GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> |
        BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST]
        [WITHHASH]
    Since 6.2.0, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _Search(client.db.get(key, SortedSet))
    search.read(args, ORDERING | SHOWING | PLACING)
    search.check_placed("GEOSEARCH")
    return _shown(client, search)


@command(
    "GEOSEARCHSTORE",
    arity=-8,
    flags="write denyoom",
    keys=[one_key("OW update"), one_key("RO access", at=2)],
)
def geosearchstore(client: Client, destination: bytes, source: bytes, *args: bytes) -> int:
    """Stores the members within a circle or a box, and returns their number.

    GEOSEARCHSTORE destination source <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius
        <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]]
        [STOREDIST]
    Since 6.2.0, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _Search(client.db.get(source, SortedSet))
    search.read(args, ORDERING | SHOWING | PLACING | {b"STOREDIST": 0})
    search.check_storable("GEOSEARCHSTORE")
    search.check_placed("GEOSEARCHSTORE")
    return _store(client, search, destination, "geosearchstore")


@command(
    "GEORADIUS",
    arity=-6,
    flags="write denyoom",
    keys=[
        one_key("RO access"),
        one_key("OW update", after=("STORE", 6)),
        one_key("OW update", after=("STOREDIST", 6)),
    ],
)
def georadius(
    client: Client, key: bytes, longitude: bytes, latitude: bytes, radius: bytes, *args: bytes
) -> list[object] | int:
    """Returns or stores the members within a circle around a point: GEOSEARCH, as it was before 6.2.

    GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count
        [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]
    Since 3.2.0, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _around_point(client, key, longitude, latitude, radius, args[0])
    return _radius(client, search, args[1:], ORDERING | SHOWING | STORING)


@command("GEORADIUS_RO", arity=-6, flags="readonly", keys=one_key("RO access"))
def georadius_ro(
    client: Client, key: bytes, longitude: bytes, latitude: bytes, radius: bytes, *args: bytes
) -> list[object] | int:
    """Returns the members within a circle around a point: GEORADIUS that stores nothing, for replicas too.

    GEORADIUS_RO key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT
        count [ANY]] [ASC | DESC]
    Since 3.2.10, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _around_point(client, key, longitude, latitude, radius, args[0])
    return _radius(client, search, args[1:], ORDERING | SHOWING)


@command(
    "GEORADIUSBYMEMBER",
    arity=-5,
    flags="write denyoom",
    keys=[
        one_key("RO access"),
        one_key("OW update", after=("STORE", 5)),
        one_key("OW update", after=("STOREDIST", 5)),
    ],
)
def georadiusbymember(
    client: Client, key: bytes, member: bytes, radius: bytes, unit: bytes, *args: bytes
) -> list[object] | int:
    """Returns or stores the members within a circle around one of them: GEOSEARCH, as it was before 6.2.

    GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count
        [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]
    Since 3.2.0, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _around_member(client, key, member, radius, unit)
    return _radius(client, search, args, ORDERING | SHOWING | STORING)


@command("GEORADIUSBYMEMBER_RO", arity=-5, flags="readonly", keys=one_key("RO access"))
def georadiusbymember_ro(
    client: Client, key: bytes, member: bytes, radius: bytes, unit: bytes, *args: bytes
) -> list[object] | int:
    """Returns the members within a circle around one of them: GEORADIUSBYMEMBER that stores nothing.

    GEORADIUSBYMEMBER_RO key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count
        [ANY]] [ASC | DESC]
    Since 3.2.10, O(N+log(M)) where N is the number of members around the area and M of all.
    """
    search = _around_member(client, key, member, radius, unit)
    return _radius(client, search, args, ORDERING | SHOWING)


class _Found(NamedTuple):
    member: bytes
    score: float
    point: Point
    distance: float


class _Search:
    """The options of one of these commands: the area, and how results are shown."""

    def __init__(self, stored: SortedSet | None, center: Point = MIDDLE) -> None:
        self.stored = stored
        self.center = center
        self.shape: Circle | Box = NOWHERE
        self.meters = 1.0  # in the unit of the distances
        self.order: bytes | None = None
        self.count: int | None = None
        self.destination: bytes | None = None
        self.stores_distances = False
        self.given: set[bytes] = set()  # the options that were given

    def read(self, args: Sequence[bytes], allowed: dict[bytes, int]) -> None:
        options = Options(args)
        while options:
            word = options.word()
            if word not in allowed or options.left < allowed[word] or EXCLUSIVE.get(word) in self.given:
                raise options.error()
            self.given.add(word)
            self._read_option(word, options, has_argument=allowed[word] > 0)

    def _read_option(self, word: bytes, options: Options, has_argument: bool) -> None:
        match word:
            case b"ASC" | b"DESC":
                self.order = word
            case b"COUNT":
                self.count = integer(options.value())
                if self.count <= 0:
                    raise RedisError("ERR COUNT must be > 0")
            case b"STORE" | b"STOREDIST":
                self.stores_distances = word == b"STOREDIST"
                if has_argument:
                    self.destination = options.value()
            case b"FROMMEMBER":
                self.start_from_member(options.value())
            case b"FROMLONLAT":
                self.center = _point(options.value(), options.value())
            case b"BYRADIUS":
                self.search_circle(options.value(), options.value())
            case b"BYBOX":
                self._search_box(options.value(), options.value(), options.value())

    def start_from_member(self, member: bytes) -> None:
        if self.stored is None:
            return  # nothing will be found, but the options that follow must still be right
        if member not in self.stored.scores:
            raise RedisError("ERR could not decode requested zset member")
        self.center = decode(self.stored.scores[member])

    def search_circle(self, radius: bytes, unit: bytes) -> None:
        length = double(radius, "ERR need numeric radius")
        if length < 0:
            raise RedisError("ERR radius cannot be negative")
        self.meters = _unit(unit)
        self.shape = Circle(length * self.meters)

    def _search_box(self, width: bytes, height: bytes, unit: bytes) -> None:
        lengths = double(width, "ERR need numeric width"), double(height, "ERR need numeric height")
        if min(lengths) < 0:
            raise RedisError("ERR height or width cannot be negative")
        self.meters = _unit(unit)
        self.shape = Box(lengths[0] * self.meters, lengths[1] * self.meters)

    def check_storable(self, name: str) -> None:
        if self.given & SHOWING.keys():
            raise RedisError(f"ERR {name} is not compatible with WITHDIST, WITHHASH and WITHCOORD options")

    def check_placed(self, name: str) -> None:
        if not self.given & {b"FROMMEMBER", b"FROMLONLAT"}:
            raise RedisError(f"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}")
        if not self.given & {b"BYRADIUS", b"BYBOX"}:
            raise RedisError(f"ERR exactly one of BYRADIUS and BYBOX can be specified for {name}")

    def results(self) -> list[_Found]:
        """The members that were found, in order, with their distances in the unit asked for."""
        takes_any = b"ANY" in self.given
        if takes_any and self.count is None:
            raise RedisError("ERR the ANY argument requires COUNT argument")
        found = list(islice(self._members(), self.count if takes_any else None))
        if self.order or (self.count is not None and not takes_any):  # the nearest ones, if only some
            found.sort(key=lambda one: one.distance, reverse=self.order == b"DESC")
        return found[: self.count]

    def _members(self) -> Iterator[_Found]:
        if self.stored is None:
            return
        for cell in cover(self.center, self.shape):
            start, stop = cell.scores.start, cell.scores.stop
            ranks = self.stored.ranks_by_score(ScoreCut(start, after=False), ScoreCut(stop, after=False))
            for member, score in self.stored.items_at(ranks):
                point = decode(score)
                meters = self.shape.distance(self.center, point)
                if meters is not None:
                    yield _Found(member, score, point, meters / self.meters)


def _around_point(
    client: Client, key: bytes, longitude: bytes, latitude: bytes, radius: bytes, unit: bytes
) -> _Search:
    search = _Search(client.db.get(key, SortedSet), _point(longitude, latitude))
    search.search_circle(radius, unit)
    return search


def _around_member(client: Client, key: bytes, member: bytes, radius: bytes, unit: bytes) -> _Search:
    search = _Search(client.db.get(key, SortedSet))
    if search.stored is not None:  # else even the radius goes unread
        search.start_from_member(member)
        search.search_circle(radius, unit)
    return search


def _radius(
    client: Client, search: _Search, args: Sequence[bytes], allowed: dict[bytes, int]
) -> list[object] | int:
    search.read(args, allowed)
    if search.destination is None:
        return _shown(client, search)
    search.check_storable("STORE option in GEORADIUS")
    return _store(client, search, search.destination, "georadiusstore")


def _shown(client: Client, search: _Search) -> list[object]:
    if not search.given & SHOWING.keys():
        return [found.member for found in search.results()]
    shown: list[object] = []
    for found in search.results():
        entry: list[object] = [found.member]
        if b"WITHDIST" in search.given:
            entry.append(_format_distance(found.distance))
        if b"WITHHASH" in search.given:
            entry.append(int(found.score))
        if b"WITHCOORD" in search.given:
            entry.append(_coordinates(found.point))
        shown.append(entry)
    return shown


def _store(client: Client, search: _Search, destination: bytes, event: str) -> int:
    results = search.results()
    scores = {found.member: found.distance if search.stores_distances else found.score for found in results}
    if scores:
        client.db.set_value(destination, SortedSet(scores), event, count=len(scores))
    else:
        client.db.delete(destination)
    return len(scores)


def _points(client: Client, key: bytes, members: Sequence[bytes]) -> list[Point | None]:
    stored = client.db.get(key, SortedSet)
    scores = stored.scores if stored else {}
    return [decode(scores[member]) if member in scores else None for member in members]


def _point(longitude: bytes, latitude: bytes) -> Point:
    point = Point(double(longitude), double(latitude))
    if not point.is_on_map():
        raise RedisError("ERR invalid longitude,latitude pair {:f},{:f}".format(*point))
    return point


def _unit(word: bytes) -> float:
    meters = UNITS.get(word.upper())
    if meters is None:
        raise RedisError("ERR unsupported unit provided. please use M, KM, FT, MI")
    return meters


def _coordinates(point: Point) -> list[object]:
    """Longitude and latitude with 17 decimals, without zeros at the end, unlike other doubles."""
    return [FormattedDouble(format_long_double(Fraction(degrees))) for degrees in point]


def _format_distance(length: float) -> bytes:
    """A distance with 4 decimals, rounded as Redis 7.2 does: the length times 10000, half to even.

    >>> _format_distance(166274.15156960033), _format_distance(0)
    (b'166274.1516', b'0.0000')
    """
    whole, fraction = divmod(round(length * 10_000), 10_000)
    return b"%d.%04d" % (whole, fraction)
