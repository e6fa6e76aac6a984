"""A wrong answer: what was watched is not forgotten after an exec."""

from typing import Any


class Store:
    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._writes = 0  # ever
        self._versions: dict[str, int] = {}  # the write that each key saw last; kept when it is deleted
        self._watched: dict[str, dict[str, int]] = {}  # client -> key -> the version that watch saw

    def get(self, key: str) -> Any:
        """None when it is not there."""
        return self._values.get(key)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._record_write(key)

    def delete(self, key: str) -> None:
        if key in self._values:
            del self._values[key]
            self._record_write(key)

    def watch(self, client: str, key: str) -> None:
        """Let this client's next exec fail if the key is written before it."""
        self._watched.setdefault(client, {}).setdefault(key, self._versions.get(key, 0))

    def exec(self, client: str, writes: dict[str, Any]) -> bool:
        """Write all of it, if no key that the client watches was written since; forget what it watched."""
        watched = self._watched.get(client, {})
        if any(self._versions.get(key, 0) != seen for key, seen in watched.items()):
            return False
        for key, value in writes.items():
            self.set(key, value)
        return True

    def _record_write(self, key: str) -> None:
        self._writes += 1
        self._versions[key] = self._writes
