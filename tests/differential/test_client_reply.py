"""Random conversations in which CLIENT REPLY turns replies off and on, inside transactions and outside.

The bytes are compared, for what is left of a reply need not be one: in a transaction the head of the array is
sent and some of its elements are not.  For thousands of conversations:

    python -m pytest tests/differential/test_client_reply.py -s --examples 5000 --seed 7
"""

import re
from random import Random

import pytest
from harness import Client
from shrinking import smallest

from redis_clone.protocol.replies import encode_command

LONGEST = 20  # commands in a conversation
USUAL_EXAMPLES = {False: 8, True: 200}  # True: with --slow
MODES = ["CLIENT REPLY ON", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "CLIENT REPLY SKIP"]
# No message is published to the client itself: 7.0 sends it before the reply to PUBLISH, 7.2 behind it.
LINES = [
    *MODES, *MODES, *MODES, "CLIENT REPLY x", "CLIENT REPLY", "client reply skip",
    "MULTI", "MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH a", "RESET",
    "PING", "ECHO hello", "SET a 1", "GET a", "INCR a", "RPUSH l x y", "LRANGE l 0 -1", "HSET h f v",
    "HGETALL h", "LPOP a", "NOSUCH", "GET", "EXEC x", "BLPOP l 0.001", "BLPOP none 0.001",
    "XREAD BLOCK 1 STREAMS none $",
    "SUBSCRIBE one", "PSUBSCRIBE o*", "UNSUBSCRIBE", "PUNSUBSCRIBE o*", "PUBLISH nobody hello",
    "SSUBSCRIBE s", "CLIENT TRACKING ON", "CLIENT TRACKING OFF", "CLIENT CACHING YES", "CLIENT GETNAME",
    "COPY a b", "SELECT 16",
]  # fmt: skip
COMMANDS = [line.encode().split() for line in LINES]
COMMANDS += [[b"EVAL", b"return {redis.call('INCR', 'n'), redis.pcall('LPOP', 'n'), 'x'}", b"0"]]
# In the reply to HELLO, the server's version and the client's number.
OF_A_SERVER = rb"(?<=version\r\n)\$\d\r\n[\d.]+\r\n|(?<=\$2\r\nid\r\n):\d+\r\n"
END = b"the end of the conversation"
FINISH = ["RESET", "CLIENT REPLY ON", "DEBUG DIGEST"]


def bytes_of(address, commands):
    """All that the server sends, up to the reply to ECHO."""
    client = Client(address)
    try:
        every = [[b"FLUSHALL"], *commands, *(line.encode().split() for line in FINISH), [b"ECHO", END]]
        client.send_bytes(b"".join(map(encode_command, every)))
        received = b""
        while not received.endswith(b"\r\n" + END + b"\r\n"):
            received += client.socket.recv(1_000_000) or pytest.fail(f"closed after {received!r}")
        return re.sub(OF_A_SERVER, b"", received)
    finally:
        client.leave()


def test_no_reply_is_sent_that_redis_does_not_send(our_address, real_address, request):
    option = request.config.getoption
    random, sent = Random(option("--seed")), 0

    def differs(commands):
        return bytes_of(our_address, commands) != bytes_of(real_address, commands)

    for _ in range(option("--examples") or USUAL_EXAMPLES[option("--slow")]):
        commands = [random.choice(COMMANDS) for _ in range(random.randint(1, LONGEST))]
        commands[:0] = random.choice([[], [[b"HELLO", b"3"]]])  # first, lest it come between MULTI and EXEC
        sent += len(commands)
        if differs(commands):
            fewest = smallest(commands, differs)
            assert bytes_of(our_address, fewest) == bytes_of(real_address, fewest), fewest
    print(f"CLIENT REPLY: {sent} commands with seed {option('--seed')}")
