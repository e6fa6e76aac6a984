"""The pictures can be drawn again, and those in asset/ show the house as it is."""

import sys
import xml.dom.minidom

import pytest
from harness import REPOSITORY

sys.path.append(str(REPOSITORY / "docs"))

from pictures import flame, house, rotation, terminals, way


@pytest.mark.parametrize("picture", [house, rotation, way], ids=lambda module: module.__name__)
def test_a_picture_is_whole_and_says_the_same_each_time(picture):
    drawn = picture.draw()
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
    assert drawn == picture.draw()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_two_terminals_show_both_sides_of_a_session():
    drawn = terminals.draw().replace("\u00a0", " ")
    assert "SADD fruit apple pear" in drawn and "&quot;SADD&quot; &quot;fruit&quot;" in drawn
    assert "(TX)&gt; EXEC" in drawn and "Ready to accept connections" in drawn


def test_the_way_of_a_command_leads_from_the_bytes_through_the_lock_to_the_bytes():
    functions = [call.function for call in way._calls()]
    for first, then in [
        ("next", "execute_all"),
        ("admit", "perform"),
        ("sadd", "propagate"),
        ("call", "encode"),
    ]:
        assert functions.index(first) < functions.index(then)


def test_the_rotation_takes_a_level_off():
    tree = rotation.AvlTree.from_sorted(sorted([*rotation.KEYS, rotation.NEW]))
    assert rotation._read(tree._root).height == 3


SEEN = """
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_all (redis_clone/dispatch.py:2);set_ (redis_clone/commands/strings.py:3) 6
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_all (redis_clone/dispatch.py:2) 2
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1) 2
_bootstrap (threading.py:1);Network._cron (redis_clone/network/server.py:9);tick (redis_clone/cron.py:2) 50
"""  # noqa: E501


def test_the_flame_graph_is_of_connections_and_a_box_is_as_wide_as_its_share():
    drawn = flame.picture(flame.read_stacks(SEEN)).replace("\u00a0", " ")
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
    assert "Connection.handle 100 %" in drawn and "execute_all 80 %" in drawn and "set_ 60 %" in drawn
    assert "10 samples" in drawn and "cron" not in drawn


def test_the_flame_graph_says_which_program_is_missing(monkeypatch):
    monkeypatch.setattr(flame.shutil, "which", lambda program: None)
    with pytest.raises(SystemExit, match="needs py-spy: pip install py-spy"):
        flame.draw()


def test_the_flame_graph_in_the_book_names_no_folder_of_the_machine_that_drew_it():
    drawn = (REPOSITORY / "asset" / "flame.svg").read_text(encoding="utf-8")
    assert "execute_all" in drawn and "/home" not in drawn and "site-packages" not in drawn
