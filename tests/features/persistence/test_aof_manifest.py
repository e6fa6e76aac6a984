"""The manifest: which files an append-only file consists of."""

import pytest
from tables import for_each

from redis_clone.features.persistence.aof_manifest import BadManifest, Manifest, parse

NAME = "appendonly.aof"


def test_a_rewrite_makes_history_of_the_files_before_it():
    manifest = Manifest().with_base(NAME, ".rdb").with_increment(NAME).with_increment(NAME)
    assert manifest.with_base(NAME, ".aof", keeps=1).format().splitlines() == [
        "file appendonly.aof.2.base.aof seq 2 type b",
        "file appendonly.aof.1.incr.aof seq 1 type h",
        "file appendonly.aof.1.base.rdb seq 1 type h",
        "file appendonly.aof.2.incr.aof seq 2 type i",
    ]


def test_a_log_that_is_off_keeps_no_increment():
    manifest = Manifest().with_base(NAME, ".rdb").with_increment(NAME).with_base(NAME, ".rdb")
    assert manifest.increments == () and len(manifest.history) == 2


def test_names_with_spaces_are_quoted():
    manifest = Manifest().with_increment("my log")
    assert manifest.format() == 'file "my log.1.incr.aof" seq 1 type i\n'
    assert parse(manifest.format()) == manifest


def test_fields_may_come_in_any_order_and_unknown_ones_are_passed_over():
    assert parse("# a comment\ntype i more words seq 3 file a.aof\n").increments[0].number == 3


@for_each(
    "text, problem, line",
    [
        ("", "Found an empty AOF manifest", 0),
        ("file a seq 1 type i", "The AOF manifest file contains too long line", 1),
        ("file a seq 1 type i\n\n", "Invalid AOF manifest file format", 2),
        ("file a seq 1\n", "Invalid AOF manifest file format", 1),
        ("file a seq\n", "Invalid AOF manifest file format", 1),
        ("file a seq x type i\n", "Invalid AOF manifest file format", 1),
        ('file "a seq 1 type i\n', "Invalid AOF manifest file format", 1),
        ("file a seq 1 type q\n", "Unknown AOF file type", 1),
        ("file a/b seq 1 type i\n", "File can't be a path, just a filename", 1),
        ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information", 2),
        ("file a seq 2 type i\nfile b seq 2 type i\n", "Found a non-monotonic sequence number", 2),
    ],
)
def test_a_damaged_manifest_is_reported_with_its_line(text, problem, line):
    with pytest.raises(BadManifest) as caught:
        parse(text)
    assert (str(caught.value), caught.value.line) == (problem, line)
