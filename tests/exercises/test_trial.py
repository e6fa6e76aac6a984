"""The words that checks are written with, and what they say when something does not hold."""

import pytest
from exercises.machinery.trial import NotYet, calling, expect, show


def told(action):
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
    assert told(lambda: calling(double, 2, given="a two").gives(5)) == [
        "given     a two",
        "called    double(2)",
        "expected  5",
        "came      4",
    ]


def test_true_is_not_one():
    assert told(lambda: calling(lambda: True, shown="truth()").gives(1))[-1] == "came      True"


def test_an_exception_in_place_of_a_value():
    lines = told(lambda: calling(refuse, "way").gives(1))
    assert lines[:3] == ["called    refuse('way')", "expected  1", "came      ValueError: no way"]


def test_a_value_or_another_exception_in_place_of_an_exception():
    assert told(lambda: calling(double, 2).raises(ValueError)) == [
        "called    double(2)",
        "expected  ValueError is raised",
        "came      4",
    ]
    assert "came      ValueError: no way" in told(lambda: calling(refuse, "way").raises(KeyError))


def test_what_is_not_written_has_not_raised_what_was_expected():
    assert "yours to write" in told(lambda: calling(unwritten).raises(Exception))[2]


def test_a_claim_that_does_not_hold():
    assert (
        told(lambda: calling(double, 2).passes(lambda came: came > 9, "more than 9"))[1]
        == "expected  more than 9"
    )
    assert told(lambda: expect(0, "there is one"))[0] == "expected  there is one"


def test_a_method_is_called_with_its_class():
    assert told(lambda: calling([1].index, 1).gives(9))[0] == "called    list.index(1)"


def test_long_values_are_cut_off():
    assert show("x" * 1000).endswith("... (1002 characters)")
