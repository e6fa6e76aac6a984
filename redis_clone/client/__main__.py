"""`python -m redis_clone.client`, which is `python client.py`: see main.py."""

import sys

from redis_clone.client.main import main

if __name__ == "__main__":
    sys.exit(main())
