"""A check uses the student's process as if it were its own, and the student's code may not do so in turn."""

import pytest
from exercises.machinery.proxies import Proxy
from exercises.machinery.student_process import StudentProcess

from redis_clone.features.monitoring.latency import MOST_SAMPLES, Sample
from redis_clone.protocol.stream import LineTooLong


@pytest.fixture(scope="module")
def process():
    with StudentProcess(seconds=100) as student:
        yield student.start()


def imported(process, module, *names):
    """As `from module import names` in a check."""
    came = process.imported(module, None, None, names, 0)
    return [getattr(came, name) for name in names]


def test_an_object_is_used_where_it_is(process):
    deque = process.module("collections").deque([3, 4])
    deque.append(5)
    deque[0] = 1
    del deque[1]
    assert isinstance(deque, Proxy) and isinstance(deque, process.module("collections").deque)
    assert (len(deque), list(deque), deque[1], 5 in deque, repr(deque)) == (
        2,
        [1, 5],
        5,
        True,
        "deque([1, 5])",
    )
    assert deque.popleft() == 1 and bool(deque)


def test_it_is_equal_only_to_itself(process):
    one = process.module("collections").deque([1])
    assert one != process.module("collections").deque([1]) and one != [1]
    assert process.module("operator").itemgetter(0)([one]) is one


def test_a_list_that_was_moved_is_the_same_there_and_here(process):
    words = process.moved([1, 2])
    words.append(3)
    assert list(words) == [1, 2, 3] and process.module("operator").pos is process.module("operator").pos
    assert process.module("copy").copy(words) == [1, 2, 3], "a copy of it is a plain list"


def test_many_calls_are_one_request(process):
    assert process.each(process.module("builtins").divmod, (7, 2), (9, 4)) == [(3, 1), (2, 1)]


def test_an_iterator_is_asked_for_one_thing_at_a_time(process):
    count = process.module("itertools").count(5)
    assert [next(count), next(count)] == [5, 6] and next(iter(count)) == 7


def test_a_function_of_a_check_is_called_from_there_and_its_exception_comes_back(process):
    asked = []

    def receive(at_most):
        asked.append(at_most)
        return b"x" * at_most

    (stream,) = imported(process, "redis_clone.protocol.stream", "Stream")
    with pytest.raises(LineTooLong):
        stream(receive).read_line(b"\r\n", 5000)
    assert asked
    mine = ZeroDivisionError("of the check's own")

    def fail(at_most):
        raise mine

    with pytest.raises(ZeroDivisionError) as caught:
        stream(fail).read_line()
    assert caught.value is mine


def test_what_needs_no_process_is_the_judges_own(process):
    most, sample, event = imported(
        process, "redis_clone.features.monitoring.latency", "MOST_SAMPLES", "Sample", "Event"
    )
    assert most == MOST_SAMPLES and sample is Sample and isinstance(event, Proxy)
    (kept,) = event(Sample(1, 20)).samples
    assert kept == Sample(1, 20) and type(kept) is Sample


def test_a_namedtuple_with_methods_stays_where_it_is(process):
    """Its methods may be what the student writes."""
    (one_key,) = imported(process, "redis_clone.command_table.keyspecs", "one_key")
    assert isinstance(one_key("RO"), Proxy)
    assert list(one_key("RO").positions([b"GET", b"a"])) == [1]


def test_a_check_cannot_derive_from_a_class_of_the_students(process):
    (stream,) = imported(process, "redis_clone.protocol.stream", "Stream")
    with pytest.raises(TypeError, match="cannot derive"):
        exec("class Mine(Stream): pass", {"Stream": stream})


def test_the_students_code_reads_and_calls_what_a_check_hands_it(process):
    class Account:
        SETTABLE = ("balance",)

        def __init__(self):
            self.balance, self.name, self._secret = 5, "ada", 7

        def paid(self, amount):
            return amount + self.balance

    account = Account()
    their_getattr, their_setattr = process.module("builtins").getattr, process.module("builtins").setattr
    assert their_getattr(account, "name") == "ada" and their_getattr(account, "paid")(3) == 8
    their_setattr(account, "balance", 6)
    assert account.balance == 6
    for refused in (
        lambda: their_setattr(account, "name", "bob"),
        lambda: their_getattr(account, "_secret"),
        lambda: their_getattr(account.paid, "__func__"),
        lambda: their_getattr((each for each in [1]), "gi_frame"),
        lambda: their_getattr(pytest, "raises"),
    ):
        with pytest.raises(AttributeError, match="do not let you"):
            refused()
    assert account.name == "ada"
