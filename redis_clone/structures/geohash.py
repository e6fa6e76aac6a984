r"""Places on Earth as numbers: places whose numbers are close together are near each other.

**Cells.**  Halve the map at the meridian of Greenwich: west is 0, east is 1.  Halve that half: south is 0,
north is 1.  Go on, longitude and latitude in turn, and each bit halves the cell that is left.  After 26
halvings of both, 52 bits name a cell of 0.6 by 0.3 meters:

        01 | 11          0101 | 0111 | 1101 | 1111
        ---+---    -->   -----+------+------+-----
        00 | 10          0100 | 0110 | 1100 | 1110
                         ...

**Why that is a score.**  The numbers of all places within a large cell begin with the same bits, so they lie
in one range.  A sorted set finds a range of scores quickly, and its scores are doubles, which hold integers
of up to 53 bits exactly.  So a geo index is a sorted set, and needs no structure of its own.

**Searching.**  Two neighbours may stand on both sides of a border and have hardly a bit in common.  So a
search takes cells about as large as the area, and looks into the cell of its center and the eight around it:
nine ranges.  Members of these cells that lie outside of the area are dropped by their distance.

Latitudes end at 85.05 degrees, as on the square maps of the web.  The Earth is a sphere here, which is wrong
by half a percent at most.  Lengths are meters, angles degrees.  Imports nothing of ours.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

STEPS = 26  # halvings of each axis, so that 52 bits are a score
WEST, EAST = -180.0, 180.0
SOUTH, NORTH = -85.05112878, 85.05112878
EARTH_RADIUS = 6372797.560856
HALF_EQUATOR = 20037726.37  # of the web's map, which takes the Earth to be a little larger
ALPHABET = b"0123456789bcdefghjkmnpqrstuvwxyz"  # of the geohash.org texts: no a, i, l, o

# The center, and around it north, south, east, west, and the corners: the order in which members are found.
AROUND = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]


class Point(NamedTuple):
    longitude: float
    latitude: float

    def is_on_map(self) -> bool:
        return WEST <= self.longitude <= EAST and SOUTH <= self.latitude <= NORTH


class Area(NamedTuple):
    west: float
    south: float
    east: float
    north: float


class Cell(NamedTuple):
    """Column and row of a cell, counted from the south-west, where each axis was halved `steps` times."""

    column: int
    row: int
    steps: int

    @property
    def area(self) -> Area:
        width, height = (EAST - WEST), (NORTH - SOUTH)
        parts = 1 << self.steps
        return Area(
            WEST + self.column / parts * width,
            SOUTH + self.row / parts * height,
            WEST + (self.column + 1) / parts * width,
            SOUTH + (self.row + 1) / parts * height,
        )

    @property
    def scores(self) -> range:
        """The scores of all places in the cell."""
        bits, free = _interleave(self.row, self.column), 2 * (STEPS - self.steps)
        return range(bits << free, bits + 1 << free)

    def neighbour(self, east: int, north: int) -> "Cell":
        """A cell beside this one.  The map has no edge here: beyond the east comes the west."""
        column, row = self.column, self.row
        if east:
            column = (column + east) % (1 << self.steps)
        if north:
            row = (row + north) % (1 << self.steps)
        return Cell(column, row, self.steps)


class Circle(NamedTuple):
    radius: float

    @property
    def half_width(self) -> float:
        return self.radius

    @property
    def half_height(self) -> float:
        return self.radius

    @property
    def reach(self) -> float:
        """From the center to the farthest point."""
        return self.radius

    def distance(self, center: Point, place: Point) -> float | None:
        """How far a place is from the center; None when it lies outside."""
        found = distance(center, place)
        return None if found > self.radius else found


class Box(NamedTuple):
    width: float
    height: float

    @property
    def half_width(self) -> float:
        return self.width / 2

    @property
    def half_height(self) -> float:
        return self.height / 2

    @property
    def reach(self) -> float:
        return math.hypot(self.half_width, self.half_height)

    def distance(self, center: Point, place: Point) -> float | None:
        """How far a place is from the center; None when it lies outside.

        East and west are measured on the parallel of the place.
        """
        if _meridian_distance(place.latitude, center.latitude) > self.half_height:
            return None
        if distance(place, Point(center.longitude, place.latitude)) > self.half_width:
            return None
        return distance(center, place)


def encode(point: Point) -> int:
    """The score of a place on the map.  O(1)

    >>> encode(Point(13.361389, 38.115556))
    3479099956230698
    """
    return cell_of(point, STEPS).scores.start


def decode(score: float) -> Point:
    """The middle of the cell that a score stands for; any score will do.  O(1)

    >>> decode(3479099956230698.0)
    Point(longitude=13.361389338970184, latitude=38.1155563954963)
    """
    row, column = _separate(_unsigned(score))
    area = Cell(column, row, STEPS).area
    return Point(
        min(max((area.west + area.east) / 2, WEST), EAST),
        min(max((area.south + area.north) / 2, SOUTH), NORTH),
    )


def cell_of(point: Point, steps: int) -> Cell:
    """The cell that holds a place, after so many halvings of each axis.  O(1)"""
    across = (point.longitude - WEST) / (EAST - WEST)
    up = (point.latitude - SOUTH) / (NORTH - SOUTH)
    return Cell(int(across * (1 << steps)), int(up * (1 << steps)), steps)


def text_of(point: Point) -> bytes:
    """The text of geohash.org, whose latitudes go to 90: 10 letters of 5 bits, and a 0 by convention.  O(1)

    >>> text_of(Point(13.361389338970184, 38.1155563954963))
    b'sqc8b49rny0'
    """
    across, up = (point.longitude + 180) / 360, (point.latitude + 90) / 180
    bits = _interleave(int(up * (1 << STEPS)), int(across * (1 << STEPS)))
    return bytes(ALPHABET[bits >> shift & 31] for shift in range(47, 0, -5)) + b"0"


def distance(a: Point, b: Point) -> float:
    """The length of the great circle between two places, by the haversine formula.  O(1)

    >>> round(distance(Point(13.361389, 38.115556), Point(15.087269, 37.502669)))
    166274
    """
    v = math.sin((math.radians(b.longitude) - math.radians(a.longitude)) / 2)
    if v == 0:
        return _meridian_distance(a.latitude, b.latitude)
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    u = math.sin((latitude_b - latitude_a) / 2)
    square = u * u + math.cos(latitude_a) * math.cos(latitude_b) * v * v
    return 2.0 * EARTH_RADIUS * math.asin(min(math.sqrt(square), 1.0))  # rounding may lift it above 1


def _meridian_distance(latitude_a: float, latitude_b: float) -> float:
    return EARTH_RADIUS * abs(math.radians(latitude_b) - math.radians(latitude_a))


def cover(center: Point, shape: Circle | Box) -> list[Cell]:
    """At most nine cells that hold all of an area.  O(1)"""
    area = _area_around(center, shape)
    steps = _steps_for(shape.reach, center.latitude)
    middle = cell_of(center, steps)
    if steps > 1 and not _reaches(middle, area):
        steps -= 1
        middle = cell_of(center, steps)
    # The two columns of step 1 are each other's neighbours on both sides, so the same cell is found twice.
    return list(dict.fromkeys(_needed(middle, area)))


def _needed(middle: Cell, area: Area) -> Iterator[Cell]:
    inner = middle.area
    for east, north in AROUND:
        beyond = (
            (east < 0 and inner.west < area.west)
            or (east > 0 and inner.east > area.east)
            or (north < 0 and inner.south < area.south)
            or (north > 0 and inner.north > area.north)
        )
        if not beyond or middle.steps < 2:
            yield middle.neighbour(east, north)


def _reaches(middle: Cell, area: Area) -> bool:
    """Whether the cells around cover the area: not always, as the center may lie near a border."""
    return (
        middle.neighbour(0, 1).area.north >= area.north
        and middle.neighbour(0, -1).area.south <= area.south
        and middle.neighbour(1, 0).area.east >= area.east
        and middle.neighbour(-1, 0).area.west <= area.west
    )


def _steps_for(reach: float, latitude: float) -> int:
    """How often to halve the map so that a cell is about as large as the area."""
    if reach == 0:
        return STEPS
    steps = -1
    while reach < HALF_EQUATOR:
        reach *= 2
        steps += 1
    for narrow in (66, 80):  # towards the poles, where a degree of longitude is short
        steps -= abs(latitude) > narrow
    return min(max(steps, 1), STEPS)


def _area_around(center: Point, shape: Circle | Box) -> Area:
    """The degrees that the area spans; its width is measured on the parallel with the shorter degrees."""
    # An area larger than the Earth needs no more cells, and its cosine would make no sense.
    half_height, half_width = min(shape.half_height, HALF_EQUATOR), min(shape.half_width, HALF_EQUATOR)
    up = math.degrees(half_height / EARTH_RADIUS)
    parallel = center.latitude - up if center.latitude < 0 else center.latitude + up
    across = math.degrees(half_width / EARTH_RADIUS / math.cos(math.radians(parallel)))
    return Area(
        center.longitude - across, center.latitude - up, center.longitude + across, center.latitude + up
    )


# Bits.  Each pair: how far to shift, and which bits to keep.

SPREADING = [
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
]
GATHERING = [
    (1, 0x3333333333333333),
    (2, 0x0F0F0F0F0F0F0F0F),
    (4, 0x00FF00FF00FF00FF),
    (8, 0x0000FFFF0000FFFF),
    (16, 0x00000000FFFFFFFF),
]


def _interleave(even: int, odd: int) -> int:
    """
    >>> bin(_interleave(0b000, 0b111)), _separate(_interleave(5, 9))
    ('0b101010', (5, 9))
    """
    return _spread(even) | _spread(odd) << 1


def _separate(bits: int) -> tuple[int, int]:
    return _gather(bits), _gather(bits >> 1)


def _spread(number: int) -> int:
    """32 bits with a 0 before each of them: the halves move apart, then their halves, and so on."""
    for shift, kept in SPREADING:
        number = (number | number << shift) & kept
    return number


def _gather(number: int) -> int:
    """Every other bit of 64."""
    number &= 0x5555555555555555
    for shift, kept in GATHERING:
        number = (number | number >> shift) & kept
    return number


def _unsigned(score: float) -> int:
    """A double converted to 64 bits as C does it on x86, for ZADD can store any score."""
    if -(2.0**63) <= score < 2.0**64:
        return int(score) % 2**64
    return 2**63 if score < 0 else 0
