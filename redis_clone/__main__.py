"""`python -m redis_clone`, which is `python server.py`: the server (network/program.py)."""

import gc
import signal
import sys


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C gives no traceback, not even during the imports
    gc.disable()  # during the imports, which make no garbage
    from redis_clone.network import program

    return program.main()


if __name__ == "__main__":
    sys.exit(main())
