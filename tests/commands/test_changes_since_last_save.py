"""rdb_changes_since_last_save: what each command counts for, as Redis adds it to `server.dirty`."""

import shlex

import pytest
from harness import ours_alone, wait_until
from tables import for_each

SETUP = """\
SELECT 0
SET s string
SET n 10
SET t withttl EX 1000
RPUSH l x y x y
RPUSH l2 one
SADD set a b c
SADD set2 b c d
HSET h f 1 g 2 i 3
ZADD z 1 a 2 b 3 c
ZADD z2 1 a 9 q
GEOADD geo 10 10 p 11 11 q
PFADD hll a b
XADD x 1-1 f v
XADD x 2-1 f v
XADD x 3-1 f v
XGROUP CREATE x g 0
XGROUP CREATE x all $
XGROUP CREATECONSUMER x g c2
XREADGROUP GROUP g c COUNT 2 STREAMS x >
DEBUG SET-ACTIVE-EXPIRE 0
SET due v PXAT 1
"""

# How many changes the command is, after SETUP.
COUNTED = """\
 1 SET k v
 0 SET s v NX
 1 SET k v EX 100
 1 SET k v GET
 1 SET k v PXAT 1
 1 SET k v KEEPTTL
 1 SETNX new v
 0 SETNX s v
 1 SETEX k 10 v
 1 PSETEX k 10000 v
 1 GETSET s v
 1 GETDEL s
 0 GETDEL missing
 1 GETEX s EX 100
 0 GETEX s PERSIST
 1 GETEX t PERSIST
 1 GETEX s EXAT 1
 3 MSET a 1 b 2 c 3
 2 MSETNX a 1 b 2
 0 MSETNX s 1 b 2
 1 APPEND s abc
 1 APPEND s ''
 1 SETRANGE s 1 abc
 0 SETRANGE s 1 ''
 1 INCR n
 1 DECR n
 1 INCRBY n 5
 1 DECRBY n 5
 1 INCRBY n 0
 1 INCRBYFLOAT n 1.5
 0 SETBIT s 1 1
 0 SETBIT s 0 0
 2 BITFIELD s SET u8 0 1 SET u8 8 2
 1 BITFIELD s SET u8 0 1
 0 BITFIELD s INCRBY u8 0 0
 3 BITFIELD s INCRBY u8 0 1 INCRBY u8 8 1 INCRBY u8 16 1
 0 BITFIELD new OVERFLOW FAIL INCRBY u8 0 300
 1 BITOP AND d s s
 0 BITOP AND d missing
 1 BITOP AND s missing
 1 PFADD hll a b c
 1 PFADD hll x
 0 PFADD hll
 1 PFADD newhll
 2 PFADD newhll a
 4 PFADD newhll a b c a
 2 PFADD hll a x y
 1 PFCOUNT hll
 1 PFMERGE hll2 hll
 1 PFMERGE hll
 1 PFDEBUG TODENSE hll
 1 PFDEBUG GETREG hll
 1 DEL s
 3 DEL s n l missing
 0 DEL missing
 2 UNLINK s n
 1 EXPIRE s 100
 1 EXPIRE s -1
 0 EXPIRE missing 1
 0 EXPIRE s 100 XX
 1 PEXPIRE s 100000
 1 EXPIREAT s 99999999999
 1 PEXPIREAT s 1
 1 PERSIST t
 0 PERSIST s
 1 RENAME s s2
 1 RENAME s n
 0 RENAME s s
 1 RENAMENX s s3
 0 RENAMENX s n
 1 COPY s s4
 0 COPY s n
 1 COPY s n REPLACE
 1 COPY t t2
 1 COPY s s DB 1
 1 MOVE s 1
 0 MOVE missing 1
 1 SWAPDB 0 1
 1 SWAPDB 0 0
 0 TOUCH s
 1 RESTORE r 0 DUMPED
 1 RESTORE s 0 DUMPED REPLACE
 1 RESTORE r 1000 DUMPED
 0 RESTORE r 1 DUMPED ABSTTL
 1 RESTORE s 1 DUMPED ABSTTL REPLACE
 4 SORT l ALPHA STORE d
 0 SORT missing STORE d
 1 SORT missing STORE s
 0 SORT l
 6 RPUSH l a b c d e f
 2 RPUSH newl a b
 2 LPUSH l a b
 2 LPUSHX l a b
 0 RPUSHX missing a
 1 LPOP l
 2 LPOP l 2
 4 LPOP l 100
 0 RPOP l 0
 3 RPOP l 3
 2 LMPOP 1 l LEFT COUNT 2
 4 LMPOP 2 missing l RIGHT COUNT 10
 1 BLPOP l 0
 1 BRPOP l 0
 2 BLMPOP 0 1 l LEFT COUNT 2
 1 LMOVE l l2 LEFT RIGHT
 1 LMOVE l l LEFT RIGHT
 1 BLMOVE l l2 LEFT RIGHT 0
 1 RPOPLPUSH l l2
 1 BRPOPLPUSH l l2 0
 2 LREM l 0 y
 0 LREM l 0 nothing
 1 LREM l 1 y
 1 LSET l 0 z
 1 LINSERT l BEFORE x new
 0 LINSERT l BEFORE nothing new
 2 LTRIM l 1 2
 0 LTRIM l 0 -1
 4 LTRIM l 5 1
 4 LTRIM l 100 200
 0 LTRIM missing 0 1
 3 SADD set a b c x y z
 0 SADD set a
 2 SREM set a b nothing
 3 SREM set a b c
 0 SREM set nothing
 2 SMOVE set set2 a
 2 SMOVE set set3 a
 0 SMOVE set set2 d
 0 SMOVE set set a
 0 SMOVE set set2 nothing
 1 SPOP set
 2 SPOP set 2
 3 SPOP set 3
 3 SPOP set 100
 0 SPOP set 0
 0 SPOP missing
 1 SINTERSTORE d set set2
 0 SINTERSTORE d set missing
 1 SINTERSTORE s set missing
 1 SUNIONSTORE d set set2
 1 SDIFFSTORE d set set2
 1 SDIFFSTORE s set set
 3 HSET h f 1 g 2 new 3
 1 HSET h f 1
 2 HMSET h f 1 g 2
 0 HSETNX h f 1
 1 HSETNX h new 1
 2 HDEL h f g nothing
 1 HDEL h f
 3 HDEL h f g i
 0 HDEL h nothing
 1 HINCRBY h i 1
 1 HINCRBY h i 0
 1 HINCRBYFLOAT h i 1.5
 1 ZADD z 1 a 2 b 3 new
 0 ZADD z 1 a
 2 ZADD z CH 5 a 6 b
 2 ZADD z 5 a 6 b
 0 ZADD z XX 1 new
 1 ZADD z INCR 1 a
 0 ZADD z INCR 0 a
 0 ZADD z NX 9 a
 0 ZADD z GT 0 a
 1 ZINCRBY z 1 a
 0 ZINCRBY z 0 a
 2 ZREM z a b nothing
 3 ZREM z a b c
 0 ZREM z nothing
 2 ZREMRANGEBYRANK z 0 1
 1 ZREMRANGEBYSCORE z 0 1.5
 0 ZREMRANGEBYSCORE z 100 200
 3 ZREMRANGEBYLEX z - +
 1 ZPOPMIN z
 2 ZPOPMIN z 2
 3 ZPOPMAX z 100
 0 ZPOPMAX z 0
 2 ZMPOP 1 z MIN COUNT 2
 1 BZPOPMIN z 0
 1 BZPOPMAX z 0
 2 BZMPOP 0 1 z MIN COUNT 2
 1 ZRANGESTORE d z 0 -1
 0 ZRANGESTORE d z 5 1
 1 ZRANGESTORE s z 5 1
 1 ZUNIONSTORE d 2 z z2
 1 ZINTERSTORE d 2 z z2
 0 ZINTERSTORE d 2 z missing
 1 ZINTERSTORE s 2 z missing
 1 ZDIFFSTORE d 2 z z2
 1 ZDIFFSTORE s 2 z z
 2 GEOADD geo 1 1 a 2 2 b
 0 GEOADD geo 10 10 p
 1 GEOADD geo XX CH 11 11 p
 2 GEOSEARCHSTORE d geo FROMLONLAT 10 10 BYRADIUS 5000 km
 0 GEOSEARCHSTORE d geo FROMLONLAT 100 10 BYRADIUS 1 km
 1 GEOSEARCHSTORE s geo FROMLONLAT 100 10 BYRADIUS 1 km
 2 GEORADIUS geo 10 10 5000 km STORE d
 1 GEORADIUS geo 100 10 1 km STORE s
 1 XADD x * f v
 1 XADD x MAXLEN 2 * f v
 1 XADD x NOMKSTREAM * f v
 2 XDEL x 1-1 2-1 9-9
 0 XDEL x 9-9
 2 XTRIM x MAXLEN 1
 0 XTRIM x MAXLEN 100
 1 XSETID x 100-1
 1 XGROUP CREATE x newg $
 1 XGROUP CREATE newx newg $ MKSTREAM
 1 XGROUP CREATECONSUMER x g newc
 0 XGROUP CREATECONSUMER x g c
 1 XGROUP DELCONSUMER x g c
 0 XGROUP DELCONSUMER x g nothing
 1 XGROUP DESTROY x g
 0 XGROUP DESTROY x nothing
 1 XGROUP SETID x g 0
 1 XREADGROUP GROUP g c STREAMS x >
 1 XREADGROUP GROUP g c COUNT 1 STREAMS x >
 2 XREADGROUP GROUP g newc STREAMS x >
 1 XREADGROUP GROUP g c NOACK STREAMS x >
 1 XREADGROUP GROUP g c STREAMS x 0
 2 XREADGROUP GROUP g newc STREAMS x 0
 1 XACK x g 1-1
 2 XACK x g 1-1 2-1
 0 XACK x g 9-9
 1 XCLAIM x g c2 0 1-1
 2 XCLAIM x g c2 0 1-1 2-1
 1 XCLAIM x g c2 0 1-1 JUSTID
 0 XCLAIM x g c2 0 9-9
 0 XCLAIM x g c2 0 9-9 FORCE
 0 XCLAIM x g c2 100000000 1-1
 2 XAUTOCLAIM x g c2 0 0
 0 XAUTOCLAIM x g c2 100000000 0
 2 XAUTOCLAIM x g c2 0 0 JUSTID
14 FLUSHDB
14 FLUSHALL
14 FLUSHDB ASYNC
 4 EVAL "redis.call('set','a',1) redis.call('rpush','q',1,2,3)" 0
 0 EVAL "return 1" 0
 0 GET due
 0 EXISTS due
 0 DEL due
 1 SET due x
 0 EXPIRE due 10
 0 RENAME due z9
 1 RPUSH due x
"""
ROWS = [line.strip().split(" ", 1) for line in COUNTED.splitlines()]


