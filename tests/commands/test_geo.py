"""The geo commands.  Test names read as sentences about Redis."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import (
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    SYNTAX,
    WRONG_TYPE,
    RedisError,
    wrong_arity,
)
from redis_clone.protocol.replies import NullArray

PALERMO_HASH, CATANIA_HASH = 3479099956230698, 3479447370796909
PALERMO = [b"13.36138933897018433", b"38.11555639549629859"]
CATANIA = [b"15.08726745843887329", b"37.50266842333162032"]
BAD_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI"
NO_MEMBER = "ERR could not decode requested zset member"
NOT_SHOWN = "is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
NEEDS_COUNT = "ERR the ANY argument requires COUNT argument"


@pytest.fixture
def sicily(redis):
    """Makes the key `g` with three towns and a place near the first."""
    redis("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania")
    redis("GEOADD g 13.583333 37.316667 Agrigento 13.37 38.12 Harbour")


def exactly_one(what, name="GEOSEARCH"):
    return f"ERR exactly one of {what} can be specified for {name}"


@for_each(
    "command",
    [
        "GEOADD l 1 2 a", "GEOPOS l a", "GEOPOS l", "GEOHASH l a", "GEODIST l a b", "GEOSEARCH l x x x x x",
        "GEOSEARCHSTORE d l x x x x x", "GEORADIUS l x x x x", "GEORADIUS_RO l x x x x",
        "GEORADIUSBYMEMBER l a x x", "GEORADIUSBYMEMBER_RO l a x x",
    ],
)  # fmt: skip
def test_a_list_is_the_wrong_type_before_the_arguments_are_read(redis, command):
    redis("RPUSH l a")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("LRANGE l 0 -1") == [b"a"]
    assert redis("EXISTS d") == 0


@for_each(
    "command",
    ["GEOADD g 1 2", "GEODIST g a", "GEOPOS", "GEORADIUS g 1 2 3", "GEORADIUSBYMEMBER g a 1",
     "GEOSEARCH g FROMMEMBER a BYRADIUS 1", "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1"],
)  # fmt: skip
def test_too_few_arguments(redis, command):
    assert redis(command) == wrong_arity(command.split()[0].lower())


def test_a_place_is_a_score_of_a_sorted_set(redis, sicily):
    assert redis("TYPE g") == "zset"
    assert redis("ZSCORE g Palermo") == b"%d" % PALERMO_HASH
    assert redis("ZRANGE g 0 -1") == [b"Agrigento", b"Palermo", b"Harbour", b"Catania"]
    assert redis("ZREM g Palermo") == 1
    assert redis("ZADD", "g", CATANIA_HASH, "twin") == 1
    assert redis("GEODIST g Catania twin") == b"0.0000"


def test_geoadd_counts_what_is_new_or_with_ch_what_changed(redis, sicily):
    assert redis("GEOADD g 13.361389 38.115556 Palermo 1 2 new") == 1
    assert redis("GEOADD g CH 13.361389 38.115556 Palermo 3 4 new 5 6 newer") == 2
    assert redis("GEOADD g NX 10 10 new 10 10 newest") == 1
    assert redis("GEOADD g xx ch 10 10 new 10 10 nobody") == 1
    assert redis("GEODIST g new newest") == b"0.0000"
    assert redis("ZCARD g") == 7


@for_each(
    "args, error",
    [
        ("1 2 a 3", SYNTAX),
        ("NX XX 1 2 a", SYNTAX),
        ("NX CH CH", SYNTAX),
        ("NX 1 2 a 3 4", SYNTAX),
        ("1 2 a 1 x b", NOT_A_FLOAT),
        ("1 2 a nan 2 b", NOT_A_FLOAT),
        ("1 2 a 180.5 2 b", "ERR invalid longitude,latitude pair 180.500000,2.000000"),
        ("1 2 a 1 -85.06 b", "ERR invalid longitude,latitude pair 1.000000,-85.060000"),
        ("inf 2 a", "ERR invalid longitude,latitude pair inf,2.000000"),
    ],
)
def test_geoadd_says_what_is_wrong_and_adds_nothing(redis, args, error):
    redis("RPUSH l a")
    assert redis(f"GEOADD g {args}") == redis(f"GEOADD l {args}") == RedisError(error)
    assert redis("EXISTS g") == 0


def test_geoadd_takes_the_borders_of_the_map(redis):
    assert redis("GEOADD g 180 85.05112878 a -180 -85.05112878 b") == 2
    assert redis("ZSCORE g b") == b"0"
    assert redis("GEOPOS g a") == [[b"180", b"85.0511287799999991"]]


def test_geopos_answers_with_17_decimals_and_null_arrays(redis, sicily):
    palermo, nobody, catania = redis("GEOPOS g Palermo nobody Catania")
    assert (palermo, catania) == (PALERMO, CATANIA)
    assert isinstance(nobody, NullArray)
    assert redis("GEOPOS g") == redis("GEOPOS missing") == []
    assert isinstance(redis("GEOPOS missing a")[0], NullArray)


def test_geopos_answers_doubles_in_resp3_with_the_same_digits(redis3, sicily):
    redis3.send("GEOPOS g Palermo nobody")
    lines = [redis3.stream.read_line() for _ in range(5)]
    assert lines == [b"*2", b"*2", *(b"," + number for number in PALERMO), b"_"]


def test_geohash_answers_texts_of_geohash_org(redis, sicily):
    assert redis("GEOHASH g Palermo nobody Catania") == [b"sqc8b49rny0", None, b"sqdtr74hyu0"]
    assert redis("GEOHASH g") == []
    assert redis("GEOHASH missing a") == [None]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(
    "unit, length",
    [
        ("", b"166274.1516"),
        ("m", b"166274.1516"),
        ("KM", b"166.2742"),
        ("Mi", b"103.3182"),
        ("FT", b"545518.8700"),
    ],
)
def test_geodist_answers_a_text_with_4_decimals(connect, sicily, protocol, unit, length):
    assert connect(protocol)(f"GEODIST g Palermo Catania {unit}") == length


def test_geodist_to_a_missing_member_is_null(redis, sicily):
    assert redis("GEODIST g Palermo nobody") is redis("GEODIST missing a b km") is None
    assert redis("GEODIST g Palermo Palermo") == b"0.0000"


def test_geodist_reads_its_unit_before_it_looks_at_the_key(redis, sicily):
    redis("RPUSH l a")
    for key in ("g", "missing", "l"):
        assert redis(f"GEODIST {key} Palermo Catania yards") == RedisError(BAD_UNIT)
        assert redis(f"GEODIST {key} Palermo Catania m m") == RedisError(SYNTAX)


@for_each(
    "area, found",
    [
        ("15 37 200 km", [b"Agrigento", b"Catania", b"Harbour", b"Palermo"]),
        ("15 37 100 km", [b"Catania"]),
        ("15 37 56.4 KM", []),
        ("13.36 38.12 1 MI", [b"Harbour", b"Palermo"]),
        ("0 0 1 ft", []),
    ],
    keeps_keys=True,
)
def test_members_within_a_circle_around_a_point_are_found(redis, sicily, area, found):
    longitude, latitude, radius, unit = area.split()
    assert sorted(redis(f"GEOSEARCH g FROMLONLAT {longitude} {latitude} BYRADIUS {radius} {unit}")) == found
    assert sorted(redis(f"GEORADIUS g {area}")) == sorted(redis(f"GEORADIUS_RO g {area}")) == found


@pytest.mark.parametrize(
    "member, radius, found",
    [
        ("Palermo", "1 mi", [b"Harbour", b"Palermo"]),
        ("Palermo", "0 m", [b"Palermo"]),
        ("Agrigento", "92 km", [b"Agrigento", b"Harbour", b"Palermo"]),
    ],
)
def test_members_within_a_circle_around_one_of_them_are_found(redis, sicily, member, radius, found):
    assert sorted(redis(f"GEOSEARCH g FROMMEMBER {member} BYRADIUS {radius}")) == found
    assert sorted(redis(f"GEORADIUSBYMEMBER g {member} {radius}")) == found
    assert sorted(redis(f"GEORADIUSBYMEMBER_RO g {member} {radius}")) == found


def test_members_within_a_box_are_found(redis, sicily):
    assert set(redis("GEOSEARCH g FROMMEMBER Agrigento BYBOX 60 200 km")) == {
        b"Agrigento",
        b"Palermo",
        b"Harbour",
    }
    assert redis("GEOSEARCH g FROMMEMBER Agrigento BYBOX 300 20 km") == [b"Agrigento"]
    assert len(redis("GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km")) == 4


@pytest.mark.parametrize("args", ["FROMLONLAT 0 0 BYRADIUS inf km", "FROMLONLAT 179 -80 BYBOX 1e300 inf m"])
def test_the_whole_world_is_found_each_member_once(redis, sicily, args):
    redis("GEOADD g -179 80 north 179.9 -84 south 0 0 island")
    assert len(redis(f"GEOSEARCH g {args}")) == 7


def test_options_come_in_any_order_and_case_and_the_last_of_a_kind_counts(redis, sicily):
    assert redis("GEOSEARCH g withdist asc byradius 1 mi desc frommember Palermo") == [
        [b"Harbour", b"0.5599"],
        [b"Palermo", b"0.0000"],
    ]
    assert redis("GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 9 km BYRADIUS 8 km") == [
        b"Catania"
    ]


def test_results_are_sorted_by_distance_if_asked(redis, sicily):
    near_first = [b"Palermo", b"Harbour", b"Agrigento", b"Catania"]
    search = "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 500 km"
    assert redis(f"{search} ASC") == near_first
    assert redis(f"{search} DESC") == near_first[::-1]
    assert redis(f"{search} COUNT 2") == near_first[:2]
    assert redis(f"{search} COUNT 2 DESC") == [b"Catania", b"Agrigento"]
    assert redis(f"{search} COUNT 9") == near_first
    assert len(redis(f"{search} COUNT 2 ANY")) == 2
    assert redis(f"{search} ANY COUNT 4 ASC") == near_first


def test_the_parts_shown_with_each_member_have_one_order(redis, sicily):
    search = "GEORADIUS g 15 37 100 km"
    assert redis(f"{search} WITHCOORD WITHHASH WITHDIST") == [[b"Catania", b"56.4413", CATANIA_HASH, CATANIA]]
    assert redis(f"{search} WITHHASH") == [[b"Catania", CATANIA_HASH]]
    assert redis(f"{search} WITHCOORD") == [[b"Catania", CATANIA]]


def test_the_parts_shown_with_each_member_in_resp3(redis3, sicily):
    [[member, length, score, point]] = redis3("GEORADIUS g 15 37 100 km WITHCOORD WITHHASH WITHDIST")
    assert (member, length, score) == (b"Catania", b"56.4413", CATANIA_HASH)
    assert point == [float(number) for number in CATANIA]


def test_geosearchstore_stores_places_over_whatever_the_destination_was(redis, sicily):
    redis("SET d text EX 100")
    assert redis("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 2 km") == 2
    assert redis("ZRANGE d 0 -1") == [b"Palermo", b"Harbour"]
    assert redis("GEOPOS d Palermo") == [PALERMO]
    assert redis("TTL d") == -1
    assert redis("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 2 km COUNT 1 DESC") == 1
    assert redis("ZRANGE d 0 -1") == [b"Harbour"]


def test_geosearchstore_with_storedist_stores_distances_in_their_unit(redis, sicily):
    assert redis("GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 2 km STOREDIST") == 2
    palermo, no_distance, harbour, distance = redis("ZRANGE d 0 -1 WITHSCORES")
    assert (palermo, no_distance, harbour) == (b"Palermo", b"0", b"Harbour")
    assert 0.9 < float(distance) < 0.91


def test_georadius_stores_as_the_last_of_its_options_says(redis, sicily):
    assert redis("GEORADIUS g 15 37 100 km STORE d") == 1
    assert redis("GEOPOS d Catania") == [CATANIA]
    assert redis("GEORADIUSBYMEMBER g Catania 1 km STORE other STOREDIST d") == 1
    assert redis("ZSCORE d Catania") == b"0"
    assert redis("EXISTS other") == 0
    assert redis("GEORADIUSBYMEMBER g Catania 1 km STOREDIST other STORE g") == 1
    assert redis("ZRANGE g 0 -1") == [b"Catania"]


@pytest.mark.parametrize(
    "command",
    [
        "GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m", "GEORADIUS g 0 0 1 m STORE d",
        "GEOSEARCHSTORE d missing FROMMEMBER a BYRADIUS 1 m",
        "GEORADIUSBYMEMBER missing a x yard STOREDIST d",
    ],
)  # fmt: skip
def test_storing_nothing_deletes_the_destination(redis, sicily, command):
    redis("RPUSH d a")
    assert redis(command) == 0
    assert redis("EXISTS d") == 0


def test_a_missing_key_holds_no_members_but_most_arguments_are_read(redis):
    assert redis("GEOSEARCH missing FROMMEMBER nobody BYRADIUS 1 m") == []
    assert redis("GEORADIUS missing 1 2 3 m WITHDIST") == redis("GEORADIUSBYMEMBER missing a x yards") == []
    assert redis("GEORADIUS missing 1 2 x m") == RedisError("ERR need numeric radius")
    assert redis("GEORADIUSBYMEMBER missing a x yards FOO") == RedisError(SYNTAX)
    assert redis("GEOSEARCH missing FROMMEMBER nobody BYRADIUS 1 yards") == RedisError(BAD_UNIT)


OPTION_ERRORS = [
    ("COUNT 0", "ERR COUNT must be > 0"),
    ("COUNT -1 ANY", "ERR COUNT must be > 0"),
    ("COUNT x", NOT_AN_INTEGER),
    ("COUNT", SYNTAX),
    ("ANY", NEEDS_COUNT),
    ("NEAREST", SYNTAX),
    ("STORE", SYNTAX),
]


@for_each("options, error", OPTION_ERRORS, keeps_keys=True)
@for_each("key", ["g", "missing"], keeps_keys=True)
def test_wrong_options_are_the_same_error_for_all(redis, sicily, key, options, error):
    for search in (
        f"GEOSEARCH {key} FROMLONLAT 1 2 BYRADIUS 3 m",
        f"GEORADIUS {key} 1 2 3 m",
        f"GEORADIUS_RO {key} 1 2 3 m",
        f"GEORADIUSBYMEMBER {key} Palermo 3 m",
        f"GEORADIUSBYMEMBER_RO {key} Palermo 3 m",
        f"GEOSEARCHSTORE d {key} FROMLONLAT 1 2 BYRADIUS 3 m",
    ):
        assert redis(f"{search} {options}") == RedisError(error)
    assert redis("EXISTS d") == 0


@for_each(
    "args, error",
    [
        ("FROMMEMBER Palermo ASC ASC ASC", exactly_one("BYRADIUS and BYBOX")),
        ("BYRADIUS 1 m ASC ASC", exactly_one("FROMMEMBER or FROMLONLAT")),
        ("ASC ASC ASC ASC ASC", exactly_one("FROMMEMBER or FROMLONLAT")),
        ("ANY ASC ASC ASC ASC", exactly_one("FROMMEMBER or FROMLONLAT")),
        ("FROMMEMBER Palermo FROMLONLAT 1 2 BYRADIUS 1 m", SYNTAX),
        ("FROMLONLAT 1 2 FROMMEMBER Palermo BYRADIUS 1 m", SYNTAX),
        ("FROMMEMBER Palermo BYRADIUS 1 m BYBOX 1 1 m", SYNTAX),
        ("FROMMEMBER Palermo BYBOX 1 1 m BYRADIUS 1 m", SYNTAX),
        ("FROMMEMBER Palermo BYBOX 1 1", SYNTAX),
        ("BYRADIUS 1 m ASC FROMMEMBER", SYNTAX),
        ("BYRADIUS 1 m FROMLONLAT 1", SYNTAX),
        ("FROMMEMBER nobody BYRADIUS x m", NO_MEMBER),
        ("FROMMEMBER Palermo BYRADIUS x m", "ERR need numeric radius"),
        ("FROMMEMBER Palermo BYRADIUS -1 yards", "ERR radius cannot be negative"),
        ("FROMMEMBER Palermo BYRADIUS 1 yards", BAD_UNIT),
        ("FROMMEMBER Palermo BYBOX x y m", "ERR need numeric width"),
        ("FROMMEMBER Palermo BYBOX -1 y m", "ERR need numeric height"),
        ("FROMMEMBER Palermo BYBOX 1 -1 m", "ERR height or width cannot be negative"),
        ("FROMMEMBER Palermo BYBOX 1 1 yards", BAD_UNIT),
        ("FROMLONLAT x 2 BYRADIUS 1 m", NOT_A_FLOAT),
        ("FROMLONLAT 1 99 BYRADIUS 1 m", "ERR invalid longitude,latitude pair 1.000000,99.000000"),
        ("FROMMEMBER Palermo BYRADIUS 1 m STOREDIST", SYNTAX),
        ("FROMMEMBER Palermo BYRADIUS 1 m STOREDIST d", SYNTAX),
    ],
    keeps_keys=True,
)
def test_geosearch_says_what_is_wrong(redis, sicily, args, error):
    assert redis(f"GEOSEARCH g {args}") == RedisError(error)


def test_geosearchstore_says_what_is_wrong_and_leaves_the_destination(redis, sicily):
    redis("SET d text")
    for args, error in [
        ("FROMMEMBER Palermo BYRADIUS 1 m WITHDIST", f"ERR GEOSEARCHSTORE {NOT_SHOWN}"),
        ("WITHCOORD ASC ASC ASC ASC", f"ERR GEOSEARCHSTORE {NOT_SHOWN}"),
        ("FROMMEMBER Palermo ASC ASC ASC", exactly_one("BYRADIUS and BYBOX", "GEOSEARCHSTORE")),
        ("FROMMEMBER nobody BYRADIUS 1 m", NO_MEMBER),
        ("FROMMEMBER Palermo BYRADIUS 1 m STORE", SYNTAX),
        ("FROMMEMBER Palermo BYRADIUS 1 m STOREDIST x", SYNTAX),
    ]:
        assert redis(f"GEOSEARCHSTORE d g {args}") == RedisError(error)
    assert redis("GET d") == b"text"


@for_each(
    "args, error",
    [
        ("x 2 y m", NOT_A_FLOAT),
        ("1 99 y m", "ERR invalid longitude,latitude pair 1.000000,99.000000"),
        ("1 2 y m", "ERR need numeric radius"),
        ("1 2 -1 yards", "ERR radius cannot be negative"),
        ("1 2 3 yards", BAD_UNIT),
        ("1 2 3 yards FOO", BAD_UNIT),
        ("1 2 3 m FROMMEMBER Palermo", SYNTAX),
        ("1 2 3 m STORE d WITHDIST ANY", f"ERR STORE option in GEORADIUS {NOT_SHOWN}"),
        ("1 2 3 m STOREDIST d WITHHASH", f"ERR STORE option in GEORADIUS {NOT_SHOWN}"),
        ("1 2 3 m STORE d ANY", NEEDS_COUNT),
    ],
    keeps_keys=True,
)
def test_georadius_says_what_is_wrong(redis, sicily, args, error):
    redis("SET d text")
    assert redis(f"GEORADIUS g {args}") == RedisError(error)
    assert redis("GET d") == b"text"


@pytest.mark.parametrize(
    "args, error",
    [
        ("nobody x yards", NO_MEMBER),
        ("Palermo x yards", "ERR need numeric radius"),
        ("Palermo 1 yards", BAD_UNIT),
        ("Palermo 1 m STORE d WITHCOORD", f"ERR STORE option in GEORADIUS {NOT_SHOWN}"),
    ],
)
def test_georadiusbymember_says_what_is_wrong(redis, sicily, args, error):
    assert redis(f"GEORADIUSBYMEMBER g {args}") == RedisError(error)
    assert redis("EXISTS d") == 0


@pytest.mark.parametrize("command", ["GEORADIUS_RO g 15 37 100 km", "GEORADIUSBYMEMBER_RO g Catania 1 km"])
def test_the_ro_commands_store_nothing(redis, sicily, command):
    assert redis(f"{command} STORE d") == redis(f"{command} STOREDIST d") == RedisError(SYNTAX)
    assert redis(command) == [b"Catania"]


@for_each("score", ["-1", "inf", "1e300", "18446744073709549568", "0.5"])
def test_any_score_is_some_place_on_the_map(redis, score):
    redis(f"ZADD g {score} a")
    [[longitude, latitude]] = redis("GEOPOS g a")
    assert -180 <= float(longitude) <= 180 and -85.06 <= float(latitude) <= 85.06
    assert redis("GEODIST g a a") == b"0.0000"
