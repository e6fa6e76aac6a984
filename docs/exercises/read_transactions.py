"""A transaction that was cut short is not run.

The append-only file is a sequence of commands, encoded as clients send them. When the server starts it runs
them again. The last one may be cut short, for the power failed while it was written. Worse is a transaction
that was cut: of what stands between MULTI and EXEC either all must be done, or nothing.

`read_transactions` is a generator. Begin with commands = _Commands(read, start,
skips_newlines=skips_newlines): `commands.next()` answers the argv of the next command, or None at the end
of the file, and raises EOFError when the file ends within a command. `commands.offset` is how far the file
has been read. (A replica reads the stream of its master by the same function, with lone newlines in it.)

For each command outside a transaction, and for each whole transaction, yield a Transaction(commands, end): a
list of argvs, without the MULTI and the EXEC (whose names may be in any letter case), and the offset at
which it ends. When the file ends too early, raise CutShort(good, in_transaction): `good` is the end of
the last one, up to which the file is good, and the other says whether a transaction was open. An EXEC
without a MULTI is a command like any other.
"""

import io

from exercises.machinery.trial import calling
from redis_clone.features.persistence.aof_reader import CutShort, Transaction, read_transactions

CHAPTER = 13
LEVEL = 3
CONCEPT = "all of a transaction, or nothing"
HOLE = "redis_clone/features/persistence/aof_reader.py:read_transactions"
HINTS = (
    "Keep three things: commands = _Commands(read, start, skips_newlines=skips_newlines), good = start, "
    "and queued = None or the list of what came since MULTI.",
    "Four cases by argv[0].upper(): MULTI begins a list. EXEC, if there is a list: yield it, and forget"
    " it. Any other command while there is a list: append. Else: yield it alone. `good` moves to "
    "commands.offset just before each yield.",
    "except EOFError: raise CutShort(good, queued is not None) from None. And at the end of the "
    "file an open transaction is cut short too.",
)


def encoded(*lines: str) -> bytes:
    out = b""
    for line in lines:
        words = line.encode().split()
        out += b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
    return out


def read(data: bytes) -> list[tuple[str, int]]:
    """What is yielded, each as its commands and its end; and at last how the file was cut, if it was."""
    came: list[tuple[str, int]] = []
    try:
        for transaction in read_transactions(io.BytesIO(data).read):
            assert isinstance(transaction, Transaction)
            commands = [b" ".join(argv).decode() for argv in transaction.commands]
            came.append(("; ".join(commands), transaction.end))
    except CutShort as problem:
        came.append((f"cut short, in a transaction: {problem.in_transaction}", problem.offset))
    return came


def asking(data: bytes, given: str) -> calling:
    return calling(read, data, given=given, shown="what is yielded, each with its end")


A, B = encoded("SET a 1"), encoded("SET b 2")
WHOLE = encoded("MULTI", "SET a 1", "SET b 2", "EXEC")


def test_commands_one_by_one() -> None:
    asking(A + B, "SET a 1, SET b 2").gives([("SET a 1", len(A)), ("SET b 2", len(A + B))])


def test_an_empty_file() -> None:
    asking(b"", "an empty file").gives([])


def test_the_commands_of_a_transaction_come_together() -> None:
    asking(A + WHOLE, "SET a 1, and a transaction of two").gives(
        [("SET a 1", len(A)), ("SET a 1; SET b 2", len(A + WHOLE))]
    )


def test_in_any_letter_case() -> None:
    data = encoded("multi", "SET a 1", "Exec")
    asking(data, "multi, SET a 1, Exec").gives([("SET a 1", len(data))])


def test_only_the_name_makes_a_multi_or_an_exec() -> None:
    data = encoded("MULTI", "DEL exec", "SET a EXEC", "EXEC")
    asking(data, "MULTI, DEL exec, SET a EXEC, EXEC").gives([("DEL exec; SET a EXEC", len(data))])
    data = encoded("SET a MULTI")
    asking(data, "SET a MULTI").gives([("SET a MULTI", len(data))])


def test_a_command_cut_short() -> None:
    asking(A + B[:-3], "SET a 1, and most of SET b 2").gives(
        [("SET a 1", len(A)), ("cut short, in a transaction: False", len(A))]
    )


def test_the_first_command_cut_short() -> None:
    asking(A[:-3], "most of SET a 1").gives([("cut short, in a transaction: False", 0)])


def test_a_transaction_without_its_exec() -> None:
    data = A + encoded("MULTI", "SET b 2")
    asking(data, "SET a 1, MULTI, SET b 2").gives(
        [("SET a 1", len(A)), ("cut short, in a transaction: True", len(A))]
    )


def test_a_transaction_cut_in_the_middle_of_a_command() -> None:
    data = A + encoded("MULTI", "SET b 2")[:-4]
    asking(data, "SET a 1, MULTI, most of SET b 2").gives(
        [("SET a 1", len(A)), ("cut short, in a transaction: True", len(A))]
    )


def test_a_transaction_cut_in_its_second_command() -> None:
    data = A + encoded("MULTI", "SET b 2", "SET c 3")[:-4]
    asking(data, "SET a 1, MULTI, SET b 2, most of SET c 3").gives(
        [("SET a 1", len(A)), ("cut short, in a transaction: True", len(A))]
    )


def test_an_exec_alone_is_a_command() -> None:
    data = encoded("EXEC")
    asking(data + A, "EXEC, SET a 1").gives([("EXEC", len(data)), ("SET a 1", len(data + A))])


def test_the_offset_where_the_file_begins_counts() -> None:
    calling(
        lambda: [each.end for each in read_transactions(io.BytesIO(A).read, 1000)],
        shown="the ends, from 1000 on",
    ).gives([1000 + len(A)])
