"""python server.py [redis.conf] [--port 6379] [--parameter value ...]: a Redis server in plain Python."""

from redis_clone.network.program import main

if __name__ == "__main__":
    raise SystemExit(main())
