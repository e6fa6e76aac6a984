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
