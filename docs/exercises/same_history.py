"""May a replica continue, or must it take everything anew?

A replica comes back and says `PSYNC <replication ID> <offset>`: the name of the history that its data
belong to, and the offset of the byte that it wants next. The master must know whether those data are a
past of its own. If it says yes and they are not, the two differ for ever, and no error ever shows it.

A master has two IDs. Under `self.replid` it writes now, and whatever was written under it, a replica may
continue. If the master was a replica itself once, `self.replid2` is the ID of the master that it
followed, and it shares that history only up to where it parted: `self.second_offset` is the offset of
the first byte that is no longer common. So a replica that wants just that byte next has all of the
common past and nothing else, and may continue; one that wants a later byte has something that the master
does not have.

`has(replid, next_offset)` answers True or False. Whether the bytes are still kept is another question,
for another class.
"""

from exercises.machinery.trial import calling
from redis_clone.features.replication.history import NO_ID, History

CHAPTER = 19
LEVEL = 1
CONCEPT = "histories that branch"
HOLE = "redis_clone/features/replication/history.py:History.has"
HINTS = (
    "There are two cases in which the answer is yes, one for each ID.",
    "Under self.replid the offset does not matter here.",
    "For self.replid2: next_offset may be at most self.second_offset, and equal is allowed.",
)


def promoted() -> History:
    """A master that has followed the history "old" up to offset 100."""
    history = History(new_id=iter(["old", "new"]).__next__)
    history.offset = 100
    history.branch()
    return history


GIVEN = "replid is 'new', replid2 is 'old', second_offset is 101"


def test_its_own_history() -> None:
    for offset in (1, 100, 500):
        calling(promoted().has, "new", offset, given=GIVEN).gives(True)


def test_a_stranger() -> None:
    for replid in ("another", "zzz", ""):
        calling(promoted().has, replid, 1, given=GIVEN).gives(False)


def test_the_history_of_its_old_master_up_to_where_they_parted() -> None:
    for offset in (1, 100, 101):
        calling(promoted().has, "old", offset, given=GIVEN).gives(True)


def test_what_the_old_master_wrote_after_they_had_parted() -> None:
    for offset in (102, 5000):
        calling(promoted().has, "old", offset, given=GIVEN).gives(False)


def test_a_master_that_has_never_followed_another() -> None:
    history = History(new_id=iter(["mine"]).__next__)
    given = "replid is 'mine', replid2 is 40 zeros, second_offset is -1"
    calling(history.has, "mine", 1, given=given).gives(True)
    calling(history.has, NO_ID, 1, given=given).gives(False)
