r"""A whole pipeline is split into its commands.

A client sends a hundred commands in one go, a pipeline. To read them byte by byte and length by length
costs most of the time of a small command. But nearly always a pipeline is simple: whole commands with
short arguments. So there is a shortcut: cut what came at *every* \r\n, and look whether all the lengths
fit the pieces. If they do, no argument was cut in two (for one that holds a \r\n would be too short), and
the commands are there.

    *2 | $3 | GET | $1 | a |             pieces: a count, then for each argument its length and itself

`split_pipeline(pieces)` answers a deque of the commands at the beginning, and how many of the pieces
these are. It stops at the first command that is not plain or not complete; from there on read_command,
the careful parser, takes over. COUNTS leads from b"*2" to 2, and HEADER_OF(3) is b"$3", or None for a
long argument; what these two do not know is not plain. Nothing may get lost or be read twice: the
commands and the rest of the pieces are together what came.
"""

from random import Random

from exercises.machinery.shown import show
from exercises.machinery.trial import calling, expect
from redis_clone.protocol.pipelines import split_pipeline

CHAPTER = 2
LEVEL = 4
CONCEPT = "a fast path that can always give up"
HOLE = "redis_clone/protocol/pipelines.py:split_pipeline"
HINTS = (
    "The last piece has no \\r\\n after it, so only the len(pieces) - 1 before it are whole.",
    "A command at piece `at` ends before at + 1 + 2 * count. Is that more than the whole pieces? Then"
    " stop. Its arguments are pieces[at + 2 : end : 2], its lengths pieces[at + 1 : end : 2].",
    "Compare list(map(HEADER_OF, map(len, arguments))) with the lengths as they came: so it is done in "
    "C, and None fits nothing.",
)


def encoded(*argv: bytes) -> bytes:
    return b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(arg), arg) for arg in argv)


def split(pipeline: bytes) -> tuple[list[list[bytes]], bytes]:
    """The commands, and the bytes that are left."""
    pieces = pipeline.split(b"\r\n")
    commands, count = split_pipeline(pieces)
    return list(commands), b"\r\n".join(pieces[count:])


PING, GET = encoded(b"PING"), encoded(b"GET", b"a")


def test_whole_commands() -> None:
    calling(split, PING + GET).gives(([[b"PING"], [b"GET", b"a"]], b""))


def test_the_last_one_is_not_complete() -> None:
    for length in range(1, len(GET)):
        calling(split, PING + GET[:length]).gives(([[b"PING"]], GET[:length]))


def test_nothing() -> None:
    calling(split, b"").gives(([], b""))


def test_an_argument_that_holds_an_end_of_line() -> None:
    odd = encoded(b"SET", b"a", b"x\r\ny")
    calling(split, PING + odd + PING).gives(([[b"PING"]], odd + PING))


def test_an_argument_that_is_empty() -> None:
    calling(split, encoded(b"SET", b"a", b"") + PING).gives(([[b"SET", b"a", b""], [b"PING"]], b""))


def test_a_typed_line() -> None:
    calling(split, PING + b"GET a\r\n" + PING).gives(([[b"PING"]], b"GET a\r\n" + PING))


def test_what_is_wrong_is_left_to_read_command() -> None:
    for wrong in (
        b"*x\r\n",
        b"*0\r\n",
        b"*1\r\n$4\r\nPINGS\r\n",
        b"*1\r\n+PING\r\n",
        b"*1\r\n$-1\r\n\r\n",
        b"\r\n",
    ):
        calling(split, PING + wrong).gives(([[b"PING"]], wrong))


def test_an_argument_that_looks_like_a_command() -> None:
    odd = encoded(b"SET", b"a", PING)
    calling(split, odd + PING).gives(([], odd + PING))


def test_nothing_gets_lost() -> None:
    chance = Random(11)
    for _ in range(300):
        pipeline = b"".join(chance.choice([PING, GET, encoded(b"SET", b"k", b"v" * 40)]) for _ in range(5))
        damaged = bytearray(pipeline)
        damaged[chance.randrange(len(damaged))] = chance.choice(b"*$\r\n0123456789x")
        commands, rest = split(bytes(damaged))
        again = b"".join(encoded(*argv) for argv in commands) + rest
        expect(
            again == damaged,
            f"commands and rest are together the pipeline, {bytes(damaged)!r}",
            show(again),
        )
