"""The manual page of a command, and the tree that its syntax is parsed into."""

import pytest
from tables import for_each

from redis_clone.command_table.manual import Page, read_page, read_syntax


def drawn(argument):
    """An argument in one line: type:TOKEN name?+, its children in brackets."""
    text = argument.type + (f":{argument.token}" if argument.token is not None else "")
    text += " " + argument.name
    text += "?" * argument.optional + "+" * argument.multiple + "++" * argument.repeats_token
    return text + (f"[{' '.join(drawn(child) for child in argument.children)}]" if argument.children else "")


@for_each(
    "syntax, drawing",
    [
        ("", []),
        ("key", ["key key"]),
        ("key [key ...]", ["key key+"]),
        ("[pattern]", ["pattern pattern?"]),
        ("[pattern [pattern ...]]", ["pattern pattern?+"]),
        ("key [COUNT count]", ["key key", "integer:COUNT count?"]),
        ("key [NX | XX]", ["key key", "oneof nx-or-xx?[pure-token:NX nx pure-token:XX xx]"]),
        ("<ON | OFF>", ["oneof on-or-off[pure-token:ON on pure-token:OFF off]"]),
        ("key value [key value ...]", ["block key-value+[key key string value]"]),
        ("[LIMIT offset count]", ["block:LIMIT limit?[integer offset integer count]"]),
        ("[GET pattern [GET pattern ...]]", ["pattern:GET pattern?+++"]),
        ("[EX seconds | PX index]", ["oneof seconds-or-index?[integer:EX seconds integer:PX index]"]),
        ("MAXLEN [= | ~]", ["pure-token:MAXLEN maxlen", "oneof =-or-~?[pure-token:= = pure-token:~ ~]"]),
        ("[MATCH pattern] [WITHSCORES]", ["pattern:MATCH pattern?", "pure-token:WITHSCORES withscores?"]),
        ("numkeys key min max", ["integer numkeys", "key key", "double min", "double max"]),
        ("unix-time-seconds", ["unix-time unix-time-seconds"]),
    ],
)  # fmt: skip
def test_a_syntax_is_parsed_into_a_tree(syntax, drawing):
    assert [drawn(argument) for argument in read_syntax(syntax)] == drawing


@pytest.mark.parametrize("syntax", ["[key", "<NX | XX", "[a | b", "key [key ...", "[NX >"])
def test_a_bracket_that_is_not_closed_is_a_bug_in_the_page(syntax):
    with pytest.raises(AssertionError, match="not closed"):
        read_syntax(syntax)


def test_the_reply_for_an_argument_is_that_of_command_docs():
    [member] = read_syntax("[WITH member [WITH member ...]]")
    assert member.as_reply() == {
        "name": "member", "type": "string", "display_text": "member", "token": "WITH",
        "flags": {"optional", "multiple", "multiple_token"},
    }  # fmt: skip
    [choice] = read_syntax("<key | ALL>")
    assert choice.as_reply() == {
        "name": "key-or-all", "type": "oneof",
        "arguments": [
            {"name": "key", "type": "key", "display_text": "key", "key_spec_index": 0},
            {"name": "all", "type": "pure-token", "token": "ALL"},
        ],
    }  # fmt: skip


def test_a_page_may_run_over_several_lines():
    page = read_page(
        """Does much.

        DO key
          [NX | XX]
        Since 7.0.0, O(N) where N is the number of keys,
        or so.
        """
    )
    assert page == Page(
        "Does much.", "DO key [NX | XX]", "7.0.0", "O(N) where N is the number of keys, or so."
    )


def test_a_page_may_be_a_summary_alone():
    assert read_page("Does little.") == Page("Does little.")
