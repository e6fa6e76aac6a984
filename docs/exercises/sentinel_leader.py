"""Who may act?

Five Sentinels agree that the master is dead. Now one of them must replace it, and only one: two that
promote two different replicas would make two masters. So each asks the others for a vote, for an
*epoch*, which is the number of an election. A Sentinel votes once in an epoch.

Write `leader(votes, epoch, sentinels, quorum)`. `votes` are all that were heard, as `(voter, epoch,
candidate)`, in the order in which they came. `sentinels` is how many Sentinels there are, whether they
live or not, and `quorum` is a number from the configuration. It answers the candidate that was elected
in this epoch, or None.

A candidate is elected if it has the votes of a majority of all Sentinels, more than half of them, and at
least `quorum` votes. Votes of other epochs do not count. A network may deliver a vote twice; it still
counts once. A Sentinel that has forgotten how it voted (its disk was replaced) may be heard with a
second candidate in the same epoch; only its first vote counts.
"""

from types import ModuleType

from exercises.machinery.trial import calling

CHAPTER = 20
LEVEL = 2
CONCEPT = "a majority"
FILE = "docs/exercises/yours/sentinel_leader.py"
HINTS = (
    "First make a dict from voters to candidates, of this epoch alone: setdefault keeps the first vote.",
    "collections.Counter(that_dict.values()) counts how many votes each candidate has.",
    "It needs max(sentinels // 2 + 1, quorum) votes. At most one candidate can have more than half.",
)

Vote = tuple[str, int, str]


def asking(
    yours: ModuleType, votes: list[Vote], sentinels: int = 3, quorum: int = 2, epoch: int = 7
) -> calling:
    return calling(yours.leader, votes, epoch, sentinels, quorum)


def test_a_majority(yours: ModuleType) -> None:
    asking(yours, [("s1", 7, "s1"), ("s2", 7, "s1")]).gives("s1")
    asking(yours, [("s1", 7, "s1"), ("s2", 7, "s1"), ("s3", 7, "s1")]).gives("s1")


def test_no_majority(yours: ModuleType) -> None:
    asking(yours, []).gives(None)
    asking(yours, [("s1", 7, "s1")]).gives(None)
    asking(yours, [("s1", 7, "s1"), ("s2", 7, "s2"), ("s3", 7, "s3")]).gives(None)


def test_half_is_no_majority(yours: ModuleType) -> None:
    asking(yours, [("s1", 7, "s1"), ("s2", 7, "s1")], sentinels=4).gives(None)


def test_those_that_are_down_count_too(yours: ModuleType) -> None:
    asking(yours, [("s1", 7, "s1"), ("s2", 7, "s1")], sentinels=5).gives(None)


def test_the_quorum_may_ask_for_more_but_not_for_less(yours: ModuleType) -> None:
    votes = [("s1", 7, "s1"), ("s2", 7, "s1"), ("s3", 7, "s1")]
    asking(yours, votes, sentinels=5, quorum=4).gives(None)
    asking(yours, votes, sentinels=5, quorum=1).gives("s1")
    asking(yours, votes[:2], sentinels=5, quorum=1).gives(None)


def test_votes_of_another_epoch(yours: ModuleType) -> None:
    asking(yours, [("s1", 7, "s1"), ("s2", 6, "s1"), ("s3", 8, "s1")]).gives(None)


def test_a_vote_that_comes_twice_counts_once(yours: ModuleType) -> None:
    asking(yours, [("s1", 7, "s1"), ("s1", 7, "s1"), ("s1", 7, "s1")]).gives(None)


def test_only_the_first_vote_of_a_sentinel_counts(yours: ModuleType) -> None:
    votes = [("s1", 7, "s1"), ("s2", 7, "s1"), ("s2", 7, "s3"), ("s3", 7, "s3")]
    asking(yours, votes).gives("s1")
    asking(yours, [("s3", 6, "s3"), ("s3", 7, "s1"), ("s1", 7, "s1")]).gives("s1")
