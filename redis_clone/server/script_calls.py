"""What a script asks of the server: redis.call and its kin, for EVAL and for FCALL.

A script's commands come through dispatch.call as everybody's do, on a client of their own: it has the
caller's rights and begins in the caller's database, and SELECT moves it alone.
"""

from redis_clone import logging
from redis_clone.command_table.registry import Command, find, lookup
from redis_clone.features.blocking import Blocked
from redis_clone.features.pause import MAY_REPLICATE
from redis_clone.features.scripting.host import RegisteredFunction
from redis_clone.features.scripting.running import OUT_OF_MEMORY, Run
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import NULL_ARRAY, Reply
from redis_clone.server.checks import denial_message, denied
from redis_clone.server.dispatch import call
from redis_clone.server.locking import yield_lock
from redis_clone.server.state import Client, Server

LOG = (logging.debug, logging.verbose, logging.notice, logging.warning)
SHUTTING_DOWN = "ERR Script ended, for the server is shutting down"


class ScriptHost:
    """One for all scripts of a server; begin() says for whom it works, until end()."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._scripting = server.scripting
        self._client = Client(server, address="lua")
        self._run = Run("", is_read_only=True, allows_oom=False)  # the last one, before any

    def begin(self, caller: Client, run: Run) -> None:
        client = self._client
        client.db, client.user = caller.db, caller.user
        self._run = self._scripting.run = run

    def end(self) -> None:
        self._scripting.run = None

    @property
    def protocol(self) -> int:
        return self._run.protocol

    def set_protocol(self, protocol: int) -> None:
        self._run.protocol = protocol

    def set_replication(self, flags: int) -> None:
        self._run.replication = flags

    def log(self, level: int, text: str) -> None:
        LOG[level](text)

    def call(self, argv: list[bytes]) -> Reply:
        """The reply; errors are raised or replied, and mean the same to the script."""
        command = self._permitted(argv)
        if self._run.replication:
            reply = call(self._client, command, argv)
        else:
            reply = self._call_unheard(command, argv)
        return NULL_ARRAY if type(reply) is Blocked else reply  # a script waits for nobody

    def _permitted(self, argv: list[bytes]) -> Command:
        """The row, if this script may call it now; else the RedisError that says why not."""
        try:
            command = _find(argv)
            self._check(command, argv)
        except RedisError as error:
            self._count(argv, error)
            raise
        return command

    def _count(self, argv: list[bytes], error: RedisError) -> None:
        """Count a rejected command, which spoils no transaction: it is the script's."""
        self._server.stats.count_error(str(error))
        command = lookup(argv)
        if command is not None:
            self._server.command_stats.of(command).rejected += 1

    def _check(self, command: Command, argv: list[bytes]) -> None:
        """In the order of scriptCall in script.c."""
        run, writes = self._run, "write" in command.flags
        if "noscript" in command.flags:
            raise RedisError("ERR This Redis command is not allowed from script")
        if not self._client.user.may_do_everything:
            self._check_rights(command, argv)
        if run.is_read_only and (writes or command.name in MAY_REPLICATE):
            raise RedisError("ERR Write commands are not allowed from read-only scripts.")
        if writes and not run.has_written:  # later on nothing may stop it, or half of its work would stay
            if self._server.disk.refusal is not None:
                raise RedisError(self._server.disk.refusal)
            if "denyoom" in command.flags and not run.allows_oom:
                check_memory(self._server)
            run.has_written = True

    def _call_unheard(self, command: Command, argv: list[bytes]) -> Reply:
        """After redis.set_repl(redis.REPL_NONE): neither the log nor a replica hears of it."""
        unit = self._server.propagation.ops
        before = len(unit)
        reply = call(self._client, command, argv)
        del unit[before:]
        return reply

    def may_run(self, argv: list[bytes]) -> bool:
        command = lookup(argv)  # with as many arguments as the script likes
        if command is None:
            raise RedisError("ERR Invalid command passed to redis.acl_check_cmd()")
        return self._client.user.denial(command, argv) is None

    def _check_rights(self, command: Command, argv: list[bytes]) -> None:
        denial = denied(self._client, command, argv, context="lua")
        if denial is not None:
            shown = denial_message(denial, self._client.user.name, command, argv)
            if denial.reason != "command":
                shown = f"No permissions to access a {denial.reason}"
            raise RedisError(f"NOPERM ACL failure in script: {shown}")  # in the words of 7.2

    def check(self) -> str:
        """Why the script must end, if it must."""
        run = self._scripting.run
        if run is None:
            return ""  # after a script that was killed each line still asks, until the next one begins
        threshold_ms = self._server.config["busy-reply-threshold"]
        reason = run.check(threshold_ms, lambda line: yield_lock(self._server, line))
        return SHUTTING_DOWN if self._server.closing else reason

    def register(self, function: RegisteredFunction) -> None:
        library = self._scripting.libraries.loading
        assert library is not None, "the function is there only while a library is loaded"
        library.register(function)


def check_memory(server: Server) -> None:
    """RedisError when there is none left."""
    if server.eviction.is_exceeded(server.databases):
        raise RedisError(OUT_OF_MEMORY)


def _find(argv: list[bytes]) -> Command:
    try:
        return find(argv)
    except RedisError as error:
        if str(error).startswith("ERR wrong number"):
            raise RedisError("ERR Wrong number of args calling Redis command from script") from None
        raise RedisError("ERR Unknown Redis command called from script") from None


def host_of(server: Server) -> ScriptHost:
    """Made when the first script comes."""
    host = server.scripting.host
    if host is None:
        host = server.scripting.host = ScriptHost(server)
    return host  # type: ignore[return-value]  # nobody else makes one
