"""One system call of a file fails, or the server is killed in it: what was acknowledged is there afterwards.

    python tests/features/persistence/failing_calls.py [--job rewrite] [--trouble EIO] [--seed 1]

Each job below (a rewrite, a save, a start ...) makes dozens of calls: open, write, fsync, rename, unlink,
truncate, mkdir.  The walk does the job again and again: the first time the first call fails, then the second,
and so on, until the job makes no more calls.  Afterwards the disk is well; the server goes on writing, and
rewrites once more, to the end or until it is killed at a call that the seed chooses.  Then it is dropped as
kill -9 would drop it, and a new server loads the files: it must start, and hold every write that was
acknowledged.

The trouble is an error of the system, or "kill": then no later call reaches the disk either.
"""

import argparse
import builtins
import contextlib
import errno
import os
import random
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from unittest import mock

if __name__ == "__main__":
    here = Path(__file__).resolve()
    sys.path[:0] = [str(here.parents[3])]

from redis_clone import commands
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.protocol.replies import encode_command
from redis_clone.server.loading import load_at_start
from redis_clone.server.locking import execute, locked, locked_outside_scripts
from redis_clone.server.state import Client, Server

commands.load()

TROUBLES = ("EMFILE", "ENOSPC", "EIO", "kill")
POLICIES = ("always", "everysec", "no")
IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a kill leaves it as it leaves a disk
CALLS = ("fsync", "replace", "unlink", "truncate", "mkdir", "open")  # of the module os


class Killed(BaseException):
    """The process is gone: no code of ours catches this."""


class Disk:
    """Counts the calls while it is armed; the call with the number `fails_at` does not succeed."""

    def __init__(self, folder, trouble, fails_at):
        self.folder = str(folder)
        self.trouble = trouble
        self.fails_at = fails_at
        self.count = 0
        self.has_failed = False  # a call of the job
        self.is_again = False
        self.is_armed = False
        self.is_dead = False
        self.is_full = False  # the write after one that was cut short fails
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def patched(self):
        with contextlib.ExitStack() as stack:
            for name in CALLS:
                real = (
                    getattr(os, name) if name != "fsync" else (lambda descriptor: None)
                )  # a kill needs none
                stack.enter_context(mock.patch.object(os, name, partial(self._call, name, real)))
            stack.enter_context(mock.patch.object(builtins, "open", partial(self._open, open)))
            stack.enter_context(mock.patch.object(threading, "excepthook", self._excepthook))
            yield self

    def arm_again(self, trouble, fails_at):
        """For another call, after the job."""
        self.is_again = True
        self.trouble, self.fails_at, self.count = trouble, fails_at, 0

    @contextlib.contextmanager
    def armed(self):
        self.is_armed = True
        try:
            yield
        finally:
            self.is_armed = False

    def _excepthook(self, hook):
        assert hook.exc_type is Killed, hook

    def _open(self, real, path, *arguments, **options):
        if not str(path).startswith(self.folder):
            return real(path, *arguments, **options)
        return File(self._call("open", real, path, *arguments, **options), self)

    def _call(self, name, real, *arguments, **options):
        self.fail_in_turn(name)
        return real(*arguments, **options)

    def fail_in_turn(self, name):
        """Raise if it is the turn of this call."""
        if self.is_its_turn(name):
            self.fail()

    def is_its_turn(self, name):
        with self._lock:
            if self.is_dead:
                raise Killed
            if not self.is_armed:
                return False
            self.count += 1
            if self.count != self.fails_at:
                return False
            self.has_failed = self.has_failed or not self.is_again
            return True

    def fail(self):
        if self.trouble == "kill":
            self.is_dead = True
            raise Killed
        number = getattr(errno, self.trouble)
        raise OSError(number, os.strerror(number))


