"""Wrong answers to `copy_on_write`.  Each function is one mistake, and takes the place of `SnapshotView.keep`."""


def the_same_value(self, key: bytes, value: Any) -> None:
    """The value is kept, not a copy of it: it changes with the keyspace."""
    if value is not None and self.values.get(key) is value:
        self.values[key] = value


def always_copied(self, key: bytes, value: Any) -> None:
    """A value is copied again at each change, and the copy of the first moment is overwritten."""
    if value is not None and key in self.values:
        self.values[key] = frozen_copy(value)


def new_keys_come_in(self, key: bytes, value: Any) -> None:
    """A key that was not there at the beginning comes into the view."""
    if value is not None and self.values.get(key, value) is value:
        self.values[key] = frozen_copy(value)


def equal_is_the_same(self, key: bytes, value: Any) -> None:
    """An equal value is taken for the same, and copied once more: with ==, which reads all of both."""
    if value is not None and self.values.get(key) == value:
        self.values[key] = frozen_copy(value)
        self.copied += 1


def nobody_counts(self, key: bytes, value: Any) -> None:
    """The copies are not counted."""
    if value is not None and self.values.get(key) is value:
        self.values[key] = frozen_copy(value)
