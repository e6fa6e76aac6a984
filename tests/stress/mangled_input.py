"""Bytes that no client would send: commands that are mangled in ways that hurt a parser, and noise.

Everything comes from one Random, so a seed and a number identify an input.
"""

from collections.abc import Callable
from random import Random

from argument_grammar import make

from redis_clone import commands
from redis_clone.command_table.registry import TABLE, Command
from redis_clone.protocol.replies import encode_command

commands.load()

# These would end or stop the server, lock clients out, change files, or block.
LEFT_OUT = {
    "SHUTDOWN", "DEBUG", "CONFIG", "ACL", "REPLICAOF", "SLAVEOF", "FAILOVER", "PSYNC", "SYNC", "CLIENT",
    "CLUSTER", "MODULE", "PFSELFTEST", "SAVE", "BGSAVE", "BGREWRITEAOF", "WAIT", "WAITAOF",
}  # fmt: skip
SPECS: list[Command] = [
    spec
    for parent in TABLE.values()
    for spec in (parent, *parent.subcommands.values())
    if spec.function is not None and parent.name not in LEFT_OUT
]
NUMBERS = [
    0, -1, 1, 2, 3, 9, 10, 11, 255, 256, 16384, 16385, 65536, 2**20, 512 * 2**20, 512 * 2**20 + 1, 2**31 - 1,
    2**31, 2**32, 2**60, -(2**60), 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**30,
]  # fmt: skip
PIECES = [
    b"\r\n", b"\r", b"\n", b"*", b"$", b"*-1\r\n", b"*0\r\n", b"$-1\r\n", b"$0\r\n\r\n", b"+OK\r\n",
    b":1\r\n", b"_\r\n", b"%1\r\n", b"~2\r\n", b">3\r\n", b"|1\r\n", b"=4\r\ntxt:\r\n", b"(1\r\n", b"#t\r\n",
    b",nan\r\n", b'"', b"'", b"\\x", b"\\", b'"\\x4', b"\x00", b"\xff", b" ", b"\t", b"PING\r\n", b"QUIT\r\n",
    b"*1\r\n$4\r\nPING\r\n", b"GET / HTTP/1.1\r\n", b"MULTI\r\n", b"EXEC\r\n", b"HELLO 3\r\n", b"RESET\r\n",
]  # fmt: skip
ALPHABET = b"*$:+-\r\n0123456789 \"'\\xAGETSet\x00\xff"

Mangler = Callable[[Random, bytes], bytes]


def mangled_input(random: Random, command: Callable[[Random], bytes] | None = None) -> bytes:
    """A few commands, mangled or not, or noise; `command` makes a command, else any command is taken."""
    command = command or any_command
    if random.random() < 0.1:
        return bytes(random.choices(ALPHABET, k=random.randrange(1, 200)))
    data = b"".join([command(random) for _ in range(random.choice([1, 1, 1, 2, 3, 8]))])
    for _ in range(random.choice([0, 1, 1, 1, 2, 3, 5])):
        data = random.choice(MANGLERS)(random, data)
    return data


def harmless_command(random: Random) -> bytes:
    """A command that changes nothing and always gets the same reply."""
    words = [random.choice([b"ECHO", b"GET", b"TYPE", b"ping", b"EXISTS", b"Nonsense", b"STRLEN", b"LRANGE"])]
    words += [
        random.choice([b"a", b"", b"b c", b"1", b'"q"', b"\xff\xfe", b"long" * 40])
        for _ in range(random.choice([0, 1, 1, 2, 3]))
    ]
    return (
        encode_command(words) if random.random() < 0.7 else b" ".join(words) + random.choice([b"\r\n", b"\n"])
    )


def any_command(random: Random) -> bytes:
    words = make(random.choice, random.choice(SPECS))
    if random.random() < 0.15:
        words[random.randrange(len(words))] = b"%d" % random.choice(NUMBERS)
    return encode_command(words) if random.random() < 0.8 else b" ".join(words) + b"\r\n"


def _slice(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(start + random.choice([1, 1, 2, 4, 20]), len(data))


def _flip(random: Random, data: bytes) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + bytes(byte ^ 1 << random.randrange(8) for byte in data[start:end]) + data[end:]


def _cut_out(random: Random, data: bytes) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + data[start:end] * random.choice([2, 3, 100]) + data[end:]


def _insert(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(PIECES) + data[at:]


def _insert_number(random: Random, data: bytes) -> bytes:
    """Replaces a length behind * or $ by a number, or inserts one at the start."""
    at = data.find(random.choice([b"*", b"$"]), random.randrange(len(data) + 1)) + 1
    end = data.find(b"\r\n", at)
    return data[:at] + b"%d" % random.choice(NUMBERS) + data[max(end, at) :]


def _end_early(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _swap(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[at:] + data[:at]


MANGLERS: list[Mangler] = [
    _flip,
    _cut_out,
    _repeat,
    _insert,
    _insert_number,
    _insert_number,
    _end_early,
    _swap,
]
