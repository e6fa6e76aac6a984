"""The ACL log: equal denials are grouped, and the number of entries is limited."""

from redis_clone.features.acl.acl_log import AclLog, Event

KEY = Event("key", "toplevel", b"secret", b"alice")


def test_equal_events_within_a_minute_are_one_entry_which_comes_to_the_front():
    acl_log = AclLog()
    acl_log.add(KEY, b"one", 0)
    acl_log.add(KEY._replace(object=b"other"), b"two", 10)
    acl_log.add(KEY, b"three", 60_000)
    first, second = acl_log.latest(10)
    assert (first.count, first.created_ms, first.updated_ms, first.client_info) == (2, 0, 60_000, b"three")
    assert (first.id, second.id) == (0, 1)


def test_after_a_minute_it_is_another_entry():
    acl_log = AclLog()
    acl_log.add(KEY, b"", 0)
    acl_log.add(KEY, b"", 60_001)
    assert [(entry.id, entry.count) for entry in acl_log.latest(10)] == [(1, 1), (0, 1)]


def test_only_the_latest_entries_are_kept_but_all_denials_are_counted():
    acl_log = AclLog()
    acl_log.most = 2
    for number in range(5):
        acl_log.add(KEY._replace(object=b"%d" % number), b"", 0)
    assert [entry.event.object for entry in acl_log.latest(10)] == [b"4", b"3"]
    assert acl_log.counts["key"] == 5
    acl_log.most = 0
    acl_log.add(KEY, b"", 0)
    assert len(acl_log) == 0 and acl_log.counts["key"] == 6
