"""Wrong answers to `count_reports`.  Each function is one mistake, and takes the place of `count_reports`."""


def old_ones_count(cluster: Cluster, node: Node, now_ms: int) -> int:
    """Reports do not grow old."""
    oldest_ms = now_ms - 2 * cluster.settings.node_timeout_ms
    return len(node.reports)


def old_ones_stay(cluster: Cluster, node: Node, now_ms: int) -> int:
    """Old reports are not counted, but kept for ever."""
    oldest_ms = now_ms - 2 * cluster.settings.node_timeout_ms
    return sum(said_ms >= oldest_ms for said_ms in node.reports.values())


def one_timeout(cluster: Cluster, node: Node, now_ms: int) -> int:
    """A report is old after one node timeout, not after two."""
    oldest_ms = now_ms - cluster.settings.node_timeout_ms
    for reporter in [each for each, said_ms in node.reports.items() if said_ms < oldest_ms]:
        del node.reports[reporter]
    return len(node.reports)


def on_the_edge(cluster: Cluster, node: Node, now_ms: int) -> int:
    """A report of exactly that age does not count any more."""
    oldest_ms = now_ms - 2 * cluster.settings.node_timeout_ms
    for reporter in [each for each, said_ms in node.reports.items() if said_ms <= oldest_ms]:
        del node.reports[reporter]
    return len(node.reports)


def while_walking(cluster: Cluster, node: Node, now_ms: int) -> int:
    """Reports are dropped from the dict while the loop walks over it."""
    for reporter, said_ms in node.reports.items():
        if said_ms < now_ms - 2 * cluster.settings.node_timeout_ms:
            del node.reports[reporter]
    return len(node.reports)
