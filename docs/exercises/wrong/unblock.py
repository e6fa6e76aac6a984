"""Wrong answers to `unblock`.  Each function is one mistake, and takes the place of `BlockedClients.remove`."""


def first_key_only(self, blocked_client: BlockedClient) -> None:
    """Only the first of the keys that the client waited for forgets it."""
    self.clients.pop(blocked_client, None)
    self.postponed.pop(blocked_client, None)
    self.polled.pop(blocked_client, None)
    for db_key in list(blocked_client.db_keys)[:1]:
        blocked_clients = self._by_key.get(db_key)
        if blocked_clients is not None:
            blocked_clients.pop(blocked_client, None)
            if not blocked_clients:
                del self._by_key[db_key]


def empty_entries_stay(self, blocked_client: BlockedClient) -> None:
    """A key for which nobody waits any more stays in the dict, for ever."""
    self.clients.pop(blocked_client, None)
    self.postponed.pop(blocked_client, None)
    self.polled.pop(blocked_client, None)
    for db_key in blocked_client.db_keys:
        blocked_clients = self._by_key.get(db_key)
        if blocked_clients is not None:
            blocked_clients.pop(blocked_client, None)


def the_others_too(self, blocked_client: BlockedClient) -> None:
    """With one client all that wait for the same key are forgotten."""
    self.clients.pop(blocked_client, None)
    self.postponed.pop(blocked_client, None)
    self.polled.pop(blocked_client, None)
    for db_key in blocked_client.db_keys:
        blocked_clients = self._by_key.get(db_key)
        if blocked_clients is not None:
            del self._by_key[db_key]
