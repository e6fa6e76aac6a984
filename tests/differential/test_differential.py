"""Random commands, group by group, on our server and on the real one: replies and data must be the same.

A few conversations run with every test run.  For thousands, all others than before:

    python -m pytest tests/differential -s --examples 5000 --seed 7 -k list
"""

from contextlib import closing
from random import Random

import pytest
from command_groups import GROUPS, beginning, makers
from runner import Comparison

LONGEST = 40  # commands in a conversation, besides its beginning
USUAL_EXAMPLES = {False: 5, True: 60}  # True: with --slow


@pytest.fixture(scope="module")
def comparison(our_address, real_address):
    with closing(Comparison(our_address, real_address)) as comparison:
        yield comparison


@pytest.mark.parametrize("group", GROUPS)
def test_we_answer_as_redis_does(comparison, request, group):
    option = request.config.getoption
    random, sent = Random(f"{group} {option('--seed')}"), 0
    for _ in range(option("--examples") or USUAL_EXAMPLES[option("--slow")]):
        commands, protocol = made_conversation(random, group), random.choice([2, 3])
        sent += len(commands)
        report = comparison.report(commands, protocol)
        assert not report, f"seed {option('--seed')}, {report}"
    print(f"{group}: {sent} commands with seed {option('--seed')}")


def made_conversation(random, group):
    """A list of commands for one connection."""
    begin = beginning(group) if random.random() < 0.7 else []
    made = [random.choice(makers(group))(random.choice) for _ in range(random.randint(1, LONGEST))]
    return begin + made
