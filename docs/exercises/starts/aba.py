"""A store with transactions: watch some keys, and write only if none of them was written since.

There is a bug in it.
"""

from typing import Any


class Store:
    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._watched: dict[str, dict[str, Any]] = {}  # client -> key -> what watch saw

    def get(self, key: str) -> Any:
        """None when it is not there."""
        return self._values.get(key)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value

    def delete(self, key: str) -> None:
        self._values.pop(key, None)

    def watch(self, client: str, key: str) -> None:
        """Let this client's next exec fail if the key is written before it."""
        self._watched.setdefault(client, {}).setdefault(key, self._values.get(key))

    def exec(self, client: str, writes: dict[str, Any]) -> bool:
        """Write all of it, if no key that the client watches was written since; forget what it watched."""
        watched = self._watched.pop(client, {})
        if any(self._values.get(key) != seen for key, seen in watched.items()):
            return False
        for key, value in writes.items():
            self.set(key, value)
        return True
