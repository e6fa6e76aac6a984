"""The pictures can be drawn again, from the code as it is."""

import doctest
import sys
import xml.dom.minidom
from xml.etree import ElementTree

import pytest
from harness import REPOSITORY

sys.path.append(str(REPOSITORY / "docs"))

from pictures import (
    architecture,
    backlog,
    election,
    flame,
    replication,
    rotation,
    slots,
    spacetime,
    terminals,
    way,
)  # fmt: skip

from redis_clone.benchmark.svg import BLUE, RED

SVG = "{http://www.w3.org/2000/svg}"


DRAWN = [
    architecture.draw, backlog.draw, election.draw, replication.draw_failover, replication.draw_full_sync,
    replication.draw_split_brain, rotation.draw, slots.draw, way.draw,
]  # fmt: skip


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: f"{draw.__module__}.{draw.__name__}")
def test_a_picture_is_whole_and_says_the_same_each_time(draw):
    drawn = draw()
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
    assert drawn == draw()


def test_the_backlog_lets_replicas_continue_until_it_has_forgotten_what_they_need():
    drawn = backlog.draw().replace("\u00a0", " ")
    assert drawn.count("850 continues") == 2 and drawn.count("850 needs all") == 1
    assert drawn.count("550 continues") == 1 and drawn.count("550 needs all") == 2


def test_the_slots_are_shared_as_by_the_cluster_and_a_client_is_sent_to_the_right_node():
    assert slots.ranges() == [(0, 5460), (5461, 10922), (10923, 16383)]
    assert "-MOVED\u00a012182\u00a0127.0.0.1:7002" in slots.draw()


def test_the_election_is_that_of_the_golden_script():
    drawn = election.draw().replace("\u00a0", " ")
    assert drawn.count(">auth-ack<") == 2 and drawn.count("its vote of epoch 4 is") == 3
    assert "2400 ms: a master, epoch 4" in drawn


def test_a_message_that_is_lost_does_not_arrive():
    events = [spacetime.Send("a", "b", "SET", is_lost=True), spacetime.Note("b", "it waits")]
    drawn = spacetime.picture("a title", ["a", "b"], events)
    assert drawn.count("<line") == 2 + 3 and "it\u00a0waits" in drawn  # two parties; a message, and a cross


@pytest.mark.parametrize("picture", [flame, architecture, terminals], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_true(picture):
    examples = doctest.testmod(picture)
    assert examples.attempted and not examples.failed


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_two_terminals_show_both_sides_of_a_session():
    drawn = terminals.draw().replace("\u00a0", " ")
    assert "SADD fruit apple pear" in drawn and "&quot;SADD&quot; &quot;fruit&quot;" in drawn
    assert "(TX)&gt; EXEC" in drawn and "Ready to accept connections" in drawn


def test_the_way_of_a_command_leads_from_the_bytes_through_the_lock_to_the_bytes():
    calls = [call for _, call in way.trace().below()]
    folders = [call.module.partition("/")[0] for call in calls]
    command = [call.function for call in calls].index("sadd")
    assert folders[0] == folders[-1] == "network"  # it is received, and sent
    assert "protocol" in folders[:command] and "protocol" in folders[command:]  # it is parsed, and encoded
    assert folders[command] == "commands" and folders[command + 1] == "storage"
    locked = [number for number, call in enumerate(calls) if call.under_lock]
    assert locked == list(range(locked[0], locked[-1] + 1)) and command in locked
    assert not calls[0].under_lock and not calls[-1].under_lock


def test_the_way_of_a_command_says_what_each_function_is_for():
    call = next(call for _, call in way.trace().below() if call.function == "sadd")
    assert " ".join(way._about(call)).startswith("Adds")
    assert "Adds" in way.picture(way.trace()).replace("\u00a0", " ")


def test_every_name_of_the_table_of_layers_is_in_the_picture_of_the_architecture():
    layers = architecture.read_layers()
    shown = {text.text for text in ElementTree.fromstring(architecture.picture(layers)).iter(f"{SVG}text")}
    assert len(layers) > 5 and set().union(*layers) <= shown


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Three components; `data` is a folder whose module imports from the layer above it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "__init__.py").write_text('"""What is stored. More."""\n')
    (tmp_path / "data" / "tree.py").write_text("from redis_clone import program\n")
    (tmp_path / "program.py").write_text("from redis_clone.data.tree import Tree\nimport sys\n")
    (tmp_path / "pure.py").write_text("")
    monkeypatch.setattr(architecture, "PACKAGE", tmp_path)


def test_an_import_from_a_higher_layer_is_seen_in_another_colour(package):
    drawn = architecture.picture([{"pure", "data"}, {"program"}])
    assert drawn.count(f'fill="{RED}"') == 1 and drawn.count(f'fill="{BLUE}"') == 1
    assert "What\u00a0is\u00a0stored<" in drawn


def test_the_rotation_takes_a_level_off():
    tree = rotation.AvlTree.from_sorted(sorted([*rotation.KEYS, rotation.NEW]))
    assert rotation._read(tree._root).height == 3


SEEN = """
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_pipeline (redis_clone/server/locking.py:2);set_ (redis_clone/commands/strings.py:3) 6
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_pipeline (redis_clone/server/locking.py:2) 2
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1) 2
_bootstrap (threading.py:1);Network._cron (redis_clone/network/server.py:9);tick (redis_clone/server/cron.py:2) 50
"""  # noqa: E501


def test_the_flame_graph_is_of_connections_and_a_box_is_as_wide_as_its_share():
    drawn = flame.picture(flame.read_stacks(SEEN)).replace("\u00a0", " ")
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
    assert "Connection.handle 100 %" in drawn and "execute_pipeline 80 %" in drawn and "set_ 60 %" in drawn
    assert "10 samples" in drawn and "cron" not in drawn


def test_the_flame_graph_says_which_program_is_missing(monkeypatch):
    monkeypatch.setattr(flame.shutil, "which", lambda program: None)
    with pytest.raises(SystemExit, match="needs py-spy: pip install py-spy"):
        flame.draw()


def test_the_flame_graph_in_the_book_names_no_folder_of_the_machine_that_drew_it():
    drawn = (REPOSITORY / "asset" / "flame.svg").read_text(encoding="utf-8")
    assert (
        "Connection.handle" in drawn.replace("\u00a0", " ")
        and "/home" not in drawn
        and "site-packages" not in drawn
    )
