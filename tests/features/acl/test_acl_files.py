"""Users as lines of text."""

import os

import pytest

from redis_clone import commands
from redis_clone.features.acl import files
from redis_clone.features.acl.users import User, Users

commands.load()


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "users.acl")


def write(path, text):
    with open(path, "wb") as file:
        file.write(text)


def test_saved_users_are_loaded_again(path):
    users = Users()
    users.set(b"alice", [b"on", b">secret", b"~a*", b"%R~b", b"&c", b"+@all", b"-get", b"(+get", b"~d)"])
    users.set(b"b\xff", [b"nopass", b"~\xfe"])
    files.save(path, users)
    loaded = files.load(path, all_channels=False)
    assert {name: user.formatted for name, user in loaded.items()} == {u.name: u.formatted for u in users}
    assert loaded[b"default"].may_do_everything
    assert os.listdir(os.path.dirname(path)) == ["users.acl"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "inside").write_text("")
    with pytest.raises(OSError):
        files.save(str(folder), [User(b"alice")])
    assert sorted(os.listdir(tmp_path)) == ["folder"]


def test_empty_lines_and_spaces_mean_nothing(path):
    write(path, b"\n  user  alice on  \r\n\n\tuser bob on +get ~a\n")
    with pytest.raises(files.BadFile):  # two spaces before a name: the name is empty
        files.load(path, False)
    write(path, b"\n  user alice on  +get \r\n\n\tuser bob on ~a\n")
    assert list(files.load(path, False)) == [b"alice", b"bob"]


def test_all_faults_are_reported_but_no_secret(path):
    write(path, b"# no comments\nuser\nuser a on +foo -bar #secret xx\nuser a on\nuser b (on\nuser c\tx on\n")
    with pytest.raises(files.BadFile) as caught:
        files.load(path, False)
    text = str(caught.value)
    assert f"{path}:1 should start with user keyword followed by the username. " in text
    assert f"{path}:3: Error in applying operation '+foo': Unknown command or category name in ACL. " in text
    assert "The password hash must be" in text and "secret" not in text and "Syntax" not in text
    assert "WARNING: Duplicate user 'a' found on line 4. " in text
    assert f"{path}:5: Unmatched parenthesis in selector definition." in text
    assert "contains invalid characters" in text
    assert text.endswith("no change to the previously active ACL rules was performed")


def test_a_file_that_is_not_there(path):
    with pytest.raises(files.BadFile, match=r"opening file .*No such file"):
        files.load(path, False)
