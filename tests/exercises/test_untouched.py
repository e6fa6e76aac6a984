"""The repository's files are put back if a student's code has changed them."""

import importlib.util
import py_compile

import pytest
from exercises.machinery.untouched import Untouched


@pytest.fixture
def repository(tmp_path):
    for name in ("redis_clone/server.py", "docs/exercises/watch.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("ours = 1\n")
    return tmp_path


def test_what_was_changed_or_deleted_or_is_new_is_as_before(repository):
    untouched = Untouched(repository)
    assert untouched.put_back() == []
    server, watch = repository / "redis_clone" / "server.py", repository / "docs" / "exercises" / "watch.py"
    new = server.parent / "json.py"
    server.unlink()
    watch.write_text("theirs = 1\n")
    new.write_text("theirs = 2\n")
    changed = [name for name in untouched.put_back() if name.endswith(".py")]
    assert changed == ["docs/exercises/watch.py", "redis_clone/json.py", "redis_clone/server.py"]
    assert server.read_text() == watch.read_text() == "ours = 1\n" and not new.exists()
    kept = repository / ".exercises" / "changed"
    assert (kept / "watch.py").read_text() == "theirs = 1\n" and (kept / "json.py").exists()
    assert untouched.put_back() == []


def test_what_python_has_compiled_counts_too(repository):
    untouched = Untouched(repository)
    source = repository / "redis_clone" / "server.py"
    compiled = importlib.util.cache_from_source(str(source))
    other = repository / "other.py"
    other.write_text("theirs = 1\n")
    py_compile.compile(str(other), cfile=compiled)
    assert len(untouched.put_back()) == 1 and untouched.put_back() == []
