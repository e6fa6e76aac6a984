"""The settings of a server as they were at its start, to which it can return: parameters and users."""

from redis_clone.config.parameters import PARAMETERS
from redis_clone.server.state import Server
from redis_clone.testing.looking import run

Users = dict[bytes, list[bytes]]  # by name: the rules, as ACL SETUSER takes them


class Settings:
    """The settings that clients can change by CONFIG SET and ACL SETUSER."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parameters = self._read_parameters()
        self._users = self._read_users()

    def restore(self) -> None:
        """Undo what clients have changed."""
        now = self._read_parameters()
        changed = [name for name in now if now[name] != self._parameters[name]]
        if changed:
            pairs = [word for name in changed for word in (name, self._parameters[name])]
            run(self._server, ("CONFIG", "SET", *pairs))
        if (users := self._read_users()) != self._users:
            self._restore_users(users)

    def _restore_users(self, users: Users) -> None:
        if added := users.keys() - self._users.keys():
            run(self._server, ("ACL", "DELUSER", *added))
        for name, rules in self._users.items():
            run(self._server, ("ACL", "SETUSER", name, "reset", *rules))

    def _read_parameters(self) -> dict[str, str]:
        config = self._server.config
        return {each.name: config.formatted(each.name) for each in PARAMETERS.values() if not each.fixed}

    def _read_users(self) -> Users:
        lines: list[bytes] = run(self._server, ("ACL", "LIST"))
        return {words[1]: words[2:] for words in map(bytes.split, lines)}