def changes(redis):
    [line] = [line for line in redis("INFO persistence").split(b"\r\n") if b"rdb_changes" in line]
    return int(line.partition(b":")[2])


def fill(redis):
    """Make keys of all types, and one that has expired and is still there."""
    lines = SETUP.splitlines()
    for line in lines:
        redis.send(line)
    for _ in lines:
        redis.read()


@pytest.fixture
def filled(redis, lazy):
    fill(redis)
    return redis


@pytest.fixture
def lazy(redis):
    """Restores the active expiry, which `fill` switches off."""
    yield
    redis("DEBUG SET-ACTIVE-EXPIRE 1")


@for_each("count, line", ROWS)
def test_a_command_counts_for_the_elements_that_it_changes(redis, lazy, count, line):
    redis("SET dumped restored")
    dumped = redis("DUMP dumped")
    redis("DEL dumped")
    fill(redis)
    before = changes(redis)
    name, *words = shlex.split(line)
    arguments = [dumped if word == "DUMPED" else word for word in words]
    redis(name, *arguments) if arguments else redis(name)
    assert changes(redis) - before == int(count)


@ours_alone  # in 7.0 the consumer is made only when there is an entry for it
def test_a_consumer_that_finds_nothing_is_a_change_too(filled):
    before = changes(filled)
    filled("XREADGROUP GROUP all newc STREAMS x >")
    assert changes(filled) - before == 1


