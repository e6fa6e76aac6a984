"""structures/hyperloglog.py: both encodings, and their registers."""

from random import Random

import pytest
from tables import for_each

from redis_clone.structures import hyperloglog
from redis_clone.structures.hyperloglog import CorruptedValue

EMPTY = b"HYLL\x01" + bytes(11) + b"\x7f\xff"


def filled(count, seed=1, dense=False):
    value = hyperloglog.new()
    if dense:
        hyperloglog.make_dense(value)
    random = Random(seed)
    for _ in range(count):
        hyperloglog.add(value, random.randbytes(8))
    return value


def check(value):
    """Asserts what is always true of a sparse value."""
    opcodes = list(hyperloglog.opcodes(value))
    assert sum(opcode.length for opcode in opcodes) == hyperloglog.REGISTERS
    assert all(opcode.length <= 4 for opcode in opcodes if opcode.register)
    assert len(value) <= hyperloglog.SPARSE_MAX_BYTES


def test_a_new_one_is_a_header_and_one_run_of_zeros():
    assert hyperloglog.new() == EMPTY
    assert hyperloglog.is_hyperloglog(EMPTY) and hyperloglog.is_sparse(EMPTY)
    assert hyperloglog.count(EMPTY) == hyperloglog.cached_count(EMPTY) == 0


@for_each("length", range(18))
def test_hashes_of_all_lengths_differ_and_stay_the_same(length):
    assert hyperloglog.murmur_hash(bytes(length)) != hyperloglog.murmur_hash(bytes(length + 1))
    index, run = hyperloglog.pattern(bytes(length))
    assert 0 <= index < 16384 and 1 <= run <= 51


@pytest.mark.parametrize("count", [1, 10, 100, 1000, 1500])
def test_the_encodings_have_the_same_registers(count):
    sparse, dense = filled(count), filled(count, dense=True)
    check(sparse)
    assert hyperloglog.is_sparse(sparse) and not hyperloglog.is_sparse(dense)
    assert hyperloglog.registers(sparse) == hyperloglog.registers(dense)
    assert abs(hyperloglog.count(sparse) - count) <= 1 + count * 0.04
    hyperloglog.make_dense(sparse)
    assert sparse == dense and len(sparse) == hyperloglog.DENSE_BYTES


@pytest.mark.parametrize("seed", range(3))
def test_each_register_keeps_the_greatest_run_in_either_encoding(seed):
    random = Random(seed)
    sparse, expected = hyperloglog.new(), bytearray(hyperloglog.REGISTERS)
    for _ in range(400):
        element = random.randbytes(4)
        index, run = hyperloglog.pattern(element)
        assert hyperloglog.add(sparse, element) == (run > expected[index])
        expected[index] = max(expected[index], run)
    check(sparse)
    assert hyperloglog.registers(sparse) == expected


def test_it_becomes_dense_when_it_would_grow_too_long():
    random = Random(7)
    value = filled(1500)
    while hyperloglog.is_sparse(value):
        check(value)
        before = bytearray(value)
        element = random.randbytes(8)
        hyperloglog.add(value, element)
    assert len(before) > hyperloglog.SPARSE_MAX_BYTES - 3
    hyperloglog.make_dense(before)
    hyperloglog.add(before, element)
    assert value == before


def test_it_becomes_dense_when_a_run_is_too_great_for_the_sparse_encoding():
    for run, is_sparse in ((32, True), (33, False)):
        value = hyperloglog.new()
        hyperloglog.merge_registers(value, bytes([0, run]) + bytes(16382))
        assert hyperloglog.is_sparse(value) == is_sparse
        assert hyperloglog.registers(value)[:3] == bytes([0, run, 0])


def test_equal_neighbours_share_an_opcode_of_up_to_four():
    value = hyperloglog.new()
    hyperloglog.merge_registers(value, bytes([2] * 6) + bytes(70) + bytes([1]) + bytes(16307))
    assert list(hyperloglog.opcodes(value)) == [(2, 4), (2, 2), (0, 70), (1, 1), (0, 16307)]


@pytest.mark.parametrize("dense", [False, True])
def test_merging_is_the_same_as_adding_to_one(dense):
    one, other = filled(300, seed=1, dense=dense), filled(300, seed=2)
    both = hyperloglog.greatest(hyperloglog.registers(one), hyperloglog.registers(other))
    hyperloglog.merge_registers(one, both)
    assert hyperloglog.registers(one) == both
    assert abs(hyperloglog.estimate(both) - 600) < 25


def test_the_estimate_is_kept_until_it_is_out_of_date():
    value = filled(10)
    hyperloglog.cache_count(value, 10)
    assert hyperloglog.cached_count(value) == 10
    hyperloglog.forget_count(value)
    assert hyperloglog.cached_count(value) is None
    assert hyperloglog.is_hyperloglog(value)


@pytest.mark.parametrize("amount", [20_000, 100_000])
def test_large_numbers_are_estimated_within_a_few_percent(amount):
    assert abs(hyperloglog.count(filled(amount, dense=True)) / amount - 1) < 0.03


def test_full_registers_are_estimated_as_in_redis():
    assert hyperloglog.estimate(bytes([63]) * hyperloglog.REGISTERS) == 2**63
    assert hyperloglog.estimate(bytes([51]) * hyperloglog.REGISTERS) == 2**63


@pytest.mark.parametrize(
    "value",
    [b"", b"HYLL", b"HILL" + bytes(20), b"HYLL\x02" + bytes(20), b"HYLL\x00" + bytes(12298), b"hello"],
)
def test_a_wrong_header_or_length_is_noticed(value):
    assert not hyperloglog.is_hyperloglog(value)


@pytest.mark.parametrize("opcodes", [b"", b"\x7f", b"\x7f\xfe", b"\x7f\xff\x00", b"\x80"])
def test_opcodes_that_do_not_make_all_registers_are_noticed(opcodes):
    value = bytearray(EMPTY[:16] + opcodes)
    assert hyperloglog.is_hyperloglog(value)
    with pytest.raises(CorruptedValue):
        hyperloglog.registers(value)
    with pytest.raises(CorruptedValue):
        hyperloglog.make_dense(value)


def test_adding_beyond_the_last_opcode_is_noticed():
    with pytest.raises(CorruptedValue):
        hyperloglog.add(bytearray(EMPTY[:16] + b"\x00"), b"element")
