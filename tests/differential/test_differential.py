"""Random commands, group by group, on our server and on the real one: replies and data must be the same.

A few of them run with every test run.  For thousands:

    python -m pytest tests/differential --examples 5000 -k list
"""

import pytest
from command_groups import GROUPS, beginning, makers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runner import Comparison

LONGEST = 40  # commands in an example
DEFAULT_EXAMPLES = {False: 5, True: 60}  # True: with --slow


@st.composite
def conversations(draw, group):
    """A list of commands for one connection."""

    def choose(options):
        return draw(st.sampled_from(options))

    begin = beginning(group) if choose([True, True, False]) else []
    return begin + [choose(makers(group))(choose) for _ in range(draw(st.integers(1, LONGEST)))]


@pytest.fixture(scope="module")
def comparison(our_address, real_address):
    return Comparison(our_address, real_address)


@pytest.mark.parametrize("group", GROUPS)
def test_we_answer_as_redis_does(comparison, request, group):
    examples = request.config.getoption("--examples")

    @settings(
        max_examples=examples or DEFAULT_EXAMPLES[request.config.getoption("--slow")],
        derandomize=examples is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(conversations(group), st.sampled_from([2, 3]))
    def run(commands, protocol):
        difference = comparison.difference(commands, protocol)
        assert difference is None, f"RESP{protocol}:\n{difference}"

    run()
