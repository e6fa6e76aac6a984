"""A client: sends each argument to a server, as a line of its own, and prints what comes back.

python docs/steps/01_talk.py 7000 PING "ECHO hello"
"""

import socket
import sys

if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"To which port? python {sys.argv[0]} 7000 PING")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for line in sys.argv[2:]:
                connection.sendall(line.encode() + b"\r\n")
                print(connection.recv(65536).decode(), end="")
    except OSError as problem:  # no server listens there
        sys.exit(str(problem))
