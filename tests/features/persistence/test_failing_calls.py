"""A rewrite, a save or a start in which one system call fails, or which is killed there: nothing is lost."""

from random import Random

import pytest
from failing_calls import JOBS, POLICIES, TROUBLES, walk


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("job", JOBS)
def test_nothing_that_was_acknowledged_is_lost_when_a_call_fails(job, trouble):
    chance = Random(f"{job} {trouble}")
    policy, step = chance.choice(POLICIES), 5
    assert walk(job, policy, trouble, step=step, first=chance.randint(1, step)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("job", JOBS)
def test_nothing_is_lost_whichever_call_fails(job, policy, trouble):
    assert walk(job, policy, trouble) > 0
