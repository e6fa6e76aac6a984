"""python server.py [redis.conf] [--port 6379] [--parameter value ...]: a Redis server in plain Python."""

import gc
import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is no traceback, not even while this is imported
    gc.disable()  # until all is imported, for nothing of it is garbage
    from redis_clone.network.program import main

    raise SystemExit(main())
