"""A Redis server to read: real protocol, real files, plain Python.

Start with `protocol/resp.py`, `command_table/registry.py`, `commands/sets.py`, `storage/keyspace.py` and
`server/dispatch.py`, in this order; everything else hangs on that spine.
"""

import sys

# In one line, whichever program was started.  Pythons as old as 2.7 can parse this file and the programs.
if sys.version_info < (3, 10):  # noqa: UP036
    raise SystemExit("redis_clone needs Python 3.10 or newer; this is " + sys.version.split()[0])

VERSION = "0.1.0"
REDIS_VERSION = "7.2.4"  # the Redis whose behaviour we follow, and what INFO and HELLO say
