"""Wrong answers to `ready_keys`.  Each function is one mistake, and takes the place of `BlockedClients.signal_keys_as_ready`."""


def every_written_key(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
    """Each written key is remembered, though nobody waits for most of them."""
    for event, key, db in changes:
        if event in ("flushdb", "swapdb"):  # a whole database has changed
            self._ready.update(dict.fromkeys(self._db_keys_in(db, event)))
        else:
            self._ready[db, key] = None


def the_database_is_forgotten(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
    """A key of the same name in another database wakes the client."""
    for event, key, db in changes:
        if event in ("flushdb", "swapdb"):  # a whole database has changed
            self._ready.update(dict.fromkeys(self._db_keys_in(db, event)))
        else:
            for each in self._by_key:
                if each[1] == key:
                    self._ready[each] = None


def whole_databases_are_forgotten(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
    """SWAPDB brings keys to life, and nobody is woken."""
    for event, key, db in changes:
        if (db, key) in self._by_key:
            self._ready[db, key] = None
