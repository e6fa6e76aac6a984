"""The pictures can be drawn again, and those in asset/ show the house as it is."""

import sys
import xml.dom.minidom

import pytest
from harness import REPOSITORY

sys.path.append(str(REPOSITORY / "docs"))

from pictures import house, rotation, terminals, way


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
