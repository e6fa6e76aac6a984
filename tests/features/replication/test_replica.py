"""What a master knows of one replica."""

from types import SimpleNamespace

import pytest

from redis_clone.features.replication.replica import Replica
from redis_clone.protocol.output_buffer import OutputBuffer


@pytest.mark.parametrize(
    "address, said, shown",
    [
        ("127.0.0.1:50000", "", "127.0.0.1"),
        ("[::1]:50000", "", "::1"),
        ("[::1]:50000", "replica.example", "replica.example"),
    ],
)
def test_others_reach_it_by_what_it_has_said_or_by_its_address(address, said, shown):
    replica = Replica(None, OutputBuffer([]))
    replica.address, replica.ip = address, said
    assert replica.shown_ip == shown


def test_it_is_stuck_while_something_waits_for_it_and_it_takes_nothing():
    client = SimpleNamespace(replication_output=0)
    replica = Replica(client, OutputBuffer([]))
    assert replica.seconds_stuck(5_000) == replica.seconds_stuck(90_000) == 0, "nothing waits for it"
    replica.output_buffer.append(b"file")
    assert replica.seconds_stuck(95_000) == 5
    client.replication_output += 1
    assert [replica.seconds_stuck(now_ms) for now_ms in (96_000, 98_000)] == [0, 2]
    replica.output_buffer.drain()
    replica.output_buffer.sending = 4
    assert replica.seconds_stuck(99_000) == 3, "its connection has taken it, but the network has not"
