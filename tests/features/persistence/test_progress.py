"""How far loading is, and when it lets others in."""

import io

import pytest

from redis_clone.features.persistence.progress import Progress


@pytest.fixture
def moments():
    return []


@pytest.fixture
def progress(moments):
    progress = Progress()
    progress.interval_bytes = 100
    progress.begin(1000)
    with progress.yielding(moments.append):
        yield progress


def test_others_are_let_in_whenever_an_interval_is_behind(progress, moments):
    read = progress.reader(io.BytesIO(bytes(350)))
    assert [len(read(size)) for size in (50, 49)] == [50, 49] and moments == []
    assert [len(read(1000)) for _ in range(4)] == [100, 100, 51, 0] and moments == [0.0] * 3
    assert progress.loaded_bytes == 350


def test_the_bytes_of_all_files_count(progress, moments):
    progress.total_bytes = 200
    progress.reader(io.BytesIO(bytes(60)))(100)
    progress.end_file(60)
    read = progress.reader(io.BytesIO(bytes(140)))
    read(30)
    assert (progress.loaded_bytes, progress.percent(), moments) == (90, 45.0, [])
    read(10)
    assert moments == [0.0]


@pytest.mark.parametrize("delay_us, passed", [(500, [0.0005] * 6), (-3, [1e-6] * 2)])
def test_a_delay_passes_while_others_are_let_in(progress, moments, delay_us, passed):
    progress.delay_us = delay_us
    for _ in range(6):
        progress.delay()
    assert moments == passed


def test_the_time_that_is_left_follows_from_the_time_that_has_passed(progress):
    progress.total_bytes = 1000
    progress.loaded_bytes = 199
    assert progress.seconds_left(1000) == 1
    assert progress.seconds_left(1010) == 40


def test_outside_the_start_nobody_is_let_in(moments):
    progress = Progress()
    with progress.yielding(moments.append):
        pass
    progress.reader(io.BytesIO(bytes(1000)))(1000)
    assert moments == []


def test_of_a_file_of_unknown_size_only_a_guess_can_be_shown(progress):
    progress.begin(1000)
    assert (progress.percent(), progress.seconds_left(1001)) == (0.0, 1)
    progress.rdb_used_mem, progress.loaded_bytes = 1000, 199
    assert (progress.percent(), progress.seconds_left(1010)) == (19.9, 40)
    progress.loaded_bytes = 5000
    assert (progress.percent(), progress.seconds_left(1010)) == (99.99, 0)
    progress.begin(1000, 10_000)
    assert (progress.percent(), progress.rdb_used_mem) == (0.0, 0)
