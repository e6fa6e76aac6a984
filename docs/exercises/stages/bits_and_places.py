"""Bits, estimates and places: strings and sorted sets, read otherwise (chapters 4 and 7)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, error


@stage(
    2, 20, "a string as a row of bits",
    "Bit 0 is the highest bit of the first byte. SETBIT answers the bit before.",
)  # fmt: skip
def setbit_and_getbit(judge: Judge) -> None:
    """SETBIT and GETBIT change and read single bits of a string."""
    client, key, offset = judge.client(), judge.word(), judge.number(8, 99)
    client.expect(["SETBIT", key, offset, 1], 0)
    client.expect(["GETBIT", key, offset], 1)
    client.expect(["GETBIT", key, offset + 1], 0)
    value = bytes(offset // 8) + bytes([0x80 >> offset % 8])
    client.expect(["GET", key], value, "bit 0 is the highest bit of the first byte")
    client.expect(["SETBIT", key, offset, 0], 1)
    client.expect(["SETBIT", key, offset, 2], error("ERR bit is not an integer or out of range"))


@stage(2, 15, "counting bits", "The range is in bytes, unless BIT stands behind it.")
def bitcount(judge: Judge) -> None:
    """BITCOUNT counts the ones, BITPOS finds the first."""
    client, key, value = judge.client(), judge.word(), judge.some_bytes(30)
    client.expect(["SET", key, b"\0" + value], OK)
    ones = [bin(byte).count("1") for byte in b"\0" + value]
    client.expect(["BITCOUNT", key], sum(ones))
    client.expect(["BITCOUNT", key, 3, -5], sum(ones[3:-4]))
    first = bin(int.from_bytes(b"\1\0" + value, "big"))[3:].find("1")
    client.expect(["BITPOS", key, 1], first)
    client.expect(["BITCOUNT", judge.word()], 0)


@stage(2, 15, "combining bit by bit", "The shorter string counts as if zero bytes followed it.")
def bitop(judge: Judge) -> None:
    """BITOP combines strings bit by bit."""
    client, (a, b, to), x, y = judge.client(), judge.words(3), judge.some_bytes(8), judge.some_bytes(5)
    client.expect(["SET", a, x], OK)
    client.expect(["SET", b, y], OK)
    padded = y + bytes(3)
    for name, combined in {
        "AND": bytes(left & right for left, right in zip(x, padded, strict=True)),
        "XOR": bytes(left ^ right for left, right in zip(x, padded, strict=True)),
    }.items():
        client.expect(["BITOP", name, to, a, b], 8)
        client.expect(["GET", to], combined, f"{name}, with zero bytes behind the shorter string")
    client.expect(["BITOP", "NOT", to, a, b], error("ERR BITOP NOT must be called with a single source key"))


@stage(
    4, 60, "counting without remembering: HyperLogLog",
    "Up to about 2 % wrong is right: a set of hashes would do, and takes more memory.",
)  # fmt: skip
def pfadd_and_pfcount(judge: Judge) -> None:
    """PFADD and PFCOUNT estimate how many different elements there were."""
    client, (one, two), words = judge.client(), judge.words(2), judge.words(600)
    client.expect(["PFADD", one, *words[:400]], 1)
    client.expect(["PFADD", one, words[0]], 0, "it has seen this one")
    judge.record.exchanges.clear()
    client.expect_that(["PFCOUNT", one], lambda count: 376 <= count <= 424, "400, or up to 6 % beside it")
    client.expect(["PFADD", two, *words[200:]], 1)
    judge.record.exchanges.clear()
    client.expect_that(
        ["PFCOUNT", one, two], lambda count: 564 <= count <= 636, "600: what is in both counts once"
    )
    client.expect(["PFMERGE", two, one], OK)
    client.expect_that(["PFCOUNT", two], lambda count: 564 <= count <= 636, "600, or up to 6 % beside it")


@stage(
    4, 60, "places on a line: geohash",
    "52 bits, of longitude and latitude in turn, are the score in a sorted set.",
)  # fmt: skip
def geoadd_and_geopos(judge: Judge) -> None:
    """GEOADD keeps places in a sorted set, and GEOPOS answers where they are."""
    client, (key, place), longitude, latitude = (
        judge.client(),
        judge.words(2),
        judge.number(-170, 170),
        judge.number(-80, 80),
    )
    client.expect(["GEOADD", key, longitude, latitude, place], 1)
    client.expect_that(
        ["GEOPOS", key, place],
        lambda reply: (
            abs(float(reply[0][0]) - longitude) < 0.001 and abs(float(reply[0][1]) - latitude) < 0.001
        ),
        f"longitude {longitude} and latitude {latitude}, within a thousandth",
    )
    client.expect_that(["ZSCORE", key, place], lambda score: float(score) < 2**52, "a score of 52 bits")
    client.expect(["GEOADD", key, 200, latitude, place], error("ERR invalid longitude,latitude pair"))


@stage(
    3, 20, "distance on a sphere",
    "The haversine formula, with a radius of 6372797.560856 m. Four digits behind the point.",
)  # fmt: skip
def geodist(judge: Judge) -> None:
    """GEODIST answers the distance of two places."""
    client, (key, a, b) = judge.client(), judge.words(3)
    client.expect(["GEOADD", key, "13.361389", "38.115556", a, "15.087269", "37.502669", b], 2)
    client.expect(["GEODIST", key, a, b], "166274.1516", "from Palermo to Catania, in metres")
    client.expect(["GEODIST", key, a, b, "km"], "166.2742")
    client.expect(["GEODIST", key, a, key], None)
    client.expect(["GEODIST", key, a, b, key], error("ERR unsupported unit"))


@stage(
    4, 45, "searching near a place",
    "Going through all members is right; the geohash lets you look at nine cells only.",
)  # fmt: skip
def geosearch(judge: Judge) -> None:
    """GEOSEARCH finds the places in a circle or a box."""
    client, (key, a, b, c) = judge.client(), judge.words(4)
    client.expect(
        ["GEOADD", key, "13.361389", "38.115556", a, "15.087269", "37.502669", b, "2.35", "48.85", c], 3
    )
    near = ["GEOSEARCH", key, "FROMLONLAT", "15", "37", "BYRADIUS"]
    client.expect([*near, 200, "km", "ASC"], [b, a], "b is 56 km away, a is 190 km")
    client.expect([*near, 100, "km"], [b])
    client.expect([*near, 200, "km", "ASC", "WITHDIST"], [[b, "56.4413"], [a, "190.4424"]])
    client.expect(["GEOSEARCH", key, "FROMMEMBER", a, "BYBOX", 10, 10, "km"], [a])