class File:
    """A file whose calls are counted; a write that fails has written one half before."""

    def __init__(self, file, disk):
        self._file = file
        self._disk = disk

    def write(self, data):
        if self._disk.is_full:
            self._disk.is_full = False
            self._disk.fail()
        if not self._disk.is_its_turn("write"):
            return self._file.write(data)
        done = self._file.write(data[: len(data) // 2])
        if self._disk.trouble == "kill":
            self._file.flush()
            self._disk.fail()
        self._disk.is_full = True
        return done

    def flush(self):
        if self._disk.is_full:
            self._disk.is_full = False
            self._disk.fail()
        self._disk.fail_in_turn("flush")
        self._file.flush()

    def read(self, *count):
        self._disk.fail_in_turn("read")
        return self._file.read(*count)

    def truncate(self, size):
        self._disk.fail_in_turn("truncate")
        return self._file.truncate(size)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


class Round:
    """A server in a folder, what was acknowledged to its client, and what was sent."""

    def __init__(self, folder, policy, preamble):
        self.parameters = {
            "dir": str(folder), "save": "", "appendonly": "yes",
            "appendfsync": policy, "aof-use-rdb-preamble": preamble,
        }  # fmt: skip
        self.folder = Path(folder)
        self.sent = self.acknowledged = 0  # the counter, and the length of the list
        self.server = None

    def start(self, **parameters):
        self.server = None
        self.parameters.update(parameters)
        server = Server()
        server.config.set_all(self.parameters, starting=True)
        load_at_start(server)
        self.server, self.client = server, Client(server)

    def write(self, times=3):
        """Each write is one in two commands; acknowledged if a connection would have sent the replies."""
        for _ in range(times):
            if self.server.disk.refusal or self.server.log.broken:
                self.server.log.sync()  # as the thread "aof" does, until writing is possible again
                continue
            self.sent += 1
            for words in (b"INCR counter", b"RPUSH list %d" % self.sent):
                reply = execute(self.client, words.split())
                assert reply == b":%d\r\n" % self.sent, reply
            log = self.server.log
            log.flush_before_reply(self.client.logged)
            if log.is_fed and log.safe >= self.client.acknowledges and not log.broken:
                self.acknowledged = self.sent

    def rewrite(self):
        server = self.server
        with locked(server):
            arguments = partial(locked, server), partial(locked_outside_scripts, server)
            assert server.aof_rewriting.start(*arguments)
            thread = server.rewrites.job.thread
        thread.join()

    def check(self):
        """After kill -9: a new server has loaded the files."""
        [counter] = execute(self.client, [b"GET", b"counter"]).split(b"\r\n")[1:2] or [b"0"]
        found = int(counter or 0)
        length = int(execute(self.client, [b"LLEN", b"list"])[1:])
        assert self.acknowledged <= found <= self.sent, (self.acknowledged, found, self.sent)
        assert length in (found, found - 1), (length, found)
        self.sent = self.acknowledged = found
        if length < found:
            execute(self.client, b"RPUSH list 0".split())

    def close(self):
        if self.server is not None:
            self.server.aof_files.stop()


# The jobs: what is there before, and what is done while a call fails.


def rewrite(round):
    round.start()
    round.write()
    yield
    round.rewrite()


def second_rewrite(round):
    round.start()
    round.write()
    round.rewrite()
    round.write()
    yield
    round.write(1)
    round.rewrite()
    round.write(1)


def first_start(round):
    yield
    round.start()
    round.write(1)


def start(round):
    """A start that finds a history, which the rewrite before could not remove."""
    round.start()
    round.write()
    with mock.patch.object(os, "unlink", side_effect=OSError(5, "Input/output error")):
        round.rewrite()
    round.write()
    round.close()
    yield
    round.start()
    round.write(1)


def start_after_a_kill(round):
    """The last command is not whole."""
    round.start()
    round.write()
    round.close()
    with open(round.folder / "appendonlydir/appendonly.aof.1.incr.aof", "ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n")
    yield
    round.start()
    round.write(1)


def upgrade(round):
    """The single file of Redis 6."""
    argvs = [b"INCR counter".split(), b"RPUSH list 1".split()]
    (round.folder / "appendonly.aof").write_bytes(b"".join(map(encode_command, argvs)))
    round.sent = round.acknowledged = 1
    yield
    round.start()
    round.write(1)


def write(round):
    round.start()
    round.write(1)
    yield
    round.write(3)


def first_log(round):
    """CONFIG SET appendonly yes: what was written before counts when the first rewrite has ended well."""
    round.start(appendonly="no")
    server = round.server
    round.write()
    server.config.set_all({"appendonly": "yes"})
    yield
    with locked(server):
        arguments = partial(locked, server), partial(locked_outside_scripts, server)
        server.aof_rewriting.switch_on(*arguments, in_transaction=False)
        job = server.rewrites.job
    job.thread.join()
    round.parameters["appendonly"] = "yes"
    if not server.rewrites.ok:
        round.rewrite()
    if server.rewrites.ok:  # else it was killed
        round.acknowledged = round.sent


def save(round):
    """Saves to an RDB file: all is there up to the last save that went well."""
    round.start(appendonly="no")
    _write_and_save(round)
    yield
    _write_and_save(round)


def _write_and_save(round):
    round.write(2)
    if execute(round.client, [b"SAVE"]) == b"+OK\r\n":
        round.acknowledged = round.sent


def background_save(round):
    round.start(appendonly="no")
    _write_and_save(round)
    yield
    round.write(2)
    with locked(round.server):
        assert round.server.rdb_saving.start(partial(locked, round.server))
        thread = round.server.saves.job.thread
    thread.join()
    if round.server.saves.ok:
        round.acknowledged = round.sent


JOBS = {
    job.__name__: job
    for job in (
        rewrite, second_rewrite, first_start, start, start_after_a_kill, upgrade, write, first_log,
        save, background_save,
    )
}  # fmt: skip


def run_round(job, policy, trouble, fails_at, seed=0):
    """Do the job while that call fails; returns whether there are so many."""
    chance = random.Random(f"{job} {policy} {trouble} {fails_at} {seed}")
    before = os.getcwd()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        disk = Disk(folder, trouble, fails_at)
        round = Round(folder, policy, chance.choice(["yes", "no"]))
        try:
            with disk.patched(), contextlib.suppress(Killed):
                _do(job, round, disk)
                _go_on(round, disk, chance)
            disk.is_dead = disk.is_armed = False
            abandoned = round.server
            round.start()
            round.check()
            round.write(1)
            round.close()
            if abandoned is not None:
                abandoned.aof_files.stop()
        finally:
            os.chdir(before)  # `dir` is where a server works
        return disk.has_failed


def _do(job, round, disk):
    steps = JOBS[job](round)
    next(steps)
    with contextlib.suppress(CannotLoad), disk.armed():
        next(steps, None)


def _go_on(round, disk, chance):
    if round.server is None or disk.is_dead:
        return  # it could not start: the next one must
    round.write()
    if round.parameters["appendonly"] == "yes" and not round.server.log.broken:
        disk.arm_again("kill", chance.randrange(60))
        with disk.armed():
            round.rewrite()
            round.write(1)


def walk(job, policy, trouble, seed=0, step=1, first=1):
    """Let each call fail in turn; returns how many there were.  AssertionError when something was lost."""
    fails_at = first
    while True:
        try:
            has_failed = run_round(job, policy, trouble, fails_at, seed)
        except BaseException:
            print(f"\n{job}, appendfsync {policy}: {trouble} at call {fails_at}, seed {seed}")
            raise
        if not has_failed:
            return fails_at - 1
        fails_at += step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--job", choices=JOBS, action="append")
    parser.add_argument("--trouble", choices=TROUBLES, action="append")
    parser.add_argument("--policy", choices=POLICIES, action="append")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for job in options.job or JOBS:
        for policy in options.policy or POLICIES:
            for trouble in options.trouble or TROUBLES:
                count = walk(job, policy, trouble, options.seed)
                print(f"{job}, {policy}, {trouble}: {count} calls, nothing lost")


if __name__ == "__main__":
    main()
