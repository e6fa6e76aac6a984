"""Mutants change one thing, and those that survive are told with a reason."""

import ast

from exercises.machinery.catalogue import all_exercises
from mutants import known_survivors, mutants, mutants_of


def changed(text):
    """What is changed in the body of a function."""
    function = ast.parse(f"def f(a: int | None, b: int = 1):\n    {text}").body[0]
    return [name for name, _ in mutants(function)]


def test_comparisons_operators_and_constants_are_changed_and_types_are_not():
    assert changed("return a < b") == ["return a < b -> return a <= b", "return a < b -> return a >= b"]
    assert changed("return a + b") == ["return a + b -> return a - b"]
    assert changed("return 7") == ["return 7 -> return 8", "return 7 -> return 6"]
    assert changed("return True") == ["return True -> return False"]
    assert changed("x: int | None = a") == []


def test_conditions_are_left_out_and_turned_around():
    said = changed("return a and not b")
    assert "return a and (not b) -> return a or not b" in said
    assert "return a and (not b) -> return a" in said
    assert "return a and (not b) -> return a and b" in said


def test_statements_are_left_out_and_finally_is_flattened():
    assert "a.pop() -> pass" in changed("a.pop()")
    assert "if a: -> if False:" in changed("if a: return b")
    assert "try: -> if True:" in changed("try:\n        a()\n    finally:\n        b()")


def test_each_survivor_is_a_mutant_of_an_exercise():
    names = {name for name, _ in known_survivors()}
    every = {
        (each.name, answer.name)
        for each in all_exercises()
        if each.name in names
        for answer in mutants_of(each)
    }
    assert known_survivors() <= every
