"""The checks of the course notice a page that is not true."""

import sys

import pytest
from course.examples import run_examples
from course.excerpts import Missing, cut_out, excerpt, is_excerpt
from course.fences import fences_of, replace
from course.sessions import check_sessions
from course.standalone import build, unit_tests_of
from course.transcripts import matches, read_transcript

SOURCE = '''
SIZE = 3  # of a box
LOW, HIGH = 1, 2


# Why it is so.
@decorated
def pack(items):
    """Packs."""
    first = items[0]
    for item in items:
        wrap(item)
    return first


class Box:
    depth: int = 4

    def open(self):
        """Opens."""
        return self.depth
'''


@pytest.fixture
def page(tmp_path):
    return tmp_path / "page.md"


def test_an_excerpt_is_found_by_its_name():
    assert cut_out(SOURCE, "SIZE") == "SIZE = 3  # of a box\n"
    assert cut_out(SOURCE, "HIGH") == "LOW, HIGH = 1, 2\n"
    assert cut_out(SOURCE, "Box.depth") == "depth: int = 4\n"
    assert cut_out(SOURCE, "Box.open") == 'def open(self):\n    """Opens."""\n    return self.depth\n'
    assert cut_out(SOURCE, "pack").startswith("# Why it is so.\n@decorated\ndef pack(items):\n")


def test_a_long_excerpt_is_cut_and_shows_where():
    cut = cut_out(SOURCE, "pack: for item ... wrap")
    assert cut.endswith("    ...\n    for item in items:\n        wrap(item)\n    ...\n")
    assert cut_out(SOURCE, "pack: return").endswith("def pack(items):\n    ...\n    return first\n")


def test_a_name_that_the_source_no_longer_has_is_missed():
    with pytest.raises(Missing):
        cut_out(SOURCE, "Box.close")
    with pytest.raises(Missing):
        cut_out(SOURCE, "pack: while")


def test_a_text_that_names_a_file_is_that_file(page):
    page.write_text("```text tests/features/cluster/scripts/04_failure.txt\n```\n\n```text\na drawing\n```\n")
    of_a_file, drawing = fences_of(page)
    assert is_excerpt(of_a_file) and not is_excerpt(drawing)
    assert excerpt(of_a_file).startswith("# n0 crashes.")


def test_fences_know_their_lines_and_are_replaced_in_place(page):
    page.write_text("one\n```python a.py f\nold\n```\ntwo\n```console\n$ x\ny\n```\nthree\n")
    first, second = fences_of(page)
    assert (first.line, first.words, first.text) == (3, ("a.py", "f"), "old\n")
    assert (second.line, second.words, second.text) == (7, (), "$ x\ny\n")
    assert second.place == "page.md:7"
    replace(page, {first: "new\nnewer\n", second: ""})
    assert page.read_text() == "one\n```python a.py f\nnew\nnewer\n```\ntwo\n```console\n```\nthree\n"


def test_an_example_that_fails_is_shown_with_its_line(page):
    page.write_text("```python\none = 1\n```\n\n```python\nassert one == 1\nassert one == 2\n```\n")
    (problem,) = run_examples(page)
    assert problem.startswith("page.md:7: ") and "AssertionError" in problem


def test_a_transcript_says_who_does_what():
    text = "$ python x\nout\n127.0.0.1:7000> GET a\nada[1](TX)> EXEC\n1) > x\n"
    text += "-- server\n^C\nnot connected> PING\n"
    acts = [(act.who, act.typed, act.state, act.expected) for act in read_transcript(text)]
    assert acts == [
        ("$", "python x", "", ["out"]),
        ("127.0.0.1:7000", "GET a", "", []),
        ("ada", "EXEC", "[1](TX)", ["1) > x"]),
        ("--", "server", "", []),
        ("^C", "", "", []),
        ("not connected", "PING", "", []),
    ]


@pytest.mark.parametrize(
    ("expected", "seen", "is_so"),
    [
        (["OK"], ["OK"], True),
        (["OK"], ["OK", "more"], False),
        (["a...z"], ["abcz"], True),
        (["a...z"], ["abc"], False),
        (["...", "z"], ["a", "b", "z"], True),
        (["a", "..."], ["a"], True),
        (["a", "..."], ["b", "a"], False),
        ([], [], True),
    ],
)
def test_three_dots_stand_for_any_text(expected, seen, is_so):
    assert matches(expected, seen) == is_so


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
def test_a_session_that_is_not_true_is_reported(page):
    page.write_text("```console\nada> SET a 1\nOK\nbob> GET a\n2\nada(TX)> PING\nPONG\n```\n")
    ((_, differences),) = check_sessions(page)
    assert [(d.place, d.seen) for d in differences] == [
        ("page.md:4", ['"1"']),
        ("page.md:6", ["(the prompt shows '')"]),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
def test_the_client_shows_what_a_terminal_is_shown_unless_its_output_goes_into_a_pipe(page):
    get = "$ python client.py -p 7000 GET a"
    page.write_text(f'```console\nada> SET a x\nOK\n{get}\n"x"\n{get} | cat\nx\n```\n')
    ((_, differences),) = check_sessions(page)
    assert not differences


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
def test_a_session_has_several_servers_and_each_has_clients_a_screen_and_an_end(page):
    page.write_text(
        "```console\n$ python server.py --port 7000\nada> SET a 1\nOK\n$ python server.py --port 7001\n"
        "127.0.0.1:7001> GET a\n(nil)\n127.0.0.1:7001> REPLICAOF 127.0.0.1 7000\nOK\n-- server 7001\n...\n"
        '* Connecting to MASTER 127.0.0.1:7000\n...\n$ pkill -9 -f "port 7001"\nada> GET a\n"1"\n```\n'
    )
    ((_, differences),) = check_sessions(page)
    assert not differences


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
def test_a_session_has_a_cluster_and_clients_of_its_nodes(page):
    page.write_text(
        "```console\n$ python -m redis_clone.cluster 2 --replicas 0\n...\ncluster  is well\n...\n"
        "127.0.0.1:7000> SET foo 1\n(error) MOVED 12182 127.0.0.1:7001\n127.0.0.1:7001> SET foo 1\nOK\n```\n"
    )
    ((_, differences),) = check_sessions(page)
    assert not differences


def test_the_server_of_a_chapter_has_nothing_of_a_later_one(tmp_path):
    build(tmp_path, 2)
    there = {path.name for path in (tmp_path / "redis_clone").rglob("*.py")}
    assert {"stream.py", "resp.py", "__init__.py"} <= there
    assert not {"registry.py", "keyspace.py"} & there


def test_a_unit_test_belongs_to_the_chapter_that_has_all_it_needs():
    assert "test_stream.py" in {path.name for path in unit_tests_of(1)}
    assert "test_avl_tree.py" in {path.name for path in unit_tests_of(7)}
