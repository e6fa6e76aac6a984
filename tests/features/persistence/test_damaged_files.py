"""Some rounds of random damage; damage_rounds.py says how files are damaged and what must come of it."""

import pytest
from damage_rounds import KINDS, run_rounds


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_a_clean_error_or_a_proper_load(kind):
    assert run_rounds(kind, 34, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_more_damaged_files_are_clean_errors_or_proper_loads(kind):
    assert run_rounds(kind, 700, seed=1000)
