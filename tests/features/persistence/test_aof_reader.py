"""Reading the commands of an append-only file, whole, cut and damaged."""

import io
import random
from itertools import accumulate

import pytest
from tables import for_each

from redis_clone.features.persistence.aof_reader import BadFormat, CutShort, read_transactions
from redis_clone.protocol.replies import encode_command

SET = encode_command([b"SET", b"key", b"val\r\nue"])
TRANSACTION = encode_command([b"MULTI"]) + SET + SET + encode_command([b"EXEC"])


def read(data):
    return list(read_transactions(io.BytesIO(data).read))


def test_the_commands_of_a_transaction_come_together():
    transactions = read(SET + TRANSACTION + SET)
    assert [len(each.commands) for each in transactions] == [1, 2, 1]
    assert transactions[1].end == len(SET + TRANSACTION)


@for_each("length", range(len(SET) + 1, len(SET + TRANSACTION)))
def test_a_file_cut_anywhere_is_good_up_to_the_last_whole_transaction(length):
    with pytest.raises(CutShort) as caught:
        read((SET + TRANSACTION)[:length])
    assert caught.value.offset == len(SET)
    assert caught.value.in_transaction == (length >= len(SET) + len(encode_command([b"MULTI"])))


def test_comments_are_passed_over_and_count_as_bytes():
    (transaction,) = read(b"#TS:1700000000\r\n" + SET)
    assert transaction.commands == [[b"SET", b"key", b"val\r\nue"]] and transaction.end == 16 + len(SET)


def test_commands_and_offsets_are_the_same_however_few_bytes_are_read_at_once():
    pieces = [SET, encode_command([b"SET", b"long", b"v" * 5000]), b"#TS:1700000000\r\n" + SET,
              b"*1\r.$4\r.PING..", encode_command([b"MSET"] + [b"k"] * 400)]  # fmt: skip
    chance = random.Random(3)
    for _ in range(12):
        chosen = chance.choices(pieces, k=40)
        read_some = at_most(chance.choice((1, 7, 100, 5000)), io.BytesIO(b"".join(chosen)))
        assert [each.end for each in read_transactions(read_some)] == list(accumulate(map(len, chosen)))


def at_most(most, file):
    """A function that reads fewer bytes than it is asked for."""
    return lambda wanted: file.read(min(wanted, most))


@pytest.mark.parametrize("junk", [b"garbage\r\n", b"*x\r\n", b"*1\r\n+OK\r\n", b"*1\r\n$-5\r\n", b"*0\r\n"])
def test_junk_is_reported_with_its_offset(junk):
    with pytest.raises(BadFormat) as caught:
        read(SET + junk + SET)
    assert caught.value.offset == len(SET)


def test_every_damage_is_one_of_two_errors():
    chance = random.Random(7)
    whole = (SET + TRANSACTION) * 3
    for _ in range(3000):
        damaged = bytearray(whole)
        at = chance.randrange(len(damaged))
        match chance.randrange(3):
            case 0:
                damaged[at] = chance.randrange(256)
            case 1:
                del damaged[at : at + chance.randrange(1, 9)]
            case 2:
                damaged[at:at] = chance.randbytes(chance.randrange(1, 9))
        try:
            read(bytes(damaged))
        except (CutShort, BadFormat) as problem:
            assert 0 <= problem.offset <= len(damaged)
