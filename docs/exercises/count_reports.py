"""How many say so, and do they still?

That a node has failed is decided by a majority of the masters. Each master says in its gossip which
nodes it finds failing, and `node.reports` remembers it: a dict from each master that has reported this
node to the time of its last report, in milliseconds.

A report is an opinion, and opinions grow old. A master that found the node failing a minute ago and then
was itself cut off may think otherwise by now. So a report is good for twice the node timeout
(`cluster.settings.node_timeout_ms`); one that is older is dropped from the dict.

`count_reports(cluster, node, now_ms)` drops the old ones, and returns how many are left. A report that
is exactly twice the timeout old is still good.
"""

from types import SimpleNamespace

from exercises.machinery.trial import calling, expect
from redis_clone.features.cluster.failures import count_reports
from redis_clone.features.cluster.node import MASTER, Node

CHAPTER = 21
LEVEL = 1
CONCEPT = "opinions that expire"
HOLE = "redis_clone/features/cluster/failures.py:count_reports"
HINTS = (
    "Compute the oldest time that is still good first.",
    "A dict must not change while one walks through it: list the masters to drop, then delete them.",
    "At the end: len(node.reports).",
)
NOW_MS = 100_000
CLUSTER = SimpleNamespace(settings=SimpleNamespace(node_timeout_ms=1000))


def reported(*ages_ms: int) -> Node:
    """A node with a report of each of these ages."""
    node = Node("f" * 40, MASTER, 0)
    node.reports = {Node(f"{n:040}", MASTER, 0): NOW_MS - age for n, age in enumerate(ages_ms)}
    return node


def counting(*ages_ms: int) -> calling:
    given = (
        f"a node timeout of 1000 ms, and reports {', '.join(f'{age} ms' for age in ages_ms) or 'none'} old"
    )
    arguments = CLUSTER, reported(*ages_ms), NOW_MS
    return calling(count_reports, *arguments, given=given, shown="count_reports(cluster, node, now_ms)")


def test_no_report() -> None:
    counting().gives(0)


def test_new_reports() -> None:
    counting(0).gives(1)
    counting(10, 500, 1500).gives(3)


def test_an_old_report_does_not_count() -> None:
    counting(5000).gives(0)
    counting(10, 2500, 100).gives(2)


def test_twice_the_timeout_is_the_limit() -> None:
    counting(2000).gives(1)
    counting(2001).gives(0)


def test_old_reports_are_dropped() -> None:
    node = reported(10, 2500, 3000, 100)
    count_reports(CLUSTER, node, NOW_MS)  # type: ignore[arg-type]
    left = len(node.reports)
    expect(left == 2, "of reports 10, 2500, 3000 and 100 ms old two stay in node.reports", f"{left}")
