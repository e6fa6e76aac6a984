"""structures/geohash.py: cells, scores and distances, and a search that misses no place."""

import math
from random import Random

import pytest
from tables import for_each

from redis_clone.structures.geohash import (
    STEPS,
    Box,
    Cell,
    Circle,
    Point,
    cell_of,
    cover,
    decode,
    distance,
    encode,
    text_of,
)

PALERMO, CATANIA = Point(13.361389, 38.115556), Point(15.087269, 37.502669)


def anywhere(random):
    return Point(random.uniform(-180, 179.99), random.uniform(-85.05, 85.05))


def test_places_are_decoded_to_within_half_a_meter():
    random = Random(1)
    for _ in range(500):
        point = anywhere(random)
        assert distance(point, decode(float(encode(point)))) < 0.5


@pytest.mark.parametrize(
    "point, score",
    [
        (PALERMO, 3479099956230698),
        (CATANIA, 3479447370796909),
        (Point(0, 0), 3 << 50),
        (Point(-180, -85.05112878), 0),
        (Point(180, 85.05112878), 3 << 52),
    ],
)
def test_scores_are_those_of_redis(point, score):
    assert encode(point) == score


@for_each("score", [-1.0, 1e300, -1e300, math.inf, -math.inf, 2.0**63, 0.5, 2.0**53])
def test_any_score_is_a_place_on_the_map(score):
    assert decode(score).is_on_map()


def test_the_map_ends_before_the_poles():
    assert Point(180, 85.05112878).is_on_map() and Point(-180, -85.05112878).is_on_map()
    assert not Point(180.1, 0).is_on_map() and not Point(0, 85.06).is_on_map()


def test_cells_nest():
    random = Random(2)
    for _ in range(100):
        point = anywhere(random)
        for steps in range(1, STEPS):
            large, small = cell_of(point, steps), cell_of(point, steps + 1)
            assert large.scores.start <= small.scores.start and small.scores.stop <= large.scores.stop
            assert large.area.west <= point.longitude <= large.area.east
            assert large.area.south <= point.latitude <= large.area.north
        assert len(small.scores) == 1 and small.scores.start == encode(point)


def test_beyond_the_last_cell_comes_the_first():
    corner = Cell(7, 7, 3)
    assert corner.neighbour(1, 0) == Cell(0, 7, 3)
    assert corner.neighbour(0, 1) == Cell(7, 0, 3)
    assert corner.neighbour(-1, -1) == Cell(6, 6, 3)


def test_texts_are_those_of_geohash_org():
    assert text_of(decode(encode(PALERMO))) == b"sqc8b49rny0"
    assert text_of(decode(encode(CATANIA))) == b"sqdtr74hyu0"


def test_distances():
    assert distance(PALERMO, PALERMO) == 0
    assert distance(PALERMO, CATANIA) == distance(CATANIA, PALERMO)
    quarter = 6372797.560856 * math.pi / 2
    assert distance(Point(0, 0), Point(90, 0)) == pytest.approx(quarter)
    assert distance(Point(7, 0), Point(7, 45)) == pytest.approx(quarter / 2)
    assert distance(Point(-180, 0), Point(180, 0)) == pytest.approx(0, abs=1e-6)
    assert distance(Point(0, 10), Point(180, -10)) == pytest.approx(2 * quarter)


def test_a_circle_and_a_box_have_their_border_inside():
    north = Point(0, 1)
    length = distance(Point(0, 0), north)
    assert Circle(length).distance(Point(0, 0), north) == length
    assert Circle(length * 0.999).distance(Point(0, 0), north) is None
    assert Box(0, 2 * length).distance(Point(0, 0), north) == length
    assert Box(length, 1.99 * length).distance(Point(0, 0), north) is None
    assert Box(1, 2 * length).distance(Point(0, 0), Point(0.1, 1)) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_cover_holds_all_places_of_its_area_that_lie_on_this_side_of_the_date_line(seed):
    random = Random(seed)
    for _ in range(60):
        center = Point(random.uniform(-60, 60), random.uniform(-60, 60))
        size = 10 ** random.uniform(1, 6.2)
        shape = Circle(size) if random.random() < 0.5 else Box(size, size * random.uniform(0.3, 3))
        cells = cover(center, shape)
        assert 1 <= len(cells) <= 9
        for _ in range(30):
            degrees = size / 50_000
            place = Point(
                center.longitude + random.uniform(-degrees, degrees),
                center.latitude + random.uniform(-degrees, degrees),
            )
            if place.is_on_map() and shape.distance(center, place) is not None:
                assert any(encode(place) in cell.scores for cell in cells)


@pytest.mark.parametrize(
    "shape", [Circle(0), Circle(math.inf), Box(math.inf, 1), Box(1e300, 1e300), Box(0, 0)]
)
def test_an_area_of_any_size_has_a_cover(shape):
    for center in (Point(0, 0), Point(180, 85), Point(-180, -85), Point(10, 70)):
        assert 1 <= len(cover(center, shape)) <= 9
