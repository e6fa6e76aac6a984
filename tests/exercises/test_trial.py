"""The functions that checks are written with, and what they say when something does not hold."""

import pytest
from exercises.machinery.shown import show
from exercises.machinery.trial import NotYet, calling, expect


def message_of(action):
    with pytest.raises(NotYet) as caught:
        action()
    return str(caught.value).split("\n")


def double(number):
    return number * 2


def refuse(text):
    raise ValueError(f"no {text}")


def unwritten():
    raise NotImplementedError("unwritten is yours to write: exercise x")


def test_what_holds_says_nothing():
    assert calling(double, 2).gives(4) == 4
    calling(refuse, "way").raises(ValueError)
    calling(double, 2).passes(lambda came: came > 3, "more than 3")
    expect(True, "it is true")


def test_a_wrong_value():
    assert message_of(lambda: calling(double, 2, given="a two").gives(5)) == [
        "given     a two",
        "called    double(2)",
        "expected  5",
        "came      4",
    ]


def test_true_is_not_one():
    assert message_of(lambda: calling(lambda: True, shown="truth()").gives(1))[-1] == "came      True"


def test_an_exception_in_place_of_a_value():
    lines = message_of(lambda: calling(refuse, "way").gives(1))
    assert lines[:3] == ["called    refuse('way')", "expected  1", "came      ValueError: no way"]


def test_a_value_or_another_exception_in_place_of_an_exception():
    assert message_of(lambda: calling(double, 2).raises(ValueError)) == [
        "called    double(2)",
        "expected  ValueError is raised",
        "came      4",
    ]
    assert "came      ValueError: no way" in message_of(lambda: calling(refuse, "way").raises(KeyError))


def test_what_is_not_written_has_not_raised_what_was_expected():
    assert "yours to write" in message_of(lambda: calling(unwritten).raises(Exception))[2]


def test_a_claim_that_does_not_hold():
    assert (
        message_of(lambda: calling(double, 2).passes(lambda came: came > 9, "more than 9"))[1]
        == "expected  more than 9"
    )
    assert message_of(lambda: expect(0, "there is one"))[0] == "expected  there is one"


def test_a_method_is_called_with_its_class():
    assert message_of(lambda: calling([1].index, 1).gives(9))[0] == "called    list.index(1)"


def test_long_values_are_cut_off():
    assert show("x" * 1000).endswith("... (1002 characters)")
