"""The client: `python client.py` for a prompt, `python client.py SET key value` for one command."""

import sys

from redis_clone.client.main import main

if __name__ == "__main__":
    sys.exit(main())
