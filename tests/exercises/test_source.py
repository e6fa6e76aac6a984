"""A function in a file is found, emptied and restored."""

import pytest
from exercises.machinery import source

FILE = b'''import os


def plain(a):
    return a


class Tree:
    """A class."""

    @property
    def decorated(self) -> int:
        """It has a docstring,

        and a long one.
        """
        # a comment
        return 1

    def last(
        self,
    ) -> int:
        # a comment first
        return 2'''


def test_the_body_goes_and_the_docstring_stays():
    emptied = source.emptied(FILE, "Tree.decorated", "climb")
    assert b"and a long one" in emptied and b"# a comment\n" not in emptied and b"return 1" not in emptied
    assert emptied.startswith(FILE[: FILE.index(b"        # a comment\n")])
    assert emptied.endswith(FILE[FILE.index(b"\n    def last") :])
    compile(emptied, "emptied", "exec")


def test_a_function_without_a_docstring():
    assert b"def plain(a):\n    raise NotImplementedError" in source.emptied(FILE, "plain", "climb")


def test_a_file_that_ends_without_a_newline():
    emptied = source.emptied(FILE, "Tree.last", "climb")
    assert b"# a comment first" not in emptied and source.is_empty(emptied, "Tree.last")
    assert source.with_function(emptied, "Tree.last", source.text_of(FILE, "Tree.last")) == FILE


def test_the_line_ends_of_windows_stay():
    windows = FILE.replace(b"\n", b"\r\n")
    emptied = source.emptied(windows, "plain", "climb")
    assert b"\n" not in emptied.replace(b"\r\n", b"")
    assert source.with_function(emptied, "plain", source.text_of(windows, "plain")) == windows


def test_a_call_of_an_empty_function_names_its_exercise():
    names: dict = {}
    exec(source.emptied(FILE, "plain", "climb"), names)
    with pytest.raises(NotImplementedError, match="plain is yours to write: exercise climb"):
        names["plain"](1)


@pytest.mark.parametrize("name", ["nothing", "Tree", "Tree.nothing", "plain.inner"])
def test_what_is_no_function_is_not_found(name):
    with pytest.raises(source.NotFound):
        source.find(FILE, name)


def test_a_file_that_is_not_python_has_no_functions():
    for broken in (FILE + b"\n)", b"\0"):
        with pytest.raises(source.NotFound, match="not Python"):
            source.find(broken, "plain")


def test_of_two_functions_of_one_name_neither_is_meant():
    with pytest.raises(source.NotFound, match="2 plain"):
        source.find(FILE.replace(b"class Tree", b"def plain():\n    pass\n\n\nclass Tree"), "plain")


OURS = b"""import os
from enum import Enum

LIMIT = 5


class Tree:
    def rank(self):
        return 1

    def last(self):
        return LIMIT


def size(tree):
    return 1
"""


def test_of_an_answer_the_function_counts_and_what_was_added():
    theirs = (
        OURS.replace(b"import os\n", b"import os\nfrom bisect import insort as size, bisect\n")
        .replace(b"LIMIT = 5", b"LIMIT = 7\nMINE: int = 3")
        .replace(
            b"        return 1\n",
            b"        return self._mine()\n\n    @property\n    def _mine(self): return 2\n",
        )
        .replace(b"return LIMIT", b"return 0")
        .replace(
            b"def size(tree):\n    return 1", b"def size(tree):\n    return 2\n\nasync def added(): pass"
        )
    )
    answer = source.with_answer(OURS, theirs, "Tree.rank")
    names: dict = {}
    exec(answer, names)
    assert b"return self._mine()" in answer and isinstance(names["Tree"]._mine, property)
    assert names["bisect"] and names["MINE"] == 3 and names["added"]
    assert names["LIMIT"] == 5 and names["Tree"]().last() == 5 and names["size"](None) == 1, "these are ours"


def test_an_answer_that_adds_nothing_leaves_all_other_bytes_as_they_are():
    theirs = OURS.replace(b"return 1\n\n    def last", b"return 8\n\n    def last")
    assert source.with_answer(OURS, theirs, "Tree.rank") == theirs
    assert source.with_answer(OURS.replace(b"\n", b"\r\n"), theirs, "Tree.rank").count(b"return 8") == 1


def test_what_is_bound_by_other_statements_does_not_count():
    for statement in (
        b"LIMIT = OTHER = 7",
        b"Tree.last = None",
        b"if LIMIT: size = None",
        b"LIMIT += 1",
        b"del os",
    ):
        names: dict = {}
        exec(source.with_answer(OURS, OURS + statement + b"\n", "Tree.rank"), names)
        assert names["Tree"]().last() == 5 and names["size"] and names["os"] and "OTHER" not in names, (
            statement
        )
