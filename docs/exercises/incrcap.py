"""A command that Redis does not have.

A shop has 100 tickets. Each sale is an INCR, but never beyond 100; and to read first and count then is a
race. So the server shall have a new command:

    INCRCAP key cap        adds 1, unless that would be more than cap: then nothing happens, and it is nil

It is one function in one file, with the decorator `@command` above it. Nothing else is to be edited: the
server imports every module of redis_clone/commands/, checks the number of arguments by the decorator, and
describes the command to clients by the docstring. Look at how INCRBY does it, in commands/counters.py.

The decorator says that the command writes, that it is denied when memory is full (denyoom), and that it is
fast. A string is bytes, and so is a number in it: 7 is stored as b"7". What a client does wrong is answered
with an error of Redis's, never with a bug.
"""

from exercises.machinery.conversation import LiveServer

CHAPTER = 4
LEVEL = 2
CONCEPT = "a command is a function with a decorator"
FILE = "redis_clone/commands/incrcap.py"
HINTS = (
    "arity=3 (the name counts), flags='write denyoom fast', keys=one_key('RW access update').",
    "client.db.edit(key, STRING) answers the bytes there, or None; and raises WRONGTYPE for you. "
    "integer(word), of commands/arguments.py, makes an int or raises Redis's error. Check both "
    "numbers before you write.",
    "To write: client.db.update(key, b'%d' % total, 'incrby'). From that one call follow WATCH, the "
    "log and notifications, and a time to live stays. When it would be too much: return None, and "
    "store nothing.",
)


def test_it_adds_one(server: LiveServer) -> None:
    client = server.client()
    client.expect("INCRCAP sold 3", 1)
    client.expect("INCRCAP sold 3", 2)
    client.expect("GET sold", b"2")


def test_it_stops_at_the_cap(server: LiveServer) -> None:
    client = server.client()
    client("SET sold 99")
    client.expect("INCRCAP sold 100", 100)
    client.expect("INCRCAP sold 100", None)
    client.expect("GET sold", b"100")


def test_a_value_beyond_the_cap_stays(server: LiveServer) -> None:
    client = server.client()
    client("SET sold 7")
    client.expect("INCRCAP sold 5", None)
    client.expect("GET sold", b"7")


def test_it_refuses_what_is_no_number(server: LiveServer) -> None:
    client = server.client()
    client("SET name ada")
    client.expect_error("INCRCAP name 5", "ERR value is not an integer or out of range")
    client.expect_error("INCRCAP sold many", "ERR value is not an integer or out of range")
    client("LPUSH list a")
    client.expect_error("INCRCAP list 5", "WRONGTYPE")


def test_the_number_of_arguments_is_checked(server: LiveServer) -> None:
    client = server.client()
    client.expect_error("INCRCAP sold", "ERR wrong number of arguments for 'incrcap' command")
    client.expect_error("INCRCAP sold 1 2", "ERR wrong number of arguments for 'incrcap' command")


def test_command_info_and_getkeys_know_it(server: LiveServer) -> None:
    client = server.client()
    client.expect("COMMAND GETKEYS INCRCAP sold 5", [b"sold"])
    client.expect_that("COMMAND INFO INCRCAP", lambda infos: infos[0][1] == 3, "an arity of 3")
    client.expect_that(
        "COMMAND INFO INCRCAP",
        lambda infos: {"write", "denyoom", "fast"} <= set(infos[0][2]),
        "write, denyoom, fast",
    )


def test_a_watched_key_counts_as_changed(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH sold")
    second("INCRCAP sold 5")
    first("MULTI")
    first("PING")
    first.expect("EXEC", None)


def test_nothing_is_written_when_it_is_too_much(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    second("SET sold 5")
    first("WATCH sold")
    second.expect("INCRCAP sold 5", None)
    first("MULTI")
    first("PING")
    first.expect("EXEC", ["PONG"])


def test_a_time_to_live_stays(server: LiveServer) -> None:
    client = server.client()
    client("SET sold 1 EX 100")
    client.expect("INCRCAP sold 5", 2)
    client.expect_that("TTL sold", lambda seconds: 90 < seconds <= 100, "about 100 seconds, as before")
