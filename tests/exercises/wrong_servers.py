"""For each stage a wrong server: ours, with one command or function spoiled.

    python tests/exercises/wrong_servers.py STAGE --port 7000     runs the one for a stage

The stages before FLUSHALL have theirs in naive_server.py.  A row is a stage, what is spoiled (a command,
or module:attribute), and how: a function from the right function to the wrong one.
"""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone import commands
from redis_clone.command_table.registry import lookup
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import NULL_ARRAY, OK, SimpleString


def says(reply):
    """Does nothing, and answers this."""
    return lambda right: lambda client, *words: reply


def changed(change):
    """Does it, and answers something else."""
    return lambda right: lambda *words: change(right(*words))


def as_(name):
    """Does what another command does."""
    return lambda right: lambda client, *words: lookup([name.encode()]).function(client, *words)


def forgives(reply):
    """Answers this where an error belongs."""

    def spoil(right):
        def wrong(client, *words):
            try:
                came = right(client, *words)
            except RedisError:
                return reply
            return reply if isinstance(came, RedisError) else came

        return wrong

    return spoil


def without(option, count=1):
    """Does not know an option, and the words that belong to it."""

    def spoil(right):
        def wrong(client, *words):
            names = [word.upper() for word in words]
            at = names.index(option) if option in names else len(words)
            return right(client, *words[:at], *words[at + count :])

        return wrong

    return spoil


def with_(old, new):
    """Takes one word for another."""
    return lambda right: (
        lambda client, *words: right(client, *[new if word == old else word for word in words])
    )


def unsigned(right):
    """Takes -3 for 3."""
    return lambda client, key, *words: right(client, key, *[word.lstrip(b"-") for word in words])


def unrecorded(right):
    """Does it, and tells neither the log nor the replicas."""

    def wrong(client, *words):
        reply = right(client, *words)
        client.server.changes.clear()
        return reply

    return wrong


def always_anew(right):
    """Asks for all data, whatever is there."""
    anew = ["PSYNC", "?", "-1"]
    return lambda self, *said: right(self, *[anew if words[0] == "PSYNC" else words for words in said])


def once(reply):
    """Does it the first time, and then only says so."""

    def spoil(right):
        calls = []

        def wrong(client, *words):
            calls.append(words)
            return right(client, *words) if len(calls) == 1 else reply

        return wrong

    return spoil


def impatient(right):
    """Waits for a millisecond, and then gives up."""
    return lambda client, *words: right(client, *words[:-1], b"0.001")


def never_off(right):
    return lambda client, switch, *words: OK if switch.upper() == b"OFF" else right(client, switch, *words)


ONE_MORE = changed(lambda number: number + 1)
REVERSED = changed(lambda items: list(items)[::-1])

