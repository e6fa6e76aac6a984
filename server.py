"""python server.py [redis.conf] [--port 6379] [--parameter value ...]: a Redis server in plain Python."""

import sys

from redis_clone.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
