"""Wrong answers to `key_permissions`.  Each function is one mistake, and takes the place of `Selector.allows_key`."""


def any_right_will_do(self, key: bytes, flags: Sequence[str]) -> bool:
    """One of the rights that are needed is enough."""
    if self.all_keys:
        return True
    needed = 0
    for flag in flags:
        needed |= NEEDED.get(flag, 0)
    return any(
        granted & needed and compiled(pattern).matches(key)
        for pattern, granted in self.keys.items()
    )


def two_patterns_together(self, key: bytes, flags: Sequence[str]) -> bool:
    """The rights of two patterns are added."""
    if self.all_keys:
        return True
    needed = granted_here = 0
    for flag in flags:
        needed |= NEEDED.get(flag, 0)
    for pattern, granted in self.keys.items():
        if compiled(pattern).matches(key):
            granted_here |= granted
    return granted_here & needed == needed


def equal_names(self, key: bytes, flags: Sequence[str]) -> bool:
    """The pattern is taken for a name."""
    if self.all_keys:
        return True
    needed = 0
    for flag in flags:
        needed |= NEEDED.get(flag, 0)
    return any(
        granted & needed == needed and pattern == key
        for pattern, granted in self.keys.items()
    )


def not_all_keys(self, key: bytes, flags: Sequence[str]) -> bool:
    """A user who may do everything needs a pattern."""
    needed = 0
    for flag in flags:
        needed |= NEEDED.get(flag, 0)
    return any(
        granted & needed == needed and compiled(pattern).matches(key)
        for pattern, granted in self.keys.items()
    )
