"""100mb, and what it means.

In redis.conf one may write `maxmemory 100mb`. `mb` is 1024 * 1024 bytes and `m` is a million, an old
habit of disks; UNITS, at the top of the file, has them all. Letters may be large or small, and a number
without a unit is in bytes. `memory_size` answers the bytes, or None for a text that is no size, such as
`1.5mb`, `-1` or `10 mb`.

Two oddities of Redis are kept: a unit without a number is 0, and all is computed in 64 bits, as C does: a
number that is greater than UINT64 counts as UINT64, and of the product only the lower 64 bits are kept.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.config.kinds import memory_size

CHAPTER = 14
LEVEL = 1
CONCEPT = "reading what people write"
HOLE = "redis_clone/config/kinds.py:memory_size"
HINTS = (
    "A regular expression cuts it in two: re.fullmatch(r'([0-9]*)([a-z]*)', text.lower()).",
    "No match, or a unit that is not in UNITS: None.",
    "min(int(digits or 0), UINT64) * UNITS[unit] & UINT64",
)


def test_bytes_and_units() -> None:
    for text, size in (
        ("0", 0),
        ("100", 100),
        ("100b", 100),
        ("1k", 1000),
        ("1kb", 1024),
        ("100mb", 104857600),
        ("2g", 2 * 10**9),
        ("1gb", 1073741824),
    ):
        calling(memory_size, text).gives(size)


def test_in_any_letter_case() -> None:
    calling(memory_size, "1Kb").gives(1024)
    calling(memory_size, "1GB").gives(1073741824)


def test_what_means_nothing() -> None:
    for text in ("1.5mb", "-1", "10 mb", "10x", "mb10", "1kbb", " 1", "1_0", "+1", "1kb ", "\u0661"):
        calling(memory_size, text).gives(None)


def test_the_oddities() -> None:
    calling(memory_size, "kb").gives(0)
    calling(memory_size, "").gives(0)
    calling(memory_size, str(2**70)).gives(2**64 - 1)
    calling(memory_size, "18446744073709551615k").gives((2**64 - 1) * 1000 % 2**64)


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client.expect("CONFIG SET maxmemory 1mb", "OK")
    client.expect("CONFIG GET maxmemory", [b"maxmemory", b"1048576"])
    client.expect_error("CONFIG SET maxmemory 1.5mb", "ERR CONFIG SET failed")
