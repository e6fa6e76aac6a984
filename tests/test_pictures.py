"""The pictures of the course are what the code draws, and can be read on light and on dark pages.

Where a picture is not what its command makes, `python docs/pictures NAME` draws it again.
"""

import doctest
import sys
from itertools import combinations
from xml.etree import ElementTree

import layout
import pytest
from harness import REPOSITORY
from layout import read_picture

sys.path.append(str(REPOSITORY / "docs"))

from pictures import (
    architecture,
    backlog,
    command_bytes,
    conversations,
    copy_on_write,
    election,
    expiry,
    flame,
    gossip,
    log_and_fsync,
    rotation,
    slots,
    spacetime,
    terminals,
    threads_and_lock,
    way,
)
from pictures.__main__ import BY_NAME_ONLY, PICTURES

from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, INK, PAPER, PURPLE, RED, RULE, Drawing

SVG = "{http://www.w3.org/2000/svg}"
MEASURED = {"benchmark", "hit-rates", *BY_NAME_ONLY}  # drawn from what a program measured at the time
SLOW = {"architecture", "terminals"}  # read all modules, start two programs
LEAST_CONTRAST = 4.5  # of a text and what it stands on, as the Web Content Accessibility Guidelines ask for


@pytest.fixture(scope="module")
def assets():
    """The pictures of the repository, by their names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in REPOSITORY.glob("asset/*.svg")}


@pytest.fixture(scope="module")
def seen(assets):
    """What a reader sees of each picture."""
    return {name: read_picture(svg) for name, svg in assets.items()}


def test_each_picture_has_a_command_that_makes_it(assets):
    assert assets.keys() == PICTURES.keys() | MEASURED


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in PICTURES]
)
def test_a_picture_is_what_its_command_makes(name, assets):
    if name == "terminals":
        pytest.importorskip("pty", reason="needs a pseudo-terminal")
        pytest.importorskip("tabulate", reason="the client draws a table with it")
    assert PICTURES[name]() == assets[name], f"draw it again, and look at it: python docs/pictures {name}"


def test_no_text_is_cut_off_or_overlaps_another_one(seen):
    for name, picture in seen.items():
        for text in picture.texts:
            assert picture.frame.holds(text.box), (name, text.shown)
        for one, other in combinations(picture.texts, 2):
            assert not one.box.overlaps(other.box), (name, one.shown, other.shown)


def test_no_text_leaves_the_box_that_it_stands_on_or_is_crossed_by_a_line(seen):
    for name, picture in seen.items():
        for text in picture.texts:
            assert text.grounds[-1].box.holds(text.box), (name, text.shown)
            assert not text.is_crossed, (name, text.shown)


def test_a_text_can_be_read_on_light_and_on_dark_pages(seen):
    for name, picture in seen.items():
        for text in picture.texts:
            for colours in (picture.light, picture.dark):
                contrast = layout.contrast(colours[text.colour], colours[text.grounds[-1].colour])
                assert contrast >= LEAST_CONTRAST, (name, text.shown, contrast)


def test_pictures_that_were_measured_once_have_the_colours_of_today(seen):
    colours = {colour.name: colour for colour in (INK, PAPER, FAINT, RED, BLUE, GREEN, PURPLE)}
    for name in MEASURED:
        for shade in seen[name].light:
            values = seen[name].light[shade], seen[name].dark[shade]
            assert values == (colours[shade].light, colours[shade].dark), (name, shade)


def test_a_text_that_is_cut_off_covered_or_too_pale_is_noticed():
    drawing = Drawing(100, 60)
    drawing.text(60, 20, "beyond", RULE)
    drawing.line(0, 20, 100, 16)
    drawing.text(70, 22, "the edge")
    picture = read_picture(drawing.finished())
    first, second = picture.texts
    assert not picture.frame.holds(first.box) and first.box.overlaps(second.box)
    assert first.is_crossed is False and second.is_crossed
    assert layout.contrast(picture.light[first.colour], picture.light["paper"]) < LEAST_CONTRAST


def test_the_backlog_lets_replicas_continue_until_it_has_forgotten_what_they_need():
    drawn = backlog.draw().replace("\u00a0", " ")
    assert drawn.count("850 continues") == 2 and drawn.count("850 needs all") == 1
    assert drawn.count("550 continues") == 1 and drawn.count("550 needs all") == 2


def test_the_slots_are_shared_as_by_the_cluster_and_a_client_is_sent_to_the_right_node():
    assert slots.ranges() == [(0, 5460), (5461, 10922), (10923, 16383)]
    assert "-MOVED\u00a012182\u00a0127.0.0.1:7002" in slots.draw()


def test_the_election_is_that_of_the_golden_script():
    drawn = election.draw().replace("\u00a0", " ")
    assert drawn.count(">auth-ack<") == 2 and drawn.count("ms: its vote of") == 3
    assert "2400 ms: a master, epoch 4" in drawn


def test_a_message_that_is_lost_does_not_arrive():
    events = [spacetime.Send("a", "b", "SET", is_lost=True), spacetime.Note("b", "it waits")]
    drawn = spacetime.picture("a title", ["a", "b"], events)
    assert drawn.count("<line") == 2 + 3 and "it\u00a0waits" in drawn  # two parties; a message, and a cross


EXAMPLES = [
    architecture, command_bytes, conversations, expiry, flame, layout, terminals, threads_and_lock,
]  # fmt: skip


@pytest.mark.parametrize("module", EXAMPLES, ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_true(module):
    examples = doctest.testmod(module)
    assert examples.attempted and not examples.failed


def test_the_two_terminals_show_both_sides_of_a_session(assets):
    drawn = assets["terminals"].replace("\u00a0", " ")
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


def test_every_name_of_the_table_of_layers_is_in_the_picture_of_the_architecture(assets):
    layers = architecture.read_layers()
    shown = {text.text for text in ElementTree.fromstring(assets["architecture"]).iter(f"{SVG}text")}
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
    assert drawn.count('class="red"') == 1 and drawn.count('class="blue"') == 1
    assert "What\u00a0is\u00a0stored<" in drawn


def test_the_rotation_takes_a_level_off():
    for new_key in (rotation.OUTSIDE, rotation.INSIDE):
        root = rotation.leaning(new_key)
        assert rotation.leans(root) and root.height == 4
    tree = rotation.AvlTree.from_sorted(sorted([*rotation.KEYS, rotation.INSIDE]))
    assert not rotation.leans(tree._root) and tree._root.height == 3


def test_the_pieces_of_a_message_are_the_whole_message():
    sent = command_bytes.encode_command(command_bytes.CONVERSATION[0])
    lines = list(command_bytes.lines_of(sent))
    assert b"".join(piece.data for line in lines for piece in line.pieces) == sent
    assert [line.offset for line in lines][:3] == [0, 4, 8] and "in it is data" in lines[-1].label


def test_at_each_moment_one_thread_holds_the_lock_and_the_others_may_wait_or_send():
    commands = threads_and_lock.trace()
    assert [command.client for command in commands] == ["ada", "bob", "cyd", "dan", "ada"]
    columns = list(
        zip(*(threads_and_lock.states(name, commands) for name in ["ada", "bob", "cyd", "dan"]), strict=True)
    )
    assert all(column.count(threads_and_lock.HOLDS) == 1 for column in columns[:-1])
    assert columns[1] == (threads_and_lock.SENDS, threads_and_lock.HOLDS, *[threads_and_lock.WAITS] * 2)


def test_an_exec_runs_nothing_once_a_watched_key_has_another_version():
    drawn = conversations.draw_transaction().replace("\u00a0", " ")
    assert drawn.index("the version of balance is 1") < drawn.index(">*-1<") < drawn.index(">*1 +OK<")


def test_a_blocked_client_is_served_by_the_command_of_another_one():
    drawn = conversations.draw_blocked_client().replace("\u00a0", " ")
    order = ["clients: 1", ">RPUSH jobs letters<", "clients: 0", ">*2 $4 jobs $7 letters<"]
    assert order == sorted(order, key=drawn.index)


def test_a_key_passes_through_narrower_slots_until_it_expires():
    widths = [row.filed[b"token"][0] for row in expiry.told() if b"token" in row.filed]
    assert list(dict.fromkeys(widths)) == sorted(set(widths), reverse=True) == list(expiry.WIDTHS_MS[1:])
    assert not expiry.told()[-1].filed and expiry.told()[-1].title == "token has expired"


def test_a_snapshot_drains_what_was_there_when_it_began():
    first, *_, last = copy_on_write.told()
    assert last.drained == first.keyspace == first.view and not last.view
    assert first.shared == set(copy_on_write.KEYS) and last.keyspace != first.keyspace


def test_a_crash_of_the_machine_loses_what_is_not_synced_and_a_killed_process_loses_no_answered_write(
    tmp_path,
):
    everysec, always = (list(policy(tmp_path)) for policy in (log_and_fsync.everysec, log_and_fsync.always))
    for row in everysec + always:
        assert not any(has_reply for _, has_reply in log_and_fsync.lost(row, row.written)), row.title
    assert ("bob", True) in log_and_fsync.lost(everysec[-1], everysec[-1].synced)
    assert not any(has_reply for row in always for _, has_reply in log_and_fsync.lost(row, row.synced))


def test_a_failure_is_a_fact_once_a_majority_has_reported_it():
    drawn = gossip.draw().replace("\u00a0", " ")
    assert drawn.count("FAIL: n0") == 3 and drawn.count("has failed") == 4
    assert drawn.index("pong: n0 is fail?") < drawn.index("n0 has failed") < drawn.index("FAIL: n0")


SEEN = """
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_pipeline (redis_clone/server/locking.py:2);set_ (redis_clone/commands/strings.py:3) 6
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1);execute_pipeline (redis_clone/server/locking.py:2) 2
_bootstrap (threading.py:1);Connection.handle (redis_clone/network/connection.py:1) 2
_bootstrap (threading.py:1);Network._cron (redis_clone/network/server.py:9);tick (redis_clone/server/cron.py:2) 50
"""  # noqa: E501


def test_the_flame_graph_is_of_connections_and_a_box_is_as_wide_as_its_share():
    drawn = flame.picture(flame.read_stacks(SEEN)).replace("\u00a0", " ")
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
