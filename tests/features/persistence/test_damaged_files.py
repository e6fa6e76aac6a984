"""Some rounds of random damage; damage_rounds.py says what is done and what must come of it."""

import pytest
from damage_rounds import KINDS, run_rounds


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_a_clean_error_or_a_proper_load(kind):
    assert run_rounds(kind, 34, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_more_damages_are_so_too(kind):
    assert run_rounds(kind, 700, seed=1000)
