"""What a space-time diagram keeps: rows, arrows, and what the nodes logged."""

from redis_clone.testing import space_time
from redis_clone.testing.space_time import SpaceTime


def test_an_arrow_begins_in_the_row_in_which_it_was_sent_and_ends_where_it_arrived():
    diagram = SpaceTime()
    diagram.begin_row(100, "+100 ms")
    ping = diagram.sent(1, 2, "ping", "")
    diagram.begin_row(100)
    diagram.received(ping)
    pong = diagram.sent(2, 1, "pong", "")
    diagram.begin_row(100)
    diagram.lost(pong)
    assert (ping.sent_row, ping.received_row, ping.is_lost) == (1, 2, False)
    assert (pong.sent_row, pong.received_row, pong.is_lost) == (2, 3, True)
    assert [arrow["number"] for arrow in diagram.as_dict()["arrows"]] == [1, 2]


def test_what_a_node_logs_belongs_to_the_row_of_its_cause():
    diagram = SpaceTime()
    assert diagram.is_quiet
    diagram.record(1, "hello")
    assert not diagram.is_quiet
    diagram.begin_row(3)
    assert diagram.is_quiet
    assert [row["notes"] for row in diagram.as_dict()["rows"]] == [[(1, "hello")], []]


def test_a_long_diagram_forgets_its_beginning_but_no_message_that_is_on_its_way(monkeypatch):
    monkeypatch.setattr(space_time, "ROWS_KEPT", 5)
    diagram = SpaceTime()
    old = diagram.sent(1, 2, "ping", "")
    diagram.received(old)
    diagram.begin_row(0)
    waiting = diagram.sent(1, 2, "fail", "3")
    for number in range(20):
        diagram.begin_row(number)
    shown = diagram.as_dict()
    assert [row["number"] for row in shown["rows"]] == [17, 18, 19, 20, 21]
    assert [arrow["number"] for arrow in shown["arrows"]] == [waiting.number]
