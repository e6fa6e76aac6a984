"""Wrong answers to `propagated_ops`.  Each function is one mistake, and takes the place of `Propagation.record`."""


def the_expiry_only(self, changes: list[Change], db: int, argv: Sequence[bytes] | None) -> None:
    """A command that also removed an expired key is itself forgotten."""
    has_acted = False
    for event, key, db_of_key in changes:
        if event in GONE:
            self.ops.append((db_of_key, [self._deletion(), key], BOTH))
            has_acted = False
            break
        else:
            has_acted = True
    replacement = self._take_replacement()
    if has_acted and argv is not None:
        if replacement is None:
            self.ops.append((db, argv, BOTH))
        else:
            self.ops.extend([(db, each, BOTH) for each in replacement])


def what_was_sent(self, changes: list[Change], db: int, argv: Sequence[bytes] | None) -> None:
    """A command that is to be propagated as something else goes out as it was sent."""
    has_acted = False
    for event, key, db_of_key in changes:
        if event in GONE:
            self.ops.append((db_of_key, [self._deletion(), key], BOTH))
        else:
            has_acted = True
    replacement = self._take_replacement()
    if has_acted and argv is not None:
        if True:
            self.ops.append((db, argv, BOTH))
        else:
            self.ops.extend([(db, each, BOTH) for each in replacement])


def the_wrong_database(self, changes: list[Change], db: int, argv: Sequence[bytes] | None) -> None:
    """A key that went is deleted in the client's database, not in its own."""
    has_acted = False
    for event, key, db_of_key in changes:
        if event in GONE:
            self.ops.append((db, [self._deletion(), key], BOTH))
        else:
            has_acted = True
    replacement = self._take_replacement()
    if has_acted and argv is not None:
        if replacement is None:
            self.ops.append((db, argv, BOTH))
        else:
            self.ops.extend([(db, each, BOTH) for each in replacement])


def even_if_nothing_happened(self, changes: list[Change], db: int, argv: Sequence[bytes] | None) -> None:
    """A command that changed nothing is propagated."""
    has_acted = False
    for event, key, db_of_key in changes:
        if event in GONE:
            self.ops.append((db_of_key, [self._deletion(), key], BOTH))
        else:
            has_acted = True
    replacement = self._take_replacement()
    if argv is not None:
        if replacement is None:
            self.ops.append((db, argv, BOTH))
        else:
            self.ops.extend([(db, each, BOTH) for each in replacement])
