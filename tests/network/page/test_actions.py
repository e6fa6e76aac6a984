"""What a path and its query ask for."""

from redis_clone.network.page.actions import actions
from redis_clone.server.inspection.panels import Inspection
from redis_clone.server.state import Server


class Recorded:
    """A scheduler, or the step mode, that records what it is asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        return lambda *args: self.asked.append((name, *args))


class OfALesson(Inspection):
    scheduler = None

    @property
    def bus(self):
        return self.scheduler


def ask(path, query=""):
    inspection = OfALesson(Server())
    inspection.stepping = inspection.scheduler = Recorded()
    actions(inspection, query)[path]()
    return inspection.scheduler.asked[-1]


def test_each_action_is_asked_for_with_its_numbers():
    assert ask("/halt") == ("halt",) and ask("/resume") == ("resume",)
    assert ask("/step") == ("step", 0) and ask("/step", "client=7") == ("step", 7)
    assert ask("/bus/halt") == ("halt",) and ask("/bus/resume") == ("resume",)
    assert ask("/bus/step") == ("step", None) and ask("/bus/step", "message=7") == ("step", 7)
    assert ask("/bus/event") == ("step_to_event",) and ask("/bus/align") == ("align",)
    assert ask("/bus/cut", "one=7000&other=7001") == ("cut", 7000, 7001)
    assert ask("/bus/pause", "node=7000") == ("pause", 7000)


def test_what_is_no_number_names_nothing():
    for text in ("", "-1", "x", "1" * 5000, "%C2%B2", "1.5"):
        assert ask("/step", f"client={text}") == ("step", 0), text
        assert ask("/bus/pause", f"node={text}") == ("pause", 0), text


def test_a_server_that_is_no_node_of_a_lesson_has_no_bus():
    assert set(actions(Inspection(Server()), "")) == {"/halt", "/step", "/resume"}
