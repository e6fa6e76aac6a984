"""An exercise's file is read, and a rule that it breaks is named."""

import pytest
from exercises.machinery.catalogue import BadExercise, read

GOOD = '''"""A title.

{text}
"""

CHAPTER = 7
LEVEL = 1
CONCEPT = "reuse"
HOLE = "redis_clone/structures/avl_tree.py:AvlTree.last"
HINTS = ("one", "two", "three")

def test_one() -> None: ...
def test_two() -> None: ...
def test_three() -> None: ...
def test_four() -> None: ...
'''.format(text="A text that is long enough to begin with. " * 6)


def test_a_good_exercise_is_read(tmp_path):
    path = tmp_path / "last.py"
    path.write_text(GOOD)
    exercise = read(path)
    assert (exercise.name, exercise.title, exercise.function) == ("last", "A title.", "AvlTree.last")


def test_each_rule_that_is_broken_is_named(tmp_path):
    for number, (good, bad, rule) in enumerate(
        (
            ('"""A title.', 'TEXT = """A title.', "has a title"),
            ("A text that is long enough", "Short", "more than 200 characters"),
            ("CHAPTER = 7", "CHAPTER = 24", "from 1 to 23"),
            ("CHAPTER = 7", "", "does not say its CHAPTER"),
            ("LEVEL = 1", "LEVEL = 6", "from 1 to 5"),
            ('"reuse"', '""', "CONCEPT says"),
            (', "three")', ")", "3 hints at least"),
            ("def test_four", "def four", "4 checks at least"),
            ("def test_four", "def test_one(): ...\ndef test_one", "no two checks"),
            ("HOLE =", "ANOTHER =", "either a HOLE or a FILE"),
            (":AvlTree.last", "", "a colon and a function"),
        )
    ):
        assert good in GOOD, good
        path = tmp_path / f"bad_{number}.py"
        path.write_text(GOOD.replace(good, bad))
        with pytest.raises(BadExercise, match=rule):
            read(path)
