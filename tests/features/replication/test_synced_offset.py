"""How much of the stream is on a replica's disk, without a log."""

from random import Random

from redis_clone.features.replication.synced_offset import SyncedOffset


def test_while_the_stream_stands_still_all_of_it_is_on_the_disk_after_one_fsync():
    synced = SyncedOffset()
    assert synced.look(offset=100, position=50, synced=0) == 0
    assert synced.look(offset=100, position=50, synced=50) == 100
    assert synced.look(offset=137, position=50, synced=50) == 137, "GETACK is not in the log"


def test_however_fast_the_stream_goes_on_each_fsync_brings_it_forward():
    synced, position, before = SyncedOffset(), 0, 0
    for fsync in range(1, 10):
        began_at = position
        for _ in range(1000):
            position += 1
            synced.look(offset=2 * position, position=position, synced=max(began_at - 1000, 0))
        now = synced.look(offset=2 * position, position=position, synced=began_at)
        assert fsync < 3 or now > before, fsync
        before = now


def test_it_never_claims_more_than_the_log_has():
    draw, synced = Random(1), SyncedOffset()
    offset = position = disk = 0
    known = [(0, 0)]  # each position, with the offset that it has
    for _ in range(2000):
        offset, position = offset + draw.randrange(1, 50), position + draw.randrange(3)
        known.append((position, offset))
        disk = draw.choice((disk, disk, draw.randrange(disk, position + 1)))
        claimed = synced.look(offset, position, disk)
        assert claimed <= max(offset for position, offset in known if position <= disk)
