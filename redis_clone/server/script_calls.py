"""The host of scripts: redis.call, redis.log and the other functions that a script may call in the server.

A script's commands go through dispatch.call like any others, on a client of their own.  That client has the
caller's user and begins in the caller's database; a SELECT in the script does not move the caller.  The
caller holds the lock, except while a long script yields it (check).
"""

from redis_clone import logging
from redis_clone.command_table.registry import Command, find, lookup
from redis_clone.features.pause import MAY_REPLICATE
from redis_clone.features.scripting.host import RegisteredFunction
from redis_clone.features.scripting.running import OUT_OF_MEMORY, Run
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.ops import BOTH
from redis_clone.protocol.replies import Reply
from redis_clone.server.checks import NO_GOOD_REPLICAS, READ_ONLY, denial_message, denied
from redis_clone.server.dispatch import call, reply_at_once
from redis_clone.server.locking import yield_lock
from redis_clone.server.state import Client, Server

LOG = (logging.debug, logging.verbose, logging.notice, logging.warning)
STREAMING = {"MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"}  # what they bring later has nowhere to go
SHUTTING_DOWN = "ERR Script ended, for the server is shutting down"


class ScriptHost:
    """What features/scripting/host.py asks for; one object serves all scripts of a server, one at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._scripting = server.scripting
        self._client = self._caller = Client(server, address="lua")
        self._run = Run("", is_read_only=True, allows_oom=False)  # the last one, before any

    def begin(self, caller: Client, run: Run) -> None:
        """A script begins: its commands run with the rights of `caller`, until end()."""
        client, self._caller = self._client, caller
        client.db, client.user, client.has_written = caller.db, caller.user, False
        self._run = self._scripting.run = run

    def end(self) -> None:
        self._caller.has_written = self._caller.has_written or self._client.has_written
        self._caller = self._client
        self._scripting.run, self._scripting.argv = None, ()

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
        """Run a command; returns the reply.  A RedisError may be raised or returned: both mean the same."""
        command = self._permitted(argv)
        self._client.argv = argv
        propagation = self._server.propagation
        begin = len(propagation.ops)
        reply = call(self._client, command, argv)
        if self._run.replication != BOTH:
            propagation.restrict(begin, self._run.replication)
        if self._caller.tracking is not None and "readonly" in command.flags:
            self._server.tracking.remember(self._caller, command, argv)  # 7.0 remembers the declared keys
        return reply_at_once(self._client, command, reply)

    def _permitted(self, argv: list[bytes]) -> Command:
        """The command, if this script may call it now; else a RedisError with the reason."""
        try:
            command = _find(argv)
            self._check(command, argv)
        except RedisError as error:
            self._count(argv, error)
            raise
        return command

    def _count(self, argv: list[bytes], error: RedisError) -> None:
        """Count a rejected command; unlike reject_command() it leaves the caller's transaction alone."""
        self._server.stats.count_error(str(error))
        command = lookup(argv)
        if command is not None:
            self._server.command_stats.of(command).rejected += 1

    def _check(self, command: Command, argv: list[bytes]) -> None:
        """RedisError when the script may not call the command; in the order of scriptCall in script.c."""
        run, writes = self._run, "write" in command.flags
        if "noscript" in command.flags and not self._server.debug.scripts_call_anything:
            raise RedisError("ERR This Redis command is not allowed from script")
        if command.name in STREAMING:  # after DEBUG SET-DISABLE-DENY-SCRIPTS
            article = "" if command.name == "MONITOR" else "a "
            raise RedisError(f"ERR {command.name} isn't allowed for {article}DENY BLOCKING client")
        if not self._client.user.may_do_everything:
            self._check_rights(command, argv)
        if run.is_read_only and (writes or command.name in MAY_REPLICATE):
            raise RedisError("ERR Write commands are not allowed from read-only scripts.")
        if writes and not run.has_written:  # after its first write a script is not stopped half done
            if self._server.disk.refusal is not None:
                raise RedisError(self._server.disk.refusal)
            if "replicas" in self._server.restrictions:
                raise RedisError(NO_GOOD_REPLICAS)
            if "replica" in self._server.restrictions and self._server.config["replica-read-only"]:
                raise RedisError(READ_ONLY)
            if "denyoom" in command.flags and not run.allows_oom:
                check_memory(self._server)
            run.has_written = True
        if "cluster" in self._server.restrictions:
            redirection = self._server.cluster.redirection
            redirection.check_slot_in_script(self._caller, command, argv, run.may_cross_slots)

    def may_run(self, argv: list[bytes]) -> bool:
        """For redis.acl_check_cmd: whether the caller's user may run this."""
        command = lookup(argv)  # the number of arguments is not checked
        if command is None:
            raise RedisError("ERR Invalid command passed to redis.acl_check_cmd()")
        return self._client.user.denial(command, argv) is None

    def _check_rights(self, command: Command, argv: list[bytes]) -> None:
        denial = denied(self._caller, command, argv, context="lua")
        if denial is not None:
            shown = denial_message(denial, self._client.user.name, command, argv)
            if denial.reason != "command":
                shown = f"No permissions to access a {denial.reason}"
            raise RedisError(f"NOPERM ACL failure in script: {shown}")  # the message of 7.2

    def check(self) -> str:
        """Called again and again while a script runs; returns why it must end, or "" if it may go on."""
        run = self._scripting.run
        if run is None:
            return ""  # a killed script's interpreter goes on asking until the next script begins
        threshold_ms = self._server.config["busy-reply-threshold"]
        reason = run.check(threshold_ms, lambda line: yield_lock(self._server, line))
        return SHUTTING_DOWN if self._server.closing else reason

    def register(self, function: RegisteredFunction) -> None:
        """A library that is being loaded registers one of its functions."""
        library = self._scripting.libraries.loading
        if library is None:  # a function that has kept `redis` from then
            raise RedisError("ERR redis.register_function can only be called on FUNCTION LOAD command")
        library.register(function)


def check_memory(server: Server) -> None:
    """RedisError when memory is above `maxmemory`."""
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
    """The server's one host of scripts, made for the first script."""
    host = server.scripting.host
    if host is None:
        host = server.scripting.host = ScriptHost(server)
    return host  # type: ignore[return-value]  # no other class is stored there
