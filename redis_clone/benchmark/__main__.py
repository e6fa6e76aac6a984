"""`python -m redis_clone.benchmark`: see main.py."""

import sys

from redis_clone.benchmark.main import main

if __name__ == "__main__":
    sys.exit(main())
