"""The commands that each command leaves in the log, compared with the real server's append-only file.

Both servers must log the same commands for each of the CONVERSATIONS.  Times are compared by their distance
from now, because the two servers run at different moments.
"""

import re
import time

import pytest
from harness import Client as NetworkClient
from harness import has_real_server, real_server, wait_until

from redis_clone import commands
from redis_clone.protocol.inline import split_words
from redis_clone.protocol.ops import BOTH
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

commands.load()

CONVERSATIONS = r"""
SET k 1 | INCRBYFLOAT k 1.5 | INCRBY k x | INCR n | APPEND k x | APPEND k '' | SETRANGE k 0 ''
    | SETRANGE k 5 z
SET k v | GETSET k 3 | GETDEL k | GETDEL k | SETNX k 1 | SETNX k 2 | MSET a 1 b 2 | MSETNX a 1 c 2
SET k v EX 100 | SET k v PX 90000 | SET k v EXAT 99999999999 | SET k v PXAT 99999999999000
    | SETEX k 100 v
PSETEX k 100000 v | SET k w KEEPTTL | SET k z NX | SET k z XX GET | SET k z EX 100 GET
    | SET q z NX EX 20
SET k v EX 100 | SET k v PXAT 5 | GET k | SET k v PXAT 5 | SET k v
SET k v | GETEX k | GETEX k EX 100 | GETEX k PXAT 99999999999000 | GETEX k PERSIST | GETEX k PERSIST
    | GETEX k PXAT 1
SET k v | EXPIRE k 100 | PEXPIRE k 100000 | EXPIREAT k 99999999999 | PEXPIREAT k 99999999999000
    | EXPIRE k 100 NX
SET k v EX 100 | PERSIST k | PERSIST k | EXPIRE k -1 | EXPIRE k 5
SADD s a b c | SADD s a | SREM s x | SREM s a x | SPOP s 10 | SPOP s | SADD s a | SPOP s | SADD s a
    | SPOP s 1
SADD a 1 2 | SADD b 2 3 | SUNIONSTORE c a b | SINTERSTORE c a b | SDIFFSTORE c a a | SDIFFSTORE c a a
SADD a 1 2 | SADD b 2 | SMOVE a b 1 | SMOVE a b 1 | SMOVE a b 2 | SMOVE b b 2
HSET h f 1 | HINCRBYFLOAT h f 1.25 | HINCRBY h g 2 | HSET h f 2 | HSET h f 2 | HSETNX h f 3 | HDEL h f
    | HDEL h no
RPUSH l a b c d e f | LMPOP 1 l LEFT | LMPOP 2 x l RIGHT COUNT 2 | BLPOP x l 0 | BRPOP l 0
    | BLMPOP 0 1 l LEFT COUNT 5
RPUSH l a b c d | BLMOVE l m LEFT RIGHT 0 | BRPOPLPUSH l m 0 | LMOVE l m LEFT LEFT | RPOPLPUSH l m
    | LPOP m 2 | LPOP m 0
RPUSH l a b c | LPUSHX no a | LTRIM l 0 -1 | LTRIM l 1 1 | LREM l 0 x | LINSERT l BEFORE q w
    | LSET l 0 5 | LSET l 0 5
RPUSH l 3 1 2 | SORT l | SORT l STORE d | SORT no STORE d | SORT no STORE d | LREM l 0 3 | RPUSHX l 5
    | LTRIM l 5 6
ZADD z 1 a 2 b 3 c 4 d 5 e 6 f | ZMPOP 1 z MIN | ZMPOP 2 x z MAX COUNT 2 | BZPOPMIN x z 0 | BZPOPMAX z 0
    | ZPOPMIN no
ZADD z 1 a | BZMPOP 0 1 z MIN COUNT 9 | ZADD z 1 a | ZADD z 1 a | ZINCRBY z 2 a | ZADD z INCR 0 a
    | ZINCRBY z 0 a
ZADD z 1 a | ZADD z XX 1 q | ZPOPMIN z | ZPOPMIN z | ZADD z 1 a 2 b | ZPOPMAX z 5
ZADD a 1 x 2 y | ZUNIONSTORE c 1 a | ZINTERSTORE c 1 no | ZINTERSTORE c 1 no | ZRANGESTORE c a 0 -1
    | ZRANGESTORE c a 5 6
ZADD a 1 x 2 y 3 z | ZDIFFSTORE c 1 a | ZREMRANGEBYRANK a 0 0 | ZREMRANGEBYRANK a 5 6 | ZREM a no
    | ZREM a y
ZADD a 1 x 2 y 3 z | ZREMRANGEBYSCORE a 0 1 | ZREMRANGEBYSCORE a 0 1 | ZREMRANGEBYLEX a - +
PFADD h a b | PFADD h a | PFCOUNT h | PFCOUNT h | PFMERGE d h | PFMERGE d h | PFCOUNT d | PFCOUNT d h
    | PFADD e | PFADD e
SETBIT b 7 1 | SETBIT b 7 1 | BITFIELD b SET u8 0 255 | BITFIELD b GET u8 0 | BITFIELD b SET u8 0 255
SETBIT b 7 1 | BITFIELD b INCRBY u8 0 0 | BITFIELD b OVERFLOW FAIL INCRBY u8 0 1 | BITOP AND d b
    | BITOP AND d no
BITOP AND d no | BITFIELD new SET u8 0 0 | SETBIT other 9 0
GEOADD g 1 1 a | GEOADD g 1 1 a | GEOADD g CH NX 1 2 a | GEOADD g XX 1 2 a 2 2 b | GEORADIUS g 1 1 10 km
GEOADD g 1 1 a | GEORADIUS g 1 1 1000 km STORE d | GEORADIUS g 50 50 1 km STORE d
    | GEORADIUSBYMEMBER g a 10 km STOREDIST e
GEOADD g 1 1 a | GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1000 km
    | GEOSEARCHSTORE d g FROMLONLAT 50 50 BYRADIUS 1 km
SET a 1 | RENAME a b | RENAME b b | RENAMENX b c | RENAMENX c c | DEL a b c | DEL a | UNLINK a | SET a 1
    | UNLINK a
SET a 1 | FLUSHDB | FLUSHALL | SWAPDB 0 1 | SET a 1 | FLUSHDB ASYNC | FLUSHALL SYNC
SET a 1 | SET b 2 | MOVE b 3 | MOVE b 3 | COPY a b | COPY a c DB 3 | COPY a c DB 3
    | COPY a c DB 3 REPLACE | COPY no c
MULTI | SET a 1 | EXEC | MULTI | SET a 1 | SET b 1 | GET a | EXEC | MULTI | GET a | EXEC
MULTI | INCRBYFLOAT k 1 | SET a b EX 20 | EXPIRE a 40 | SADD s x | SPOP s | INCR a | EXEC
MULTI | SADD s x | BLPOP no 0 | SPOP s 1 | DISCARD | SET a 1
MSET a 1 b 2 c 3 | PEXPIREAT a @soon | PEXPIREAT b @soon | PEXPIREAT c @soon | sleep | MGET a b
    | SET c 5
MSET a 1 b 2 | PEXPIREAT a @soon | PEXPIREAT b @soon | sleep | MULTI | GET a | INCR b | EXEC
SADD a 1 | PEXPIREAT a @soon | sleep | SPOP a | ZADD z XX 1 a
XADD s 1 a 1 | XADD s 2-* a 1 | XADD s NOMKSTREAM 5-5 c 3 | XADD no NOMKSTREAM * a 1 | XADD s * a 1
    | XADD s 1 a 1
XADD s 1 a 1 | XADD s MAXLEN ~ 1 2 q w | XADD s MAXLEN 2 3-* q w | XADD s MAXLEN = 2 4-1 q w
XADD s 1 a 1 | XADD s MINID ~ 4 5 q w | XTRIM s MINID ~ 9
XADD s 1 a 1 | XADD s 2 a 1 | XADD s MINID 2 3-* q w | XTRIM s MAXLEN ~ 1 | XTRIM s MAXLEN 2
    | XTRIM s MAXLEN 2
XADD s 1 a 1 | XTRIM s MINID 9 | XTRIM s MAXLEN 0 | XDEL s 5 | XADD s 9 a b | XDEL s 9 8 | XSETID s 10
    | XSETID s 10
XADD s 9 a b | XSETID s 11 ENTRIESADDED 20 MAXDELETEDID 9-0
XADD s 1 a 1 | XGROUP CREATE s g $ | XGROUP CREATE new g 0 MKSTREAM ENTRIESREAD 5
    | XGROUP CREATECONSUMER s g c
XADD s 1 a 1 | XGROUP CREATE s g 0 | XGROUP CREATECONSUMER s g c | XGROUP CREATECONSUMER s g c
    | XGROUP SETID s g 0
XADD s 1 a 1 | XGROUP CREATE s g 0 | XGROUP SETID s g $ ENTRIESREAD 1 | XGROUP CREATECONSUMER s g c
    | XGROUP DELCONSUMER s g c
XGROUP CREATE s g 0 MKSTREAM | XGROUP DELCONSUMER s g c | XGROUP DESTROY s g | XGROUP DESTROY s g
XADD s 1 a 1 | XADD s 2 a 2 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c NOACK COUNT 1 STREAMS s >
    | XREADGROUP GROUP g c NOACK STREAMS s > | XREADGROUP GROUP g c NOACK STREAMS s >
XADD s 1 a 1 | XADD s 2 a 2 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s >
    | XREADGROUP GROUP g c STREAMS s 0 | XACK s g 1 | XACK s g 1
XADD s 1 a 1 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s > | XREADGROUP GROUP g c STREAMS s >
    | SET not-lost 1 | DEBUG POPULATE 0 | SET nor-this 1 | XREADGROUP GROUP g c STREAMS s > | MULTI | SET k 1
    | XREADGROUP GROUP g c STREAMS s > | SET k 2 | EXEC
XADD s 1 a 1 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s > | XCLAIM s g d 0 1-0 9-0
    | XCLAIM s g d 1000000 1-0 | XCLAIM s g d 0 1-0 JUSTID
XADD s 1 a 1 | XGROUP CREATE s g 0 | XCLAIM s g e 0 1-0 FORCE RETRYCOUNT 7 TIME 5
    | XCLAIM s g e 0 1-0 LASTID 50 | XDEL s 1 | XCLAIM s g e 0 1-0
XADD s 1 a 1 | XGROUP CREATE s g 0 | XGROUP CREATECONSUMER s g e | XCLAIM s g e 100000000 7-0 LASTID 60
XADD s 1 a 1 | XADD s 2 a 2 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s > | XDEL s 1
    | XAUTOCLAIM s g d 0 0 | XAUTOCLAIM s g d 0 0 JUSTID COUNT 1 | XAUTOCLAIM s g c 100000000 0
"""


