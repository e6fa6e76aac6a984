"""A Redis server to read: real protocol, real files, plain Python.

Start with `protocol/resp.py`, `command_table/registry.py`, `commands/sets.py`, `storage/keyspace.py` and
`server/dispatch.py`, in this order; everything else hangs on that spine.
"""

VERSION = "0.1.0"
REDIS_VERSION = "7.2.4"  # the Redis whose behaviour we follow, and what INFO and HELLO say
