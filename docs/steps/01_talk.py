"""A telephone: says each word to a server, in a line of its own, and prints what comes back.

python docs/steps/01_talk.py 7000 PING "ECHO hello"
"""

import socket
import sys

if __name__ == "__main__":
    port, *lines = sys.argv[1:]
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as connection:
        for line in lines:
            connection.sendall(line.encode() + b"\r\n")
            print(connection.recv(65536).decode(), end="")
