"""The bytes of ops: where a SELECT comes before a command."""

from redis_clone.protocol.ops import BOTH, NO_DB, OpEncoder
from redis_clone.protocol.replies import encode_command

MULTI, EXEC = (NO_DB, [b"MULTI"], BOTH), (NO_DB, [b"EXEC"], BOTH)


def encoded(*lines):
    return b"".join(encode_command(line.split()) for line in lines)


def test_a_select_comes_before_the_first_command_and_where_the_database_changes():
    encoder = OpEncoder()
    ops = [(0, [b"DEL", b"a"], BOTH), (0, [b"DEL", b"b"], BOTH), (9, [b"DEL", b"c"], BOTH)]
    assert encoder.encode(ops) == encoded(b"SELECT 0", b"DEL a", b"DEL b", b"SELECT 9", b"DEL c")
    assert encoder.encode([(9, [b"DEL", b"d"], BOTH)]) == encoded(b"DEL d")


def test_an_op_without_a_database_needs_no_select():
    ops = [MULTI, (3, [b"DEL", b"a"], BOTH), EXEC]
    assert OpEncoder().encode(ops) == encoded(b"MULTI", b"SELECT 3", b"DEL a", b"EXEC")


def test_a_select_comes_again_for_a_reader_that_knows_no_database():
    encoder = OpEncoder()
    encoder.encode([(3, [b"DEL", b"a"], BOTH)])
    encoder.forget_db()
    assert encoder.encode([(3, [b"DEL", b"b"], BOTH)]) == encoded(b"SELECT 3", b"DEL b")
