"""Passwords as hashes."""

from redis_clone.features.acl.passwords import hashed, is_among, is_hash
from redis_clone.features.acl.users import User, Users


def test_a_password_is_kept_as_its_hash_only():
    users = Users()
    users.set_default_password("secret")
    user = users.set(b"alice", [b">other"])
    assert users.default.passwords == {hashed(b"secret"): None} and user.passwords == {hashed(b"other"): None}
    assert b"secret" not in users.default.formatted and b"other" not in user.formatted


def test_every_password_is_compared_whichever_fits(monkeypatch):
    seen = []
    monkeypatch.setattr("hmac.compare_digest", lambda given, kept: bool(seen.append(kept)) or given == kept)
    kept = [hashed(word) for word in (b"a", b"b", b"c")]
    assert is_among(b"a", kept) and seen == kept


def test_a_user_who_does_not_exist_costs_a_comparison_too(monkeypatch):
    seen = []
    monkeypatch.setattr("hmac.compare_digest", lambda given, kept: bool(seen.append(kept)))
    assert Users().authenticate(b"nobody", b"secret") is None
    assert User(b"without a password").accepts(b"secret") is False
    assert len(seen) == 2


def test_a_hash_has_64_lowercase_hexadecimal_digits():
    assert is_hash(b"0123456789abcdef" * 4)
    for wrong in (b"", b"a" * 63, b"a" * 65, b"A" * 64, b"g" * 64, b"a" * 64 + b"\n"):
        assert not is_hash(wrong)
