"""The one user and its password."""

import pytest

from redis_clone.acl import NO_PASSWORD_SET, WRONG_PASSWORD, Users
from redis_clone.errors import RedisError


@pytest.fixture
def users():
    users = Users()
    users.set_default_password("secret")
    return users


@pytest.mark.parametrize("user", [None, b"default"])
def test_the_right_password_lets_in(users, user):
    users.authenticate(b"secret", user)


@pytest.mark.parametrize(
    "password, user",
    [
        (b"wrong", None), (b"", None), (b"secret\n", None),
        (b"secret", b"nobody"), (b"secret", b""), (b"secret", b"DEFAULT"),
    ],
)  # fmt: skip
def test_a_wrong_password_and_a_wrong_user_get_the_same_answer(users, password, user):
    with pytest.raises(RedisError) as caught:
        users.authenticate(password, user)
    assert caught.value == RedisError(WRONG_PASSWORD)


@pytest.mark.parametrize(
    "user, error", [(None, NO_PASSWORD_SET), (b"", WRONG_PASSWORD), (b"nobody", WRONG_PASSWORD)]
)
def test_without_a_password_auth_says_what_it_misses(users, user, error):
    users.set_default_password("")
    assert not users.default_needs_password
    users.authenticate(b"anything", b"default")
    with pytest.raises(RedisError) as caught:
        users.authenticate(b"anything", user)
    assert caught.value == RedisError(error)


@pytest.mark.parametrize("password", [b"\xff\x00", "schlüssel".encode(), b"a" * 10_000])
def test_a_password_may_be_any_bytes(redis, other, password):
    try:
        assert redis("CONFIG", "SET", "requirepass", password) == "OK"
        assert redis("CONFIG GET requirepass") == [b"requirepass", password]
        assert other("AUTH", password) == "OK"
        assert other("AUTH", password + b"x") == RedisError(WRONG_PASSWORD)
    finally:
        redis("CONFIG", "SET", "requirepass", b"")


def test_a_password_is_kept_as_its_hash_only(users):
    assert not any("secret" in repr(value) for value in vars(users).values())
