"""Users, and the rules that change them."""

import pytest

from redis_clone import commands
from redis_clone.command_table.registry import TABLE, find
from redis_clone.features.acl.categories import BadRule, commands_in
from redis_clone.features.acl.command_rules import CommandRules
from redis_clone.features.acl.selectors import Denial, Selector
from redis_clone.features.acl.users import User, Users, channels_lost

commands.load()


def user_of(*rules):
    user = User(b"alice")
    user.change(rules)
    return user


def test_a_new_user_may_nothing_and_the_default_user_everything():
    assert not User(b"alice").may_do_everything and not User(b"alice").is_on
    assert Users().default.may_do_everything and Users().default_lets_in


@pytest.mark.parametrize(
    "rules, everything",
    [
        ([b"+@all", b"~*", b"&*"], True),
        ([b"+@all", b"-get", b"+get", b"~*", b"&*"], True),
        ([b"+@all", b"-get", b"~*", b"&*"], False),
        ([b"+@all", b"~*"], False),
        ([b"+@all", b"&*", b"~a*"], False),
        ([b"(+@all ~* &*)"], True),
        ([b"(+@all ~*)", b"(+@all &*)"], False),
    ],
)
def test_whether_a_user_may_do_everything_is_computed_beforehand(rules, everything):
    assert user_of(*rules).may_do_everything is everything
    assert user_of(*rules, b"reset").may_do_everything is False


def test_a_bad_rule_leaves_a_user_as_it_was():
    user = user_of(b"on", b"+get")
    before = user.formatted
    with pytest.raises(BadRule, match="modifier '~a b': Syntax error"):
        user.change([b"off", b">secret", b"-get", b"(+set)", b"~a b"])
    assert user.formatted == before and not user.passwords


def test_all_commands_means_also_those_to_come():
    rules = CommandRules()
    rules.allow_all()
    rules.change("-get")
    assert rules.allows(TABLE["SET"], [b"SET"]) and not rules.allows(TABLE["GET"], [b"GET"])
    assert rules.formatted == "+@all -get" and not rules.allows_everything


def test_a_later_rule_replaces_those_that_it_makes_pointless():
    rules = CommandRules()
    for rule in ("+config|get", "+get", "+@read", "-get", "+config", "-config|set", "-@read"):
        rules.change(rule)
    assert rules.formatted == "-@all -get +config -config|set -@read"


def test_the_denial_of_the_selector_that_came_furthest_is_reported():
    get, subscribe = TABLE["GET"], TABLE["SUBSCRIBE"]
    user = user_of(b"+get", b"~a", b"(+subscribe &news)", b"(+mget ~b)")
    assert user.denial(TABLE["SET"], [b"SET", b"a", b"1"]) == Denial("command")
    assert user.denial(get, [b"GET", b"b"]) == Denial("key", 1)
    assert user.denial(get, [b"GET", b"a"]) is None
    assert user.denial(subscribe, [b"SUBSCRIBE", b"news", b"x"]) == Denial("channel", 2)


def test_keys_that_cannot_be_found_are_left_to_the_command_to_complain_of():
    argv = [b"ZUNION", b"9", b"a"]
    assert user_of(b"+zunion").denial(find(argv), argv) is None


def test_a_copy_shares_nothing():
    selector = Selector()
    selector.change(b"~a")
    clone = selector.copy()
    for rule in (b"~b", b"&c", b"+get"):
        clone.change(rule)
    assert selector.formatted == b"~a resetchannels -@all"


def test_every_category_has_the_commands_that_name_it():
    assert "get" in [spec.shown_name for spec in commands_in("READ")]
    with pytest.raises(BadRule):
        commands_in("nonsense")


@pytest.mark.parametrize(
    "before, after, left",
    [
        ([b"&*"], [b"&*"], None),
        ([b"&a"], [b"&a", b"&b"], None),
        ([b"&a"], [b"(&a)"], None),
        ([b"&*"], [b"&a"], {b"a": None}),
        ([b"&a", b"&b"], [b"&b"], {b"b": None}),
        ([], [], None),
    ],
)
def test_channels_lost(before, after, left):
    assert channels_lost(user_of(*before), user_of(*after)) == left


def test_the_default_user_stays_the_same_object_when_all_users_are_replaced():
    users = Users()
    alice = users.set(b"alice", [b"on"])
    default, fresh = users.default, User(b"default")
    assert users.replace_all({b"default": fresh, b"bob": User(b"bob")}) == [alice]
    assert users.default is default and not default.is_on
    assert [user.name for user in users] == [b"bob", b"default"]
    users.replace_all({})
    assert default.may_do_everything and users.default_lets_in
