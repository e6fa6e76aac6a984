"""The memory of this process, as the operating system reports it."""

import os
import sys

import pytest

from redis_clone.features.monitoring import process

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files in /proc")


@linux_only
def test_what_is_in_memory_is_some_megabytes_and_never_more_than_the_peak():
    resident = process.memory_resident()
    assert 1_000_000 < resident <= process.memory_peak() + 1_000_000
    assert process.memory_peak() < process.memory_total()


@linux_only
def test_memory_that_is_taken_shows():
    before = process.memory_resident()
    taken = bytearray(os.urandom(1)) * 50_000_000
    assert process.memory_resident() - before > len(taken) // 2


def test_without_proc_the_peak_is_used(monkeypatch):
    monkeypatch.setattr(process, "_kilobytes", lambda path, name: 0)
    assert process.memory_resident() == process.memory_peak()


def test_a_file_or_a_line_that_is_not_there_is_zero(tmp_path):
    path = tmp_path / "status"
    assert process._kilobytes(str(path), "VmRSS") == 0
    path.write_text("Name:\tpython\nVmRSS:\t    1234 kB\nVmRSSx:\t 5 kB\n")
    assert process._kilobytes(str(path), "VmRSS") == 1234 * 1024
    assert process._kilobytes(str(path), "VmSwap") == 0


def test_windows_which_has_another_interface_reports_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert (process.memory_peak(), process.memory_total()) == (0, 0)
