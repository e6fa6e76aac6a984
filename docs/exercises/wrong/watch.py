"""Wrong answers to `watch`.  Each function is one mistake, and takes the place of `Transaction.watched_keys_changed`."""


def the_other_way_round(self) -> bool:
    """It says that nothing has changed when something has."""
    return any(database.version(key) == seen for (database, key), seen in self._watched.items())


def all_must_change(self) -> bool:
    """It waits until every watched key has changed."""
    return bool(self._watched) and all(database.version(key) != seen for (database, key), seen in self._watched.items())


def greater_only(self) -> bool:
    """A version that began again, after the key was gone, is smaller, and was not noticed."""
    return any(database.version(key) > seen + 1 for (database, key), seen in self._watched.items())