def test_functions_count(redis):
    code = "#!lua name=counted\nredis.register_function('counted_f', function() return 1 end)"
    before = changes(redis)
    redis("FUNCTION", "LOAD", code), redis("FUNCTION DELETE counted")
    assert changes(redis) - before == 2


def test_expired_and_evicted_keys_do_not_count(redis):
    for number in range(10):
        redis(f"SET key:{number} v PX 1")
    before = changes(redis)
    wait_until(lambda: redis("DBSIZE") == 0)
    assert changes(redis) == before
    for number in range(100):
        redis(f"SET key:{number} v")
    before = changes(redis)
    redis("CONFIG SET maxmemory-policy allkeys-random maxmemory 1")
    wait_until(lambda: redis("DBSIZE") == 0)
    redis("CONFIG SET maxmemory 0 maxmemory-policy noeviction")
    assert changes(redis) == before


def test_nothing_is_left_to_save_after_a_save_and_after_flushall_that_saved(redis):
    redis("SET k v"), redis("SAVE")
    assert changes(redis) == 0
    redis("SET k v"), redis("DEBUG RELOAD")
    assert changes(redis) == 0
    redis("CONFIG SET save '3600 1000'")
    try:
        redis("SET other v"), redis("FLUSHDB"), redis("SET k v")
        assert changes(redis) == 4
        redis("FLUSHALL")
        assert changes(redis) == 0
    finally:
        redis("CONFIG SET save ''")


def test_config_resetstat_leaves_the_changes(redis):
    redis("SET k v")
    before = changes(redis)
    redis("CONFIG RESETSTAT")
    assert changes(redis) == before > 0
