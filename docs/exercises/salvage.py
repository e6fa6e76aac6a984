r"""A damaged file, and what can be saved of it.

A disk has gone bad, and somewhere in the middle of an append-only file stands garbage. The server refuses
to start, and rightly; but its owner wants back what there is. Write `salvage(data)`: it gets the bytes of
the file and answers all whole commands, each as its argv, in their order.

A command is `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`: the number of arguments, at least one, and each argument with
its length before it. Where no whole command begins, skip to the next line that begins with a `*` and try
there. But as long as the file is in order count, do not search: an argument may itself hold a line with a
`*`, and that is no command. Lengths and numbers are plain digits. A damaged length may say that two
gigabytes follow: then they are not there, and no whole command begins at that place.
"""

from types import ModuleType

from exercises.machinery.trial import calling

CHAPTER = 13
LEVEL = 3
CONCEPT = "resynchronising a damaged stream"
FILE = "docs/exercises/yours/salvage.py"
HINTS = (
    "Write two functions: one that reads a command at a place and answers it and the place behind it,"
    " or None; and the loop around it.",
    "To read a number: data.find(b'\\r\\n', at) is the end of the line; the first byte must be * or $, "
    "and the rest must be isdigit(). To read an argument: the two bytes behind it must be \\r\\n, or its "
    "length was wrong.",
    "When none begins at `at`: go on at data.find(b'\\r\\n*', at) + 2, and stop when there is none. A "
    "line at most some twenty bytes long is a number; look no further for its end.",
)


def encoded(*commands: list[bytes]) -> bytes:
    return b"".join(
        b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%b\r\n" % (len(arg), arg) for arg in argv)
        for argv in commands
    )


A, B, C = [b"SET", b"a", b"1"], [b"SET", b"bb", b"two\r\nlines"], [b"DEL", b"c"]


def asking(yours: ModuleType, data: bytes, given: str) -> calling:
    return calling(yours.salvage, data, given=given, shown="salvage(data)")


def test_a_file_in_order(yours: ModuleType) -> None:
    asking(yours, encoded(A, B, C), "three commands").gives([A, B, C])
    asking(yours, b"", "an empty file").gives([])
    asking(yours, encoded([b"MULTI"], A, [b"EXEC"]), "MULTI, SET a 1, EXEC").gives([[b"MULTI"], A, [b"EXEC"]])


def test_a_file_cut_anywhere(yours: ModuleType) -> None:
    data = encoded(A, B)
    for length in range(len(encoded(A)), len(data)):
        asking(yours, data[:length], f"SET a 1, and then {data[len(encoded(A)) : length]!r}").gives([A])


def test_garbage_in_between(yours: ModuleType) -> None:
    for garbage in (b"garbage\r\n", b"\x00\xff\x00\r\n", b"\r\n\r\n", b"no end of line", b"$3\r\nGET\r\n"):
        data = encoded(A) + garbage + b"\r\n" + encoded(B, C)
        asking(yours, data, f"SET a 1, {garbage!r}, and two more").gives([A, B, C])


def test_garbage_at_the_beginning(yours: ModuleType) -> None:
    for garbage in (b"garbage\r\n", b"\r\n", b"*\r\n"):
        asking(yours, garbage + encoded(A, C), f"{garbage!r}, SET a 1, and DEL c").gives([A, C])


def test_a_damaged_length(yours: ModuleType) -> None:
    for wrong in (b"$9", b"$0", b"$x", b"$-1", b"$", b"3", b"$2000000000", b"$1_0", b"$ 2", b"*2"):
        middle = encoded(B).replace(b"$2", wrong, 1)
        asking(
            yours, encoded(A) + middle + encoded(C), f"three commands, in the second {wrong!r} in place of $2"
        ).gives([A, C])


def test_a_damaged_number_of_arguments(yours: ModuleType) -> None:
    for wrong in (b"*9", b"*x", b"3", b"*", b"*2000000000", b"*+3", b"*-1", b"*0", b"$3"):
        middle = encoded(B).replace(b"*3", wrong, 1)
        asking(
            yours, encoded(A) + middle + encoded(C), f"three commands, the second begins with {wrong!r}"
        ).gives([A, C])


def test_what_looks_like_a_command_within_an_argument_is_none(yours: ModuleType) -> None:
    inner = [b"SET", b"note", b"look:\r\n" + encoded([b"FLUSHALL"])]
    asking(yours, encoded(A, inner, C), "an argument that holds the lines *1, $8, FLUSHALL").gives(
        [A, inner, C]
    )


def test_a_star_in_the_middle_of_a_line_begins_no_command(yours: ModuleType) -> None:
    data = encoded(A) + b"garbage" + encoded([b"FLUSHALL"]) + encoded(C)
    asking(yours, data, "SET a 1, 'garbage' with FLUSHALL in the same line, and DEL c").gives([A, C])


def test_a_number_of_arguments_that_is_too_small(yours: ModuleType) -> None:
    data = encoded(A).replace(b"*3", b"*2") + encoded(C)
    asking(yours, data, "SET a 1, which says that it has two arguments, and DEL c").gives([[b"SET", b"a"], C])


def test_empty_arguments(yours: ModuleType) -> None:
    empty = [b"SET", b"", b""]
    asking(yours, encoded(empty, C), "SET with an empty key and value, and DEL c").gives([empty, C])


def test_a_large_file_takes_no_time(yours: ModuleType) -> None:
    data = encoded(*[A] * 5000) + b"*3\r\n$3\r\n" * 3000 + b"x" * 100_000 + b"\r\n" + encoded(*[C] * 5000)
    calling(
        lambda: len(yours.salvage(data)), given="10,000 commands and much garbage", shown="len(salvage(data))"
    ).gives(10_000)