class Ours:
    """Our server without a socket, and all that it would log."""

    def __init__(self):
        self.server = Server()
        self.server.config.set_all({"save": ""})  # or a FLUSHALL would write a file
        self.client = Client(self.server)
        self.log = []
        self.server.propagation.listen(lambda ops: self.log.extend(list(argv) for _, argv, _ in ops), BOTH)

    def __call__(self, line):
        execute(self.client, split_words(line.encode()))

    def new_commands(self):
        taken, self.log = self.log, []
        return taken


class Real:
    """The real server, and the commands that it appends to its file."""

    def __init__(self, folder, address):
        self.client = NetworkClient(address)
        self.file = next(folder.glob("appendonlydir/*.incr.aof")).open("rb")
        self("DEBUG SET-ACTIVE-EXPIRE 0")

    def __call__(self, line):
        self.client(line)

    def new_commands(self):
        stream = Stream(self.file.read)
        found = []
        while (argv := read_command(stream)) is not None:
            if argv[0].upper() != b"SELECT":
                found.append(argv)
        return found


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not has_real_server():
        pytest.skip("needs redis-server")
    folder = tmp_path_factory.mktemp("logged")
    with real_server(folder, "--appendonly", "yes", "--appendfsync", "always") as address:
        wait_until(lambda: list(folder.glob("appendonlydir/*.incr.aof")))
        real = Real(folder, address)
        yield real
        real.client.close()
        real.file.close()


