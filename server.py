"""python server.py [redis.conf] [--port 6379] [--parameter value ...]: a Redis server in plain Python."""

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is no traceback, not even while this is imported
    from redis_clone.network.program import main

    raise SystemExit(main())
