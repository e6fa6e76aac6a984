"""A table of cases as one test."""

import pytest
from tables import for_each


def test_every_row_of_a_table_is_tried_and_all_that_fail_are_named():
    tried = []

    @for_each("number, word", [(1, "one"), (2, "due"), (3, "three"), (4, "vier")])
    def test_the_word_is_english(number, word):
        tried.append(number)
        assert word == ["zero", "one", "two", "three", "four"][number]

    with pytest.raises(AssertionError) as failure:
        test_the_word_is_english()
    assert tried == [1, 2, 3, 4]
    named = [line.partition(":")[0] for line in str(failure.value).splitlines() if "number, word" in line]
    assert named == ["number, word = (2, 'due')", "number, word = (4, 'vier')"]
    assert isinstance(failure.value.__cause__, AssertionError)


@for_each("first", ["SET", "APPEND"])
@for_each("key", ["a", "b"])
def test_each_row_finds_no_keys_and_a_client_as_new(redis, first, key):
    assert redis("DBSIZE") == 0 and redis("MULTI") == "OK"
    redis(first, key, "value"), redis("EXEC"), redis("MULTI")


@pytest.fixture
def prepared(redis):
    redis("SET prepared yes")


@for_each("key", ["a", "b"], keeps_keys=True)
def test_rows_may_share_what_a_fixture_has_prepared(redis, prepared, key):
    assert redis("GET prepared") == b"yes"