def logged(server, conversation):
    """The commands that a server logs for a conversation that begins without keys."""
    server("FLUSHALL")
    server.new_commands()
    start_ms = now_ms()
    soon_ms, before, after = start_ms + 30, *in_two(conversation)
    for line in before:
        server(line.replace("@soon", str(soon_ms)))
    if after and now_ms() >= soon_ms:
        return logged(server, conversation)  # we were too slow: soon has come too soon
    wait_until(lambda: not after or now_ms() > soon_ms)
    for line in after:
        server(line)
    return [comparable(argv, start_ms) for argv in server.new_commands()]


def in_two(conversation):
    """The lines before the sleep, and those after it."""
    lines = re.split(r"\s+\|\s+", conversation)
    at = lines.index("sleep") if "sleep" in lines else len(lines)
    return lines[:at], lines[at + 1 :]


def now_ms():
    return time.time_ns() // 1_000_000


def comparable(argv, start_ms):
    """A command with its name in capitals, and times of these days as about so many seconds from now."""

    def from_now(found):
        seconds = (int(found[0]) - start_ms) / 1000
        return f"now+{round(seconds / 50) * 50}s" if abs(seconds) < 1000 else found[0]

    name, *rest = [word.decode("latin-1") for word in argv]
    return [name.upper(), *[re.sub(r"\d{13,}", from_now, word) for word in rest]]