WRONG = {
    "incr": ("INCR", ONE_MORE),
    "incr-of-no-number": ("INCR", forgives(1)),
    "incrby-and-decr": ("DECRBY", as_("INCRBY")),
    "overflow": ("INCR", forgives(0)),
    "append-and-strlen": ("STRLEN", ONE_MORE),
    "mset-and-mget": ("MGET", REVERSED),
    "set-nx-and-xx": ("SET", without(b"NX")),
    "syntax-errors": ("SET", forgives(OK)),
    "set-get-and-getdel": ("GETDEL", as_("GET")),
    "getrange": ("GETRANGE", changed(lambda part: part[:-1])),
    "setrange": ("SETRANGE", ONE_MORE),
    "incrbyfloat": ("INCRBYFLOAT", changed(lambda text: bytes(text) + b"0")),
    "del-and-exists": ("EXISTS", changed(lambda count: min(count, 1))),
    "type": ("TYPE", says(SimpleString("none"))),
    "dbsize": ("DBSIZE", ONE_MORE),
    "keys": ("KEYS", lambda right: lambda client, pattern: right(client, b"*")),
    "rename": ("RENAMENX", as_("RENAME")),
    "copy": ("COPY", without(b"REPLACE")),
    "select": ("SELECT", says(OK)),
    "move": ("MOVE", says(1)),
    "scan": ("SCAN", changed(lambda reply: [b"0", reply[1][:3]])),
    "scan-match": ("SCAN", without(b"MATCH", 2)),
    "randomkey": ("RANDOMKEY", says(b"nothing")),
    "client-id-and-name": ("CLIENT|ID", says(1)),
    "client-list": ("CLIENT|LIST", says(b"")),
    "config": ("CONFIG|SET", says(OK)),
    "info": ("INFO", says(b"")),
    "rpush-and-lrange": ("LRANGE", changed(lambda items: items[:-1])),
    "lpush": ("LPUSH", as_("RPUSH")),
    "wrong-type": ("RPUSH", forgives(0)),
    "pop": ("RPOP", as_("LPOP")),
    "lindex-and-lset": ("LSET", says(OK)),
    "lrem": ("LREM", unsigned),
    "ltrim": ("LTRIM", says(OK)),
    "linsert": ("LINSERT", with_(b"AFTER", b"BEFORE")),
    "lmove": ("LMOVE", with_(b"RIGHT", b"LEFT")),
    "lpos": ("LPOS", without(b"RANK", 2)),
    "hset-and-hget": ("HSET", ONE_MORE),
    "hgetall": ("HLEN", ONE_MORE),
    "hdel": ("HEXISTS", says(1)),
    "hmget": ("HMGET", REVERSED),
    "hincrby": ("HINCRBY", ONE_MORE),
    "hscan": ("HSCAN", without(b"MATCH", 2)),
    "hrandfield": ("HRANDFIELD", unsigned),
    "sadd": ("SADD", ONE_MORE),
    "sismember-and-srem": ("SISMEMBER", says(1)),
    "sinter-sunion-sdiff": ("SDIFF", as_("SUNION")),
    "sinterstore": ("SINTERSTORE", as_("SUNIONSTORE")),
    "smove": ("SMOVE", says(1)),
    "spop-and-srandmember": ("SRANDMEMBER", as_("SPOP")),
    "sintercard": ("SINTERCARD", without(b"LIMIT", 2)),
    "sort": ("SORT", without(b"DESC")),
    "expire-and-ttl": ("TTL", says(-1)),
    "a-key-expires": ("SET", without(b"PX", 2)),
    "set-ex": ("SET", without(b"EX", 2)),
    "what-keeps-the-end": ("SET", without(b"KEEPTTL")),
    "persist": ("PERSIST", says(1)),
    "expire-in-the-past": ("EXPIRE", says(1)),
    "expire-gt-and-lt": ("EXPIRE", without(b"GT")),
    "getex": ("GETEX", lambda right: lambda client, key, *options: right(client, key)),
    "active-expiry": ("redis_clone.server.cron:_expire", lambda right: lambda server: False),
    "expiretime": ("EXPIRETIME", ONE_MORE),
    "multi-and-exec": ("SET", says(OK)),
    "discard": ("DISCARD", as_("EXEC")),
    "exec-without-multi": ("MULTI", forgives(OK)),
    "execabort": ("EXEC", forgives([])),
    "no-rollback": ("APPEND", says(7)),
    "watch": ("WATCH", says(OK)),
    "watch-in-peace": ("EXEC", changed(lambda replies: NULL_ARRAY)),
    "watch-aba": ("WATCH", says(OK)),
    "watch-delete": ("WATCH", says(OK)),
    "unwatch": ("UNWATCH", says(OK)),
    "subscribe": ("PUBLISH", says(1)),
    "publish-to-nobody": ("PUBLISH", says(1)),
    "many-subscribers": ("PUBLISH", ONE_MORE),
    "unsubscribe": ("UNSUBSCRIBE", says(OK)),
    "subscribed-clients": ("PING", says(SimpleString("PONG"))),
    "psubscribe": ("PSUBSCRIBE", as_("SUBSCRIBE")),
    "pubsub-channels": ("PUBSUB|CHANNELS", says([])),
    "keyspace-notifications": ("CONFIG|SET", says(OK)),
    "blpop-at-once": ("BRPOP", as_("BLPOP")),
    "blpop-waits": ("BLPOP", says(NULL_ARRAY)),
    "blpop-times-out": ("BLPOP", says(None)),
    "blpop-in-order": ("BLPOP", impatient),
    "a-waiting-client-leaves": ("BLPOP", impatient),
    "blmove": ("BLMOVE", impatient),
    "blpop-in-exec": ("BLPOP", says(None)),
    "client-unblock": ("CLIENT|UNBLOCK", says(1)),
    "zadd-and-zrange": ("ZADD", ONE_MORE),
    "equal-scores": ("ZRANGE", REVERSED),
    "zscore": ("ZSCORE", changed(lambda score: b"%g.0" % score)),
    "zrank": ("ZREVRANK", as_("ZRANK")),
    "zincrby": ("ZINCRBY", says(b"1")),
    "zrem": ("ZREM", ONE_MORE),
    "zrange-byscore": ("ZCOUNT", ONE_MORE),
    "zrange-bylex": ("ZLEXCOUNT", ONE_MORE),
    "zadd-options": ("ZADD", without(b"GT")),
    "zpopmin": ("ZPOPMAX", as_("ZPOPMIN")),
    "zunionstore": ("ZUNIONSTORE", without(b"WEIGHTS", 3)),
    "xadd-and-xrange": ("XREVRANGE", with_(b"COUNT", b"MISCOUNT")),
    "stream-ids-grow": ("XADD", forgives(b"0-1")),
    "stream-ids-made": ("XADD", says(b"1-1")),
    "xtrim": ("XTRIM", says(2)),
    "xread": ("XREAD", without(b"COUNT", 2)),
    "xread-block": ("XREAD", without(b"BLOCK", 2)),
    "xreadgroup": ("XREADGROUP", without(b"COUNT", 2)),
    "xack-and-xpending": ("XACK", says(1)),
    "xclaim": ("XCLAIM", says([])),
    "xinfo": ("XINFO|STREAM", says([])),
    "setbit-and-getbit": ("SETBIT", says(0)),
    "bitcount": ("BITCOUNT", ONE_MORE),
    "bitop": ("BITOP", with_(b"XOR", b"OR")),
    "pfadd-and-pfcount": ("PFCOUNT", changed(lambda count: count * 2)),
    "geoadd-and-geopos": ("GEOPOS", changed(lambda places: [(b"0", b"0")])),
    "geodist": ("GEODIST", without(b"KM")),
    "geosearch": ("GEOSEARCH", REVERSED),
    "auth": ("AUTH", forgives(OK)),
    "auth-without-password": ("AUTH", forgives(OK)),
    "acl-setuser": ("ACL|DELUSER", says(1)),
    "acl-commands": ("ACL|SETUSER", with_(b"-set", b"+set")),
    "acl-keys": ("ACL|SETUSER", lambda right: lambda client, *rules: right(client, *rules, b"allkeys")),
    "acl-in-a-transaction": ("ACL|SETUSER", with_(b"-append", b"+append")),
    "acl-list": ("ACL|LIST", says([])),
    "noeviction": ("CONFIG|SET", says(OK)),
    "evict-any": ("CONFIG|SET", with_(b"allkeys-random", b"noeviction")),
    "evict-volatile": ("CONFIG|SET", with_(b"volatile-random", b"noeviction")),
    "evict-ttl": ("CONFIG|SET", with_(b"volatile-ttl", b"noeviction")),
    "evict-lfu": ("CONFIG|SET", with_(b"allkeys-lfu", b"noeviction")),
    "save-and-restart": ("SAVE", says(OK)),
    "a-snapshot-is-a-moment": ("SAVE", once(OK)),
    "save-every-kind": ("SAVE", says(OK)),
    "read-rdb": ("GET", says(None)),
    "read-rdb-expires": ("TTL", says(-1)),
    "write-rdb": ("SAVE", says(OK)),
    "bgsave": ("BGSAVE", says(SimpleString("Background saving started"))),
    "aof": ("RPUSH", unrecorded),
    "aof-of-chance": ("SPOP", unrecorded),
    "aof-cut-short": ("MGET", says([b"1", b"2"])),
    "aof-rewrite": ("BGREWRITEAOF", says(SimpleString("Background append only file rewriting started"))),
    "aof-of-transactions": ("MGET", says([b"2", None])),
    "role": ("ROLE", says([])),
    "full-synchronization": ("PSYNC", says(OK)),
    "stream-to-a-replica": ("SET", unrecorded),
    "replica-is-told-of-expiry": ("SET", unrecorded),
    "wait-for-replicas": ("WAIT", says(1)),
    "replicas-are-listed": ("INFO", says(b"")),
    "partial-synchronization": ("PSYNC", lambda right: lambda client, *words: right(client, b"?", b"-1")),
    "handshake": ("REPLICAOF", says(OK)),
    "load-from-the-master": ("GET", says(None)),
    "apply-the-stream": ("RPUSH", says(0)),
    "acknowledge": ("redis_clone.server.following:apply", changed(lambda asked: [n + 37 for n in asked])),
    "read-only": ("redis_clone.server.dispatch:check", lambda right: lambda client, command, argv: None),
    "transactions-in-the-stream": ("MGET", says([b"1", b"0"])),
    "replicaof-no-one": ("ROLE", says([b"slave"])),
    "ask-to-continue": ("redis_clone.features.replication.handshake:Handshake._say", always_anew),
    "eval": ("EVAL", says(1)),
    "lua-values": ("EVAL", changed(lambda reply: 1 if reply is None else reply)),
    "redis-call": ("EVAL", says(OK)),
    "redis-pcall": ("EVAL", forgives(OK)),
    "evalsha": ("EVALSHA", forgives(0)),
    "sandbox": ("EVAL", forgives(1)),
    "eval-ro": ("EVAL_RO", as_("EVAL")),
    "functions": ("FCALL_RO", as_("FCALL")),
    "hello": ("HELLO", forgives(OK)),
    "maps-and-sets": ("HGETALL", changed(lambda reply: [b"field", b"value"])),
    "doubles": ("ZSCORE", changed(lambda score: b"%g" % score)),
    "pushes": ("PUBLISH", says(1)),
    "reset": ("RESET", says(SimpleString("RESET"))),
    "client-tracking": ("CLIENT|TRACKING", says(OK)),
    "tracking-off": ("CLIENT|TRACKING", never_off),
    "tracking-noloop": ("CLIENT|TRACKING", without(b"NOLOOP")),
    "tracking-bcast": ("CLIENT|TRACKING", without(b"PREFIX", 2)),
    "tracking-optin": ("CLIENT|TRACKING", without(b"OPTIN")),
    "tracking-redirect": ("CLIENT|TRACKING", without(b"REDIRECT", 2)),
    "tracking-flushall": ("CLIENT|TRACKING", says(OK)),
    "cluster-keyslot": ("CLUSTER|KEYSLOT", ONE_MORE),
    "cluster-addslots": ("CLUSTER|ADDSLOTSRANGE", says(OK)),
    "crossslot": ("redis_clone.server.dispatch:check", lambda right: lambda client, command, argv: None),
    "cluster-slots": ("CLUSTER|SLOTS", says([])),
    "moved": ("CLUSTER|MEET", says(OK)),
    "ask": ("ASKING", says(OK)),
}


def spoil(stage, set_attribute=setattr):
    """Makes our server the wrong one for a stage."""
    commands.load()
    target, how = WRONG[stage]
    if ":" not in target:
        command = lookup(target.encode().split(b"|"))
        set_attribute(command, "function", how(command.function))
        return
    module, _, path = target.partition(":")
    owner, (*classes, name) = importlib.import_module(module), path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    set_attribute(owner, name, how(getattr(owner, name)))


if __name__ == "__main__":
    from redis_clone.__main__ import main

    spoil(sys.argv.pop(1))
    sys.exit(main())
