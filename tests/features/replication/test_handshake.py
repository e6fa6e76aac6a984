"""The introduction of a replica to its master, without a socket."""

import pytest

from redis_clone.features.replication.handshake import (
    FULL,
    NOWHERE,
    PARTIAL,
    REJECTED,
    Handshake,
    HandshakeFailed,
    Introduction,
    Outcome,
)
from redis_clone.protocol.replies import encode_command

REPLID = "a" * 40


def encoded(*lines):
    return b"".join(encode_command(line.split()) for line in lines)


def introduced(introduction=None, position=NOWHERE, answers=3, is_failover=False):
    """A handshake that has come to PSYNC; returns it and all that was sent."""
    handshake = Handshake(introduction or Introduction(6380), position, is_failover)
    sent = handshake.begin() + handshake.receive(b"+PONG")
    for _ in range(answers - 1):
        sent += handshake.receive(b"+OK")
    return handshake, sent


def test_a_new_replica_asks_for_everything():
    _, sent = introduced()
    assert sent == encoded(
        b"PING", b"REPLCONF listening-port 6380", b"REPLCONF capa eof capa psync2", b"PSYNC ? -1"
    )


def test_one_that_was_here_before_asks_for_the_rest():
    _, sent = introduced(position=(REPLID, 99))
    assert sent.endswith(encoded(b"PSYNC %s 100" % REPLID.encode()))


def test_it_says_its_password_and_its_address_if_it_has_them():
    _, sent = introduced(Introduction(6380, "replica.example", "ada", "secret"), answers=5)
    assert sent == encoded(
        b"PING", b"AUTH ada secret", b"REPLCONF listening-port 6380",
        b"REPLCONF ip-address replica.example", b"REPLCONF capa eof capa psync2", b"PSYNC ? -1",
    )  # fmt: skip
    _, sent = introduced(Introduction(6380, password="secret"), answers=4)
    assert encoded(b"AUTH secret") in sent


@pytest.mark.parametrize(
    "line", [b"-NOAUTH Authentication required.", b"-NOPERM no", b"-ERR operation not permitted"]
)
def test_a_master_that_wants_a_password_first_is_given_it(line):
    handshake = Handshake(Introduction(6380, password="secret"), NOWHERE)
    handshake.begin()
    assert handshake.receive(line).startswith(encoded(b"AUTH secret"))


@pytest.mark.parametrize(
    "line, outcome",
    [
        (b"+FULLRESYNC %s 500" % REPLID.encode(), Outcome(FULL, REPLID, 500)),
        (b"+CONTINUE", Outcome(PARTIAL, "", 99)),
        (b"+CONTINUE not-an-id", Outcome(PARTIAL, "", 99)),
        (b"+CONTINUE %s" % REPLID.encode(), Outcome(PARTIAL, REPLID, 99)),
    ],
)
def test_the_answer_to_psync_is_the_outcome(line, outcome):
    handshake, _ = introduced(position=(REPLID, 99))
    assert handshake.receive(b"") == b"" and handshake.outcome is None, "a newline is a sign of life"
    assert handshake.receive(line) == b"" and handshake.outcome == outcome


def test_a_master_without_psync_is_sent_sync():
    handshake, _ = introduced()
    assert handshake.receive(b"-ERR unknown command 'PSYNC'") == b"SYNC\r\n"
    assert handshake.outcome == Outcome(FULL, "", -1)


def test_errors_to_replconf_are_passed_over():
    handshake = Handshake(Introduction(6380), NOWHERE)
    handshake.begin()
    handshake.receive(b"+PONG")
    handshake.receive(b"-ERR unknown command")
    assert handshake.receive(b"-ERR unknown command") == encoded(b"PSYNC ? -1")


@pytest.mark.parametrize("answers, line", [
    (0, b"-ERR max number of clients reached"),
    (1, b"-WRONGPASS invalid username-password pair"),
    (4, b"-NOMASTERLINK Can't SYNC while not connected with my master"),
    (4, b"-LOADING Redis is loading the dataset in memory"),
    (4, b"+WHAT"), (4, b" "), (4, b"+FULLRESYNC short 1"), (4, b"+FULLRESYNC"),
    (4, b"+CONTINUE"),  # which makes no sense for a replica that has nothing
])  # fmt: skip
def test_other_answers_end_the_handshake(answers, line):
    handshake = Handshake(Introduction(6380, password="x"), NOWHERE)
    handshake.begin()
    for answer in (b"+PONG", b"+OK", b"+OK", b"+OK")[:answers]:
        handshake.receive(answer)
    with pytest.raises(HandshakeFailed):
        handshake.receive(line)


def test_in_a_failover_the_other_server_is_asked_to_become_the_master():
    handshake, sent = introduced(position=(REPLID, 99), is_failover=True)
    assert sent.endswith(encoded(b"PSYNC %s 100 FAILOVER" % REPLID.encode()))
    assert handshake.receive(b"+CONTINUE " + b"b" * 40) == b""
    assert handshake.outcome == Outcome(PARTIAL, "b" * 40, 99)


@pytest.mark.parametrize("line", [b"-ERR unknown", b"-LOADING wait", b"-NOMASTERLINK wait", b"+OK"])
def test_a_failover_ends_when_the_other_server_says_anything_else(line):
    handshake, _ = introduced(position=(REPLID, 99), is_failover=True)
    assert handshake.receive(line) == b"", "and it is not asked for all data by SYNC"
    assert handshake.outcome is not None and handshake.outcome.kind == REJECTED
