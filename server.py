"""python server.py [redis.conf] [--port 6379] [--parameter value ...]: a Redis server in plain Python."""

import gc
import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C gives no traceback, not even during the imports
    gc.disable()  # during the imports, which make no garbage
    from redis_clone.network.program import main

    raise SystemExit(main())
