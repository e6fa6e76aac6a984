"""Commands alike that stand together in a pipeline, as they mostly do: what is the same for all is done once.

    perform_alike     of a pipeline in which all are
      _perform_batch    as many as can be done at once (commands/batches.py)
    perform_row       the others, or those of a mixed pipeline, one by one

They are plain commands, and nobody hears of what they do but the log (turns.py has asked).  The caller holds
the lock.
"""

from collections.abc import Callable, Sequence
from time import perf_counter_ns

from redis_clone.dispatch import count_error, note_slow
from redis_clone.errors import RedisError
from redis_clone.protocol.bursts import Alike, Burst, Words
from redis_clone.protocol.replies import ENCODERS, OK, OK_LINE, Reply, encode, encode_all
from redis_clone.registry import Command
from redis_clone.state import Client

LONG_NS = 100_000  # of commands alike that are performed, and counted, together
BATCH = 64  # commands at most that are performed at once


def perform_alike(client: Client, command: Command, commands: Alike, replies: bytearray) -> int:
    """Perform one at least, off the front; returns when the last of them ended, by perf_counter_ns()."""
    if command.batch is not None and commands.width == command.batch_takes:
        ended_ns = _perform_batch(client, command, commands, replies)
        if ended_ns:
            return ended_ns
    return perform_row(client, command, commands, replies)


def _perform_batch(client: Client, command: Command, commands: Alike, replies: bytearray) -> int:
    """Perform as many as can be done at once; 0 when that is none.

    With a bug, the first of them is gone, and an error is the answer to that one.
    """
    server = client.server
    if server.slow_ns < LONG_NS:
        return 0  # it is to be seen how long each takes
    begun_ns = perf_counter_ns()
    done: Sequence[Reply] = (None,)
    try:
        done = command.batch(client, *commands.columns(BATCH))  # type: ignore[misc]
    except RedisError:
        done = ()  # whose it is will be seen one by one
    finally:
        if done:
            _take_off(client, commands, len(done))
    if not done:
        return 0
    replies += encode_all(done, client.protocol)
    now_ns = perf_counter_ns()
    server.command_stats.note_together(command, now_ns - begun_ns, len(done))
    return now_ns


def _take_off(client: Client, commands: Alike, count: int) -> None:
    """So many were performed."""
    server = client.server
    if server.propagation.is_on and server.changes:
        server.propagation.share_out(server.changes, count)
        note_changes(client, commands.take(count), commands)
    else:
        commands.skip(count)
        note_changes(client, [], commands)


def perform_row(client: Client, command: Command, commands: Burst, replies: bytearray) -> int:
    """Perform the first, and those behind it with its name and as many words; returns when it ended.

    What perform_plain() does for one command stands here once more, so that what is the same for all of them
    is done once: their row of the table is looked up, the clock is read where one ends and the next begins,
    and they are counted together, each with its share of the time.  Once they have taken long no more are
    begun, and if that was for the last one alone, it is counted for itself.
    """
    server, protocol, changes = client.server, client.protocol, client.server.changes
    function: Callable[..., Reply] = command.function  # type: ignore[assignment]
    name, count, encoder_of = commands[0][0], len(commands[0]), ENCODERS.get
    note_end = server.propagation.ends.append if server.propagation.is_on else None
    begun = ended = 0  # they differ when one has a bug
    begun_ns = last_ns = now_ns = perf_counter_ns()
    long_ns = begun_ns + min(LONG_NS, server.slow_ns)
    try:
        for argv in commands:
            if argv[0] != name or len(argv) != count:
                break
            begun += 1
            try:
                if count == 3:  # spelled out, for a star takes a twelfth of a GET
                    reply = function(client, argv[1], argv[2])
                elif count == 2:
                    reply = function(client, argv[1])
                elif count == 4:
                    reply = function(client, argv[1], argv[2], argv[3])
                else:
                    reply = function(client, *argv[1:])
            except RedisError as error:
                reply = count_error(server, command, error)
            replies += OK_LINE if reply is OK else encoder_of(type(reply), encode)(reply, protocol)
            ended += 1
            if note_end:
                note_end(len(changes))
            last_ns, now_ns = now_ns, perf_counter_ns()
            if now_ns >= long_ns:
                break
    finally:
        performed = commands.take(begun)
        if changes or note_end:
            note_changes(client, performed, commands)
        if ended:
            _note_times(client, command, performed, ended, last_ns - begun_ns, now_ns - last_ns)
    return now_ns


def note_changes(client: Client, done: Words, commands: Burst) -> None:
    """What was changed is counted, and if there is a log it is told."""
    server = client.server
    if server.propagation.is_on:
        server.propagation.note_all(server.changes, client.db.index, done, commands)
    server.stats.changes += len(server.changes)
    server.changes.clear()


def _note_times(
    client: Client, command: Command, done: Words, count: int, rest_ns: int, last_ns: int
) -> None:
    """The last of the first `count` took `last_ns`, all before it `rest_ns` together."""
    server = client.server
    if last_ns < LONG_NS and last_ns < server.slow_ns:
        server.command_stats.note_together(command, rest_ns + last_ns, count)
        return
    if count > 1:
        server.command_stats.note_together(command, rest_ns, count - 1)
    server.command_stats.note(command, last_ns)
    if last_ns >= server.slow_ns:
        note_slow(client, command, done[count - 1], last_ns)
