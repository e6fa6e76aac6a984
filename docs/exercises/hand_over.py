"""Hand over the role, and lose no write.

FAILOVER has come. From now on no client writes, so the stream of this master stands still at `offset`.
`next_step` is called again and again, with what the replicas have acknowledged and the time, and it says
what is to be done now:

- while `self.state` is not WAITING there is nothing to do: None;
- is the time up (`self._ends_ms`, of which 0 means never), then the failover has failed: `Abort("Replica
  never caught up before timeout")`. But with FORCE (`self._is_forced`) and a `self.target` the role is
  handed over to the target all the same, and the reason is "time out exceeded";
- has a replica acknowledged the whole stream, then it gets the role, with the reason "is synced"; but if
  there is a `self.target`, only that one may;
- else wait: None.

`acknowledged` has a pair for each replica: its address, and the offset that it has acknowledged.
`self._hand_over(address, reason)` notes that the failover is in progress, and returns the HandOver that
`next_step` has to return. An Abort changes nothing here; the caller ends the failover.
"""

from exercises.machinery.trial import calling, expect
from redis_clone.features.replication.failover import IN_PROGRESS, WAITING, Abort, Address, Failover, HandOver

CHAPTER = 20
LEVEL = 2
CONCEPT = "a state machine without a clock"
HOLE = "redis_clone/features/replication/failover.py:Failover.next_step"
HINTS = (
    "The order of the four cases in the text is the order of the code.",
    "The time is up if self._ends_ms is not 0, and now_ms is at least as much.",
    "In the loop over `acknowledged`: the offset must be equal, and self.target in (None, address).",
)
ONE, TWO = Address("10.0.0.1", 6379), Address("10.0.0.2", 6379)


def waiting(target: Address | None = None, timeout_ms: int = 0, is_forced: bool = False) -> Failover:
    failover = Failover()
    failover.begin(target, now_ms=1000, timeout_ms=timeout_ms, is_forced=is_forced)
    return failover


def asking(failover: Failover, acknowledged: list[tuple[Address, int]], now_ms: int = 2000) -> calling:
    said = ", ".join(f"{address}: {offset}" for address, offset in acknowledged) or "nothing"
    begun = (
        f"FAILOVER at 1000 ms, target {failover.target or 'any'}, over at {failover._ends_ms or 'no time'}"
    )
    given = f"{begun}, forced: {failover._is_forced}; acknowledged {said}"
    return calling(
        failover.next_step, 100, acknowledged, now_ms, given=given, shown=f"next_step(100, ..., {now_ms})"
    )


def test_it_waits_while_no_replica_has_everything() -> None:
    for acknowledged in ([], [(ONE, 99)], [(ONE, 0), (TWO, 99)]):
        asking(waiting(), acknowledged).gives(None)


def test_the_first_replica_that_has_everything_gets_the_role() -> None:
    failover = waiting()
    asking(failover, [(ONE, 99), (TWO, 100)]).gives(HandOver(TWO, "is synced"))
    expect(failover.state == IN_PROGRESS, "the state is failover-in-progress then", failover.state)


def test_only_the_target_gets_the_role() -> None:
    failover = waiting(target=ONE)
    asking(failover, [(ONE, 99), (TWO, 100)]).gives(None)
    expect(failover.state == WAITING, "it still waits", failover.state)
    asking(failover, [(ONE, 100), (TWO, 100)]).gives(HandOver(ONE, "is synced"))


def test_it_gives_up_when_the_time_is_up() -> None:
    abort = Abort("Replica never caught up before timeout")
    asking(waiting(timeout_ms=500), [(ONE, 99)], now_ms=1499).gives(None)
    asking(waiting(timeout_ms=500), [(ONE, 99)], now_ms=1500).gives(abort)
    asking(waiting(target=ONE, timeout_ms=500), [(ONE, 99)], now_ms=1500).gives(abort)


def test_with_force_the_target_gets_the_role_when_the_time_is_up() -> None:
    forced = waiting(target=ONE, timeout_ms=500, is_forced=True)
    asking(forced, [(ONE, 99)], now_ms=1499).gives(None)
    asking(forced, [(ONE, 99)], now_ms=1500).gives(HandOver(ONE, "time out exceeded"))


def test_force_without_a_target_is_of_no_use() -> None:
    forced = waiting(timeout_ms=500, is_forced=True)
    abort = Abort("Replica never caught up before timeout")
    asking(forced, [(ONE, 99)], now_ms=1500).gives(abort)


def test_without_a_time_it_waits_for_ever() -> None:
    asking(waiting(), [(ONE, 99)], now_ms=10**12).gives(None)


def test_when_the_role_is_handed_over_there_is_nothing_more_to_do() -> None:
    failover = waiting()
    failover.next_step(100, [(ONE, 100)], 2000)
    asking(failover, [(ONE, 100), (TWO, 100)], now_ms=3000).gives(None)
