"""The HyperLogLog commands.  The value is a string of the form that structures/hyperloglog.py describes.

A change is made in a copy of at most 12 KB, so that a corrupted value is never changed in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, Reply, SimpleString
from redis_clone.storage.strings import STRING
from redis_clone.structures import hyperloglog
from redis_clone.structures.hyperloglog import CorruptedValue

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("hyperloglog")

NOT_A_HYPERLOGLOG = "WRONGTYPE Key is not a valid HyperLogLog string value."
CORRUPTED = "INVALIDOBJ Corrupted HLL object detected"
SELF_TEST_ELEMENTS = 10_000  # Redis adds ten million: a second there, a minute here, while all clients wait
NO_EVENT = ""  # the string changes, but not what it counts, so there is no keyspace notification
NO_REGISTERS = bytes(hyperloglog.REGISTERS)


@command("PFADD", arity=-2, flags="write denyoom fast", keys=one_key("RW insert"))
def pfadd(client: Client, key: bytes, *elements: bytes) -> int:
    """Adds elements to a HyperLogLog, and tells whether its estimate may have changed: 1 or 0.

    PFADD key [element [element ...]]
    Since 2.8.9, O(1) for each element.
    """
    stored = _checked(client.db.edit(key, STRING))
    edited = bytearray(stored) if stored else hyperloglog.new()
    limit = client.server.config["hll-sparse-max-bytes"]
    with _sound():
        raised = [hyperloglog.add(edited, element, limit) for element in elements]
    if stored and not any(raised):
        return 0
    hyperloglog.forget_count(edited)
    client.db.update(key, edited, "pfadd", count=sum(raised) + (not stored))
    return 1


@command(
    "PFCOUNT",
    arity=-2,
    flags="readonly",
    keys=all_keys(
        "RW access",
        notes="RW because it may change the internal representation of the key, and propagate to replicas",
    ),
)
def pfcount(client: Client, *keys: bytes) -> int:
    """Estimates how many different elements a HyperLogLog has seen, or several of them together.

    PFCOUNT key [key ...]
    Since 2.8.9, O(1) for one key whose estimate is kept, else O(N) for N keys, of 16384 registers each.
    """
    if len(keys) > 1:
        return _signed(hyperloglog.estimate(_union(client, *keys).registers))
    stored = _checked(client.db.get(keys[0], STRING))
    if stored is None:
        return 0
    estimated = hyperloglog.cached_count(stored)
    if estimated is None:
        with _sound():
            estimated = hyperloglog.count(stored)
        edited = bytearray(stored)
        hyperloglog.cache_count(edited, estimated)
        client.db.update(keys[0], edited, NO_EVENT)
    return _signed(estimated)


@command(
    "PFMERGE",
    arity=-2,
    flags="write denyoom",
    keys=[one_key("RW access insert"), all_keys("RO access", at=2)],
)
def pfmerge(client: Client, destkey: bytes, *sourcekeys: bytes) -> SimpleString:
    """Merges other HyperLogLogs into one.

    PFMERGE destkey [sourcekey [sourcekey ...]]
    Since 2.8.9, O(N) for N keys, of 16384 registers each.
    """
    union = _union(client, destkey, *sourcekeys)
    stored = client.db.edit(destkey, STRING)
    edited = bytearray(stored) if stored else hyperloglog.new()
    if union.has_dense:
        hyperloglog.make_dense(edited)
    limit = client.server.config["hll-sparse-max-bytes"]
    hyperloglog.merge_registers(edited, union.registers, limit)
    hyperloglog.forget_count(edited)
    client.db.update(destkey, edited, "pfadd")
    return OK


@command("PFDEBUG", arity=3, flags="write denyoom admin", keys=one_key("RW access", at=2))
def pfdebug(client: Client, subcommand: bytes, key: bytes) -> Reply:
    """Shows the inside of a HyperLogLog: GETREG, DECODE, ENCODING, TODENSE.

    PFDEBUG subcommand key
    Since 2.8.9, O(N) where N is the number of registers.
    """
    stored = _checked(client.db.edit(key, STRING))
    if stored is None:
        raise RedisError("ERR The specified key does not exist")
    question = QUESTIONS.get(subcommand.upper())
    if question is None:
        raise RedisError(f"ERR Unknown PFDEBUG subcommand '{subcommand.decode('latin-1')}'")
    with _sound():
        return question(client, key, stored)


@command("PFSELFTEST", arity=1, flags="admin")
def pfselftest(client: Client) -> SimpleString:
    """Tests that HyperLogLogs of both encodings agree, and estimate well.

    PFSELFTEST
    Since 2.8.9, O(N) where N is the number of elements tried.
    """
    sparse, dense = hyperloglog.new(), hyperloglog.new()
    hyperloglog.make_dense(dense)
    seed = client.server.random.randbytes(8)
    for number in range(1, SELF_TEST_ELEMENTS + 1):
        element = seed + number.to_bytes(8, "little")
        hyperloglog.add(sparse, element)
        hyperloglog.add(dense, element)
        if number in (1, 10, 100, 1_000, 10_000):
            _check_estimates(number, hyperloglog.count(sparse), hyperloglog.count(dense))
    return OK


def _check_estimates(number: int, of_sparse: int, of_dense: int) -> None:
    if of_sparse != of_dense:
        raise RedisError("ERR TESTFAILED dense/sparse disagree")
    error = abs(of_dense - number)
    if error > 1 + number * 6 * 0.0081:
        raise RedisError(f"ERR TESTFAILED Too big error. card:{number} abserr:{error}")


def _registers(client: Client, key: bytes, stored: bytes) -> list[int]:
    _to_dense(client, key, stored)
    return list(hyperloglog.registers(stored))


def _decoded(client: Client, key: bytes, stored: bytes) -> bytes:
    if not hyperloglog.is_sparse(stored):
        raise RedisError("ERR HLL encoding is not sparse")
    return " ".join(_shown(*opcode) for opcode in hyperloglog.opcodes(stored)).encode()


def _shown(register: int, length: int) -> str:
    """An opcode of the sparse encoding, in the letters that Redis uses."""
    if register:
        return f"v:{register},{length}"
    return f"{'z' if length <= hyperloglog.LONGEST_ZERO else 'Z'}:{length}"


def _encoding(client: Client, key: bytes, stored: bytes) -> SimpleString:
    return SimpleString("sparse" if hyperloglog.is_sparse(stored) else "dense")


def _to_dense(client: Client, key: bytes, stored: bytes) -> int:
    if not hyperloglog.is_sparse(stored):
        return 0
    edited = bytearray(stored)
    hyperloglog.make_dense(edited)
    client.db.update(key, edited, NO_EVENT)
    return 1


QUESTIONS: dict[bytes, Callable[[Client, bytes, bytes], Reply]] = {
    b"GETREG": _registers,
    b"DECODE": _decoded,
    b"ENCODING": _encoding,
    b"TODENSE": _to_dense,
}


def _checked(stored: bytes | None) -> bytes | None:
    if stored is not None and not hyperloglog.is_hyperloglog(stored):
        raise RedisError(NOT_A_HYPERLOGLOG)
    return stored


@contextmanager
def _sound() -> Iterator[None]:
    """Turns a CorruptedValue raised in this block into Redis's error."""
    try:
        yield
    except CorruptedValue:
        raise RedisError(CORRUPTED) from None


class _Union(NamedTuple):
    registers: bytes
    has_dense: bool  # one of them is dense


def _union(client: Client, *keys: bytes) -> _Union:
    """The union of the HyperLogLogs at these keys; a missing key counts as an empty one."""
    registers, has_dense = NO_REGISTERS, False
    for key in keys:
        stored = _checked(client.db.get(key, STRING))
        if stored is not None:
            has_dense |= not hyperloglog.is_sparse(stored)
            with _sound():
                registers = hyperloglog.greatest(registers, hyperloglog.registers(stored))
    return _Union(registers, has_dense)


def _signed(estimated: int) -> int:
    """The estimate as a signed 64-bit integer, which wraps only for registers that no real hash produces."""
    return estimated - 2**64 if estimated >= 2**63 else estimated
