"""Wrong answers to `constant_time`.  Each function is one mistake, and takes the place of `is_among`."""


def until_the_first(password: bytes, hashes: Iterable[str]) -> bool:
    """It stops at the first hash that fits: the time says which."""
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        if hmac.compare_digest(given, kept):
            return True
    return found


def an_ordinary_comparison(password: bytes, hashes: Iterable[str]) -> bool:
    """== stops at the first character that differs."""
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        found |= given == kept
    return found


def the_last_one_counts(password: bytes, hashes: Iterable[str]) -> bool:
    """Only the last comparison counts."""
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        found = hmac.compare_digest(given, kept)
    return found


def no_comparison_after_a_match(password: bytes, hashes: Iterable[str]) -> bool:
    """`or` does not compare any more after a match."""
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        found = found or hmac.compare_digest(given, kept)
    return found


def any_stops(password: bytes, hashes: Iterable[str]) -> bool:
    """any() stops at the first that fits."""
    import hmac

    given = hashed(password)
    return any(hmac.compare_digest(given, kept) for kept in hashes)


def not_hashed(password: bytes, hashes: Iterable[str]) -> bool:
    """The password itself is compared with the hashes, so a stolen hash is as good as a password."""
    import hmac

    found = False
    for kept in hashes:
        found |= hmac.compare_digest(password, kept.encode())
    return found