def without_reading(commands):
    """Without the commands by which 7.2 logs how far a group has read; 7.0 logs them only after NOACK."""
    is_noise = [argv[:2] == ["XGROUP", "SETID"] and "ENTRIESREAD" in argv for argv in commands]
    return [argv for argv, noise in zip(commands, is_noise, strict=True) if not noise and len(argv) > 1]


@pytest.mark.parametrize("conversation", re.split(r"\n(?! )", CONVERSATIONS.strip()))
def test_both_servers_log_the_same_commands(real, conversation):
    ours, theirs = logged(Ours(), conversation), logged(real, conversation)
    if "XREADGROUP" in conversation and "NOACK" not in conversation:
        ours, theirs = without_reading(ours), without_reading(theirs)
    assert ours == theirs


def test_a_group_that_reads_is_logged_with_how_far_it_has_read():
    conversation = "XADD s 1 a 1 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s >"
    delivered = "XCLAIM s g c 0 1-0 TIME now+0s RETRYCOUNT 1 FORCE JUSTID LASTID 1-0"
    read = "XGROUP SETID s g 1-0 ENTRIESREAD 1"
    log = [" ".join(argv) for argv in logged(Ours(), conversation)]
    assert log[2:] == ["MULTI", delivered, read, "EXEC"]


def test_a_consumer_that_found_nothing_is_logged():  # 7.0 does not even make it
    conversation = "XGROUP CREATE s g 0 MKSTREAM | XREADGROUP GROUP g c STREAMS s > | XAUTOCLAIM s g d 0 0"
    log = [" ".join(argv) for argv in logged(Ours(), conversation)]
    assert log[1:] == ["XGROUP CREATECONSUMER s g c", "XGROUP CREATECONSUMER s g d"]


def test_members_that_were_popped_together_are_removed_together():  # as in 7.2; in 7.0 one by one
    members = " ".join(str(number) for number in range(3000))
    log = logged(Ours(), f"SADD s {members} | SPOP s 1500")
    assert [len(argv) for argv in log[1:]] == [1, 2 + 1024, 2 + 476, 1]


@pytest.mark.parametrize("ttl", ["0", "50000", "99999999999000 ABSTTL", "5 ABSTTL"])
def test_a_restored_key_is_logged_with_the_time_it_expires_at(real, ttl):
    amount, _, option = ttl.partition(" ")
    payload = r'"\x00\x05hello\n\x00cr\xdfve4 \n"'
    again = f"RESTORE r {amount} {payload} {option}"
    conversation = f"RESTORE r 0 {payload} | {again} REPLACE | DEL r | {again}"
    assert logged(Ours(), conversation) == logged(real, conversation)


def test_the_command_of_a_blocked_client_is_logged_as_a_transaction_of_its_own():
    ours = Ours()
    for line in ("BLMOVE in out LEFT LEFT 0", "BLPOP out 0"):
        execute(Client(ours.server), line.encode().split())
    ours("MULTI")
    ours("RPUSH in a")
    ours("SET k v")
    ours("EXEC")
    log = [b" ".join(argv).decode() for argv in ours.new_commands()]
    assert log == ["MULTI", "RPUSH in a", "SET k v", "EXEC", "LMOVE in out LEFT LEFT", "LPOP out"]
